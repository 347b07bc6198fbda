"""Bids as lines in the value, and strategies as pieces: what both ways for any value share.

At first prices the certainty equivalent of a CRRA bidder is ``(v - b) * W(b)`` with
``W = P(win) ** (1 / (1 - rho))``, so that in all formats a bid is a line ``v * W - P`` in v. What
the best bid is worth is their upper envelope: convex, O(bids + values).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.interim import Rivals, interim
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["bid_lines", "envelope", "steps_of"]


def bid_lines(
    auction: SingleItemAuction, rivals: Rivals, bids: FloatArray, rho: float
) -> tuple[FloatArray, FloatArray]:
    """Return slopes and costs of bids as lines in the value, in certainty equivalents."""
    win, pay = interim(auction, rivals, bids)
    if rho:
        win = win ** (1 / (1 - rho))
        pay = bids * win
    return win, pay


def envelope(slopes: FloatArray, costs: FloatArray, values: FloatArray) -> FloatArray:
    """Return the greatest of the lines and 0 at rising values."""
    from eqsolve.families.single_item_auction.kernels.envelope import best_lines

    slopes = np.maximum.accumulate(np.concatenate([[0.0], slopes]))
    costs = np.concatenate([[0.0], costs])
    best = best_lines(slopes, costs, np.ascontiguousarray(values))
    return values * slopes[best] - costs[best]


def steps_of(strategy: Strategy, high: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return start, end and bids at both ends of the pieces of a strategy, jumps left out."""
    values, bids = strategy.values, strategy.bids
    assert bids is not None
    if high > values[-1]:
        values, bids = np.append(values, high), np.append(bids, bids[-1])
    keep = np.diff(values) > 0
    starts, ends = values[:-1][keep], values[1:][keep]
    return starts, ends, np.stack([bids[:-1][keep], bids[1:][keep]])
