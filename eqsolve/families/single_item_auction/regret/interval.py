"""A proved bound on the regret of continuous types that may bid anything (CERT-I).

Bids are cut into cells: a bid of a cell wins at most as often as its upper end and costs at least
as much as its lower end, the own bid the other way round. So regret is at most the difference of
two lines at the ends of cells of values. O(cells log cells) for each class.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.interim import Rivals, just_above, win_chance
from eqsolve.families.single_item_auction.regret.lines import envelope, steps_of
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["interval_regrets"]


def interval_regrets(
    auction: SingleItemAuction,
    strategy: Strategy,
    rivals: Rivals,
    bidder: int,
    cells: int,
) -> tuple[FloatArray, FloatArray]:
    """Return ends of cells of values and bounds of the regrets inside (CERT-I)."""
    low, high = auction.values.support(bidder)
    rho = auction.risk[bidder]
    starts, ends, bids = _cut(strategy, low, high, cells)
    corners = [bids.ravel(), np.array([auction.reserve]), *(law.corners for law, _ in rivals)]
    top = max(float(part.max(initial=0.0)) for part in corners)
    corners.append(np.linspace(auction.reserve, max(top, auction.reserve), cells // 2 + 1))
    edges = np.sort(np.concatenate(corners), kind="stable")  # runs that rise: merged quickly
    edges = edges[edges >= auction.reserve]
    edges = edges[np.append(True, np.diff(edges) > 0)]
    # Lines from above: wins as often as a bid just above the upper end, pays like the lower end.
    most = win_chance(just_above(rivals), np.append(edges[1:], edges[-1]))
    if auction.price_rank == 1 and auction.format != "all_pay":
        most = most ** (1 / (1 - rho))
        slopes, costs = most, edges * most
    elif auction.format == "all_pay":
        slopes, costs = most, edges
    else:
        slopes, costs, held_slope, held_cost = _ranked_bounds(auction, rivals, edges)
    values = np.concatenate([starts, ends, [np.clip(strategy.values[0], low, high)]])
    order = np.argsort(values, kind="stable")
    best = np.empty(len(values))
    best[order] = envelope(slopes, costs, values[order])
    least, largest = bids
    if auction.price_rank == 1:
        win = win_chance(rivals, least)
        never = least < auction.reserve
        win = np.where(never, 0.0, win)
        if auction.format == "all_pay":
            held = np.concatenate([values[: len(starts)] * win, ends * win]) - np.tile(
                np.where(largest < auction.reserve, 0.0, largest), 2
            )
        else:
            margin = np.concatenate([starts, ends]) - np.tile(largest, 2)
            held = margin * np.tile(win ** (1 / (1 - rho)), 2)
            if (margin < 0).any():  # losses count as they are, and come with the upper end
                likely = win_chance(rivals, np.maximum(largest, auction.reserve))
                held = np.where(margin < 0, margin * np.tile(likely, 2), held)
    else:
        own_low = np.searchsorted(edges, np.maximum(least, auction.reserve))
        own_high = np.searchsorted(edges, np.maximum(largest, auction.reserve))
        slope = np.where(least < auction.reserve, 0.0, held_slope[own_low])
        held = np.concatenate([starts, ends]) * np.tile(slope, 2) - np.tile(held_cost[own_high], 2)
    regrets = best - np.append(held, 0.0)
    rounding = 1e-14 * max(auction.scale, float(edges[-1]))
    return values[order], np.maximum(regrets[order] + rounding, 0.0)


def _cut(
    strategy: Strategy, low: float, high: float, cells: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return cells of values and the bids at their ends, about as many as asked for."""
    starts, ends, bids = steps_of(strategy, high)
    keep = (ends > low) & (starts < high)
    starts, ends, bids = starts[keep], ends[keep], bids[:, keep]
    width = float((ends - starts).sum())
    found: list[FloatArray] = []
    for start, end, left, right in zip(starts, ends, *bids, strict=True):
        pieces = 1 if left == right else max(1, int(np.ceil(cells * (end - start) / width)))
        at = np.linspace(start, end, pieces + 1)
        offered = left + (at - start) / (end - start) * (right - left)
        offered[-1] = right
        found.append(np.stack([at[:-1], at[1:], offered[:-1], offered[1:]]))
    if not found:
        return np.empty(0), np.empty(0), np.empty((2, 0))
    table = np.concatenate(found, axis=1)
    inside = (table[1] > low) & (table[0] < high)
    starts, ends, left, right = table[:, inside]
    return np.clip(starts, low, high), np.clip(ends, low, high), np.stack([left, right])


def _ranked_bounds(
    auction: SingleItemAuction, rivals: Rivals, edges: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return slopes and costs of lines from above by cell, and from below by edge.

    With N rivals and B(t) the chance that one bids at most t, ``E[j-th highest; all at most t]`` is
    ``N int E[(j-1)-th highest of N - 1; all at most s] dB(s)``: sums over cells with the lower or
    the upper end bound it.
    """
    (law, count), rank = rivals[0], auction.price_rank - 1
    most, least = law.at_most(edges), law.below(edges)
    start = float(law.below(edges[:1])[0])

    def tail(chance: FloatArray, number: int, wanted: int) -> FloatArray:
        from scipy.special import comb

        inside = np.maximum(chance - start, 0.0)
        return np.asarray(
            sum(
                comb(number, m, exact=True) * inside**m * start ** (number - m)
                for m in range(wanted, number + 1)
            )
        )

    low, high = np.zeros(len(edges)), np.zeros(len(edges))
    number = count - rank + 1
    steps = np.diff(most**number, prepend=start**number)
    low = np.cumsum(steps * np.append(edges[0], edges[:-1]))
    high = np.cumsum(steps * edges)
    for number in range(count - rank + 2, count + 1):
        masses = number * np.diff(most, prepend=start)
        low = np.cumsum(masses * np.append(0.0, low[:-1]))
        high = np.cumsum(masses * high)
    slopes = tail(np.append(most[1:], most[-1]), count, rank)
    below = np.append(0.0, low[:-1])  # what those pay who beat no more than the cells before
    return slopes, np.where(least < most, below, low), tail(least, count, rank), high
