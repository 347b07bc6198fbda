"""Hypothesis strategies for games of many agents: small whole rewards, ties, ends, odd sizes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["contract_games"]

_SIZE = st.integers(1, 3)
_AGENTS = st.integers(1, 3)
_KIND = st.sampled_from(["short", "short", "long", "lasting"])
_TARGET = st.sampled_from(["welfare", "welfare", "given"])


@cache
def _numbers(low: int, high: int, size: int) -> st.SearchStrategy[list[int]]:
    """Return the strategy of lists of whole numbers."""
    return st.lists(st.integers(low, high), min_size=size, max_size=size)


@st.composite
def contract_games(draw: st.DrawFn, *, max_states: int = 3) -> ContractGame:
    """Draw games with and without a horizon, with welfare or some joint actions for a target.

    Parameters
    ----------
    max_states : most states, at most 3.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(contract_games(), lambda game: game.n_agents == 2).n_states
    1
    """
    n = draw(_AGENTS)
    sizes = [draw(_SIZE) if n < 3 else min(2, draw(_SIZE)) for _ in range(n)]
    kind = draw(_KIND)
    states = 1 if kind == "short" else min(max_states, draw(_SIZE))
    shape = (states, *sizes)
    count = int(np.prod(shape))
    rewards = np.array(draw(_numbers(-1, 3, n * count))).reshape(n, *shape)
    extra: dict[str, Any] = {}
    if kind != "short":
        flat = np.array(draw(_numbers(-1, states - 1, count)))
        extra["transitions"] = flat.reshape(shape)
        extra["horizon"] = None if kind == "lasting" else draw(_SIZE)
        extra["discount"] = 0.5 if kind == "lasting" else 1.0
    if draw(_TARGET) == "given":
        picks = draw(_numbers(0, 2, states * n))
        extra["target"] = [
            [min(picks[s * n + i], sizes[i] - 1) for i in range(n)] for s in range(states)
        ]
    return ContractGame(rewards, **extra)
