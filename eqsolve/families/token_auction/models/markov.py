"""Markov chains: the next token given the last."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.instance import Markov

__all__ = ["MarkovModel"]


class MarkovModel:
    """A chain that is given by its numbers; cost of a distribution: a look-up."""

    width = 1

    def __init__(self, chain: Markov) -> None:
        self._table = np.vstack([chain.next, chain.start])  # row -1: before the first token

    def after(self, window: list[int]) -> FloatArray:
        """Return the distribution after a context."""
        row: FloatArray = self._table[window[-1] if window else -1]
        return row

    def of(self, windows: IntArray) -> FloatArray:
        """Return the distributions after windows."""
        rows: FloatArray = self._table[windows[:, -1]]
        return rows
