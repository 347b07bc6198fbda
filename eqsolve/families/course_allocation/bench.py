"""Course allocation: A-CEEI on additive markets."""

from __future__ import annotations

from typing import Any

from eqsolve.core.case import Case, Contender, built
from eqsolve.families.course_allocation.generate import RECIPES
from eqsolve.families.course_allocation.solve import solve

__all__ = ["CASES"]


def additive(size: tuple[int, int, int], seed: int) -> Any:
    """Return a market of so many students, courses and courses a student."""
    students, courses, most = size
    return built(
        RECIPES, "additive", seed, students=students, courses=courses, most=most, supply=1.0
    )


def _error(market: Any) -> float:
    """Return the clearing error of `aceei`, verified."""
    solution = solve(market, method="aceei").require()
    assert solution.clearing_error is not None
    return solution.clearing_error


CASES = (
    Case(
        suite="courses",
        name="A-CEEI, additive",
        build=additive,
        sizes=((30, 12, 4), (50, 15, 5), (100, 25, 5)),
        quick_sizes=((30, 12, 4),),
        contenders=(Contender(name="eqsolve aceei", run=_error),),
        unit="students, courses, courses a student",
        repeats=1,
    ),
)
