"""The default method: looks at the auction and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.methods.base import AuctionMethod
from eqsolve.families.combinatorial_auction.methods.enumeration import Enumeration
from eqsolve.families.combinatorial_auction.methods.matching import Matching
from eqsolve.families.combinatorial_auction.methods.programs import Portfolio
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["Auto"]

_FEW = 14
"""Bids up to which looking at all sets takes less time than loading a solver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[CombinatorialAuction, AuctionSolution], AuctionMethod):
    """Takes the first that applies, and says why.

    1. at most 14 bids: `enumeration`;
    2. bundles of one or two single items, one bid each: `matching`;
    3. else `portfolio`.
    """

    theorem: ClassVar[str] = "CA-1, CA-10"

    def choose_method(self, instance: CombinatorialAuction) -> tuple[AuctionMethod, str]:
        """Return the method for an auction and the reason."""
        options: Any = {
            "payments": self.payments,
            "prices": self.prices,
            "workers": self.workers,
        }
        if instance.n_bids <= _FEW:
            return Enumeration(**options), f"only {instance.n_bids} bids"
        matching = Matching(**options)
        if matching.supports(instance) is None:
            return matching, "bundles of at most two items, one bid each"
        return Portfolio(**options), "bids on bundles"
