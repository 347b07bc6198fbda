"""Small networks are followed in plain Python; the kernels must find the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import TradingNetwork
from eqsolve.families.trading_network import matchings
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.testing import trading_networks


def followed(network: TradingNetwork, pairs: list[tuple[int, int]], rule: Any) -> list[Any]:
    """Revenue and prices while pairs are introduced one by one and taken back in that order."""
    evaluator = Evaluator(network, rule)
    state = evaluator.follow(as_pairs([]))
    seen: list[Any] = [evaluator.welfare_without, evaluator.welfare_full]
    for change in (state.add, state.drop):
        for i, j in pairs:
            change(i, j)
            state.favor()
            seen += [state.revenue, *state.found.prices.tolist()]
    return seen


@given(trading_networks(), st.sampled_from(["greatest", "least"]), st.randoms())
def test_plain_python_and_kernels_agree(network: TradingNetwork, rule: str, draw: Any) -> None:
    pairs = [(int(i), int(j)) for i, j in np.argwhere(network.candidate_mask())]
    draw.shuffle(pairs)
    plain = followed(network, pairs[:5], rule)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matchings, "SMALL", -1)
        compiled = followed(network, pairs[:5], rule)
    assert plain == pytest.approx(compiled, rel=1e-9, abs=1e-9 * max(network.scale, 1))


@pytest.mark.parametrize("small", [-1, 36])
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e100])
def test_the_platform_is_favored_at_every_scale(
    small: int, unit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The buyer of 2 must get the item although the platform would earn 0.3 from another."""
    monkeypatch.setattr(matchings, "SMALL", small)
    network = TradingNetwork(np.array([[1.0], [2.0], [0.3]]) * unit, known=[(1, 0)])
    state = Evaluator(network, "least").follow(as_pairs([(2, 0)]))
    state.favor()
    assert state.found.matching.tolist() == [-1, 0, -1]
    assert state.found.prices.tolist() == pytest.approx([0.3 * unit])
