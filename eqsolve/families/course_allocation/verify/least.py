"""Whether a clearing error is the least there is: the verifier looks at what has less.

Allocations with every set of under-demanded courses at price 0 are listed; each with less error
than is claimed is refuted by a linear program: no prices and budgets within their range let
everybody pay for its bundle and put what it would rather have out of reach by the margin. Tiny
markets only; for others the claim is left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.search import (
    CREDIT_SLACK,
    clashes_of,
    student_of,
    utility_to,
)

__all__ = ["check_least"]

_MOST = 20_000
"""Allocations that are looked at."""
_SLACK = 1e-7
"""By how much linear programs may miss."""
Bundle = tuple[int, ...]


def check_least(
    builder: ReportBuilder,
    market: CourseAllocation,
    claim: Result[CourseAllocationSolution],
    solution: CourseAllocationSolution,
) -> None:
    """Check that no equilibrium has less error, as a proved answer with an error claims."""
    text = f"that no clearing error is less than {solution.clearing_error:.6g}"
    data = getattr(claim.certificate, "data", None) or {}
    shift, margin = data.get("budget_perturbation"), data.get("margin")
    problems: list[str] = []
    initial = np.array(solution.initial_budgets or ())
    mean = float(initial.mean()) if len(initial) else 1.0
    if shift is None or margin is None:
        problems.append("the certificate names no range of budgets and no margin")
    elif solution.perturbation is None or solution.perturbation > shift * mean * (1 + 1e-9):
        problems.append(f"budgets move by {solution.perturbation}, at most {shift * mean} is told")
    if problems or shift is None or margin is None:
        builder.require("courses.least", "no clearing error is less", problems, theorem="CRS-1")
        return
    options = [_options(market, i) for i in range(market.n_students)]
    if math.prod(map(len, options)) > _MOST:
        builder.leave(f"{text}: too many allocations to look through")
        return
    # In units of the mean budget: what the programs take for zero is then small beside budgets.
    low, high = np.maximum(initial / mean - shift, 0.0), initial / mean + shift
    with builder.search(text) as poll:
        found = _less(market, options, solution, (low, high), margin, poll)
        if found is not None:
            problems.append(f"{list(found)} has less error, supported by prices")
        builder.require("courses.least", "no clearing error is less", problems, theorem="CRS-1")


def _options(market: CourseAllocation, i: int) -> list[tuple[float, Bundle]]:
    """Return what student i may want, worth more than nothing or empty."""
    student, clash = student_of(market, i), clashes_of(market)
    found: list[tuple[float, Bundle]] = [(0.0, ())]
    courses = np.flatnonzero(market.allowed[i]).tolist()
    for size in range(1, min(int(market.max_courses[i]), len(courses)) + 1):
        for bundle in itertools.combinations(courses, size):
            worth = utility_to(student, bundle)
            credit = float(market.credits[list(bundle)].sum())
            if (
                worth > 0
                and credit <= market.max_credits[i] * (1 + CREDIT_SLACK)
                and not clash[np.ix_(bundle, bundle)].any()
            ):
                found.append((worth, bundle))
    return found


def _less(
    market: CourseAllocation,
    options: list[list[tuple[float, Bundle]]],
    solution: CourseAllocationSolution,
    budgets: tuple[FloatArray, FloatArray],
    margin: float,
    poll: Callable[[], None],
) -> tuple[Bundle, ...] | None:
    """Return an allocation with less error that prices support, or None."""
    assert solution.clearing_error is not None
    goal = round(solution.clearing_error**2)
    for chosen in itertools.product(*options):
        poll()
        excess = -market.capacities
        for _, bundle in chosen:
            excess = excess + np.isin(np.arange(market.n_courses), bundle)
        for zero in _free(excess.tolist(), goal):
            if _supported(market, options, chosen, zero, budgets, margin):
                return tuple(bundle for _, bundle in chosen)
    return None


def _free(excess: list[int], goal: int) -> Iterator[Bundle]:
    """Yield the sets of courses at price 0 with which the squared error is below the goal."""
    under = [j for j, e in enumerate(excess) if e < 0]
    over = sum(e * e for e in excess if e > 0)
    for size in range(len(under) + 1):
        for zero in itertools.combinations(under, size):
            if over + sum(excess[j] ** 2 for j in under if j not in zero) < goal:
                yield zero


def _supported(
    market: CourseAllocation,
    options: list[list[tuple[float, Bundle]]],
    chosen: tuple[tuple[float, Bundle], ...],
    zero: Bundle,
    budgets: tuple[FloatArray, FloatArray],
    margin: float,
) -> bool:
    """Return whether some prices support an allocation by more than the margin."""
    from scipy.optimize import linprog

    n, m = market.n_students, market.n_courses
    matrix, right = [], []
    for i, (worth, bundle) in enumerate(chosen):
        row = np.zeros(m + n)
        row[list(bundle)] = 1.0
        row[m + i] = -1.0
        matrix.append(row)
        right.append(0.0)
        for other, better in options[i]:
            if other > worth + 1e-9 * max(1.0, abs(worth)):
                row = np.zeros(m + n)
                row[list(better)] = -1.0
                row[m + i] = 1.0
                matrix.append(row)
                right.append(-margin - _SLACK)
    ends = [(0.0, 0.0 if j in zero else None) for j in range(m)]
    ends += list(zip(budgets[0].tolist(), budgets[1].tolist(), strict=True))
    answer = linprog(np.zeros(m + n), A_ub=matrix, b_ub=right, bounds=ends, method="highs")
    return bool(answer.status == 0)
