"""From amounts to bids: the nearest bid that there is, or the one below.

Amounts that differ by less than a billionth of an increment are one: halves go down, and what is
rounded down may lack that little. An amount below the least bid stays out, one above the cap is the
cap. Where any bid is allowed amounts are bids, those below 0 are 0. O(1) an amount.

That is not `BidGrid.nearest`, which rounds the decimals of one number exactly and leaves nobody
out: amounts here come from arithmetic, many at once, and a record is replayed by this rule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.solution import Number, plain
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["Amounts"]

SLACK = 1e-9
"""Share of an increment below which differences are rounding."""


class Amounts:
    """The bids of an auction, for amounts to become one.

    Attributes
    ----------
    prices : all bids of the grid, rising, whole ones without a point; none where any is allowed.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"uniform": [0, 1]}}
    >>> bids = {"min": 1, "max": 4, "increment": 1}
    >>> amounts = Amounts(SingleItemAuction("first_price", 2, values, bids=bids))
    >>> amounts.nearest(np.array([0.4, 1.5, 2.51, 9])).tolist()
    [nan, 1.0, 3.0, 4.0]
    >>> amounts.floor(np.array([0.9, 1.999])).tolist(), amounts.holds(2), amounts.holds(2.5)
    ([nan, 1.0], True, False)
    """

    def __init__(self, auction: SingleItemAuction) -> None:
        self._grid = auction.bids
        self._bids = None if self._grid is None else self._grid.bids
        self.prices = [] if self._bids is None else [plain(bid) for bid in self._bids.tolist()]

    def nearest(self, amounts: FloatArray) -> FloatArray:
        """Return the bids nearest to amounts, halves down, NaN for staying out."""
        return self._at(amounts, lambda places: np.ceil(places - 0.5 - SLACK))

    def floor(self, amounts: FloatArray) -> FloatArray:
        """Return the greatest bids not above amounts, NaN for staying out."""
        return self._at(amounts, lambda places: np.floor(places + SLACK))

    def _at(self, amounts: FloatArray, rounded: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return the bids of amounts by a rule for places of the grid."""
        if self._grid is None or self._bids is None:
            return np.maximum(amounts, 0.0)
        out = np.isnan(amounts)
        places = (np.where(out, 0.0, amounts) - self._grid.min) / self._grid.increment
        found = rounded(places)
        inside = np.clip(found, 0, len(self._bids) - 1).astype(np.int64)
        bids: FloatArray = np.where(out | (found < 0), np.nan, self._bids[inside])
        return bids

    def clipped(self, amounts: FloatArray) -> FloatArray:
        """Return amounts pulled between the least and the greatest bid; NaN stays NaN."""
        low = 0.0 if self._grid is None else self._grid.min
        high = np.inf if self._grid is None else self._grid.max
        return np.clip(amounts, low, high)

    def holds(self, bid: Number) -> bool:
        """Return whether a finite number is a bid."""
        return bid >= 0 if self._grid is None else self._grid.holds(bid)
