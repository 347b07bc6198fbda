"""Whether an allocation is what its mechanism gives: seats kept, the order followed.

Serial dictatorship: nobody would rather have another bundle of the seats that those before it left;
any most preferred bundle passes. Round robin and the draft are replayed course by course, with
their tie rule. O(n m) and a search for each student in the first case.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.search import (
    CREDIT_SLACK,
    find_better,
    student_of,
    utility_to,
)

__all__ = ["OPTIMA", "check_mechanism"]

_ORDERED = ("serial_dictatorship", "round_robin", "draft")
OPTIMA = ("utilitarian", "egalitarian")


def check_mechanism(
    builder: ReportBuilder,
    market: CourseAllocation,
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check what a mechanism promises of its allocation, optimality apart.

    Parameters
    ----------
    worths : shape (n,), utilities, recomputed.
    """
    name, order = solution.mechanism, solution.order
    if name is None:
        problems = [] if order is None else ["an order without a mechanism that follows it"]
        builder.require("courses.order", "there is an order where one is followed", problems)
        return
    problems = []
    if name not in _ORDERED + OPTIMA:
        problems.append(f"{name!r} is no mechanism; {', '.join(_ORDERED + OPTIMA)} are")
    if (order is None) is (name in _ORDERED):
        problems.append(f"{name} {'has an' if order is None else 'follows no'} order")
    if order is not None and sorted(order) != list(range(market.n_students)):
        problems.append("the order does not name every student once")
    if solution.prices is not None:
        problems.append(f"{name} has no prices of money")
    whole = builder.require("courses.order", "there is an order where one is followed", problems)
    builder.require("courses.seats", "no course has more students than seats", [
        f"{market.label('courses', j)}: {e} too many"
        for j, e in enumerate(solution.excess) if e > 0
    ])  # fmt: skip
    if not whole or order is None:
        return
    if name == "serial_dictatorship":
        _serial(builder, market, solution, worths)
    else:
        _picked(builder, market, solution, snake=name == "draft")


def _serial(
    builder: ReportBuilder,
    market: CourseAllocation,
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check that each has a best bundle of the seats left by those before it."""
    assert solution.order is not None
    m = market.n_courses
    clash = np.zeros((m, m), dtype=bool)
    clash[market.conflicts[:, 0], market.conflicts[:, 1]] = True
    clash |= clash.T
    left = market.capacities.copy()
    problems = []
    for i in solution.order:
        who = market.label("students", i)
        own = float(worths[i])
        slack = builder.tolerances.relative * max(abs(own), 1e-6 * market.scale)
        student = student_of(market, i)
        better, complete = find_better(
            student, clash, market.credits, np.flatnonzero(left > 0), np.zeros(m), np.inf,
            own + slack,
        )  # fmt: skip
        if not complete:
            builder.leave(f"that {who} has a best bundle of what was left: too many")
        if better:
            worth = utility_to(student, better)
            problems.append(
                f"{who} would rather have {better} of what was left: {worth:.12g}, not {own:.12g}"
            )
        left[list(solution.allocation[i])] -= 1
        if (left < 0).any():
            problems.append(f"{who} takes a seat that was not left")
            break
    builder.require(
        "courses.serial", "in the order told, each has a best bundle of what was left", problems,
        theorem="CRS-9",
    )  # fmt: skip


def _picked(
    builder: ReportBuilder,
    market: CourseAllocation,
    solution: CourseAllocationSolution,
    *,
    snake: bool,
) -> None:
    """Check the allocation against a replay, course by course."""
    assert solution.order is not None
    n, m = market.n_students, market.n_courses
    clashes = {frozenset(pair) for pair in market.conflicts.tolist()}
    left = market.capacities.tolist()
    bundles: list[list[int]] = [[] for _ in range(n)]

    def open_to(i: int, j: int) -> bool:
        mine = bundles[i]
        credit = math.fsum(market.credits[[*mine, j]].tolist())
        return (
            left[j] > 0
            and bool(market.allowed[i, j])
            and market.values[i, j] > 0
            and j not in mine
            and len(mine) < market.max_courses[i]
            and credit <= market.max_credits[i] * (1 + CREDIT_SLACK)
            and not any(frozenset((j, other)) in clashes for other in mine)
        )

    turns = list(solution.order)
    somebody = True
    while somebody:
        somebody = False
        for i in turns:
            choices = [j for j in range(m) if open_to(i, j)]
            if choices:
                best = max(choices, key=lambda j, i=i: (market.values[i, j], -j))  # type: ignore[misc]  # bound at once
                bundles[i].append(best)
                left[best] -= 1
                somebody = True
        if snake:
            turns.reverse()
    problems = [
        f"{market.label('students', i)} picks {sorted(mine)}, not {list(told)}"
        for i, (mine, told) in enumerate(zip(bundles, solution.allocation, strict=True))
        if sorted(mine) != list(told)
    ]
    builder.require(
        "courses.picking", "in the order told, each picks the best course open to it", problems,
        theorem="CRS-10",
    )  # fmt: skip
