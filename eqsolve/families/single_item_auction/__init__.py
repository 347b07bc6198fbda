"""Single-item auctions: what bidders should do, with a proof of how far from best it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.single_item_auction.instance import SingleItemAuction
    from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["SingleItemAuction", "SingleItemAuctionSolution", "Strategy"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("SingleItemAuction",),
        "solution": ("SingleItemAuctionSolution", "Strategy"),
    },
)
