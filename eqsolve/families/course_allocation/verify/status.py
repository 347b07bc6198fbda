"""Whether status, objective and bounds follow from what was found."""

from __future__ import annotations

import math

from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.least import check_least

__all__ = ["check_status"]

_EXACT = 1e-9


def check_status(
    builder: ReportBuilder,
    market: CourseAllocation,
    claim: Result[CourseAllocationSolution],
    solution: CourseAllocationSolution,
    *,
    bare: bool,
) -> None:
    """Check what is claimed of an equilibrium beyond its fields."""
    if bare or solution.clearing_error is None:
        return
    error = solution.clearing_error
    problems = []
    if claim.objective is None or not abs(claim.objective + error) <= _EXACT:
        problems.append(f"the objective is {-error:.12g}, not {claim.objective}")
    lower, upper = claim.bounds.lower, claim.bounds.upper
    if math.isfinite(lower) and lower > -error + _EXACT:
        problems.append(f"the lower bound is {lower}, the objective {-error:.12g}")
    if upper < -error - _EXACT:
        problems.append(f"the upper bound is {upper}, the objective {-error:.12g}")
    if claim.status is Status.SOLVED and error > _EXACT and upper > -error + _EXACT:
        problems.append(f"solved with an error of {error:.12g} and no proof that it is least")
    good = builder.require(
        "courses.objective", "objective, bounds and status follow from the error", problems
    )
    if good and upper < -_EXACT:
        check_least(builder, market, claim, solution)
