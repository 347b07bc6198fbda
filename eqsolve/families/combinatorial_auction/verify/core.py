"""What groups of bidders gain by dealing with the seller alone: gap, blocking coalition (CA-3).

The coalition that gains most is found by one winner determination in which everybody gives up its
utility once it takes part (CA-4), which is a question to the verifier's own searches.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from eqsolve.families.combinatorial_auction.verify.claim import Claim, shown
from eqsolve.families.combinatorial_auction.verify.nearest import check_nearest
from eqsolve.families.combinatorial_auction.verify.optimum import Optimum

__all__ = ["check_core"]

_ZERO = Fraction(0)


def check_core(claim: Claim, exact_vcg: Sequence[Fraction] | None, is_optimal: bool) -> None:
    """Check gap and coalition at the payments, whether VCG is in the core, and core payments.

    Parameters
    ----------
    exact_vcg : the VCG payments where they are known but for the rounding to floats.
    is_optimal : whether the accepted bids were shown to be a best set.
    """
    solution = claim.solution
    if solution.core_gap is not None:
        _check_gap(claim, Fraction(solution.core_gap), is_optimal)
    elif solution.blocking is not None:
        claim.leave("that the coalition named blocks", "core_gap is not stated")
    vcg = solution.vcg_payments
    if solution.vcg_in_core is not None and vcg is None:
        claim.leave("whether the VCG payments are in the core", "they are not stated")
    if vcg is None:
        return
    exact = [Fraction(payment) for payment in vcg.tolist()]
    if solution.vcg_in_core is not None:
        _check_membership(claim, exact, exact_vcg, solution.vcg_in_core, is_optimal)
    if solution.payment_rule == "core":
        gap = solution.core_gap
        claim.builder.require(
            "auction.core",
            "no coalition gains anything at core payments",
            [f"core_gap is {gap}"] if gap is None or gap > claim.slack else [],
            theorem="CA-3",
        )
        check_nearest(claim, exact)


def _net_revenue(claim: Claim, paid: Sequence[Fraction]) -> Fraction:
    """Return what the seller gains at payments over keeping everything."""
    return sum(paid, _ZERO) - sum(claim.reserve, _ZERO)


def _separation(claim: Claim, paid: Sequence[Fraction], is_optimal: bool) -> Optimum:
    """Return between what the gain of the coalition that gains most at payments lies."""
    utilities = {
        i: value - payment
        for i, (value, payment) in enumerate(zip(claim.values, paid, strict=True))
        if value > payment
    }
    net = claim.welfare - claim.bids.worth
    if not utilities and is_optimal:  # nobody has anything to give up: all bids again
        found = Optimum(net, net)
    else:
        held = net - sum(utilities.values(), _ZERO)  # the accepted bids
        found = claim.best(entry=utilities, held=max(_ZERO, held))
    return found.less(_net_revenue(claim, paid))


def _check_gap(claim: Claim, gap: Fraction, is_optimal: bool) -> None:
    """Check the greatest gain of a coalition at the payments, and the coalition that is named."""
    gain = _separation(claim, claim.paid, is_optimal)
    members = claim.solution.blocking
    problems = []
    if gain.lower > gap + claim.slack:
        problems.append(f"some coalition gains {shown(gain.lower)}, not {shown(gap)}")
    if gain.upper < gap - claim.slack and gap > claim.slack:
        problems.append(f"no coalition gains more than {shown(gain.upper)}, not {shown(gap)}")
    if gap < -claim.slack:
        problems.append(f"nobody at all gains 0, more than {shown(gap)}")
    if gap > claim.slack and members is None:
        problems.append("the blocking coalition is not named")
    if members is not None:
        problems += _short_of(claim, members, gap)
    claim.builder.require(
        "auction.core-gap",
        "the greatest gain of a coalition is core_gap",
        problems,
        theorem="CA-3",
    )
    if not problems and gain.upper > gap + claim.slack:
        claim.leave(f"that no coalition gains more than {shown(gap)}")


def _short_of(claim: Claim, members: Sequence[int], gap: Fraction) -> list[str]:
    """Return what is wrong with a coalition that is said to gain `gap`."""
    own = sum((claim.values[i] - claim.paid[i] for i in set(members)), _ZERO)
    gain = claim.best(members=set(members)).less(own + _net_revenue(claim, claim.paid))
    if gain.upper < gap - claim.slack:
        return [f"coalition {list(members)} gains {shown(gain.upper)} only"]
    if gain.lower < gap - claim.slack:
        claim.leave(f"that the coalition {list(members)} gains {shown(gap)}")
    return []


def _check_membership(
    claim: Claim,
    stated: Sequence[Fraction],
    exact: Sequence[Fraction] | None,
    is_inside: bool,
    is_optimal: bool,
) -> None:
    """Check whether the VCG payments are in the core; what is stated may miss them by rounding."""
    gain = _separation(claim, stated if exact is None else exact, is_optimal)
    rounding = 4 * claim.rounding()
    least = rounding if exact is None else _ZERO
    problems = []
    if is_inside and gain.lower > rounding:
        problems.append(f"a coalition gains {shown(gain.lower)}")
    if not is_inside and gain.upper <= least:
        problems.append("no coalition gains anything")
    claim.builder.require(
        "auction.vcg-in-core",
        "the VCG payments are in the core, or they are not, as claimed",
        problems,
        theorem="CA-7",
    )
    settled = gain.upper <= rounding if is_inside else gain.lower > least
    if not settled and not problems:
        claim.leave("whether the VCG payments are in the core")
