"""Serial dictatorship: in turn, each takes its best bundle of the seats that are left (CRS-9).

Strategy-proof, since what a student may choose from does not depend on what it says, and Pareto
efficient where preferences are strict: the first in the order who would gain from a change got its
best of what was left. Ties go to the bundle of fewest courses, then to the lexicographically least.
It is demand at price 0 for courses with seats, and at more than the budget for full ones. Where
utilities are additive and only the number of courses is limited, the best bundle is made of the
best courses, so that each just picks them one after the other.

Cost: one demand each, O(m log m) in the second case. Source: Hatfield (2009). Strategy-proof,
efficient, and nonbossy quota allocations. Social Choice and Welfare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.families.course_allocation.demand import demand_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.ordered import Ordered
from eqsolve.families.course_allocation.methods.picking import pick_all

__all__ = ["SerialDictatorship"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialDictatorship(Ordered):
    """In turn, each student takes its best bundle."""

    name: ClassVar[str] = "serial_dictatorship"
    summary: ClassVar[str] = "in turn, each takes its best bundle of the seats left"
    theorem: ClassVar[str] = "CRS-9"
    cost: ClassVar[str] = "one demand per student"
    source: ClassVar[str] = (
        "Hatfield, J. W. (2009). Strategy-proof, efficient, and nonbossy quota allocations. "
        "Social Choice and Welfare."
    )

    def bundles(self, instance: CourseAllocation, order: Sequence[int]) -> list[list[int]]:
        """Return the bundle of each student."""
        if _plain(instance):
            return pick_all(instance, order)
        demand = demand_of(instance)
        seats = instance.capacities.copy()
        budget = np.zeros(instance.n_students)
        found: list[list[int]] = [[] for _ in order]
        for i in order:
            prices = np.where(seats > 0, 0.0, 1.0)
            bundle = list(demand.within(prices, budget, budget, [i]).courses(0))
            seats[bundle] -= 1
            found[i] = bundle
        return found


def _plain(market: CourseAllocation) -> bool:
    """Return whether utilities are additive and only numbers of courses are limited."""
    limited = len(market.conflicts) or np.isfinite(market.max_credits).any()
    return market.is_additive and not limited
