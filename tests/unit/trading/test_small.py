"""Small networks are followed in plain Python; the kernels must find the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eqsolve import TradingNetwork
from eqsolve.testing import trading_networks
from eqsolve.trading import equilibrium
from eqsolve.trading.evaluate import Evaluator, as_pairs


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
        patch.setattr(equilibrium, "SMALL", -1)
        compiled = followed(network, pairs[:5], rule)
    assert plain == pytest.approx(compiled, rel=1e-9, abs=1e-9 * max(network.scale, 1))
