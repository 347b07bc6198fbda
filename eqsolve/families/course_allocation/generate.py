"""Random markets: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.course_allocation.instance import CourseAllocation

__all__ = ["RECIPES", "Additive", "Simulator"]

_DAYS, _SLOTS = 5, 12
"""The week of the simulator."""
_DECAY = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive(Recipe):
    """Values that share a common part, or are drawn independently.

    Parameters
    ----------
    students, courses, most : sizes; nobody takes more than `most` courses.
    supply : seats in all, divided by ``students * most``.
    common : weight of what all students think of a course, 0 to 1.
    largest : values are whole numbers, 0 to this.
    conflicts : share of pairs of courses that conflict.
    adjustments : adjusted pairs of each student; half of them add, half take away.
    """

    name: ClassVar[str] = "additive"
    summary: ClassVar[str] = "whole values, in part common; pairs and conflicts if asked for"
    source: ClassVar[str] = "Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406"

    students: int = 20
    courses: int = 8
    most: int = 3
    supply: float = 1.1
    common: float = 0.5
    largest: int = 100
    conflicts: float = 0.0
    adjustments: int = 0

    def __post_init__(self) -> None:
        if self.students < 1 or self.courses < 1 or self.most < 0 or self.adjustments < 0:
            raise OptionError("students and courses must be >= 1, most and adjustments >= 0")
        if not (0 <= self.common <= 1 and 0 <= self.conflicts <= 1 and self.largest >= 1):
            raise OptionError("common and conflicts must be in [0, 1], largest >= 1")
        if not 0 <= self.supply < np.inf:
            raise OptionError("supply must be >= 0 and finite")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CourseAllocation:
        """Return one instance."""
        n, m = self.students, self.courses
        common, own = rng.random(m), rng.random((n, m))
        values = np.rint(self.largest * (self.common * common + (1 - self.common) * own))
        first, second = np.triu_indices(m, 1)
        hit = rng.random(len(first)) < self.conflicts
        adjusted = []
        for _ in range(n):
            pairs = rng.permutation(len(first))[: self.adjustments]
            sizes = np.rint(rng.uniform(0, self.largest / 2, len(pairs))).astype(int)
            signs = np.where(np.arange(len(pairs)) % 2 == 0, 1, -1)
            adjusted.append(
                [
                    [int(first[p]), int(second[p]), int(size * sign)]
                    for p, size, sign in zip(pairs, sizes, signs, strict=True)
                ]
            )
        return CourseAllocation(
            values.astype(np.int64),
            _spread(self.supply * n * self.most, m),
            max_courses=self.most,
            conflicts=np.column_stack([first[hit], second[hit]]).tolist(),
            adjustments=adjusted,
            name=name,
            metadata=metadata,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulator(Recipe):
    """Preferences as in the simulator of the elicitation papers; own code, from its description.

    Favourites are worth U[50, 100] and are drawn from the popular courses, others U[0, 50]. Courses
    lie on a map; each student has two popular courses as centres: those on the diagonals around a
    centre are complements, those along the axes substitutes. A group's factor is
    ``0, c, c (1 + z), c (1 + z + z**2), ...`` with c = 0.4 or -0.4 and z = 0.8. Conflicts come from
    a week of 5 days of 12 slots, budgets are ``1 + 0.04 i / n``.

    Parameters
    ----------
    students, courses, most : sizes.
    supply : seats in all, divided by ``students * most``.
    popular : courses that are somebody's favourites, 9 or 6: 2.6 or 3.85 favourites on average.
    """

    name: ClassVar[str] = "simulator"
    summary: ClassVar[str] = "favourites, complements and substitutes on a map, a timetable"
    source: ClassVar[str] = (
        "Soumalias, Zamanlooy, Weissteiner and Seuken (2022), arXiv 2210.00954; Budish and Kessler "
        "(2022). Can market participants report their preferences accurately (enough)? Management "
        "Science"
    )

    students: int = 100
    courses: int = 25
    most: int = 5
    supply: float = 1.25
    popular: int = 9

    def __post_init__(self) -> None:
        if self.students < 1 or self.most < 0 or self.popular not in (6, 9):
            raise OptionError("students must be >= 1, most >= 0, popular 6 or 9")
        if not self.popular <= self.courses <= 30 or not 0 <= self.supply < np.inf:
            raise OptionError("courses must be between popular and 30, supply >= 0 and finite")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> CourseAllocation:
        """Return one instance."""
        n, m = self.students, self.courses
        height, width, mean = (7, 7, 2.6) if self.popular == 9 else (5, 6, 3.85)
        cells = rng.permutation(height * width)[:m]
        place = np.column_stack([cells // width, cells % width])
        popular = rng.permutation(m)[: self.popular]
        values = rng.uniform(0, 50, (n, m))
        groups = []
        for i in range(n):
            count = min(1 + rng.binomial(self.popular - 1, (mean - 1) / (self.popular - 1)), m)
            liked = rng.permutation(popular)[:count]
            values[i, liked] = rng.uniform(50, 100, count)
            centers = rng.permutation(popular)[:2]
            groups.append([group for center in centers for group in _around(place, int(center))])
        return CourseAllocation(
            values.round(4),
            _spread(self.supply * n * self.most, m),
            max_courses=self.most,
            timetable=_week(rng, m),
            groups=groups,
            budgets={"order": "index"},
            name=name,
            metadata=metadata,
        )


def _spread(seats: float, m: int) -> IntArray:
    """Return seats spread over the courses as evenly as whole numbers can be."""
    total = round(seats)
    share: IntArray = np.full(m, total // m, dtype=np.int64)
    share[: total % m] += 1
    return share


def _around(place: FloatArray | IntArray, center: int) -> list[dict[str, Any]]:
    """Return complements (diagonals) and substitutes (axes) around a course, of two or more."""
    away = np.abs(place - place[center])
    found = []
    for hit, factor in (
        ((away == 1).all(axis=1), 0.4),
        (away.sum(axis=1) == 1, -0.4),
    ):
        courses = sorted([center, *np.flatnonzero(hit).tolist()])
        bonus = [round(factor * sum(_DECAY**k for k in range(t)), 6) for t in range(len(courses))]
        if len(courses) > 1:
            found.append({"courses": courses, "bonus": bonus})
    return found


def _week(rng: np.random.Generator, m: int) -> list[list[list[int]]]:
    """Return a timetable: each course on one or two days, for two or three slots."""
    week: list[list[list[int]]] = [[[] for _ in range(_SLOTS)] for _ in range(_DAYS)]
    for j in range(m):
        for day in rng.permutation(_DAYS)[: rng.integers(1, 3)].tolist():
            length = int(rng.integers(2, 4))
            first = int(rng.integers(0, _SLOTS - length + 1))
            for slot in range(first, first + length):
                week[day][slot].append(j)
    return week


RECIPES: tuple[type[Recipe], ...] = (Additive, Simulator)
