"""Least clearing errors of tiny markets, by listing every allocation.

Every choice of one option per student, with every set of under-demanded courses at price 0, has an
error; in rising order the first that some prices support is the least. One linear program each.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
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

__all__ = ["Enumeration"]

_MOST = 100_000
"""Choices with their sets of free courses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration(CourseMethod):
    """Every allocation, in the order of its error, until one is supported: the reference.

    Parameters
    ----------
    budget_perturbation : budgets move by at most this, in units of the mean budget.
    """

    name: ClassVar[str] = "enumeration"
    summary: ClassVar[str] = "every allocation of a tiny market, least error first"
    theorem: ClassVar[str] = "CRS-1"
    cost: ClassVar[str] = "a linear program for each allocation with less error"

    budget_perturbation: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.budget_perturbation < 1:
            raise OptionError("budget_perturbation must be in [0, 1)")

    def supports(self, instance: CourseAllocation) -> str | None:
        """Return a reason where there are too many allocations."""
        options = count_at_most(instance) + 1
        total = options**instance.n_students * 2**instance.n_courses
        return None if total <= _MOST else f"there may be {total:.3g} allocations, limit {_MOST}"

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Look at allocations by rising error."""
        held = Held(instance, self.name, instance.initial_budgets(rng), deadline)
        low, high, mean = budget_range(held.initial, self.budget_perturbation)
        unit = money_unit(mean)
        low, high, margin = low / unit, high / unit, MARGIN * mean / unit
        options = options_of(instance)
        candidates = sorted(_candidates(instance, options), key=lambda it: it[0])
        programs = 0
        for _, chosen, zero in candidates:
            if deadline.expired():
                return held.outcome(limit=deadline.limit)
            programs += 1
            found = supported(
                instance, options, chosen, np.array(zero, dtype=np.int64), low, high, deadline
            )
            if isinstance(found, Limit):
                return held.outcome(limit=found)
            if found is not None and found[2] >= margin:
                held.offer(place_at(instance, options, chosen, found[0] * unit, found[1] * unit))
                break
        held.counts |= {"allocations": len(candidates), "programs": programs}
        certificate = ExhaustionCertificate(
            "allocations",
            "those with less error are supported by no prices",
            {"candidates": len(candidates), "programs": programs},
            {"budget_perturbation": self.budget_perturbation, "margin": MARGIN},
        )
        return held.outcome(proved=True, certificate=certificate)


def _candidates(
    market: CourseAllocation, options: Sequence[Options]
) -> Iterator[tuple[int, tuple[int, ...], tuple[int, ...]]]:
    """Yield squared error, options and courses at price 0."""
    for chosen in itertools.product(*(range(len(own.taken)) for own in options)):
        excess: IntArray = -market.capacities
        for own, pick in zip(options, chosen, strict=True):
            excess = excess + own.taken[pick]
        under = np.flatnonzero(excess < 0).tolist()
        over = int((np.maximum(excess, 0) ** 2).sum())
        for size in range(len(under) + 1):
            for zero in itertools.combinations(under, size):
                short = sum(int(excess[j]) ** 2 for j in under if j not in zero)
                yield over + short, chosen, zero
