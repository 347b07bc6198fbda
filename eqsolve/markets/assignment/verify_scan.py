"""One pass over a market at given prices: best utilities, and the edges on which they are reached.

This is all that the verifier reads of the values, apart from those of the matched pairs. Dense
markets are read in blocks of rows that stay in the cache. Where ties are too many to list (all
values equal: every edge), they are looked up row by row when a search needs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray
from eqsolve.core.numerics import Tolerances
from eqsolve.markets.assignment.instance import AssignmentMarket

__all__ = ["Scan", "Slack", "scan"]

_BLOCK = 1 << 16
"""Numbers per block of rows: small enough to stay in the cache."""

_MOST_TIES = 1 << 18
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


@dataclass(frozen=True, slots=True)
class Scan:
    """What a pass over a market at some prices found.

    Parameters
    ----------
    prices : shape (m,).
    best : shape (n,), ``max(0, max_k v[i,k] - p[k])`` over the neighbors of each buyer.
    ties : buyers and sellers of the edges with ``v - p == best`` (within `slack`), by rising
        buyer; None where they are too many to list.
    slack : how far a tie may miss.
    """

    prices: NumberArray
    best: NumberArray
    ties: tuple[IntArray, IntArray] | None
    slack: Slack

    def tied(self, values: NumberArray, buyers: IntArray, sellers: IntArray | None) -> BoolArray:
        """Return which of a block of values, `buyers` x `sellers` (None: all), are ties."""
        prices = self.prices if sellers is None else self.prices[sellers]
        surplus, least = _against(values - prices, self.best[buyers], prices, self.slack)
        tied: BoolArray = (surplus >= least[:, None]) & (values >= 0)
        return tied


def scan(market: AssignmentMarket, prices: NumberArray, slack: Slack) -> Scan:
    """Return best utilities and ties at `prices`, in one pass: O(edges).

    Parameters
    ----------
    market : n buyers, m sellers.
    prices : shape (m,); may be any numbers, also wrong ones.
    slack : how far a tie may miss.
    """
    kind = np.result_type(market.values.at(np.zeros(0, int), np.zeros(0, int)), prices)
    best = np.zeros(market.n_buyers, dtype=kind)
    empty = np.zeros(0, dtype=np.int64)
    if not market.n_sellers or not market.n_buyers:
        return Scan(prices, best, (empty, empty), slack)
    if market.values.is_sparse:
        return Scan(prices, best, _scan_sparse(market, prices, slack, best), slack)
    return Scan(prices, best, _scan_dense(market, prices, slack, best), slack)


def blocks(market: AssignmentMarket) -> Iterator[tuple[slice, NumberArray]]:
    """Yield blocks of rows of a dense market."""
    matrix = market.values.dense()
    rows = max(1, _BLOCK // max(1, market.n_sellers))
    for start in range(0, market.n_buyers, rows):
        block = slice(start, min(start + rows, market.n_buyers))
        yield block, matrix[block]


def _scan_dense(
    market: AssignmentMarket, prices: NumberArray, slack: Slack, best: NumberArray
) -> tuple[IntArray, IntArray] | None:
    """Fill `best` and return the ties, or None where they are too many."""
    gaps = market.values.has_gaps
    # A missing edge holds -1: at prices >= 0 its surplus is negative and loses against 0.
    masked = gaps and bool((prices < 0).any())
    most = _MOST_TIES + 16 * (market.n_buyers + market.n_sellers)
    found: list[IntArray] | None = []
    total = 0
    for block, values in blocks(market):
        surplus = values - prices
        if masked:
            surplus[values < 0] = -1
        surplus.max(axis=1, out=best[block])
        np.maximum(best[block], 0, out=best[block])
        if found is None:
            continue
        surplus, least = _against(surplus, best[block], prices, slack)
        tied = surplus >= least[:, None]
        if gaps:
            tied &= values >= 0
        total += int(np.count_nonzero(tied))
        if total > most:
            found = None
        else:
            found.append(np.flatnonzero(tied) + block.start * market.n_sellers)
    if found is None:
        return None
    return np.divmod(np.concatenate(found), market.n_sellers)


def _scan_sparse(
    market: AssignmentMarket, prices: NumberArray, slack: Slack, best: NumberArray
) -> tuple[IntArray, IntArray]:
    """Fill `best` and return the ties."""
    indptr, indices, data = market.values.csr()
    degrees = np.diff(indptr)
    paid = prices[indices]
    surplus = data - paid
    filled = np.flatnonzero(degrees > 0)
    if len(filled):
        # Empty rows would repeat their neighbor's segment, so only filled rows are reduced.
        best[filled] = np.maximum(np.maximum.reduceat(surplus, indptr[filled]), 0)
    surplus, least = _against(surplus, best, paid, slack)
    tied = np.flatnonzero(surplus >= np.repeat(least, degrees))
    return np.searchsorted(indptr, tied, side="right") - 1, indices[tied]


def _against(
    surplus: NumberArray, best: NumberArray, prices: NumberArray, slack: Slack
) -> tuple[NumberArray, NumberArray]:
    """Return two sides of which the first is not below the second exactly on ties.

    An edge is tied when ``surplus >= best - relative * (best + price) - floor``, the sum in
    brackets being its value.
    """
    if slack.relative == 0:
        return surplus, best
    return surplus + slack.relative * np.abs(prices), best * (1 - slack.relative) - slack.floor
