"""Second prices and clocks, private values: bidding the value is weakly dominant (AUC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.single_item_auction.finite_types import types_of
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.methods.base import (
    AuctionMethod,
    classes_of,
    stays_out,
)
from eqsolve.families.single_item_auction.regret import truthful_dominates
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["Dominance", "truthful"]


def truthful(auction: SingleItemAuction, bidder: int) -> Strategy:
    """Return the strategy that bids the value where it reaches the reserve.

    On a grid of bids: the greatest bid for values above it, the least one for values below the
    reserve where that is not accepted, else staying out.
    """
    low, high = auction.values.support(bidder)
    if not auction.values.is_finite:
        if auction.reserve > high:
            return stays_out(auction)
        start = max(low, auction.reserve)
        ends = np.array([start, high]) if start < high else np.array([high])
        return Strategy(ends, ends)
    values = types_of(auction, bidder)
    if auction.bids is None:
        return Strategy(values, np.where(values < auction.reserve, np.nan, values), finite=True)
    grid = auction.bids
    out = grid.min if grid.min < auction.reserve else np.nan
    bids = np.where(values < max(auction.reserve, grid.min), out, np.minimum(values, grid.max))
    if grid.max < auction.reserve:
        bids = np.full(len(values), out)
    return Strategy(values, bids, finite=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dominance(AuctionMethod):
    """Bids the value; nothing to compute, nothing to doubt.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`; not read.
    """

    name: ClassVar[str] = "dominance"
    summary: ClassVar[str] = "bidding the value where it is weakly dominant"
    theorem: ClassVar[str] = "AUC-1"
    cost: ClassVar[str] = "O(types)"
    source: ClassVar[str] = (
        "Vickrey, W. (1961). Counterspeculation, auctions, and competitive sealed tenders. "
        "Journal of Finance 16(1), 8-37."
    )

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why bidding the value is not weakly dominant, or None."""
        if instance.price_rank != 2:
            return f"bids set the own price in {instance.format}"
        if instance.values.model == "common":
            return "the worth is common, so that other bids tell something about it"
        if not truthful_dominates(instance):
            return "the grid of bids does not hold all values"
        return None

    def run(
        self, instance: SingleItemAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[SingleItemAuctionSolution]:
        """Bid the value."""
        classes = classes_of(instance, True)
        members = [classes.index(c) for c in range(max(classes) + 1)]
        strategies = [truthful(instance, member) for member in members]
        return self.answered(instance, strategies, classes, closed_form="AUC-1", dominance=True)
