"""Whether lists of pure equilibria hold equilibria, and all of them where that is claimed (AUC-10).

That there is none is the claim that the empty list is complete. Profiles are searched by `listing`
as long as there are not too many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from eqsolve.core.bid_table import exact
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy
from eqsolve.families.single_item_auction.verify.listing import (
    MOST_PROFILES,
    Profile,
    all_profiles,
    is_equilibrium,
    profiles,
)

__all__ = ["check_list", "check_none_exists"]


def _profile(strategies: Sequence[Strategy], auction: SingleItemAuction) -> Profile | None:
    """Return pure strategies as a profile with bids that are not accepted as None."""
    rows = []
    reserve = exact(auction.reserve)
    for strategy in strategies:
        if strategy.bids is None:
            return None
        rows.append(
            tuple(
                None if math.isnan(bid) or exact(bid) < reserve else exact(bid)
                for bid in strategy.bids.tolist()
            )
        )
    return tuple(rows)


def check_list(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
    solution: SingleItemAuctionSolution,
) -> None:
    """Check that what is listed are equilibria, and all of them where that is claimed."""
    listed = solution.equilibria
    if listed is None:
        if solution.exhaustive is not None:
            builder.require("auction.list", "only a list is exhaustive", ["there is no list"])
        return
    if not auction.is_finite:
        builder.require("auction.list", "finite auctions have lists", ["it is not finite"])
        return
    found = [_profile(entry, auction) for entry in listed]
    problems = []
    for k, profile in enumerate(found):
        if profile is None:
            problems.append(f"equilibrium {k} is not pure")
        elif not is_equilibrium(auction, solution.classes, profile):
            problems.append(f"equilibrium {k} is none: a type gains by another bid")
    if len(set(found)) < len(found):
        problems.append("an equilibrium is listed twice")
    builder.require(
        "auction.list", "what is listed are equilibria, each once", problems, theorem="AUC-10"
    )
    mine = _profile(solution.strategies, auction)
    if found and mine is not None and mine not in found and claim.status is Status.SOLVED:
        problems = ["the strategies are not among the equilibria listed"]
        builder.require("auction.listed", "the strategies are one of the list", problems)
    if solution.exhaustive is None:
        problems = ["nothing says whether the list is complete"]
        builder.require("auction.exhaustive", "a list says whether it is complete", problems)
    if not solution.exhaustive:
        if not found:
            problems = ["an empty list that is not complete says nothing"]
            builder.require("auction.exhaustive", "a list says something", problems)
        if claim.status is Status.SOLVED and claim.stats.options.get("find") == "all":
            problems = ["the list is not claimed to be complete"]
            builder.require("auction.exhaustive", "all equilibria were asked for", problems)
        return
    _complete(builder, auction, solution.classes, {it for it in found if it is not None})


def _complete(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    classes: Sequence[int],
    found: set[Profile],
) -> None:
    """Check that there are no other equilibria than those found."""
    words = "that there is no other pure equilibrium"
    if profiles(auction, classes) > MOST_PROFILES:
        builder.leave(f"{words}: more than {MOST_PROFILES} profiles, left to the certificate")
        return
    with builder.search(words) as poll:
        others = all_profiles(auction, classes, poll)
        missing = sorted(others - found, key=repr)
        problems = [f"{_said(profile)} is one too" for profile in missing[:3]]
        builder.require(
            "auction.exhaustive", "there is no other pure equilibrium", problems, theorem="AUC-10"
        )


def _said(profile: Profile) -> str:
    """Return a profile in words."""
    rows = [
        ", ".join("out" if bid is None else f"{float(bid):g}" for bid in row) for row in profile
    ]
    return f"bidding {' | '.join(rows)}"


def check_none_exists(
    builder: ReportBuilder,
    auction: SingleItemAuction,
    claim: Result[SingleItemAuctionSolution],
) -> None:
    """Check that there is no pure equilibrium at all."""
    if not auction.is_finite:
        problems = ["a pure equilibrium is denied for an auction that is not finite"]
        builder.require("auction.existence", "only lists can prove that nothing exists", problems)
        return
    if not isinstance(claim.certificate, ExhaustionCertificate):
        builder.leave("that there is no pure equilibrium: no certificate of a search")
    symmetric = bool(claim.stats.options.get("symmetric", True))
    classes = auction.classes if symmetric else tuple(range(auction.n_bidders))
    _complete(builder, auction, classes, set())
