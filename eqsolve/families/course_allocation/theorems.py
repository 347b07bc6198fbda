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
    """Return an approximate equilibrium after few steps."""
    return solve(market, method="aceei", steps=60).require()


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
        "CRS-6", "maximin shares",
        "If all seats together cost less than n + 1 budgets of a student, its bundle is worth at "
        "least its (n + 1)-maximin share.",
        _maximin,
    ),
    *OF_MECHANISMS,
)  # fmt: skip
