"""The allocation whose worst-off student has most, and of those the one of greatest total utility.

The least utility is one of the utilities of bundles. Whether everybody can have a bundle of a
level or better is a program with weight 1 for each such bundle (see `columns`): its seat prices
prove that the next level is out of reach, where even the cheapest such bundles of all students
together would cost more than the seats. The level is found by bisection, the best sum at that level
by the same program with utilities as weights, and prices bound that sum, too.

Cost: up to ``2 log2(n B)`` times that of `utilitarian`; one time where everybody can have what the
student with the least favourite bundle has at best. Source: Bezakova and Dani (2005). Allocating
indivisible goods. SIGecom Exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.base import CourseMethod, solved
from eqsolve.families.course_allocation.methods.columns import (
    Best,
    Columns,
    allocation_of,
    listed_only,
    utilities_in,
)
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Egalitarian"]

_SURE = 1e-6
"""Students by which a bound must fall short of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Egalitarian(CourseMethod):
    """Greatest least utility, then greatest total utility."""

    name: ClassVar[str] = "egalitarian"
    summary: ClassVar[str] = "greatest least utility, then greatest total, with seat prices"
    cost: ClassVar[str] = "up to 2 log2(n B) times that of utilitarian"
    source: ClassVar[str] = (
        "Bezakova, I. and Dani, V. (2005). Allocating indivisible goods. SIGecom Exchanges."
    )

    def supports(self, instance: CourseAllocation) -> str | None:
        """Return None, or that there are too many bundles to list."""
        return listed_only(instance)

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Solve; `rng` is not used."""
        bundles = bundles_of(instance)
        search = _Search(utilities_in(bundles), bundles.rows, instance.capacities, deadline)
        found = search.run()
        solution = solved(instance, allocation_of(bundles, found.best.chosen), mechanism=self.name)
        least = solution.least_utility or 0.0
        held: Incumbent[CourseAllocationSolution] = Incumbent(
            method=self.name, counts={"programs": search.programs}
        )
        held.offer(solution, least)
        tight = found.ceiling <= least * (1 + 1e-12)
        vouched = (
            (least, "certified")
            if tight
            else (least, "backend")
            if found.proved
            else (found.ceiling, "certified")
        )
        held.prove(
            *vouched,
            BoundCertificate(
                *vouched,
                "at least_prices all seats cost less than everybody's cheapest bundle above it",
                {
                    "ceiling": found.ceiling,
                    "least_prices": found.prices.tolist(),
                    "seat_prices": found.best.prices.tolist(),
                },
            ),
        )
        return held.outcome(answered=found.proved, limit=found.limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What the search ended with.

    Parameters
    ----------
    best : the allocation, and prices that bound the sum at its level.
    ceiling : no allocation, not even of shares of bundles, gives everybody more.
    prices : that prove it.
    proved : whether level and sum are the best, by prices or by the whole-number search.
    limit : what stopped it early.
    """

    best: Best
    ceiling: float
    prices: FloatArray
    proved: bool
    limit: Limit | None


class _Search:
    """Bisection over the levels that the least utility can have."""

    def __init__(
        self, utilities: FloatArray, rows: IntArray, seats: IntArray, deadline: Deadline
    ) -> None:
        self.utilities, self.rows, self.seats, self.deadline = utilities, rows, seats, deadline
        self.programs = 0
        top = np.maximum(utilities.max(axis=1, initial=0.0), 0.0).min(initial=np.inf)
        good = utilities[(utilities > 0) & (utilities <= top)]
        self.levels = np.concatenate([[0.0], np.unique(good)])

    def run(self) -> _Found:
        """Return the best allocation that is found."""
        reach, prices, limit = self._by_shares()
        low, high = 0, reach
        best, served, complete = self._whole(high)
        if served:
            return self._found(best, reach, prices, best.proved, limit)
        held, _, _ = self._whole(low)
        low = self._level_of(held)
        proved = complete
        while high - low > 1 and self.deadline.limit is None:
            middle = (low + high) // 2
            best, served, complete = self._whole(middle)
            if served:
                held, low = best, max(middle, self._level_of(best))
            else:
                high, proved = middle, complete
        best, served, _ = self._whole(low)
        held = best if served else held
        proved = proved and high - low == 1 and held.proved
        return self._found(held, reach, prices, proved, limit)

    def _found(
        self, best: Best, reach: int, prices: FloatArray, proved: bool, limit: Limit | None
    ) -> _Found:
        """Return what the search ends with."""
        limit = limit or best.limit or self.deadline.limit
        ceiling = float(self.levels[reach])
        return _Found(best, ceiling, prices, proved and limit is None, limit)

    def _level_of(self, best: Best) -> int:
        """Return the highest level that an allocation gives to everybody."""
        has = best.chosen >= 0
        own = np.where(has, self.utilities[np.arange(len(has)), best.chosen], 0.0)
        place = np.searchsorted(self.levels, own.min(initial=self.levels[-1]), side="right") - 1
        return max(int(place), 0)

    def _by_shares(self) -> tuple[int, FloatArray, Limit | None]:
        """Return the highest level within reach by shares, and prices against the next one."""
        low, high = 0, len(self.levels)
        prices = np.zeros(len(self.seats))  # beyond the last level someone has no bundle at all
        middle = high - 1
        while high - low > 1:
            trial, bound, limit = self._counting(middle).relaxed(self.deadline)
            if limit is not None:
                return high - 1, prices, limit
            if bound < len(self.utilities) - _SURE:
                high, prices = middle, trial
            else:
                low = middle
            middle = (low + high) // 2
        return low, prices, None

    def _counting(self, level: int) -> Columns:
        """Return the program that counts the students who get a level or better."""
        self.programs += 1
        good = self.utilities >= self.levels[level]
        return Columns(np.where(good, 1.0, -np.inf), self.rows, self.seats)

    def _whole(self, level: int) -> tuple[Best, bool, bool]:
        """Return the best allocation that gives everybody a level or better.

        Returns
        -------
        best : with totals and bound of utilities; at level 0 nobody needs a bundle.
        served : whether it gives everybody that much.
        complete : whether, where it does not, none does.
        """
        self.programs += 1
        if level == 0:
            best = Columns(self.utilities, self.rows, self.seats).best(self.deadline)
            return best, True, True
        n = len(self.utilities)
        # So much for being served that it counts before utilities do, but for odd cases.
        extra = 10 * float(self.utilities.max(initial=0.0))
        good = self.utilities >= self.levels[level]
        program = Columns(np.where(good, extra + self.utilities, -np.inf), self.rows, self.seats)
        best = program.best(self.deadline)
        complete = best.proved
        proved = best.proved
        if (best.chosen < 0).any() and best.limit is None:
            counting = self._counting(level)
            counting.pool |= program.pool
            other = counting.best(self.deadline)
            complete, proved = other.proved, False
            best = replace(best, chosen=other.chosen)
        served = bool((best.chosen >= 0).all())
        total = float(self.utilities[np.arange(n), best.chosen].sum()) if served else 0.0
        best = replace(best, total=total, bound=best.bound - n * extra, proved=proved)
        return best, served, complete
