"""Claimed trades of a market with capacities, and one pass over the values at some prices.

The pass finds the most that a pair left out would leave each buyer, and the pairs that come close:
all that the verifier reads of the values apart from those of the trades. O(edges), in blocks of
rows that stay in the cache where the market is a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution
from eqsolve.families.assignment_market.verify.scan import Slack

__all__ = ["Seen", "Trades", "look", "trades_of"]

_BLOCK = 1 << 16
"""Numbers per block of rows: small enough to stay in the cache."""


@dataclass(frozen=True, slots=True)
class Trades:
    """The claimed pairs, and what they make of the capacities.

    Parameters
    ----------
    buyers, sellers, own : shapes (k,): the pairs, sorted, and their values.
    worth : shape (n,): the sum of its values, of each buyer.
    room : shape (n,): how many more sellers each buyer could take.
    sold_out : shape (m,): whether no unit of a seller is left.
    """

    buyers: IntArray
    sellers: IntArray
    own: NumberArray
    worth: NumberArray
    room: IntArray
    sold_out: BoolArray

    def by_buyer(self, amounts: NumberArray) -> NumberArray:
        """Return sums over the pairs of each buyer."""
        return _sums(self.buyers, amounts, len(self.room))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a pass over the values at `prices` found.

    Parameters
    ----------
    held : shape (k,): what each pair held leaves its buyer.
    other : shape (n,): the most that a pair left out would, 0 at least.
    regret : shape (n,): bounds what each buyer could gain, and is 0 exactly where it could gain
        nothing: what its best pair left out gives more than each that it holds, and for each place
        that it has free.
    ties : buyers, sellers and surpluses of the pairs left out that come close to `other`; not those
        of sellers at their reserves for buyers whose `other` is 0, which move neither.
    close : how close.
    """

    prices: NumberArray
    held: NumberArray
    other: NumberArray
    regret: NumberArray
    ties: tuple[IntArray, IntArray, NumberArray]
    close: float


def trades_of(market: AssignmentMarket, solution: AssignmentSolution) -> Trades:
    """Return the claimed pairs with their values."""
    buyers, sellers = solution.trades
    a, s = market.capacities
    own = market.values.at(buyers, sellers)
    return Trades(
        buyers,
        sellers,
        own,
        _sums(buyers, own, market.n_buyers),
        np.minimum(a, market.n_sellers) - np.bincount(buyers, minlength=market.n_buyers),
        np.bincount(sellers, minlength=market.n_sellers) >= s,
    )


def _sums(places: IntArray, amounts: NumberArray, size: int) -> NumberArray:
    """Return sums of amounts by place, in their own type."""
    total = np.zeros(size, dtype=amounts.dtype)
    np.add.at(total, places, amounts)
    return total


def look(market: AssignmentMarket, trades: Trades, prices: NumberArray, slack: Slack) -> Seen:
    """Return what a pass over the values at some prices finds; O(edges)."""
    held = trades.own - prices[trades.sellers]
    close = 2 * slack.relative * market.scale + slack.floor  # what rounding may hide, at most
    find = _look_at_edges if market.values.is_sparse else _look_at_rows
    other, ties = find(market, trades, prices, close)
    short = np.maximum(other[trades.buyers] - held, 0)
    regret = trades.room * other + trades.by_buyer(short)
    return Seen(prices, held, other, regret, ties, close)


_Ties = tuple[IntArray, IntArray, NumberArray]


def _look_at_edges(
    market: AssignmentMarket, trades: Trades, prices: NumberArray, close: float
) -> tuple[NumberArray, _Ties]:
    """Return `other` and `ties` of a market in sparse form."""
    indptr, indices, data = market.values.csr()
    surplus = data - prices[indices]
    other = np.zeros(market.n_buyers, dtype=surplus.dtype)
    rows = np.repeat(np.arange(market.n_buyers), np.diff(indptr))
    key, wanted = rows * market.n_sellers + indices, trades.buyers * market.n_sellers
    surplus[np.searchsorted(key, wanted + trades.sellers)] = _low(surplus.dtype)
    filled = np.flatnonzero(np.diff(indptr) > 0)
    if len(filled):
        other[filled] = np.maximum(np.maximum.reduceat(surplus, indptr[filled]), 0)
    level, dear = other[rows], prices > market.reserves
    near = np.flatnonzero((surplus >= level - close) & (dear[indices] | (level > 0)))
    return other, (rows[near], indices[near], surplus[near])


def _look_at_rows(
    market: AssignmentMarket, trades: Trades, prices: NumberArray, close: float
) -> tuple[NumberArray, _Ties]:
    """Return `other` and `ties` of a market given as a matrix, block by block."""
    matrix, m = market.values.dense(), market.n_sellers
    other = np.zeros(market.n_buyers, dtype=np.result_type(matrix, prices))
    dear = prices > market.reserves
    empty = np.zeros(0, dtype=np.int64)
    parts: list[_Ties] = []
    step = max(1, _BLOCK // max(1, m))
    starts = range(0, market.n_buyers if m else 0, step)
    ends = np.searchsorted(trades.buyers, [*starts, market.n_buyers])
    for start, first, end in zip(starts, ends[:-1], ends[1:], strict=True):
        values = matrix[start : start + step]
        surplus = values - prices
        if market.values.has_gaps:
            surplus[values < 0] = _low(surplus.dtype)
        surplus[trades.buyers[first:end] - start, trades.sellers[first:end]] = _low(surplus.dtype)
        top = np.maximum(surplus.max(axis=1), 0)
        other[start : start + step] = top
        near = surplus >= (top - close)[:, None]
        near &= dear | (top > 0)[:, None]
        places = np.flatnonzero(near)
        row = places // m
        parts.append((row + start, places - row * m, surplus.ravel()[places]))
    if len(parts) == 1:
        return other, parts[0]
    buyers, sellers, left = zip(*parts, strict=True) if parts else ((empty,),) * 3
    return other, (np.concatenate(buyers), np.concatenate(sellers), np.concatenate(left))


def _low(kind: np.dtype[np.generic]) -> float | int:
    """Return what is below every surplus."""
    return -np.inf if kind.kind == "f" else -(2**62)
