"""Whether every student has a most preferred bundle that its budget buys, by a search of its own.

A better affordable bundle is named with its price. Students whose best bundle costs their budget
within ``1e-9 * largest price`` stand on the edge: both answers pass, and they are counted; so are
those who could have had as much for less, on whom CRS-5 does not speak.
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
    price_of_money,
    student_of,
    utility_to,
)

__all__ = ["check_demand"]

_EDGE = 1e-9


def check_demand(
    builder: ReportBuilder,
    market: CourseAllocation,
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check every student's bundle at the claimed prices and its budget.

    Parameters
    ----------
    worths : shape (n,), utilities, recomputed.
    """
    assert solution.prices is not None
    assert solution.budgets is not None
    prices = np.array(solution.prices)
    edge = _EDGE * float(prices.max(initial=0.0))
    clash = clashes_of(market)
    everything = np.arange(market.n_courses)
    dear, worse = [], []
    on_edge = not_cheapest = 0
    for i, bundle in enumerate(solution.allocation):
        budget = solution.budgets[i]
        who = market.label("students", i)
        student = student_of(market, i)
        cost = float(prices[list(bundle)].sum())
        if cost > budget + edge:
            dear.append(f"{who}: {list(bundle)} costs {cost:.12g}, the budget is {budget:.12g}")
            continue
        usable = np.flatnonzero(student.allowed)
        rate = price_of_money(student.tops[usable], prices[usable], student.limit, budget)
        slack = builder.tolerances.relative * max(abs(float(worths[i])), 1e-6 * market.scale)

        def search(
            money: float,
            target: float,
            student: Student = student,
            who: str = who,
            rate: float = rate,
        ) -> list[int]:
            found, complete = find_better(
                student,
                clash,
                market.credits,
                everything,
                prices,
                money,
                target,
                rate,
            )
            if not complete:
                builder.leave(f"that {who} has a most preferred bundle: too many to look through")
            return found

        better = search(budget - edge, float(worths[i]) + slack)
        if better:
            worth = utility_to(student, better)
            price = float(prices[better].sum())
            worse.append(
                f"{who} would rather have {better} for {price:.12g}: worth {worth:.12g}, "
                f"not {worths[i]:.12g}"
            )
            continue
        on_edge += bool(cost > budget - edge or search(budget + edge, float(worths[i]) + slack))
        if cost > edge:
            not_cheapest += bool(search(cost - edge, float(worths[i]) - slack))
    builder.require("courses.budget", "everybody can pay for its bundle", dear)
    notes = []
    if on_edge:
        notes.append(f"on the edge of the budget: {on_edge}")
    if not_cheapest:
        notes.append(f"could have as much for less: {not_cheapest}")
    words = "nobody would rather have another bundle that it can pay"
    builder.require(
        "courses.demand", words + (f" ({'; '.join(notes)})" if notes else ""), worse,
        theorem="CRS-2, CRS-5",
    )  # fmt: skip
