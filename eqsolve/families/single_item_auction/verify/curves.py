"""Strategies of continuous types as curves that never fall, and how likely their bids are.

O(log breakpoints) for each bid that is asked about, O(cells) for the pieces.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import Prior, SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["Curve", "curves_of"]


class Curve:
    """A strategy of continuous types that never falls, and how likely its bids are.

    Parameters
    ----------
    strategy, prior : of the bidder.
    """

    def __init__(self, strategy: Strategy, prior: Prior) -> None:
        assert strategy.bids is not None
        self.values, self.bids, self.prior = strategy.values, strategy.bids, prior
        self.low, self.high = prior.support

    def types(self, bids: FloatArray, *, equal: bool) -> FloatArray:
        """Return the types up to which the bid is less, or at most so much; infinite for all."""
        count = np.searchsorted(self.bids, bids, side="right" if equal else "left")
        last = len(self.bids) - 1
        before, after = np.maximum(count - 1, 0), np.minimum(count, last)
        rise = self.bids[after] - self.bids[before]
        slope = (self.values[after] - self.values[before]) / np.where(rise > 0, rise, np.inf)
        value = self.values[before] + np.maximum(bids - self.bids[before], 0.0) * slope
        value = np.where(count == 0, self.values[0], np.minimum(value, self.values[after]))
        return np.where(count > last, np.inf, value)

    def chance(self, bids: FloatArray, *, equal: bool) -> FloatArray:
        """Return the chance of bidding less, or at most so much."""
        return self.prior.cdf(self.types(bids, equal=equal))

    def pieces(self, cells: int) -> tuple[FloatArray, FloatArray]:
        """Return ends of cells of values and the bids at them, each shape (2, cells)."""
        values, bids = self.values, self.bids
        if values[-1] < self.high:
            values, bids = np.append(values, self.high), np.append(bids, bids[-1])
        left, right = values[:-1], values[1:]
        real = (right > left) & (right > self.low) & (left < self.high)
        left, right, low, high = left[real], right[real], bids[:-1][real], bids[1:][real]
        if not len(left):
            return np.empty((2, 0)), np.empty((2, 0))
        wanted = np.maximum(1, np.ceil(cells * (right - left) / (right - left).sum()))
        wanted = np.where(high > low, wanted, 1).astype(np.int64)
        owner = np.repeat(np.arange(len(left)), wanted)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
        ends = []
        for shift in (0, 1):
            share = (step + shift) / wanted[owner]
            value = left[owner] + share * (right - left)[owner]
            bid = low[owner] + share * (high - low)[owner]
            if shift:
                value = np.where(step + 1 == wanted[owner], right[owner], value)
                bid = np.where(step + 1 == wanted[owner], high[owner], bid)
            ends.append((value, bid))
        return (
            np.clip(np.stack([value for value, _ in ends]), self.low, self.high),
            np.stack([bid for _, bid in ends]),
        )


def curves_of(auction: SingleItemAuction, solution: SingleItemAuctionSolution) -> list[Curve]:
    """Return the strategies of all bidders with their priors; equal bidders share one object."""
    made: dict[int, Curve] = {}
    for i, c in enumerate(solution.classes):
        made.setdefault(c, Curve(solution.strategies[c], auction.values.own(i)))
    return [made[c] for c in solution.classes]
