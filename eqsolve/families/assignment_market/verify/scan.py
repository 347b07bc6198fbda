"""One pass over a market at given prices: best utilities; and, where asked, who is tied with what.

This is all that the verifier reads of the values, apart from those of the matched pairs. Dense
markets are read in blocks of rows that stay in the cache, once for all price vectors in question,
whole numbers in the narrowest type that holds every surplus. Prices that differ by a constant, as
the two ends of a lattice often do, share their best utilities but for that constant. The pass also
notes the edges that can be ties. Where these are too many to list (all values equal: every edge),
they are looked up row by row when a search needs them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["Scan", "Slack", "scan", "scan_all"]

_BLOCK = 1 << 16
"""Numbers per block of rows: small enough to stay in the cache."""

_MOST_TIES = 1 << 12
"""Ties listed at most, beyond sixteen per agent."""


@dataclass(frozen=True, slots=True)
class Slack:
    """Below which slack an inequality counts as tight.

    Parameters
    ----------
    relative : share of the value and price compared, 0 for exact comparison.
    floor : what rounding at the scale of the market may cost.
    """

    relative: float
    floor: float

    @classmethod
    def of(cls, tolerances: Tolerances, scale: float) -> Slack:
        """Return the slack that fits the tolerances of a report."""
        return cls(tolerances.relative, 0.0 if tolerances.is_exact else scale * 2.0**-40)

    def at(self, magnitude: NumberArray) -> NumberArray:
        """Return the slack allowed beside numbers of the given magnitude."""
        if self.relative == 0:
            return np.zeros(len(magnitude), dtype=np.int64)
        allowed: NumberArray = self.relative * np.abs(magnitude) + self.floor
        return allowed

    def close(self, scale: float) -> float:
        """Return what rounding may hide beside any two numbers of the market, at most."""
        return 2 * self.relative * scale + self.floor


@dataclass(frozen=True, slots=True)
class Scan:
    """What a pass over a market at some prices found.

    An edge is tied when ``v - p >= best - relative * (best + |p|) - floor``, the sum in brackets
    being its value: what lies beyond the best is moved to the two sides, `cost` and `least`.

    Parameters
    ----------
    market : the market.
    prices : shape (m,).
    best : shape (n,), ``max(0, max_k v[i,k] - p[k])`` over the neighbors of each buyer.
    slack : how far a tie may miss.
    cost, least : shapes (m,) and (n,): an edge is tied when ``v - cost >= least``.
    near : places in the matrix among which all ties are, rising; None if not known.
    """

    market: AssignmentMarket
    prices: NumberArray
    best: NumberArray
    slack: Slack
    cost: NumberArray
    least: NumberArray
    near: IntArray | None

    @classmethod
    def of(
        cls,
        market: AssignmentMarket,
        prices: NumberArray,
        best: NumberArray,
        slack: Slack,
        near: IntArray | None,
    ) -> Scan:
        """Return the scan that found `best`."""
        cost, least = prices, best
        if slack.relative != 0:
            cost = prices - slack.relative * np.abs(prices)
            least = best * (1 - slack.relative) - slack.floor
        return cls(market, prices, best, slack, cost, least, near)

    def tied(self, buyers: Any, sellers: IntArray | None = None) -> BoolArray:
        """Return which pairs `buyers` (slice or array) x `sellers` (None: all) tie; dense only."""
        kind = _kind(self.market, self.cost)
        matrix = self.market.values.dense()
        if sellers is None:
            values, cost = matrix[buyers], self.cost
        else:
            values, cost = matrix[np.ix_(buyers, sellers)], self.cost[sellers]
        values = values.astype(kind, copy=False)
        least = self.least[buyers].astype(kind)
        tied: BoolArray = values - cost.astype(kind) >= least[:, None]
        if self.market.values.has_gaps:
            tied &= values >= 0
        return tied

    def ties(self) -> tuple[IntArray, IntArray] | None:
        """Return buyers and sellers of all ties, by rising buyer; None if too many to list."""
        n, m = self.market.values.shape
        if self.market.values.is_sparse:
            indptr, indices, data = self.market.values.csr()
            least = np.repeat(self.least, np.diff(indptr))
            found = np.flatnonzero(data - self.cost[indices] >= least)
            return np.searchsorted(indptr, found, side="right") - 1, indices[found]
        if self.near is not None:
            buyers, sellers = np.divmod(self.near, max(m, 1))
            values = self.market.values.at(buyers, sellers)
            tied = (values - self.cost[sellers] >= self.least[buyers]) & (values >= 0)
            return buyers[tied], sellers[tied]
        places = _Places(n, m)
        for block in _blocks(n, m):
            places.add(self.tied(block), block)
            if places.found is None:
                return None
        marked = places.all()
        buyers, sellers = np.divmod(np.zeros(0, np.int64) if marked is None else marked, max(m, 1))
        return buyers, sellers


def scan(market: AssignmentMarket, prices: NumberArray, slack: Slack) -> Scan:
    """Return the scan at one price vector, see `scan_all`."""
    return scan_all(market, [prices], slack)[0]


def scan_all(market: AssignmentMarket, vectors: Sequence[NumberArray], slack: Slack) -> list[Scan]:
    """Return best utilities at each of several price vectors, in one pass: O(edges).

    Parameters
    ----------
    market : n buyers, m sellers.
    vectors : of shape (m,); may be any numbers, also wrong ones.
    slack : how far a tie may miss.
    """
    numbers = market.values.at(np.zeros(0, int), np.zeros(0, int))
    empty = not (market.n_sellers and market.n_buyers)
    passes: list[_Pass] = []
    found = []
    for prices in vectors:
        level = prices.dtype.type(0) if empty else _level(prices)
        shape = prices - level
        same = next((one for one in passes if np.array_equal(one.prices, shape)), None)
        if same is None:
            best = np.zeros(market.n_buyers, np.result_type(numbers, prices))
            same = _Pass(shape, best, _Places(market.n_buyers, market.n_sellers))
            passes.append(same)
        same.reach = max(same.reach, float(np.abs(prices).max(initial=0)))
        found.append((prices, level, same))
    if market.values.is_sparse:
        _fill_sparse(market, passes)
    elif not empty:
        _fill_dense(market, passes, slack)
    return [
        Scan.of(market, prices, np.maximum(same.best - level, 0), slack, same.near.all())
        for prices, level, same in found
    ]


class _Places:
    """Places in a matrix, collected block by block while they are not too many."""

    def __init__(self, n: int, m: int) -> None:
        self.width = m
        self.left = _MOST_TIES + 16 * (n + m)
        self.found: list[IntArray] | None = []

    def add(self, marked: BoolArray, block: slice) -> None:
        """Add the places marked in a block of rows, or give up."""
        if self.found is None:
            return
        places = np.flatnonzero(marked)
        self.left -= len(places)
        if self.left < 0:
            self.found = None
        else:
            self.found.append(places + block.start * self.width)

    def all(self) -> IntArray | None:
        """Return all places, rising; None if they were too many or never looked for."""
        return np.concatenate(self.found) if self.found else None


@dataclass(slots=True)
class _Pass:
    """What is found at `prices`, up to a constant: greatest surpluses, places of possible ties.

    `reach` is the greatest of the prices meant, in absolute value.
    """

    prices: NumberArray
    best: NumberArray
    near: _Places
    reach: float = 0.0


def _level(prices: NumberArray) -> Any:
    """Return a constant that can be added to all surpluses later, without rounding."""
    least = prices.min()
    exact = is_integral(prices) or bool((prices == least).all())
    return least if exact and least >= 0 else prices.dtype.type(0)


def _blocks(n: int, m: int) -> Iterator[slice]:
    """Yield blocks of rows of a dense market."""
    rows = max(1, _BLOCK // max(1, m))
    for start in range(0, n, rows):
        yield slice(start, min(start + rows, n))


def _kind(market: AssignmentMarket, prices: NumberArray) -> npt.DTypeLike:
    """Return the narrowest type in which every ``v - p`` is exact; float64 if not all are whole."""
    if not (market.values.is_integral and is_integral(prices)):
        return np.float64
    ends = int(market.values.scale), int(prices.max(initial=0)), -int(prices.min(initial=0))
    greatest = ends[0] + 1 + max(ends[1:])
    return next((kind for kind in (np.int16, np.int32) if greatest <= np.iinfo(kind).max), np.int64)


def _fill_dense(market: AssignmentMarket, passes: Sequence[_Pass], slack: Slack) -> None:
    """Fill the greatest surplus of every buyer, and where ties can be, for all passes."""
    matrix = market.values.dense()
    costs = [one.prices.astype(_kind(market, one.prices)) for one in passes]
    free = [not one.prices.any() for one in passes]
    # A missing edge holds -1: at prices >= 0 its surplus is negative and loses against 0.
    masked = market.values.has_gaps and any(bool((one.prices < 0).any()) for one in passes)
    for block in _blocks(*matrix.shape):
        values = matrix[block]
        for one, cost, nothing in zip(passes, costs, free, strict=True):
            if nothing:  # ties seldom matter where all prices are equal
                one.best[block] = matrix[block].max(axis=1)
                continue
            if values.dtype != cost.dtype:
                values = matrix[block].astype(cost.dtype)
            surplus = values - cost
            if masked:
                surplus[values < 0] = -1
            top = surplus.max(axis=1)
            one.best[block] = top
            if one.near.found is not None:
                if slack.relative != 0:
                    allowed = slack.relative * (np.abs(top) + 2 * one.reach) + 2 * slack.floor
                    top = np.maximum(top, 0) - allowed
                one.near.add(surplus >= top[:, None], block)


def _fill_sparse(market: AssignmentMarket, passes: Sequence[_Pass]) -> None:
    """Fill the greatest surplus of every buyer, for all passes."""
    indptr, indices, data = market.values.csr()
    # Empty rows would repeat their neighbor's segment, so only filled rows are reduced.
    filled = np.flatnonzero(np.diff(indptr) > 0)
    if len(filled):
        for one in passes:
            surplus = data - one.prices[indices]
            one.best[filled] = np.maximum.reduceat(surplus, indptr[filled])
