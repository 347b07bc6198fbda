"""Enumeration of pure equilibria of small finite auctions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.single_item_auction.evaluate import outlook
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.listing import list_equilibria, n_profiles
from eqsolve.families.single_item_auction.methods.base import (
    HISTORY,
    AuctionMethod,
    classes_of,
    depends_on_history,
)
from eqsolve.families.single_item_auction.methods.fictitious_play import FictitiousPlay
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["MOST_PROFILES", "Enumeration"]

MOST_PROFILES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(AuctionMethod):
    """Lists all pure equilibria, or proves that there is none and finds a mixed one.

    Parameters
    ----------
    epsilon, cells : see `AuctionMethod`.
    find : ``"one"``: the equilibrium with the greatest revenue; ``"all"``: the list as well.
    symmetric : whether equal bidders bid alike; else all profiles are looked at.
    """

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "all pure equilibria of small finite auctions, or a proof of none"
    theorem: ClassVar[str] = "AUC-10"
    cost: ClassVar[str] = "O(bids ** types * types * bids), at most 100,000 profiles"

    find: Literal["one", "all"] = "one"
    symmetric: bool = True

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why it does not apply, or None."""
        if depends_on_history(instance):
            return HISTORY
        if not instance.is_finite:
            return "types or bids are not finite"
        count = n_profiles(instance, classes_of(instance, self.symmetric))
        if count > MOST_PROFILES:
            return f"there are {count:.3g} profiles, more than {MOST_PROFILES}"
        return None

    def run(
        self, instance: SingleItemAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[SingleItemAuctionSolution]:
        """Look at all profiles."""
        classes = classes_of(instance, self.symmetric)
        listing = list_equilibria(instance, classes, stop=deadline.expired)
        limit = None if listing.complete else deadline.limit
        word = "symmetric pure" if len(set(classes)) < instance.n_bidders else "pure"
        certificate = ExhaustionCertificate(
            "profiles",
            "a profile is an equilibrium if no type gains by another bid",
            {"profiles": listing.looked_at, "equilibria": len(listing.equilibria)},
        )
        if listing.equilibria:
            best = max(listing.equilibria, key=lambda it: outlook(instance, it, classes).revenue)
            return self.answered(
                instance,
                best,
                classes,
                counts={"profiles": listing.looked_at},
                limit=limit if self.find == "all" else None,
                equilibria=listing.equilibria if self.find == "all" else None,
                certificate=certificate if self.find == "all" and limit is None else None,
            )
        play = FictitiousPlay(epsilon=self.epsilon, cells=self.cells, symmetric=self.symmetric)
        reason = play.supports(instance)
        nothing = f"there is no {word} equilibrium: {listing.looked_at} profiles were looked at"
        if reason is not None or limit is not None:
            held: Incumbent[SingleItemAuctionSolution] = Incumbent(
                method=self.name,
                counts={"profiles": listing.looked_at},
                remarks=() if reason is None else (reason,),
            )
            if limit is not None:
                return held.outcome(answered=False, limit=limit)
            return held.no_equilibrium(certificate)
        mixed = play.run(instance, deadline, rng)
        assert mixed.solution is not None
        return replace(
            mixed,
            method=self.name,
            solution=replace(mixed.solution, equilibria=(), exhaustive=True),
            certificate=certificate,
            counts={"profiles": listing.looked_at, **mixed.counts},
            remarks=(f"{nothing}; this one is mixed", *mixed.remarks),
        )
