"""Course elicitation: what queries bring on simulated markets, and what they cost.

The answer of a contender is the mean gain of true utility over its instances. A mean below what is
to be reached is a failure and not a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from eqsolve.core.case import Case, Contender, built
from eqsolve.families.course_elicitation.generate import RECIPES
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution import ElicitationRecord
from eqsolve.families.course_elicitation.solve import solve

__all__ = ["CASES"]

_ENOUGH = 10
"""Instances from which on the mean has to reach its goal."""


@cache
def plans(
    size: int, seed: int, queries: int, accuracy: float = 1.0, acquisition: str = "double_thompson"
) -> tuple[CourseElicitation, ...]:
    """Return plans for so many simulated markets: supply 1.25, 9 popular courses."""
    options = {"queries": queries, "accuracy": accuracy, "acquisition": acquisition}
    return tuple(
        built(RECIPES, "simulator", seed * 1000 + number, **options) for number in range(size)
    )


def _gain(
    goal: float, least: float = 0.0
) -> Callable[[Sequence[CourseElicitation]], tuple[float, float]]:
    """Return what measures mean gains, of all students and of the worst-off, against goals."""

    def run(asked: Sequence[CourseElicitation]) -> tuple[float, float]:
        records: list[ElicitationRecord] = []
        for plan in asked:
            result = solve(plan)
            assert result.check is not None
            assert result.check.valid
            assert result.solution is not None
            assert result.solution.is_complete
            records.append(result.solution)
        gains = np.array([record.gain for record in records], dtype=float)
        leasts = np.array([record.gain_least or 0.0 for record in records])
        mean, worst = float(gains.mean()), float(leasts.mean())
        if len(asked) >= _ENOUGH and not (mean >= goal and worst >= least):
            raise AssertionError(f"gains {mean:.3f} and {worst:.3f}, to reach {goal} and {least}")
        return mean, worst

    return run


def _case(name: str, queries: int, accuracy: float, goal: float, least: float, note: str) -> Case:
    """Return the case of so many queries, answered right with a chance."""
    return Case(
        suite="elicitation",
        name=name,
        build=lambda size, seed: plans(size, seed, queries, accuracy),
        sizes=(_ENOUGH,),
        quick_sizes=(1,),
        contenders=(
            Contender(
                name="eqsolve, bayes and double_thompson",
                run=_gain(goal, least),
                delivers="verified records; mean gains of all and of the worst-off",
                limit=1800.0,
            ),
        ),
        unit="markets of 100 students and 25 courses",
        repeats=1,
        note=note,
    )


CASES: tuple[Case, ...] = (
    _case(
        "10 truthful queries", 10, 1.0, 0.07, 0.15,
        "A mean gain of 7 % and 15 % of the worst-off are to be reached.",
    ),
    _case("20 truthful queries", 20, 1.0, 0.10, 0.0, "A mean gain of 10 % is to be reached."),
    _case(
        "100 queries, three answers in four right", 100, 0.75, 0.09, 0.0,
        "A mean gain of 9 % is to be reached.",
    ),
)  # fmt: skip
