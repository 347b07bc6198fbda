"""Single-item auctions: what bidders should do, with a proof of how far from best it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.single_item_auction.instance import SingleItemAuction
    from eqsolve.families.single_item_auction.questions.comparing import (
        FormatRow,
        compare_formats,
    )
    from eqsolve.families.single_item_auction.questions.obvious import (
        ObviousDominance,
        obviously_dominant,
    )
    from eqsolve.families.single_item_auction.questions.regretting import (
        InterimRegret,
        auction_equilibrium,
        interim_regret,
    )
    from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = [
    "FormatRow",
    "InterimRegret",
    "ObviousDominance",
    "SingleItemAuction",
    "SingleItemAuctionSolution",
    "Strategy",
    "auction_equilibrium",
    "compare_formats",
    "interim_regret",
    "obviously_dominant",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("SingleItemAuction",),
        "questions.comparing": ("FormatRow", "compare_formats"),
        "questions.obvious": ("ObviousDominance", "obviously_dominant"),
        "questions.regretting": ("InterimRegret", "auction_equilibrium", "interim_regret"),
        "solution": ("SingleItemAuctionSolution", "Strategy"),
    },
)
