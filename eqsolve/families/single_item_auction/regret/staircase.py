"""Regret of continuous types on a grid of bids: both ends of every step (CERT-E).

On a grid a strategy is a staircase. What the best bid is worth is convex in the value and what the
own is worth a line, so that regret is convex on each step and greatest at an end of one: exact.
O(steps log steps + bids).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.interim import Rivals
from eqsolve.families.single_item_auction.regret.lines import bid_lines, envelope, steps_of
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["staircase_regrets"]


def staircase_regrets(
    auction: SingleItemAuction, strategy: Strategy, rivals: Rivals, bidder: int
) -> tuple[FloatArray, FloatArray]:
    """Return step ends and regrets of a strategy on a grid of bids."""
    assert auction.bids is not None
    low, high = auction.values.support(bidder)
    starts, ends, (bids, _) = steps_of(strategy, high)
    starts, ends = np.clip(starts, low, high), np.clip(ends, low, high)
    grid = auction.bids.bids
    grid = grid[grid >= auction.reserve]
    if not len(grid):
        return np.array([high]), np.zeros(1)
    slopes, costs = bid_lines(auction, rivals, grid, auction.risk[bidder])
    place = np.minimum(np.searchsorted(grid, bids), len(grid) - 1)
    there = grid[place] == bids
    slope, cost = np.where(there, slopes[place], 0.0), np.where(there, costs[place], 0.0)
    values = np.concatenate([starts, ends, [np.clip(strategy.values[0], low, high)]])
    held = np.append(values[:-1] * np.tile(slope, 2) - np.tile(cost, 2), 0.0)
    order = np.argsort(values, kind="stable")
    best = envelope(slopes, costs, values[order])
    return values[order], best - held[order]
