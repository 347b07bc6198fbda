"""Auction design: mechanisms that earn much, from the laws of buyers' valuations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.auction_design.instance.design import AuctionDesign
    from eqsolve.families.auction_design.play.evaluate import Evaluation, revenue
    from eqsolve.families.auction_design.play.runs import Played, play
    from eqsolve.families.auction_design.play.storage import load_mechanism, save_mechanism
    from eqsolve.families.auction_design.solution.design import DesignSolution

__all__ = [
    "AuctionDesign",
    "DesignSolution",
    "Evaluation",
    "Played",
    "load_mechanism",
    "play",
    "revenue",
    "save_mechanism",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance.design": ("AuctionDesign",),
        "play.evaluate": ("Evaluation", "revenue"),
        "play.runs": ("Played", "play"),
        "play.storage": ("load_mechanism", "save_mechanism"),
        "solution.design": ("DesignSolution",),
    },
)
