"""What the mechanism makes of utilities, valued by the true ones. Cost: that of the mechanism."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.method import make_method
from eqsolve.core.result import Outcome
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution import Placement

__all__ = ["placed", "utility_of", "worths"]


def placed(
    plan: CourseElicitation, market: CourseAllocation, deadline: Deadline
) -> Placement | None:
    """Return what the plan's mechanism makes of a market, None where time was too short.

    Parameters
    ----------
    plan : whose mechanism, seed and true utilities these are.
    market : the utilities that the mechanism is told.
    deadline : ends it.
    """
    from eqsolve.families.course_allocation.solve import METHODS

    method = make_method(METHODS, plan.mechanism, {})
    # The same seed each time: budgets and orders that are drawn are the same for all three.
    found: Outcome[CourseAllocationSolution] = method.run(
        market, deadline, np.random.default_rng(plan.seed)
    )
    if found.solution is None:
        return None
    worth = worths(plan.market, found.solution.allocation)
    mean, least = (float(worth.mean()), float(worth.min())) if len(worth) else (0.0, 0.0)
    return Placement(found.solution, mean, least)


def worths(market: CourseAllocation, allocation: tuple[tuple[int, ...], ...]) -> FloatArray:
    """Return what each student's courses are worth to it."""
    return np.array([utility_of(market, i, bundle) for i, bundle in enumerate(allocation)])


def utility_of(market: CourseAllocation, i: int, bundle: tuple[int, ...]) -> float:
    """Return what a bundle is worth to a student, in the instance's own units."""
    from eqsolve.families.course_allocation.kernels.wishes import worth
    from eqsolve.families.course_allocation.units import units_of

    units = units_of(market)
    return units.amount(worth(units.wishes, i, units.bundle(bundle)))
