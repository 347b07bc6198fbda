"""Envy, recomputed: i envies h where the best part of h's bundle that i may take is worth more.

The best part is searched for as bundles are, with the courses of h only and money left aside.
Pairs whose bound is below what i has need no search: O(n**2 k) for them.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.search import (
    Student,
    clashes_of,
    find_better,
    student_of,
    utility_to,
)

__all__ = ["check_envy"]

_SAME = 1e-14
"""Share of all that a student could have which may be rounding."""


def check_envy(
    builder: ReportBuilder,
    market: CourseAllocation,
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check the number of envious pairs, the worst gain, and what explains them.

    Differences in utility within the tolerance count either way.
    """
    n, m = market.n_students, market.n_courses
    clash = clashes_of(market)
    free = np.zeros(m)
    initial = solution.initial_budgets
    taken = np.zeros((n, m))
    for h, bundle in enumerate(solution.allocation):
        taken[h, list(bundle)] = 1
    counts = {"pairs": [0, 0], "ef1_violations": [0, 0], "ef_tb_violations": [0, 0]}
    worst = 0.0
    for i in range(n):
        student = student_of(market, i)
        own = float(worths[i])
        # Up to `same` a difference is rounding; up to `slack` it counts either way.
        same = _SAME * float(np.abs(student.tops).sum())
        slack = max(same, builder.tolerances.relative * max(abs(own), 1e-6 * market.scale))

        def best(courses: tuple[int, ...], target: float, student: Student = student) -> float:
            found, _ = find_better(
                student, clash, market.credits, np.array(courses, dtype=np.int64), free, np.inf,
                target,
            )  # fmt: skip
            return utility_to(student, found) if found else 0.0

        bounds = taken @ np.where(student.allowed, student.tops, 0.0)
        for h in np.flatnonzero(bounds > own - slack).tolist():
            bundle = solution.allocation[h]
            if h == i:
                continue
            gain = best(bundle, max(own - 2 * slack, 0.0)) - own
            if gain <= same:
                continue
            sure = gain > slack
            _count(counts["pairs"], sure)
            worst = max(worst, gain)
            if initial is not None and initial[i] > initial[h]:
                _count(counts["ef_tb_violations"], sure)
            rest = min(best(tuple(j for j in bundle if j != out), 0.0) for out in bundle)
            if rest > own + same:
                _count(counts["ef1_violations"], rest > own + slack)
    told = solution.envy
    problems = []
    for name, (least, most) in counts.items():
        said = getattr(told, name)
        if name == "ef_tb_violations" and initial is None:
            if said is not None:
                problems.append(f"{name} is {said}, without budgets")
        elif said is None or not least <= said <= most:
            problems.append(f"{name} is {most}, not {said}")
    if not abs(told.worst - worst) <= builder.tolerances.relative * max(market.scale, worst):
        problems.append(f"the worst envy is {worst:.12g}, not {told.worst}")
    builder.require(
        "courses.envy", "envy is what the bundles say", problems, theorem="CRS-3, CRS-8"
    )


def _count(range_of: list[int], sure: bool) -> None:
    """Count one, for sure or perhaps."""
    range_of[1] += 1
    range_of[0] += sure
