"""Checks of claimed strategies: form, epsilon with its kind, what they lead to, and lists.

Nothing of the solvers is used. What is claimed is looked at in this order: whether strategies are
such of the auction (`form`), what its types gain (`regret`), what follows from it (`expectations`),
and whether lists are complete, or nothing exists (`lists`).
"""

from __future__ import annotations

import math

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution
from eqsolve.families.single_item_auction.verify.expectations import check_expectations
from eqsolve.families.single_item_auction.verify.form import form_problems
from eqsolve.families.single_item_auction.verify.lists import check_list, check_none_exists
from eqsolve.families.single_item_auction.verify.regret import check_epsilon, check_solved

__all__ = ["verify"]


def verify(
    auction: SingleItemAuction,
    result: Result[SingleItemAuctionSolution] | SingleItemAuctionSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `auction`.

    Parameters
    ----------
    auction : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : share of the greatest value by which expectations may be off.
    deadline : for proofs and searches; the definition is always checked.

    Examples
    --------
    >>> from eqsolve.families.single_item_auction.solve import solve
    >>> auction = SingleItemAuction(
    ...     "first_price", 2, {"model": "private", "prior": {"uniform": [0, 1]}}
    ... )
    >>> verify(auction, solve(auction)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), max(auction.scale, 1e-300), deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            check_none_exists(builder, auction, claim)
        return builder.finish()
    problems = form_problems(auction, solution)
    if builder.require("auction.form", "strategies are such of the auction", problems):
        check_epsilon(builder, auction, solution)
        check_expectations(builder, auction, solution)
        check_list(builder, auction, claim, solution)
        check_solved(builder, auction, claim, solution)
    if claim is result:
        amount = abs((claim.objective if claim.objective is not None else math.inf)
                     - solution.revenue)  # fmt: skip
        builder.compare(
            "auction.objective", "the objective is the revenue", amount, abs(solution.revenue),
            lambda: f"objective {claim.objective}, revenue {solution.revenue}",
        )  # fmt: skip
        if claim.bound is not None:
            builder.require("auction.bound", "no bound is claimed", [f"bound {claim.bound}"])
    return builder.finish()
