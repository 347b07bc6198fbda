"""The bundles of one student: what each is worth, and which are in reach.

A menu holds all permissible bundles column by column, so that a bundle's worth is the sum of few
look-ups, always in the same order. Students who may take the same bundles share a menu. O(bundles *
k) for all utilities, k courses in a bundle.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.instance import CourseAllocation

__all__ = ["Menu", "Shelf", "menus_of"]


class Menu:
    """Permissible bundles.

    Parameters
    ----------
    bundles : shape (N, k), courses in rising order, -1 behind the last; the empty one too.
    n_courses : m.
    """

    def __init__(self, bundles: IntArray, n_courses: int) -> None:
        self.bundles, self.n_courses = bundles, n_courses
        places = np.where(bundles < 0, n_courses, bundles)
        self._columns = [np.ascontiguousarray(column) for column in places.T]
        self._holding: dict[tuple[int, int], IntArray] = {}

    def __len__(self) -> int:
        return len(self.bundles)

    def courses(self, place: int) -> tuple[int, ...]:
        """Return the courses of a bundle."""
        return tuple(int(j) for j in self.bundles[place] if j >= 0)

    def sums(self, numbers: FloatArray) -> FloatArray:
        """Return for all bundles the sum of one number per course."""
        padded = np.append(numbers, 0.0)
        total = np.zeros(len(self.bundles))
        for column in self._columns:
            total += padded[column]
        return total

    def worth(
        self, values: FloatArray, pairs: Iterable[tuple[int, int]], deltas: FloatArray
    ) -> FloatArray:
        """Return what all bundles are worth: the sum of their courses, and of pairs they hold.

        Parameters
        ----------
        values : by course, shape (m,).
        pairs, deltas : k pairs of courses, and what each adds, shape (k,).
        """
        total = self.sums(values)
        for (a, b), extra in zip(pairs, deltas.tolist(), strict=True):
            total[self.holding(a, b)] += extra
        return total

    def holding(self, a: int, b: int) -> IntArray:
        """Return the bundles that hold both of two courses."""
        if (a, b) not in self._holding:
            both = (self.bundles == a).any(axis=1) & (self.bundles == b).any(axis=1)
            self._holding[a, b] = np.flatnonzero(both)
        return self._holding[a, b]


class Shelf:
    """A menu as one student sees it.

    Parameters
    ----------
    menu : its permissible bundles.
    prices : by course.
    money : that it may spend; infinite where there are no budgets.
    """

    def __init__(self, menu: Menu, prices: FloatArray, money: float) -> None:
        self.menu = menu
        self.reach: BoolArray = menu.sums(prices) <= money * (1 + 1e-12)
        self._asked: dict[int, set[int]] = {}

    def within(self, worth: FloatArray) -> FloatArray:
        """Return what bundles are worth, -inf where out of reach."""
        return np.where(self.reach, worth, -np.inf)

    def widen(self) -> bool:
        """Put all bundles in reach; return whether any were not."""
        more = not self.reach.all()
        self.reach = np.ones(len(self.menu), dtype=bool)
        return more

    def mark(self, a: int, b: int) -> None:
        """Remember that two bundles were compared."""
        self._asked.setdefault(a, set()).add(b)
        self._asked.setdefault(b, set()).add(a)

    def is_new(self, a: int, b: int) -> bool:
        """Return whether two bundles are different and were not compared."""
        return a != b and b not in self._asked.get(a, ())

    def best_new_pair(self, worth: FloatArray) -> tuple[int, int] | None:
        """Return the best bundle in reach with the best that it was not compared with.

        Where it was compared with all, the next best takes its place; None where all were.
        """
        worth = worth.copy()
        while worth.size and worth.max() > -np.inf:
            first = int(np.argmax(worth))
            rest = worth.copy()
            rest[[first, *self._asked.get(first, ())]] = -np.inf
            second = int(np.argmax(rest))
            if rest[second] > -np.inf:
                return first, second
            worth[first] = -np.inf
        return None


def menus_of(market: CourseAllocation) -> list[Menu]:
    """Return each student's permissible bundles; those who may take the same share a menu."""
    from eqsolve.families.course_allocation.bundles import bundles_of
    from eqsolve.families.course_allocation.wishes import FORBIDDEN

    bundles = bundles_of(market)
    empty = np.full((1, bundles.rows.shape[1]), -1, dtype=np.int64)
    known: dict[bytes, Menu] = {}
    found = []
    for row in bundles.utilities > FORBIDDEN:
        key = row.tobytes()
        if key not in known:
            rows = np.concatenate([empty, bundles.rows[row]])
            known[key] = Menu(rows, market.n_courses)
        found.append(known[key])
    return found
