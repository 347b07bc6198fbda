"""Combinatorial auctions: bids on bundles, who wins, what they pay, which prices clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.combinatorial_auction.convert import (
        from_cats,
        to_cats,
    )
    from eqsolve.families.combinatorial_auction.instance import (
        CombinatorialAuction,
    )
    from eqsolve.families.combinatorial_auction.questions.demand import (
        demand,
        value,
    )
    from eqsolve.families.combinatorial_auction.questions.payments import (
        blocking_coalition,
        clearing_prices,
        core_payments,
    )
    from eqsolve.families.combinatorial_auction.solution import (
        AuctionSolution,
    )
    from eqsolve.families.combinatorial_auction.solve import (
        solve_auction,
    )

__all__ = [
    "AuctionSolution",
    "CombinatorialAuction",
    "blocking_coalition",
    "clearing_prices",
    "core_payments",
    "demand",
    "from_cats",
    "solve_auction",
    "to_cats",
    "value",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "convert": ("from_cats", "to_cats"),
        "instance": ("CombinatorialAuction",),
        "questions.demand": ("demand", "value"),
        "questions.payments": ("blocking_coalition", "clearing_prices", "core_payments"),
        "solution": ("AuctionSolution",),
        "solve": ("solve_auction",),
    },
)
