"""Where truth is dominant nobody regrets it: epsilon is 0 with nothing to compute (CERT-D, AUC-1).

O(types) where there is a grid of bids, to see that every value is a bid or beyond all of them.
"""

from __future__ import annotations

from eqsolve.families.single_item_auction.finite_types import all_types
from eqsolve.families.single_item_auction.instance import SingleItemAuction

__all__ = ["truthful_dominates"]


def truthful_dominates(auction: SingleItemAuction) -> bool:
    """Return whether bidding the value is weakly dominant (AUC-1): what `dominance` applies to.

    True for second prices and the clocks that come to the same, private or affiliated values,
    where each value that reaches the reserve is a bid, or above all bids, or below all bids that
    are not free.
    """
    if auction.price_rank != 2 or auction.values.model == "common":
        return False
    grid = auction.bids
    if grid is None:
        return True
    if not auction.values.is_finite:
        return False
    lowest = max(grid.min, auction.reserve)
    return all(
        value < auction.reserve
        or value >= grid.max
        or grid.holds(value)
        or (value < grid.min and auction.reserve >= grid.min)
        for value in all_types(auction)
        if value >= lowest or value >= auction.reserve
    )
