"""How course allocations and their results are shown: facts, tables and one sentence."""

from __future__ import annotations

import numpy as np

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["facts", "headline", "tables", "tidy"]


def facts(market: CourseAllocation) -> dict[str, str]:
    """Return a few lines about an instance."""
    lines = {
        "students": str(market.n_students),
        "courses": str(market.n_courses),
        "seats": str(int(market.capacities.sum())),
        "most courses": _span(market.max_courses.tolist()),
    }
    if np.isfinite(market.max_credits).any():
        lines["most credits"] = _span(market.max_credits.tolist())
    if len(market.conflicts):
        lines["conflicting pairs"] = str(len(market.conflicts))
    if any(market.adjustments):
        lines["adjusted pairs"] = str(sum(map(len, market.adjustments)))
    if any(market.groups):
        lines["groups"] = str(sum(map(len, market.groups)))
    if market.incomes is None:
        assert market.budgets is not None
        lines["budgets"] = _span(market.budgets.tolist())
    else:
        incomes = market.incomes
        top = number(incomes.base * (1 + incomes.spread))
        order = "by index" if incomes.order == "index" else "in random order"
        lines["budgets"] = f"{number(incomes.base)} to {top}, {order}"
    return lines


def _span(numbers: list[float]) -> str:
    """Return the least and the greatest number as text."""
    low, high = min(numbers, default=0), max(numbers, default=0)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def headline(market: CourseAllocation, result: Result[CourseAllocationSolution]) -> str:
    """Return what was found in one sentence."""
    solution = result.solution
    if solution is None:
        return "nothing was found before the run was stopped"
    envy = solution.envy
    words = "no envy" if envy.pairs == 0 else f"{envy.pairs} envious pairs"
    if envy.pairs:
        left = envy.ef1_violations
        words += ", none after leaving out one course" if left == 0 else f", {left} beyond EF1"
    if solution.prices is None or solution.clearing_error is None:
        over = solution.oversubscribed
        seats = "all within capacity" if over == 0 else f"{over} seats too many"
        return f"welfare {number(solution.welfare)}, {seats}; {words}"
    if not any(solution.prices) and solution.clearing_error == 0:
        return f"nothing is scarce: everybody's favourite bundle fits, all prices are 0; {words}"
    if solution.clearing_error == 0:
        return f"the market clears, welfare {number(solution.welfare)}; {words}"
    beside = "above" if solution.above_bound else "within"
    return (
        f"clearing error {number(solution.clearing_error)}, {beside} the bound "
        f"{number(solution.clearing_bound)}; {words}"
    )


def tidy(market: CourseAllocation, result: Result[CourseAllocationSolution]) -> list[Table]:
    """Return who gets which seat at which price, a row for each seat that is taken."""
    solution = result.solution
    if solution is None:
        return []
    table = Table("Seats", ["student", "course", "value", "price"])
    for i, bundle in enumerate(solution.allocation):
        for j in bundle:
            price = None if solution.prices is None else solution.prices[j]
            names = market.label("students", i), market.label("courses", j)
            table.add(*names, market.values[i, j].item(), price)
    return [table]


def tables(market: CourseAllocation, result: Result[CourseAllocationSolution]) -> list[Table]:
    """Return courses with their prices, students with their bundles, and stages."""
    solution = result.solution
    if solution is None:
        return []
    courses = Table("Courses", ["course", "seats", "students", "price"])
    prices = solution.prices or [None] * market.n_courses
    for j, (seats, excess) in enumerate(
        zip(market.capacities.tolist(), solution.excess, strict=True)
    ):
        courses.add(market.label("courses", j), seats, seats + excess, prices[j])
    if solution.prices is None:
        courses.columns = courses.columns[:-1]
        courses.rows = [row[:-1] for row in courses.rows]
    students = Table("Students", ["student", "courses", "utility", "budget", "maximin share"])
    for i, bundle in enumerate(solution.allocation):
        named = ", ".join(market.label("courses", j) for j in bundle)
        budget = None if solution.budgets is None else solution.budgets[i]
        proved = None
        if solution.maximin_certified is not None:
            proved = "proved" if solution.maximin_certified[i] else "open"
        students.add(market.label("students", i), named, solution.utilities[i], budget, proved)
    if solution.budgets is None:
        students.columns = students.columns[:-2]
        students.rows = [row[:-2] for row in students.rows]
    found = [courses, students]
    if solution.stages is not None:
        stages = Table("Stages", ["stage", "clearing error", "seats too many", "seats left"])
        stages.extend(
            (k + 1, stage.error, stage.oversubscription, stage.undersubscription)
            for k, stage in enumerate(solution.stages)
        )
        found.append(stages)
    return found
