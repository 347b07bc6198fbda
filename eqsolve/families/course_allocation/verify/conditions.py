"""Checks of a claimed course allocation, recomputed from the definitions.

Permissibility, utilities, excess; with prices also budgets, clearing error and bound (CRS-1), every
student's demand (`demand`), and the certificate of maximin shares (CRS-6); envy (`envy`). Costs
within ``1e-9 * largest price`` of a budget are nobody's fault.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.demand import check_demand
from eqsolve.families.course_allocation.verify.envy import check_envy
from eqsolve.families.course_allocation.verify.mechanisms import OPTIMA, check_mechanism
from eqsolve.families.course_allocation.verify.optimum import check_optimum
from eqsolve.families.course_allocation.verify.search import (
    CREDIT_SLACK,
    clashes_of,
    student_of,
    utility_to,
)
from eqsolve.families.course_allocation.verify.stages import check_stages
from eqsolve.families.course_allocation.verify.status import check_status

__all__ = ["verify"]

_EXACT = 1e-12


def verify(
    market: CourseAllocation,
    result: Result[CourseAllocationSolution] | CourseAllocationSolution,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
) -> Report:
    """Return the report on a result or solution of `market`.

    Parameters
    ----------
    market : the instance.
    result : what is claimed; a bare solution is claimed without a proof.
    tolerance : for utilities; budgets are compared within 1e-9 of the largest price.
    deadline : for proofs that an error is least; all else is always checked.

    Examples
    --------
    >>> from eqsolve.families.course_allocation.solve import solve
    >>> market = CourseAllocation([[2, 1], [2, 1]], [1, 1], max_courses=1)
    >>> verify(market, solve(market)).valid
    True
    """
    claim = claim_of(result)
    builder = ReportBuilder(Tolerances(tolerance), market.scale, deadline)
    solution = claim.solution
    if solution is None:
        if claim.status is Status.NO_EQUILIBRIUM:
            problems = ["there always is an allocation"]
            builder.require("courses.existence", "there is no answer", problems)
        return builder.finish()
    if _permissible(builder, market, solution):
        worths = np.array(
            [
                utility_to(student_of(market, i), bundle)
                for i, bundle in enumerate(solution.allocation)
            ]
        )
        _utilities(builder, solution, worths)
        _excess(builder, market, solution)
        if _prices(builder, market, solution):
            _error(builder, market, solution)
            if solution.stages is None:
                check_demand(builder, market, solution, worths)
            else:
                check_stages(builder, market, claim, solution, worths)
            _maximin(builder, market, solution)
        check_envy(builder, market, solution, worths)
        check_mechanism(builder, market, solution, worths)
        check_status(builder, market, claim, solution, bare=claim is not result)
        if solution.mechanism in OPTIMA and claim is result:
            check_optimum(builder, market, claim, solution, worths)
    return builder.finish()


def _permissible(
    builder: ReportBuilder, market: CourseAllocation, solution: CourseAllocationSolution
) -> bool:
    """Check that everybody has courses that it may take together."""
    problems = []
    clashes = {tuple(pair) for pair in market.conflicts.tolist()}
    if len(solution.allocation) != market.n_students:
        problems.append(f"{len(solution.allocation)} bundles for {market.n_students} students")
    for i, bundle in enumerate(solution.allocation):
        who = market.label("students", i)
        if list(bundle) != sorted(set(bundle)) or not all(
            0 <= j < market.n_courses for j in bundle
        ):
            problems.append(f"{who}: {list(bundle)} are not different courses, rising")
            continue
        problems += [
            f"{who} may not take {market.label('courses', j)}"
            for j in bundle
            if not market.allowed[i, j]
        ]
        if len(bundle) > market.max_courses[i]:
            problems.append(f"{who} has {len(bundle)} courses, at most {market.max_courses[i]}")
        credit = math.fsum(market.credits[list(bundle)].tolist())
        if credit > market.max_credits[i] * (1 + CREDIT_SLACK):
            problems.append(f"{who} has {credit:g} credits, at most {market.max_credits[i]:g}")
        problems += [
            f"{who} has {market.label('courses', a)} and {market.label('courses', b)}, "
            "which conflict"
            for a, b in combinations(bundle, 2)
            if (a, b) in clashes
        ]
    return builder.require(
        "courses.permissible", "everybody has courses that it may take together", problems
    )


def _utilities(
    builder: ReportBuilder, solution: CourseAllocationSolution, worths: np.ndarray
) -> None:
    """Check utilities, their sum and their least."""
    told = np.array(solution.utilities, dtype=np.float64)
    least = float(worths.min()) if len(worths) else None
    if len(told) != len(worths) or (solution.least_utility is None) != (least is None):
        problems = [f"{len(told)} utilities, least {solution.least_utility}"]
        builder.require("courses.utilities", "there is a utility for each student", problems)
        return
    builder.compare(
        "courses.utilities",
        "utilities are those of the bundles",
        np.abs(told - worths),
        np.maximum(np.abs(worths), np.abs(told)),
        lambda i: f"student {i}: {told[i]:.12g} is told, the bundle is worth {worths[i]:.12g}",
    )
    figures = {"welfare": (solution.welfare, math.fsum(worths.tolist()))}
    if least is not None and solution.least_utility is not None:
        figures["least_utility"] = (solution.least_utility, least)
    for name, (said, right) in figures.items():
        builder.compare(
            f"courses.{name.replace('_', '-')}",
            f"{name} follows from the utilities",
            abs(said - right) if math.isfinite(said) else math.nan,
            max(abs(said), abs(right)),
            lambda said=said, right=right: f"{said:.12g} is told, {right:.12g} is right",
        )


def _excess(
    builder: ReportBuilder, market: CourseAllocation, solution: CourseAllocationSolution
) -> None:
    """Check excess and oversubscription."""
    counts = [0] * market.n_courses
    for bundle in solution.allocation:
        for j in bundle:
            counts[j] += 1
    excess = [
        count - seats for count, seats in zip(counts, market.capacities.tolist(), strict=True)
    ]
    problems = [
        f"{market.label('courses', j)}: excess {told}, {right} is right"
        for j, (told, right) in enumerate(zip(solution.excess, excess, strict=False))
        if told != right
    ]
    if len(solution.excess) != len(excess):
        problems.append(f"{len(solution.excess)} numbers for {len(excess)} courses")
    over = sum(max(e, 0) for e in excess)
    if solution.oversubscribed != over:
        problems.append(f"{solution.oversubscribed} seats too many are told, {over} are")
    builder.require("courses.excess", "excess is students less seats", problems)


def _prices(
    builder: ReportBuilder, market: CourseAllocation, solution: CourseAllocationSolution
) -> bool:
    """Check prices and budgets; return whether there are any, and usable ones."""
    fields = {
        name: getattr(solution, name)
        for name in (
            "prices",
            "initial_budgets",
            "budgets",
            "perturbation",
            "clearing_error",
            "clearing_bound",
            "above_bound",
            "maximin_certified",
        )
    }
    missing = [name for name, part in fields.items() if part is None]
    problems = []
    if missing and len(missing) < len(fields):
        problems.append(f"{', '.join(missing)}: missing beside other fields of equilibria")
    elif not missing and solution.prices is not None and solution.budgets is not None:
        initial = solution.initial_budgets or ()
        sizes = (len(solution.prices), len(solution.budgets), len(initial))
        n, m = market.n_students, market.n_courses
        if sizes != (m, n, n):
            problems.append(f"{sizes} prices and budgets, expected {(m, n, n)}")
        numbers = [*solution.prices, *solution.budgets, *initial]
        if not all(math.isfinite(x) and x >= 0 for x in numbers):
            problems.append("prices and budgets must be >= 0 and finite")
        if not problems:
            problems = _budgets(market, solution)
    good = builder.require("courses.prices", "prices and budgets are what is told", problems)
    return good and not missing


def _budgets(market: CourseAllocation, solution: CourseAllocationSolution) -> list[str]:
    """Return what is wrong with initial and used budgets."""
    initial, used = solution.initial_budgets or (), solution.budgets or ()
    problems = []
    if market.incomes is None:
        assert market.budgets is not None
        expected, rule = market.budgets.tolist(), "those given"
        told = list(initial)
    else:
        base, spread, n = market.incomes.base, market.incomes.spread, market.n_students
        expected = [base * (1 + spread * r / n) for r in range(n)]
        rule, told = "those of the rule", list(initial)
        if market.incomes.order == "random":
            told = sorted(told)
    if not np.allclose(told, expected, rtol=_EXACT, atol=0):
        problems.append(f"initial budgets are not {rule}")
    change = max([0.0, *(abs(a - b) for a, b in zip(initial, used, strict=True))])
    said = solution.perturbation
    if said is None or not abs(said - change) <= _EXACT * max([1.0, *used]):
        problems.append(f"budgets are moved by {change:.12g}, not by {said}")
    return problems


def _error(
    builder: ReportBuilder, market: CourseAllocation, solution: CourseAllocationSolution
) -> None:
    """Check clearing error and bound."""
    assert solution.prices is not None
    counts = [0] * market.n_courses
    for bundle in solution.allocation:
        for j in bundle:
            counts[j] += 1
    total = 0
    for count, seats, price in zip(
        counts, market.capacities.tolist(), solution.prices, strict=True
    ):
        z = count - seats
        total += z * z if price > 0 or z > 0 else 0
    error = math.sqrt(total)
    m = market.n_courses
    bound = math.sqrt(min(2 * _largest(market), m) * m) / 2
    said = (solution.clearing_error, solution.clearing_bound)
    problems = [
        f"{name} is {right:.12g}, not {told}"
        for name, told, right in zip(("clearing error", "bound"), said, (error, bound), strict=True)
        if told is None or not abs(told - right) <= _EXACT * max(1.0, right)
    ]
    if solution.above_bound != (error > bound * (1 + _EXACT)):
        problems.append(f"above_bound is {solution.above_bound}: {error:.12g}, {bound:.12g}")
    if solution.trace is not None and solution.stages is None:
        least = min(solution.trace, default=math.inf)
        if not least >= error * (1 - _EXACT):
            problems.append(f"the trace has {least:.12g}, less than the error of what is returned")
    builder.require(
        "courses.error", "clearing error and bound follow from the excess", problems,
        theorem="CRS-1",
    )  # fmt: skip


def _largest(market: CourseAllocation) -> int:
    """Return the size of the largest permissible bundle of anybody."""
    clash = clashes_of(market)
    best = 0
    seen = set()
    for i in range(market.n_students):
        rules = (market.allowed[i].tobytes(), market.max_courses[i], market.max_credits[i])
        if rules in seen:
            continue
        seen.add(rules)
        courses = np.flatnonzero(market.allowed[i])
        courses = courses[np.argsort(market.credits[courses], kind="stable")].tolist()
        limit = min(int(market.max_courses[i]), len(courses))
        most = market.max_credits[i] * (1 + CREDIT_SLACK)
        sums = np.concatenate([[0.0], np.cumsum(market.credits[courses])])
        stack: list[tuple[int, tuple[int, ...], float]] = [(0, (), 0.0)]
        while stack and best < limit:
            place, part, credit = stack.pop()
            best = max(best, len(part))
            if len(part) + len(courses) - place <= best or len(part) == limit:
                continue
            # Conflicts apart those left with the fewest credits make the largest bundle.
            reached = credit + sums[place + 1 :] - sums[place]
            if len(part) + int((reached <= most).sum()) <= best:
                continue
            j = courses[place]
            stack.append((place + 1, part, credit))
            credit += float(market.credits[j])
            if credit <= most and not any(clash[j, other] for other in part):
                stack.append((place + 1, (*part, j), credit))
    return best


def _maximin(
    builder: ReportBuilder, market: CourseAllocation, solution: CourseAllocationSolution
) -> None:
    """Check by whom the maximin share is certified."""
    assert solution.prices is not None
    assert solution.budgets is not None
    spent = math.fsum(
        price * seats
        for price, seats in zip(solution.prices, market.capacities.tolist(), strict=True)
    )
    told = solution.maximin_certified or ()
    problems = [] if len(told) == market.n_students else ["one entry per student is expected"]
    for i, (said, budget) in enumerate(zip(told, solution.budgets, strict=False)):
        room = (market.n_students + 1) * budget
        if said != (spent < room) and abs(spent - room) > _EXACT * room:
            problems.append(f"student {i}: all seats cost {spent:.12g}, {room:.12g} is the limit")
    builder.require(
        "courses.maximin", "maximin shares are certified by prices", problems, theorem="CRS-6"
    )
