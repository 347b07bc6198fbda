"""Is a claimed result of a combinatorial auction right? Every condition, and who breaks it.

Sums are recomputed exactly, in fractions of the decimals that were written, and a claim must be the
nearest float. Optimality of the winners, and of the sets without each winner, is proved by the item
prices of the certificate where the linear program is tight (CA-9), and otherwise by the verifier's
own search; what that cannot settle in its time is named as left open. Core claims are checked by
separation at the claimed payments (CA-4).

Imports ``core`` and the family's own definitions only. Cost: O(size of the bids) besides the
searches of ``optimum``.
"""

from __future__ import annotations

from fractions import Fraction

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution
from eqsolve.families.combinatorial_auction.verify.bids import Bids
from eqsolve.families.combinatorial_auction.verify.claim import Claim, shown
from eqsolve.families.combinatorial_auction.verify.clearing import check_prices
from eqsolve.families.combinatorial_auction.verify.core import check_core
from eqsolve.families.combinatorial_auction.verify.duality import Dual
from eqsolve.families.combinatorial_auction.verify.form import check_form
from eqsolve.families.combinatorial_auction.verify.payments import check_payments
from eqsolve.families.combinatorial_auction.verify.winners import check_winners

__all__ = ["verify"]


def verify(
    instance: CombinatorialAuction,
    claimed: Result[AuctionSolution] | AuctionSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return a report on a result or bare solution.

    Parameters
    ----------
    instance : the auction.
    claimed : what is claimed.
    tolerance : relative tolerance for core payments and clearing prices; sums are compared exactly.
    deadline : the clock of its own searches; what they do not settle in time is left open.
    """
    result = claim_of(claimed)
    builder = ReportBuilder(Tolerances(tolerance), instance.scale, deadline)
    solution = result.solution
    if solution is None:
        builder.require(
            "auction.status",
            "selling nothing is always possible, so there is a solution",
            ["no auction is without a solution"] if result.status is Status.NO_EQUILIBRIUM else [],
        )
    elif check_form(builder, instance, solution):
        bids = Bids(instance)
        is_feasible = builder.require(
            "auction.feasible",
            "no item is sold more often than there are units, and XOR bids exclude each other",
            bids.conflicts(solution.accepted),
            theorem="CA-1",
        )
        if is_feasible:
            _check(Claim(bids, result, solution, builder))
    return builder.finish()


def _check(claim: Claim) -> None:
    """Check all that is said of bids that can win together."""
    _check_sums(claim)
    dual = Dual(claim)
    dual.check()
    is_optimal = check_winners(claim, dual)
    vcg = check_payments(claim, dual)
    check_core(claim, vcg, is_optimal)
    check_prices(claim)


def _check_sums(claim: Claim) -> None:
    """Check bundles, welfare, utilities and revenue."""
    solution, auction, builder = claim.solution, claim.auction, claim.builder
    builder.require(
        "auction.bundles",
        "every bidder gets the items of its accepted bids",
        [
            f"{auction.label('bidders', i)}: {list(claimed)} should be {bundle}"
            for i, (claimed, bundle) in enumerate(zip(solution.bundles, claim.bundles, strict=True))
            if sorted(claimed) != bundle
        ],
    )
    unsold = claim.bids.worth - sum(claim.reserve, Fraction(0))
    claim.equal("auction.unsold-worth", "worth of unsold units", solution.unsold_worth, unsold)
    claim.equal(
        "auction.welfare",
        "welfare is the sum of accepted prices and the worth of unsold units",
        solution.welfare,
        claim.welfare,
        "CA-1",
    )
    objective = claim.result.objective
    if objective is not None or claim.result.status is Status.SOLVED:
        claim.equal("auction.objective", "the objective is the welfare", objective, claim.welfare)
    claim.each(
        "auction.utilities",
        "utility is accepted prices less payment",
        solution.utilities.tolist(),
        [value - payment for value, payment in zip(claim.values, claim.paid, strict=True)],
    )
    revenue = sum(claim.paid, Fraction(0))
    claim.equal("auction.revenue", "revenue is the sum of payments", solution.revenue, revenue)
    rounding = claim.rounding()
    builder.require(
        "auction.rationality",
        "nobody pays less than 0 or more than its accepted bids",
        [
            f"{auction.label('bidders', i)} pays {shown(payment)} for bids of {shown(value)}"
            for i, (payment, value) in enumerate(zip(claim.paid, claim.values, strict=True))
            if payment < -rounding or payment > value + rounding
        ],
        theorem="CA-2",
    )
