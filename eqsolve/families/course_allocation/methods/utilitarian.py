"""The allocation of greatest total utility.

Seat prices prove the bound: nobody's bundle is worth more than its price and the student's best
gain at these prices (see `columns`). Where they leave a gap, what remains is the word of the
whole-number search, except in markets that the verifier looks through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.base import CourseMethod, solved
from eqsolve.families.course_allocation.methods.columns import (
    Columns,
    allocation_of,
    listed_only,
    utilities_in,
)
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Utilitarian"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilitarian(CourseMethod):
    """Greatest total utility."""

    name: ClassVar[str] = "utilitarian"
    summary: ClassVar[str] = "greatest total utility, with seat prices that bound it"
    cost: ClassVar[str] = "tens of linear programs over bundles, then a whole-number search"
    source: ClassVar[str] = (
        "Bikhchandani, S. and Ostroy, J. M. (2002). The package assignment model. Journal of "
        "Economic Theory."
    )

    def supports(self, instance: CourseAllocation) -> str | None:
        """Return None, or that there are too many bundles to list."""
        return listed_only(instance)

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Solve; `rng` is not used."""
        bundles = bundles_of(instance)
        best = Columns(utilities_in(bundles), bundles.rows, instance.capacities).best(deadline)
        solution = solved(instance, allocation_of(bundles, best.chosen), mechanism=self.name)
        held: Incumbent[CourseAllocationSolution] = Incumbent(
            method=self.name, counts={"programs": best.rounds}
        )
        held.offer(solution, solution.welfare)
        vouched = best.vouched(solution.welfare)
        argument = "no bundle is worth more than its seat_prices and its student's best gain"
        data = {"seat_prices": best.prices.tolist()}
        held.prove(*vouched, BoundCertificate(*vouched, argument, data))
        return held.outcome(answered=best.proved, limit=best.limit)
