"""Revenue, efficiency and utilities of continuous strategies by midpoint sums.

In each state (its own midpoints of the prior of the common part) own types are cut into cells of
known chance whose middles bid; prices are summed over the same bids. O(states * cells * bidders).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.verify.curves import Curve
from eqsolve.families.single_item_auction.verify.interval import few_above, lines_at

__all__ = ["Expected", "expected", "states_by_midpoints"]

_PRICES = 1500
"""Cells of prices at second prices, at least."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Expectations, as in the solution."""

    revenue: float
    efficiency: float
    utility: tuple[float, ...]


def states_by_midpoints(auction: SingleItemAuction, count: int) -> tuple[FloatArray, FloatArray]:
    """Return states and their chances: the points of a finite prior, else midpoints."""
    prior = auction.values.state
    if prior is None:
        return np.zeros(1), np.ones(1)
    if isinstance(prior, FinitePrior):
        return prior.points, prior.probabilities
    ends = np.linspace(*prior.support, count + 1)
    return (ends[1:] + ends[:-1]) / 2, np.diff(prior.cdf(ends))


def expected(
    auction: SingleItemAuction, curves: list[Curve], cells: int, states: int
) -> Expected | None:
    """Return expectations; None for a rule that is not known here.

    Parameters
    ----------
    curves : the strategies of all bidders.
    cells, states : of the sums.
    """
    n = auction.n_bidders
    shifts, weights = states_by_midpoints(auction, states)
    revenue = efficiency = 0.0
    utility = np.zeros(n)
    for shift, weight in zip(shifts.tolist(), weights.tolist(), strict=True):
        seen: dict[tuple[int, float], tuple[float, float, float]] = {}
        for i in range(n):
            # Bidders of one strategy, prior and risk have one outlook; the strategy object tells.
            key = (id(curves[i].bids), auction.risk[i])
            if key not in seen:
                found = _one(auction, curves, i, shift, cells)
                if found is None:
                    return None
                seen[key] = found
            paid, right, gained = seen[key]
            revenue += weight * paid
            efficiency += weight * right
            utility[i] += weight * gained
    return Expected(revenue, min(efficiency, 1.0), tuple(utility.tolist()))


def _one(
    auction: SingleItemAuction, curves: list[Curve], bidder: int, shift: float, cells: int
) -> tuple[float, float, float] | None:
    """Return what a bidder pays, wins rightly and gains in a state."""
    own, rho, reserve = curves[bidder], auction.risk[bidder], auction.reserve
    low, high = own.prior.support
    values, mass = _middles(own, shift, low, high, cells)
    bids = np.interp(values, own.values, own.bids)
    taken = (values >= own.values[0]) & (bids >= reserve)
    jumps = np.flatnonzero(np.diff(own.values) == 0)
    if len(jumps):  # np.interp does not say which end of a jump counts, but no middle is one
        place = np.searchsorted(own.values, values, side="right") - 1
        after = np.minimum(place + 1, len(own.values) - 1)
        width = own.values[after] - own.values[np.maximum(place, 0)]
        share = (values - own.values[np.maximum(place, 0)]) / np.where(width > 0, width, np.inf)
        rise = own.bids[after] - own.bids[np.maximum(place, 0)]
        bids = own.bids[np.maximum(place, 0)] + share * rise
        taken = (place >= 0) & (bids >= reserve)
    values, mass, bids = values[taken], mass[taken], bids[taken]
    if not len(values):
        return 0.0, 0.0, 0.0
    rivals = [curve for i, curve in enumerate(curves) if i != bidder]
    worth = np.full(len(values), shift) if auction.values.model == "common" else values
    support, place = np.unique(bids, return_inverse=True)
    less = [r.prior.cdf(r.types(support, equal=False) - shift) for r in rivals]
    most = [r.prior.cdf(r.types(support, equal=True) - shift) for r in rivals]
    ties = [high - low for high, low in zip(most, less, strict=True)]
    win = (few_above(less, ties, less, len(rivals)) + np.zeros(len(support)))[place]
    rank = auction.price_rank
    if auction.format == "all_pay":
        return (
            float(mass @ bids),
            _right(auction, rivals, values, bids, shift, win, mass),
            float(mass @ (worth * win - bids)),
        )
    right = _right(auction, rivals, values, bids, shift, win, mass)
    if rank == 1:
        margin = worth - bids
        gain = np.where(margin > 0, np.maximum(margin, 0.0) ** (1 - rho), margin)
        return float(mass @ (bids * win)), right, float(mass @ (gain * win))
    if rank == 2:
        return _second(auction, rivals, (values, worth, bids, mass, win), shift, rho, right)
    if auction.bids is not None:
        if auction.values.state is not None:
            return None
        lines = lines_at(auction, rivals, support, 0.0)
        assert lines is not None
        sold: tuple[FloatArray, FloatArray] | None = (lines.win, lines.pay)
    else:
        sold = _ranked(rivals, support, shift, reserve, rank - 1)
    if sold is None:
        return None
    chance, pay = sold[0][place], sold[1][place]
    return float(mass @ pay), right, float(mass @ (worth * chance - pay))


def _middles(
    own: Curve, shift: float, low: float, high: float, cells: int
) -> tuple[FloatArray, FloatArray]:
    """Return middles of cells of types and their chances; breakpoints are ends of cells."""
    corners = np.unique(np.clip(np.concatenate([own.values - shift, [low, high]]), low, high))
    share = np.diff(corners) / (high - low)
    wanted = np.maximum(1, np.ceil(cells * share)).astype(np.int64)
    owner = np.repeat(np.arange(len(wanted)), wanted)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    ends = np.append(corners[owner] + step / wanted[owner] * np.diff(corners)[owner], high)
    mass = np.diff(own.prior.cdf(ends))
    if own.prior.finite:
        points = own.prior.points  # type: ignore[attr-defined]  # finite
        return points + shift, own.prior.pdf(points)
    return (ends[1:] + ends[:-1]) / 2 + shift, mass


def _right(
    auction: SingleItemAuction,
    rivals: list[Curve],
    values: FloatArray,
    bids: FloatArray,
    shift: float,
    win: FloatArray,
    mass: FloatArray,
) -> float:
    """Return the chance that a bidder wins to whom the prize is worth most."""
    if auction.values.model == "common":
        return float(mass @ win)

    def weak(types: FloatArray, rival: Curve) -> FloatArray:
        return rival.prior.cdf(np.minimum(types, values) - shift)

    less = [weak(r.types(bids, equal=False), r) for r in rivals]
    ties = [weak(r.types(bids, equal=True), r) - low for r, low in zip(rivals, less, strict=True)]
    won = few_above(less, ties, less, len(rivals))
    if auction.price_rank > 2:  # nothing is sold where too few bids are accepted
        start = np.full(1, auction.reserve)
        out = [weak(r.types(start, equal=False), r) for r in rivals]
        won = won - few_above(less, ties, out, auction.price_rank - 2)
    return float(mass @ (won + np.zeros(len(mass))))


def _second(
    auction: SingleItemAuction,
    rivals: list[Curve],
    types: tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray],
    shift: float,
    rho: float,
    right: float,
) -> tuple[float, float, float]:
    """Return expectations at second prices: cells of prices with the chance of each."""
    _, worth, bids, mass, win = types
    reserve, top = auction.reserve, float(bids.max())
    corners = np.concatenate([*(r.bids for r in rivals), bids, [reserve]])
    corners = corners[(corners >= reserve) & (corners <= top)]
    ends = np.unique(np.append(corners, np.linspace(reserve, top, max(_PRICES, len(bids)))))
    most, less = np.ones(len(ends)), np.ones(len(ends))
    for r in rivals:
        most *= r.prior.cdf(r.types(ends, equal=True) - shift)
        less *= r.prior.cdf(r.types(ends, equal=False) - shift)
    # Prices: the reserve if all bid less, an end with its own mass, or inside a cell.
    prices = np.concatenate([[reserve], ends[:-1], (ends[1:] + ends[:-1]) / 2])
    chances = np.concatenate([less[:1], (most - less)[:-1], less[1:] - most[:-1]])
    order = np.argsort(prices, kind="stable")
    prices, chances = prices[order], chances[order]
    place = np.searchsorted(prices, bids)
    tied = win - np.where(bids > reserve, less[np.searchsorted(ends, bids)], 0.0)
    sure = np.append(0.0, np.cumsum(chances * prices))[place]
    pay = sure + tied * bids
    if not rho:
        return float(mass @ pay), right, float(mass @ (worth * win - pay))
    gained = 0.0
    for w, bid, m, tie, count in zip(
        *(part.tolist() for part in (worth, bids, mass, tied, place)), strict=True
    ):
        total = float(chances[:count] @ _all(w - prices[:count], rho))
        gained += m * (total + tie * float(_all(np.array([w - bid]), rho)[0]))
    return float(mass @ pay), right, gained


def _all(amounts: FloatArray, rho: float) -> FloatArray:
    """Return the utilities of amounts."""
    return np.where(amounts > 0, np.maximum(amounts, 0.0) ** (1 - rho), amounts)


def _ranked(
    rivals: list[Curve], bids: FloatArray, shift: float, reserve: float, rank: int
) -> tuple[FloatArray, FloatArray] | None:
    """Return chances and payments where the price is the rank-th highest of equal rivals' bids.

    With the highest rival at s, the rest are as many as before less one, all at most s.
    """
    first, count = rivals[0], len(rivals)
    if any(r.bids is not first.bids or r.prior != first.prior for r in rivals):
        return None
    ends = np.unique(np.concatenate([bids, first.bids, [reserve]]))
    ends = ends[ends >= reserve]
    ends = np.interp(np.linspace(0, len(ends) - 1, 8 * len(ends)), np.arange(len(ends)), ends)
    ends = np.unique(np.append(ends, bids))
    chance = first.prior.cdf(first.types(ends, equal=True) - shift)
    out = float(first.prior.cdf(first.types(ends[:1], equal=False) - shift)[0])
    number = count - rank + 1
    step = np.diff(chance**number, prepend=out**number)
    middle = (ends + np.append(ends[:1], ends[:-1])) / 2
    pay, sold = np.cumsum(step * middle), chance**number - out**number
    mass = np.diff(chance, prepend=out)
    while number < count:
        number += 1
        pay = np.cumsum(number * mass * (pay + np.append(0.0, pay[:-1])) / 2)
        sold = np.cumsum(number * mass * (sold + np.append(0.0, sold[:-1])) / 2)
    place = np.searchsorted(ends, bids)
    return sold[place], pay[place]
