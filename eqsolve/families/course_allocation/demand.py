"""Demand: what each student takes at given prices and budgets.

A most preferred permissible bundle that the budget buys; ties go to the least cost, then to the
fewest courses, then to the lexicographically least. Utilities are compared in whole units, so that
a tie is one. Where the market has few bundles they are walked through best first; beyond that they
are searched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.families.course_allocation.bundles import (
    MOST_ENTRIES,
    Bundles,
    bundles_of,
    count_at_most,
)
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import tops_of
from eqsolve.families.course_allocation.units import units_of

__all__ = [
    "Choices", "Demand", "Interrupted", "Listed", "Searched", "demand_of", "student_demand",
]  # fmt: skip

MOST_CHOICES = 64
"""Bundles that one student may demand within its range of budgets; further ones are left out."""
_LARGE, _FEW = 12, 8
"""Of bundles larger than this no more are searched for: there are as many as one likes."""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What students demand for budgets within a range.

    Parameters
    ----------
    start : shape (n + 1,): the choices of student i are those from ``start[i]`` on, the one at the
        highest budget first.
    rows : shape (r, k), courses, -1 behind the last.
    costs : shape (r,): the least budget at which it is demanded.
    utilities : shape (r,), units.
    """

    start: IntArray
    rows: IntArray
    costs: FloatArray
    utilities: IntArray

    def of(self, i: int) -> range:
        """Return the places of student i's choices."""
        return range(int(self.start[i]), int(self.start[i + 1]))

    def courses(self, place: int) -> tuple[int, ...]:
        """Return the courses of a choice."""
        return tuple(j for j in self.rows[place].tolist() if j >= 0)


class Demand(Protocol):
    """Answers questions on demand in one market."""

    def within(
        self,
        prices: FloatArray,
        low: FloatArray,
        high: FloatArray,
        students: Sequence[int] | None = None,
    ) -> Choices:
        """Return what students (all by default) demand at budgets between `low` and `high`."""
        ...


class Listed:
    """Demand by lists of all bundles, best first.

    Parameters
    ----------
    bundles : those of the market.
    stop : set from outside to end the work: the next call raises `Interrupted`.
    """

    def __init__(self, bundles: Bundles, stop: NDArray[np.uint8] | None = None) -> None:
        self.bundles = bundles
        self.stop = np.zeros(1, dtype=np.uint8) if stop is None else stop

    def within(
        self,
        prices: FloatArray,
        low: FloatArray,
        high: FloatArray,
        students: Sequence[int] | None = None,
    ) -> Choices:
        """Return what students demand at budgets between `low` and `high`: O(bundles) each."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.course_allocation.kernels.listing import costs_of, walk

        if self.stop[0]:
            raise Interrupted
        bundles = self.bundles
        lists = bundles.lists
        costs = np.empty(len(bundles.rows))
        fitting(costs_of, float(bundles.rows.size))(bundles.rows, prices, costs)
        chosen = range(len(lists.start) - 1) if students is None else students
        start, places = [0], []
        found = np.empty(MOST_CHOICES, dtype=np.int64)
        step = fitting(walk, float(len(lists.bundles)))
        for i in chosen:
            count = step(lists, i, bundles.sizes, costs, low[i], high[i], found)
            places += found[:count].tolist()
            start.append(len(places))
        at = np.array(places, dtype=np.int64)
        empty = at < 0
        # The empty bundle is no row of the table: its place stands for none.
        row = np.where(empty, -1, lists.bundles[at] if len(lists.bundles) else -1)
        width = bundles.rows.shape[1]
        rows = np.full((len(at), width), -1, dtype=np.int64)
        rows[~empty] = bundles.rows[row[~empty]]
        paid = np.zeros(len(at))
        paid[~empty] = costs[row[~empty]]
        utilities = np.zeros(len(at), dtype=np.int64)
        utilities[~empty] = lists.utilities[at[~empty]]
        return Choices(np.array(start), rows, paid, utilities)


class Searched:
    """Demand by branch and bound, each student from where the last call left it.

    Parameters
    ----------
    market : the instance.
    stop : set from outside to end a call early, which then raises `Interrupted`.
    """

    def __init__(self, market: CourseAllocation, stop: NDArray[np.uint8] | None = None) -> None:
        n, m = market.values.shape
        self.units = units_of(market)
        self.tops = tops_of(market)
        wishes = self.units.wishes
        tied = np.diff(wishes.pair_start) + np.diff(wishes.in_start) > 0
        self.alone = ~tied.reshape(n, m) & ~wishes.clash.any(axis=0)
        self.orders = np.argsort(-self.tops, axis=1, kind="stable")
        self.rates = np.zeros((n, 2))
        self.stop = np.zeros(1, dtype=np.uint8) if stop is None else stop
        self.height = 4 * n + 16

    def within(
        self,
        prices: FloatArray,
        low: FloatArray,
        high: FloatArray,
        students: Sequence[int] | None = None,
    ) -> Choices:
        """Return what students demand at budgets between `low` and `high`: a search for each."""
        from eqsolve.algorithms.compile import fitting
        from eqsolve.families.course_allocation.kernels.branching import climb

        n, m = self.tops.shape
        chosen = np.arange(n) if students is None else np.array(students, dtype=np.int64)
        counts = np.zeros(len(chosen), dtype=np.int64)
        work = np.zeros((4, m + 1), dtype=np.int64)
        most = MOST_CHOICES if self.units.largest <= _LARGE else _FEW
        step = fitting(climb, 20.0 * len(chosen) * m * max(self.units.largest, 5))
        while True:
            rows = np.full((self.height, max(self.units.largest, 1)), -1, dtype=np.int64)
            costs = np.zeros(self.height)
            utilities = np.zeros(self.height, dtype=np.int64)
            total = step(
                self.units.wishes, self.tops, self.alone, chosen, prices, low, high, self.orders,
                self.rates, most, counts, rows, costs, utilities, np.zeros((4, m + 1)), work,
                self.stop,
            )  # fmt: skip
            if total == -2:
                raise Interrupted
            if total >= 0:
                break
            self.height *= 2
        start = np.concatenate([[0], np.cumsum(counts)])
        return Choices(start, rows[:total], costs[:total], utilities[:total])


class Interrupted(Exception):  # noqa: N818  # no error: the time is over
    """A search for demand was told to stop; methods return what they hold."""


def demand_of(market: CourseAllocation, stop: NDArray[np.uint8] | None = None) -> Demand:
    """Return what answers questions on demand in a market.

    Parameters
    ----------
    stop : see `Listed` and `Searched`.
    """
    # The bound of the search is the truth where utilities are sums; else lists pay where they fit.
    fits = count_at_most(market) * max(market.n_students, 1) <= MOST_ENTRIES
    if fits and not market.is_additive:
        return Listed(bundles_of(market), stop)
    return Searched(market, stop)


def student_demand(
    market: CourseAllocation, i: int, prices: object, budget: float
) -> tuple[int, ...]:
    """Return what student i takes at given prices and budget.

    Parameters
    ----------
    market : the instance.
    i : the student.
    prices : shape (m,), >= 0.
    budget : >= 0.

    Returns
    -------
    bundle : courses, rising: the greatest utility, then the least cost, then the fewest courses,
        then the lexicographically least.

    Raises
    ------
    InstanceError : no such student, or prices or budget that are none.

    Notes
    -----
    Cost O(bundles), or a search. Source: Budish, Cachon, Kessler and Othman (2017). Course Match:
    A large-scale implementation of approximate competitive equilibrium from equal incomes for
    combinatorial allocation. Operations Research.

    Examples
    --------
    >>> market = CourseAllocation([[5, 3, 3]], [1, 1, 1], max_courses=2)
    >>> student_demand(market, 0, [1, 0.5, 0.4], 1.2), student_demand(market, 0, [1, 0.5, 0.4], 1)
    ((1, 2), (1, 2))
    """
    require_instance(market, CourseAllocation)
    faults: list[Fault] = []
    cost = as_numbers(prices, "prices", (market.n_courses,), faults)
    money = as_numbers([budget], "budget", (1,), faults)
    if not isinstance(i, int | np.integer) or not 0 <= i < market.n_students:
        faults.append(Fault("i", f"must be a student, 0 to {market.n_students - 1}", value=i))
    if faults or cost is None or money is None:
        raise InstanceError(faults)
    budgets = np.full(market.n_students, float(money[0]))
    choices = demand_of(market).within(cost.astype(np.float64), budgets, budgets, [int(i)])
    return choices.courses(0)
