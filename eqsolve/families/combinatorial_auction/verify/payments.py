"""What winners pay: what was bid, or VCG payments from the sets without each winner (CA-2)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from eqsolve.core.status import Status
from eqsolve.families.combinatorial_auction.verify.claim import Claim, is_index
from eqsolve.families.combinatorial_auction.verify.duality import Dual
from eqsolve.families.combinatorial_auction.verify.winners import check_at_most

__all__ = ["check_payments"]


def check_payments(claim: Claim, dual: Dual) -> list[Fraction] | None:
    """Check the rule of the payments, VCG payments with their bounds, and marginals.

    Returns
    -------
    vcg : the exact VCG payments, None where the sets given do not tell them.
    """
    solution, builder = claim.solution, claim.builder
    rule = solution.payment_rule
    paid = solution.payments.tolist()
    if rule == "first_price":
        claim.each("auction.first-price", "everybody pays what it bid", paid, claim.values)
    wanted = claim.result.stats.options.get("payments")
    if wanted is not None and claim.result.status is Status.SOLVED:
        builder.require(
            "auction.rule",
            "the payments are those of the rule asked for",
            [f"{rule} payments where {wanted} was asked for"] if rule != wanted else [],
        )
    if solution.vcg_payments is None:
        if rule in ("vcg", "core"):
            builder.require(
                "auction.vcg", "VCG payments are stated", ["they are missing"], theorem="CA-2"
            )
        if solution.marginals is not None:
            claim.leave("what each bidder adds", "the VCG payments are not stated")
        if solution.vcg_bounds is not None:
            claim.leave("the bounds of the VCG payments", "the VCG payments are not stated")
            _check_bounds(claim, [Fraction(0)] * len(claim.values), claim.values)
        return None
    marginals = _marginals(claim, dual)
    if marginals is None:
        return None
    vcg = [value - marginal for value, marginal in zip(claim.values, marginals, strict=True)]
    claim.each(
        "auction.vcg",
        "a VCG payment is the accepted value less W - W without the bidder",
        solution.vcg_payments.tolist(),
        vcg,
        "CA-2",
    )
    if solution.vcg_bounds is not None:
        _check_bounds(claim, vcg, vcg)
    if solution.marginals is not None:
        claim.each(
            "auction.marginals",
            "a marginal is W less W without the bidder",
            solution.marginals.tolist(),
            marginals,
            "CA-2",
        )
    if rule == "vcg":
        claim.each("auction.payments", "payments are VCG payments", paid, vcg, "CA-2")
    return vcg


def _check_bounds(claim: Claim, low: list[Fraction], high: list[Fraction]) -> None:
    """Check that the bounds of VCG payments leave room for something from `low` to `high`."""
    bounds = claim.solution.vcg_bounds
    rows = [] if bounds is None else bounds.tolist()
    claim.builder.require(
        "auction.vcg-bounds",
        "bounds of VCG payments leave room for them, between 0 and what was bid",
        [
            f"{claim.auction.label('bidders', i)}: [{least}, {most}]"
            for i, ((least, most), lower, upper, value) in enumerate(
                zip(rows, low, high, claim.values, strict=True)
            )
            if not -claim.slack <= least <= min(most, upper) + claim.slack
            or not lower - claim.slack <= most <= value + claim.slack
        ],
        theorem="CA-2",
    )


def _marginals(claim: Claim, dual: Dual) -> list[Fraction] | None:
    """Return W less W without each bidder, from the sets given; None where they are no sets."""
    given = claim.data.get("without")
    sets: dict[int, list[int]] = {}
    wrong = []
    for entry in given if isinstance(given, list) else []:
        bidder, accepted = _entry(claim, entry)
        if bidder is None:
            wrong.append(f"{entry} is no set of bids without a bidder")
            continue
        problems = claim.bids.conflicts(accepted)
        if any(claim.bids.all[b].bidder == bidder for b in accepted):
            problems.append(f"holds a bid of bidder {bidder}")
        wrong += [f"without bidder {bidder}: {problem}" for problem in problems]
        sets[bidder] = accepted
    winners = sorted({claim.bids.all[b].bidder for b in claim.solution.accepted})
    wrong += [f"no set without bidder {i} is given" for i in winners if i not in sets]
    fine = claim.builder.require(
        "auction.without", "the sets without each winner can be sold", wrong, theorem="CA-2"
    )
    if not fine:
        return None
    marginals = [Fraction(0)] * len(claim.values)
    for i in winners:
        who = claim.auction.label("bidders", i)
        welfare = claim.bids.welfare(sets[i])
        check_at_most(
            claim,
            dual,
            f"auction.without-{i}",
            f"no set without {who} has more welfare",
            welfare,
            held=welfare,
            what=f"that the set without {who} is optimal",
            without=i,
        )
        marginals[i] = claim.welfare - welfare
    return marginals


def _entry(claim: Claim, entry: object) -> tuple[int | None, list[int]]:
    """Return the bidder that is left out and the bids, no bidder where the entry is malformed."""
    bidder = entry.get("bidder") if isinstance(entry, Mapping) else None
    accepted = entry.get("accepted") if isinstance(entry, Mapping) else None
    size = len(claim.bids.all)
    if isinstance(accepted, list) and all(is_index(b, size) for b in accepted):
        return (bidder if is_index(bidder, len(claim.values)) else None), accepted
    return None, []
