"""Base of mechanisms in which students choose in an order, drawn by the seed or given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.question import whole_numbers
from eqsolve.core.result import Outcome
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.base import CourseMethod, solved
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Ordered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered(CourseMethod):
    """Base of the mechanisms with an order.

    Parameters
    ----------
    order : every student once, numbers with commas between; None: drawn by the seed.
    """

    order: Sequence[float] | None = None

    def bundles(self, instance: CourseAllocation, order: Sequence[int]) -> list[list[int]]:
        """Return the bundle of each student."""
        raise NotImplementedError

    def order_of(self, n: int, rng: np.random.Generator) -> list[int]:
        """Return the order.

        Raises
        ------
        OptionError : the order given does not name every student once.
        """
        given = whole_numbers(self.order, "order")
        if given is None:
            return [int(i) for i in rng.permutation(n)]
        if sorted(given) != list(range(n)):
            raise OptionError(f"option order: must name each of the {n} students once, from 0")
        return given

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Let the students choose; the rule is followed to its end, which is what solves it."""
        order = self.order_of(instance.n_students, rng)
        held: Incumbent[CourseAllocationSolution] = Incumbent(method=self.name)
        allocation = self.bundles(instance, order)
        held.offer(solved(instance, allocation, order=order, mechanism=self.name))
        return held.outcome(answered=True)
