"""Auction design: mechanisms that earn much, from the laws of buyers' valuations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.auction_design.convert import price_list
    from eqsolve.families.auction_design.instance.design import AuctionDesign
    from eqsolve.families.auction_design.playing.evaluate import Earnings, revenue
    from eqsolve.families.auction_design.playing.runs import Played
    from eqsolve.families.auction_design.playing.storage import load_mechanism, save_mechanism
    from eqsolve.families.auction_design.questions.comparing import Comparison, compare
    from eqsolve.families.auction_design.questions.regretting import (
        Regret,
        VirtualValues,
        regret,
        virtual_values,
    )
    from eqsolve.families.auction_design.solution.design import DesignSolution
    from eqsolve.families.auction_design.solve import design, optimal_auction

__all__ = [
    "AuctionDesign",
    "Comparison",
    "DesignSolution",
    "Earnings",
    "Played",
    "Regret",
    "VirtualValues",
    "compare",
    "design",
    "load_mechanism",
    "optimal_auction",
    "price_list",
    "regret",
    "revenue",
    "save_mechanism",
    "virtual_values",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "convert": ("price_list",),
        "instance.design": ("AuctionDesign",),
        "playing.evaluate": ("Earnings", "revenue"),
        "playing.runs": ("Played",),
        "playing.storage": ("load_mechanism", "save_mechanism"),
        "questions.comparing": ("Comparison", "compare"),
        "questions.regretting": ("Regret", "VirtualValues", "regret", "virtual_values"),
        "solution.design": ("DesignSolution",),
        "solve": ("design", "optimal_auction"),
    },
)
