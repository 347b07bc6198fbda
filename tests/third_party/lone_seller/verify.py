"""Nobody else would pay more than the price, the winner would not pay less than it."""

from __future__ import annotations

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.tolerances import EXACT, Tolerances
from lone_seller.instance import LoneSeller
from lone_seller.solution import LoneSellerSolution


def verify(
    market: LoneSeller,
    result: Result[LoneSellerSolution] | LoneSellerSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`."""
    claim = claim_of(result)
    values = market.values
    exact = values.dtype.kind == "i"
    builder = ReportBuilder(
        EXACT if exact else Tolerances(tolerance), float(values.max()), deadline
    )
    solution = claim.solution
    if solution is None:
        builder.require("lone.status", "every market has a winner", ["no winner is named"])
        return builder.finish()
    own = values[solution.winner]
    wishes = values - solution.price
    wishes[solution.winner] = solution.price - own
    builder.compare(
        "lone.price",
        "the winner's value is at least the price, everybody else's at most",
        wishes,
        values,
        lambda i: f"{market.label('buyers', i)} values it {values[i]}, price {solution.price}",
        theorem="LONE-1",
    )
    if claim.objective is not None:
        builder.compare(
            "lone.objective",
            "the objective is the winner's value",
            abs(claim.objective - float(own)),
            float(own),
            lambda: f"{claim.objective} should be {own}",
        )
    return builder.finish()
