"""What must be true of course allocations, as claims that can be run.

Each claim recomputes one side of a statement from the definition and compares it with what the
package says.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from eqsolve.core.theorem import Theorem
from eqsolve.families.course_allocation.demand import student_demand
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import envy_of, rows_of, utility
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.solve import solve
from eqsolve.families.course_allocation.theorems_mechanisms import OF_MECHANISMS

__all__ = ["THEOREMS"]

_BUDISH = (
    "Budish (2011). The combinatorial assignment problem: Approximate competitive equilibrium from "
    "equal incomes. Journal of Political Economy."
)
_TIGHT = 1e-9


def _equilibrium(market: CourseAllocation) -> CourseAllocationSolution:
    """Return an approximate equilibrium after few steps, whatever its error."""
    solution = solve(market, method="aceei", steps=60).solution
    assert solution is not None
    return solution


def _bundles(market: CourseAllocation, i: int) -> Iterator[tuple[int, ...]]:
    """Yield every bundle that student i may take."""
    clash = {tuple(pair) for pair in market.conflicts.tolist()}
    courses = np.flatnonzero(market.allowed[i]).tolist()
    for size in range(min(int(market.max_courses[i]), len(courses)) + 1):
        for bundle in itertools.combinations(courses, size):
            credit = sum(market.credits[j] for j in bundle)
            if credit <= market.max_credits[i] + _TIGHT and not any(
                pair in clash for pair in itertools.combinations(bundle, 2)
            ):
                yield bundle


def _favourites(market: CourseAllocation) -> str | None:
    """CRS-2."""
    solution = _equilibrium(market)
    fits = True
    counts = np.zeros(market.n_courses, dtype=int)
    for i in range(market.n_students):
        best = max(
            _bundles(market, i), key=lambda it: (utility(market, i, it), -len(it), [-j for j in it])
        )
        counts[list(best)] += 1
    fits = bool((counts <= market.capacities).all())
    at_zero = not any(solution.prices or ()) and solution.clearing_error == 0
    if fits != at_zero:
        return f"favourites {'fit' if fits else 'do not fit'}, prices are {solution.prices}"
    return None


def _upwards(market: CourseAllocation) -> str | None:
    """CRS-3."""
    solution = _equilibrium(market)
    assert solution.budgets is not None
    gains, _ = envy_of(market, rows_of(solution.allocation))
    for i, h in np.argwhere(gains > 0).tolist():
        if solution.budgets[h] <= solution.budgets[i]:
            return f"student {i} envies {h}, who is not richer: {solution.budgets}"
    return None


def _least(market: CourseAllocation, shift: float) -> CourseAllocationSolution:
    """Return an equilibrium with the least error."""
    return solve(market, method="exact", budget_perturbation=shift).require()


def _exists(market: CourseAllocation) -> str | None:
    """CRS-1."""
    solution = _least(market, 0.01)
    m = market.n_courses
    k = max((len(it) for i in range(market.n_students) for it in _bundles(market, i)), default=0)
    bound = min(2 * k, m) * m / 4
    assert solution.clearing_error is not None
    if solution.clearing_error**2 > bound + _TIGHT:
        return f"the least squared error is {solution.clearing_error**2:g}, the bound {bound:g}"
    return None


def _fixed_fails(market: CourseAllocation) -> str | None:
    """CRS-1-fixed: a sentence where the bound fails with budgets held fixed."""
    solution = _least(market, 0.0)
    if solution.above_bound:
        return (
            f"with budgets {solution.budgets} held fixed the least error is "
            f"{solution.clearing_error:g}, above {solution.clearing_bound:g}"
        )
    return None


def _one_course(market: CourseAllocation) -> str | None:
    """CRS-4."""
    solution = _equilibrium(market)
    assert solution.budgets is not None
    gains, remains = envy_of(market, rows_of(solution.allocation))
    for i, h in np.argwhere(gains > 0).tolist():
        size = len(solution.allocation[h])
        close = (size - 1) * solution.budgets[h] < size * solution.budgets[i]
        if close and remains[i, h]:
            return f"student {i} envies {h} whichever course is left out, at close budgets"
    return None


def _efficient(market: CourseAllocation) -> str | None:
    """CRS-5: the rule takes the cheapest of equally good bundles."""
    solution = _equilibrium(market)
    assert solution.prices is not None
    given = np.array(solution.excess, dtype=np.int64) + market.capacities
    priced = np.array(solution.prices) > 0
    seats = np.where(priced, given, np.maximum(given, market.capacities))
    choices = []
    for i in range(market.n_students):
        own = utility(market, i, solution.allocation[i])
        worths = [(it, utility(market, i, it) - own) for it in _bundles(market, i)]
        choices.append([(it, gain) for it, gain in worths if gain > -_TIGHT])
    for others in itertools.product(*choices):
        if any(gain > _TIGHT for _, gain in others):
            counts = np.zeros(market.n_courses, dtype=np.int64)
            for bundle, _ in others:
                counts[list(bundle)] += 1
            if (counts <= seats).all():
                return f"{[bundle for bundle, _ in others]} is better for somebody, worse for none"
    return None


def _own_price(market: CourseAllocation) -> str | None:
    """CRS-7: prices and the one that rises follow from the instance."""
    rng = np.random.default_rng(int(market.digest[:12], 16))
    prices = rng.integers(0, 5, market.n_courses) / 4
    j = int(rng.integers(market.n_courses))
    dearer = prices.copy()
    dearer[j] += int(rng.integers(1, 4)) / 4
    for i in range(market.n_students):
        budget = int(rng.integers(1, 9)) / 4
        before = student_demand(market, i, prices, budget)
        after = student_demand(market, i, dearer, budget)
        if j not in before and after != before:
            return f"student {i} had {before}, after course {j} became dearer {after}"
    return None


def _richer_first(market: CourseAllocation) -> str | None:
    """CRS-8: as a constraint, and where budgets keep the order."""
    bound = solve(market, method="aceei", ef_tb="plain", steps=30).solution
    assert bound is not None
    if bound.envy.ef_tb_violations:
        return f"{bound.envy.ef_tb_violations} violations although they were forbidden"
    solution = _equilibrium(market)
    first, used = np.array(solution.initial_budgets), np.array(solution.budgets)
    kept = (used[:, None] >= used[None, :]) | (first[:, None] <= first[None, :])
    if kept.all() and solution.envy.ef_tb_violations:
        return f"{solution.envy.ef_tb_violations} violations although budgets keep their order"
    return None


def _maximin(market: CourseAllocation) -> str | None:
    """CRS-6."""
    solution = _equilibrium(market)
    for i, proved in enumerate(solution.maximin_certified or ()):
        if proved:
            share = _maximin_share(market, i)
            if solution.utilities[i] < share - _TIGHT:
                return f"student {i} has {solution.utilities[i]}, its maximin share is {share}"
    return None


def _maximin_share(market: CourseAllocation, i: int) -> float:
    """Return the best that the worst of n + 1 permissible bundles can be worth, by full search."""
    bundles = {S: utility(market, i, S) for S in _bundles(market, i)}
    levels = sorted({worth for worth in bundles.values() if worth > 0}, reverse=True)
    for level in levels:
        good = [S for S, worth in bundles.items() if worth >= level]
        if _split(good, market.capacities.tolist(), market.n_students + 1, 0):
            return level
    return 0.0


def _split(good: list[tuple[int, ...]], seats: list[int], parts: int, first: int) -> bool:
    """Return whether the seats hold so many bundles of the list, repeats allowed."""
    if parts == 0:
        return True
    for place in range(first, len(good)):
        if all(seats[j] for j in good[place]):
            left = list(seats)
            for j in good[place]:
                left[j] -= 1
            if _split(good, left, parts - 1, place):
                return True
    return False


def _claim(
    id: str, title: str, statement: str, claim: Callable[[Any], str | None], source: str = _BUDISH,
    applies: Callable[[Any], bool] = lambda market: True, hypotheses: str = "none",
) -> Theorem:  # fmt: skip
    return Theorem(
        id=id, title=title, statement=statement, source=source, kind="course_allocation",
        claim=claim, strategy="course_allocations", applies=applies, hypotheses=hypotheses,
    )  # fmt: skip


THEOREMS = (
    _claim(
        "CRS-1", "existence",
        "Some prices, and budgets that move by a hundredth of their mean at most, have a clearing "
        "error of at most sqrt(min(2k, m) m) / 2.",
        _exists,
    ),
    Theorem(
        id="CRS-1-fixed", title="budgets must move",
        statement="With budgets held fixed the least clearing error can be above the bound.",
        source=_BUDISH, kind="course_allocation", claim=_fixed_fails,
        strategy="course_allocations", can_happen=True,
    ),
    _claim(
        "CRS-2", "exact equilibria",
        "All prices 0 are an equilibrium without error exactly where everybody's favourite bundles "
        "fit.",
        _favourites,
    ),
    _claim(
        "CRS-3", "envy goes upwards",
        "At prices and budgets where everybody has its demand, a student envies only those with a "
        "larger budget.",
        _upwards,
    ),
    _claim(
        "CRS-4", "envy up to one course",
        "If the other's budget is below s / (s - 1) of the own, s being the size of its bundle, "
        "leaving out some one course of it ends envy.",
        _one_course,
    ),
    _claim(
        "CRS-5", "efficiency",
        "Where the cheapest of equally good bundles is taken, no allocation of the seats given, "
        "and of those at price 0, is better for somebody and worse for nobody.",
        _efficient,
    ),
    _claim(
        "CRS-6", "maximin shares",
        "If all seats together cost less than n + 1 budgets of a student, its bundle is worth at "
        "least its (n + 1)-maximin share.",
        _maximin,
    ),
    _claim(
        "CRS-7", "own price",
        "A course that becomes dearer is asked for by nobody who did not before, and changes "
        "nothing for students without it.",
        _own_price,
        "Budish, Cachon, Kessler and Othman (2017). Course Match. Operations Research.",
        lambda market: market.n_courses > 0, "a course",
    ),
    _claim(
        "CRS-8", "envy and the order of budgets",
        "Where perturbed budgets keep their order, and where the program forbids it, nobody envies "
        "one with a smaller initial budget.",
        _richer_first,
        "Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406.",
    ),
    *OF_MECHANISMS,
)  # fmt: skip
