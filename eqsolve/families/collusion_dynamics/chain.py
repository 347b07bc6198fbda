"""Learning as a Markov chain on a grid of log-odds: first passage and finite horizons (COL-9).

From a node the chain moves by ``rate * estimate``; where it lands between two nodes it counts to
both by nearness. The nodes at the ends stand for the log-odds just inside of them. What that costs
is shown by halving the distance of the nodes.

Cost with N nodes, G estimates and moves that span w nodes: O(N G) for the moves and for each update
of a horizon, O(N w^2) for the linear system of a first passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.collusion_dynamics.batches import BatchLaw

__all__ = ["Grid", "Passage", "above_level"]

_ROWS, _LANDINGS = 256, 1 << 20
"""Nodes, and landings of all, that are looked at together."""


class _Landing(NamedTuple):
    """Where moves lead, all of shape (S, G): the cell, how far into it, and beyond which end."""

    cell: IntArray
    share: FloatArray
    above: BoolArray
    below: BoolArray


class Grid:
    """Evenly spaced log-odds, and where batches lead from them.

    Parameters
    ----------
    law : of the estimates.
    low, high : the first and the last node.
    cells : one less than the number of nodes.
    """

    def __init__(self, law: BatchLaw, low: float, high: float, cells: int) -> None:
        self.law, self.low, self.high, self.cells = law, low, high, cells
        self.nodes: FloatArray = np.linspace(low, high, cells + 1)

    def landing(self, odds: FloatArray, rate: float) -> _Landing:
        """Return where one update leads from log-odds inside, shape (S,)."""
        moved = rate * self.law.estimates(odds)
        place = (odds[:, None] + moved - self.low) * (self.cells / (self.high - self.low))
        above = (place >= self.cells) & (moved > 0)
        below = (place <= 0) & (moved < 0)
        np.clip(place, 0.0, self.cells, out=place)
        cell = np.minimum(place.astype(np.int64), self.cells - 1)
        return _Landing(cell, place - cell, above, below)


class Passage:
    """The chain until it leaves the grid for the first time, at a constant rate.

    Parameters
    ----------
    grid : from the one threshold to the other.
    rate : of every update.
    closed : whether the upper end is no threshold: the chain stays there instead of leaving.

    Attributes
    ----------
    chance : shape (N,), probability of leaving at the upper end.
    updates : shape (N,), mean number of updates.
    """

    def __init__(self, grid: Grid, rate: float, *, closed: bool = False) -> None:
        from scipy.sparse import eye_array
        from scipy.sparse.linalg import splu

        self.grid, self.rate, self.closed = grid, rate, closed
        inside, above = self._moves(grid.nodes)
        system = splu((eye_array(grid.cells + 1) - inside).tocsc(), permc_spec="NATURAL")
        solved = system.solve(np.column_stack([above, np.ones_like(above)]))
        self.chance: FloatArray = np.clip(solved[:, 0], 0.0, 1.0)
        self.updates: FloatArray = solved[:, 1]

    def at(self, odds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return chance and mean number of updates from log-odds inside, shape (S,)."""
        inside, above = self._moves(odds)
        return np.clip(above + inside @ self.chance, 0.0, 1.0), 1 + inside @ self.updates

    def _moves(self, odds: FloatArray) -> tuple[Any, FloatArray]:
        """Return chances of nodes after an update, sparse (S, N), and of leaving above (S,)."""
        from scipy.sparse import vstack

        rows = max(1, min(_ROWS, _LANDINGS // self.grid.law.n_estimates))
        blocks = [self._block(odds[at : at + rows]) for at in range(0, len(odds), rows)]
        inside, above = zip(*blocks, strict=True)
        return vstack(inside, format="csr"), np.concatenate(above)

    def _block(self, odds: FloatArray) -> tuple[Any, FloatArray]:
        """Return `_moves` of neighboring nodes, which lead to few different cells."""
        from scipy.sparse import csr_array

        to = self.grid.landing(odds, self.rate)
        chances = self.grid.law.probabilities(odds)
        above = np.zeros(len(odds))
        if not self.closed:
            above = np.where(to.above, chances, 0.0).sum(axis=1)
            chances = np.where(to.above, 0.0, chances)
        chances = np.where(to.below, 0.0, chances)
        first = int(to.cell.min())
        width = int(to.cell.max()) + 2 - first
        place = (to.cell - first + width * np.arange(len(odds))[:, None]).ravel()
        size = len(odds) * width
        total = np.bincount(place, (chances * (1 - to.share)).ravel(), size)
        total += np.bincount(place + 1, (chances * to.share).ravel(), size)
        near = csr_array(total.reshape(len(odds), width))
        shape = (len(odds), self.grid.cells + 1)
        return csr_array((near.data, near.indices + first, near.indptr), shape=shape), above


def above_level(grid: Grid, rates: Sequence[float], level: float, odds: FloatArray) -> FloatArray:
    """Return the probability of log-odds of at least `level` after all updates, from (S,) odds.

    Parameters
    ----------
    grid : wide enough that its ends hardly matter; the chain stays there.
    rates : of the updates, the first first.
    level : log-odds.
    odds : where the chain begins.
    """
    own = grid.law.probabilities(odds)
    if len(rates) == 1:
        return _ending_above(grid, rates[0], level, odds, own)
    chances = grid.law.probabilities(grid.nodes)
    values = _ending_above(grid, rates[-1], level, grid.nodes, chances)
    known: dict[float, _Landing] = {}  # of the last rate only: constant ones need one
    for rate in rates[-2:0:-1]:
        if rate not in known:
            known = {rate: grid.landing(grid.nodes, rate)}
        values = _expected(values, known[rate], chances)
    return _expected(values, grid.landing(odds, rates[0]), own)


def _expected(values: FloatArray, to: _Landing, chances: FloatArray) -> FloatArray:
    """Return expectations after an update: values at nodes, moves and chances of shape (S, G)."""
    found: FloatArray = (
        chances * (values[to.cell] * (1 - to.share) + values[to.cell + 1] * to.share)
    ).sum(axis=1)
    return found


def _ending_above(
    grid: Grid, rate: float, level: float, odds: FloatArray, chances: FloatArray
) -> FloatArray:
    """Return the probability that one update ends at the level or above: no node blurs the jump."""
    landed = odds[:, None] + rate * grid.law.estimates(odds)
    found: FloatArray = np.where(landed >= level, chances, 0.0).sum(axis=1)
    return found
