"""What Course Match claims: everything fits, and nobody gains by free seats.

The first two stages left no prices to recompute them from; what they say must fit together.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.search import (
    clashes_of,
    find_better,
    student_of,
    utility_to,
)

__all__ = ["check_stages"]

_RAISE = 1.1
_EDGE = 1e-9


def check_stages(
    builder: ReportBuilder,
    market: CourseAllocation,
    claim: Result[CourseAllocationSolution],
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check stages, and that nobody would rather have free seats for 1.1 times its budget.

    Parameters
    ----------
    worths : shape (n,), utilities, recomputed.
    """
    assert solution.prices is not None
    assert solution.budgets is not None
    assert solution.stages is not None
    prices = np.array(solution.prices)
    edge = _EDGE * float(prices.max(initial=0.0))
    counts = np.zeros(market.n_courses, dtype=np.int64)
    for bundle in solution.allocation:
        counts[list(bundle)] += 1
    free = counts < market.capacities
    clash = clashes_of(market)
    problems = []
    for i, bundle in enumerate(solution.allocation):
        who = market.label("students", i)
        money = _RAISE * solution.budgets[i]
        cost = float(prices[list(bundle)].sum())
        if cost > money + edge:
            problems.append(f"{who}: {list(bundle)} costs {cost:.12g}, {money:.12g} is the limit")
            continue
        open_to = free.copy()
        open_to[list(bundle)] = True
        student = student_of(market, i)
        slack = builder.tolerances.relative * max(abs(float(worths[i])), 1e-6 * market.scale)
        better, complete = find_better(
            student, clash, market.credits, np.flatnonzero(open_to), prices, money - edge,
            float(worths[i]) + slack,
        )  # fmt: skip
        if not complete:
            builder.leave(f"that {who} gains by no free seats: too many bundles to look through")
        if better:
            worth = utility_to(student, better)
            price = float(prices[better].sum())
            problems.append(
                f"{who} would rather have {better} for {price:.12g}: worth {worth:.12g}, "
                f"not {worths[i]:.12g}"
            )
    builder.require(
        "courses.free-seats", "nobody gains by free seats for 1.1 times its budget", problems
    )
    builder.require("courses.stages", "stages say what is left", _told(market, claim, solution))


def _told(
    market: CourseAllocation,
    claim: Result[CourseAllocationSolution],
    solution: CourseAllocationSolution,
) -> list[str]:
    """Return what is wrong with the figures of the stages."""
    assert solution.stages is not None
    assert solution.prices is not None
    problems = []
    if claim.stats.method not in ("", "course_match"):
        problems.append(f"method {claim.stats.method!r} has no stages")
    if claim.status is Status.SOLVED:
        problems.append("what free seats left is no equilibrium, so that nothing is solved")
    if len(solution.stages) != 3:
        return [*problems, f"there are {len(solution.stages)} stages, expected 3"]
    first, second, third = solution.stages
    if any(solution.excess[j] > 0 for j in range(market.n_courses)):
        problems.append("a course has more students than seats")
    if second.oversubscription or third.oversubscription:
        problems.append("stages 2 and 3 leave no course with too many students")
    left = sum(-e for e, price in zip(solution.excess, solution.prices, strict=True) if price > 0)
    if third.undersubscription != left:
        problems.append(f"{left} seats are left at prices > 0, not {third.undersubscription}")
    if solution.clearing_error is None or abs(third.error - solution.clearing_error) > 1e-9:
        problems.append(f"the last error is {solution.clearing_error}, not {third.error}")
    if solution.trace is None or not math.isclose(first.error, min(solution.trace, default=-1)):
        problems.append("the error of stage 1 is the least of the trace")
    for number, stage in enumerate(solution.stages):
        if not _possible(stage.error, stage.oversubscription + stage.undersubscription):
            problems.append(f"stage {number + 1}: {stage} cannot be")
    return problems


def _possible(error: float, seats: int) -> bool:
    """Return whether whole amounts with this sum can have this Euclidean norm."""
    squares = round(error**2)
    return abs(error - math.sqrt(squares)) <= 1e-9 * max(error, 1) and seats <= squares <= seats**2
