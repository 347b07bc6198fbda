"""The least clearing error of a small market, by one mixed-integer program.

Binary variables say who takes which bundle and which prices are positive; prices and budgets are
continuous, budgets within their range. Who takes a bundle can pay for it, and everything it would
rather have costs more by a margin. Levels of excess cost 1, 3, 5, ...: their sum is the squared
error. Prices and budgets are then found anew for the allocation, with the largest margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.errors import BackendError, OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.course_allocation.bundles import count_at_most
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.base import CourseMethod, Held
from eqsolve.families.course_allocation.methods.stepping import budget_range
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.supporting import (
    MARGIN,
    Options,
    money_unit,
    options_of,
    place_at,
    supported,
)

__all__ = ["Exact"]

_MOST = 4000
"""Bundles of all students."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact(CourseMethod):
    """The least error, proved by a mixed-integer program.

    Parameters
    ----------
    budget_perturbation : budgets move by at most this, in units of the mean budget; 0 holds them
        fixed, and then the bound of CRS-1 need not hold.
    """

    name: ClassVar[str] = "exact"
    summary: ClassVar[str] = "least clearing error of a small market, by a mixed-integer program"
    theorem: ClassVar[str] = "CRS-1, CRS-2"
    cost: ClassVar[str] = "exponential at worst: some hundred bundles in all"

    budget_perturbation: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.budget_perturbation < 1:
            raise OptionError("budget_perturbation must be in [0, 1)")

    def supports(self, instance: CourseAllocation) -> str | None:
        """Return a reason where the program is too large."""
        total = (count_at_most(instance) + 1) * max(instance.n_students, 1)
        return None if total <= _MOST else f"there may be {total} bundles, limit {_MOST}"

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Solve the program, then find prices for its allocation."""
        held = Held(instance, self.name, instance.initial_budgets(rng), deadline)
        low, high, mean = budget_range(held.initial, self.budget_perturbation)
        unit = money_unit(mean)
        low, high, margin = low / unit, high / unit, MARGIN * mean / unit
        options = options_of(instance)
        found = _least(instance, options, low, high, margin, deadline)
        if found is None:
            return Outcome(
                status=Status.UNKNOWN, limit=deadline.limit or Limit.TIME, method=self.name
            )
        chosen, zero, proved = found
        priced = supported(instance, options, chosen, zero, low, high, deadline)
        if isinstance(priced, Limit):
            return Outcome(status=Status.UNKNOWN, limit=priced, method=self.name)
        if priced is None or priced[2] < 0.5 * margin:
            raise BackendError("the program's allocation is supported by no prices")
        held.offer(place_at(instance, options, chosen, priced[0] * unit, priced[1] * unit))
        assert held.best is not None
        certificate = BoundCertificate(
            0.0 - held.best.error,
            "backend",
            "no prices at which better bundles cost more by the margin have less error",
            {"budget_perturbation": self.budget_perturbation, "margin": MARGIN},
        )
        limit = None if proved else deadline.limit or Limit.TIME
        if not proved:
            return held.outcome(limit=limit)
        return held.outcome(proved=True, certificate=certificate, source="backend")


def _least(
    market: CourseAllocation,
    options: Sequence[Options],
    low: FloatArray,
    high: FloatArray,
    margin: float,
    deadline: Deadline,
) -> tuple[list[int], IntArray, bool] | None:
    """Return an option of each student, courses at price 0, and whether that is proved least."""
    from eqsolve.algorithms.programs.answer import Solved, solved_or_stopped
    from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer
    from eqsolve.algorithms.programs.rows import Rows

    n, m = market.n_students, market.n_courses
    seats = market.capacities
    start = np.concatenate([[0], np.cumsum([len(own.taken) for own in options])]).astype(int)
    count = int(start[-1])
    taken = np.concatenate([own.taken for own in options] or [np.zeros((0, m), dtype=np.int64)])
    most = np.minimum(taken.sum(axis=0), n)
    over = np.repeat(np.arange(m), np.maximum(most - seats, 0))
    least = np.maximum(seats - most, 0)  # seats of a course at a price that stay free anyway
    under = np.repeat(np.arange(m), seats - least)
    price, shift, positive = count, count + m, count + m + n
    first_over = positive + m
    first_under = first_over + len(over)
    width = first_under + len(under)
    top = float(high.max(initial=0.0)) + 2 * margin
    rows = Rows(width)
    entry, course = np.nonzero(taken)
    for i in range(n):
        mine = np.arange(start[i], start[i + 1])
        place = np.arange(len(mine))
        rows.at_most([1.0, -1.0], (0, mine, 1.0), (1, mine, -1.0))
        at, bought = np.nonzero(options[i].taken)
        large = top * max(int(options[i].taken.sum(axis=1).max(initial=0)), 1)
        rows.at_most(
            np.full(len(mine), low[i] + large),
            (at, price + bought, 1.0), (place, shift + i, -1.0), (place, mine, large),
        )  # fmt: skip
        worths = options[i].utilities
        as_good, other = np.nonzero(worths[:, None] <= worths[None, :])
        useful = worths[as_good] > 0
        real = worths > 0
        position = np.cumsum(real) - 1
        keep = real[at]
        rows.at_most(
            np.full(int(real.sum()), -low[i] - margin),
            (position[at[keep]], price + bought[keep], -1.0),
            (np.arange(int(real.sum())), shift + i, 1.0),
            (position[as_good[useful]], start[i] + other[useful], -(top + margin)),
        )
    each = np.arange(m)
    rows.at_most(np.zeros(m), (each, price + each, 1.0), (each, positive + each, -top))
    rows.at_most(
        seats.astype(float), (course, entry, 1.0), (over, first_over + np.arange(len(over)), -1.0)
    )
    rows.at_most(
        np.zeros(m),
        (course, entry, -1.0),
        (each, positive + each, (seats - least).astype(float)),
        (under, first_under + np.arange(len(under)), -1.0),
    )
    objective = np.zeros(width)
    upper = np.ones(width)
    objective[positive : positive + m] = -(least.astype(float) ** 2)
    for first, place, begin in ((first_over, over, 0 * least), (first_under, under, least)):
        rank = np.arange(len(place)) - np.searchsorted(place, place) + begin[place]
        objective[first : first + len(place)] = -(2.0 * rank + 1)
    upper[price : price + m] = top
    upper[shift : shift + n] = high - low
    integer = np.zeros(width, dtype=bool)
    integer[:count] = True
    integer[positive : positive + m] = True
    answer = solved_or_stopped(
        maximize_mixed_integer(
            objective, rows.matrix(), rows.right(), integer=integer, upper=upper,
            deadline=deadline, absolute_gap=0.5,
        ),
        "prices beyond all budgets are a solution",
    )  # fmt: skip
    if answer.values is None:
        return None
    chosen = [int(np.argmax(answer.values[start[i] : start[i + 1]])) for i in range(n)]
    zero = np.flatnonzero(answer.values[positive : positive + m] < 0.5)
    return chosen, zero, isinstance(answer, Solved)
