"""A-CEEI by tabu search over prices.

From random prices the neighbors are gradient steps of several sizes, for each over-demanded course
the price at which the first of its students cannot pay any more, and for each under-demanded course
price 0. The best neighbor whose excess was not met before is taken; after some moves without gain
the search starts anew, with equally good bundles told apart (see `ties`). The best prices are
returned.

Source: Othman, Sandholm and Budish (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.demand import Interrupted
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import counted
from eqsolve.families.course_allocation.methods.base import CourseMethod, Held
from eqsolve.families.course_allocation.methods.stepping import Place, Steps
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Tabu", "search_prices"]

_PACES = (0.03, 0.1, 0.3, 1.0)
"""Sizes of gradient steps, as `Aceei.delta`."""
_PATIENCE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabu(CourseMethod):
    """Tabu search over prices.

    Parameters
    ----------
    restarts : starts at most.
    moves : moves of one start at most.
    budget_perturbation : budgets move by at most this, in units of the mean budget.
    """

    name: ClassVar[str] = "tabu"
    summary: ClassVar[str] = "tabu search over prices, gradient and single-price neighbors"
    theorem: ClassVar[str] = "CRS-1, CRS-2"
    cost: ClassVar[str] = "a demand of each student per neighbor"
    source: ClassVar[str] = (
        "Othman, A., Sandholm, T. and Budish, E. (2010). Finding approximate competitive "
        "equilibria: Efficient and fair course allocation. AAMAS."
    )

    restarts: int = 10
    moves: int = 100
    budget_perturbation: float = 0.01

    def __post_init__(self) -> None:
        if self.restarts < 1 or self.moves < 1 or not 0 <= self.budget_perturbation < 1:
            raise OptionError("restarts and moves must be >= 1, budget_perturbation in [0, 1)")

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Search until the market clears, or as long as the limits let."""
        held = Held(instance, self.name, instance.initial_budgets(rng), deadline)
        limit = search_prices(self, held, rng)
        return held.outcome(limit=limit)


def search_prices(method: Tabu, held: Held, rng: np.random.Generator) -> Limit | None:
    """Search until the market clears or a limit is reached, which is returned."""
    deadline = held.deadline
    with deadline.watching():
        steps = Steps(held.market, held.initial, method.budget_perturbation, "none", "l2", deadline)
        try:
            for start in range(method.restarts):
                held.counts["restarts"] = start
                if start:
                    steps.tell_apart(rng)
                if _one_start(method, held, steps, rng):
                    return None
        except Interrupted:
            if held.best is None:
                held.offer(steps.closed())
            return deadline.limit or Limit.TIME
    return Limit.ITERATIONS


def _one_start(method: Tabu, held: Held, steps: Steps, rng: np.random.Generator) -> bool:
    """Search from random prices; return whether the market clears."""
    m = held.market.n_courses
    seats = max(float(held.market.capacities.mean()), 1.0) if m else 1.0
    here = steps.at(steps.rounded(rng.uniform(0, 2 * steps.share * seats, m)))
    known = {here.excess.tobytes()}
    least, idle = here.error, 0
    held.offer(here)
    for _ in range(method.moves):
        if here.error == 0 or idle == _PATIENCE or held.is_over():
            break
        found = [steps.at(prices) for prices in _neighbors(steps, here)]
        fresh = [place for place in found if place.excess.tobytes() not in known]
        if not fresh:
            break
        here = min(fresh, key=lambda place: place.error)
        known.add(here.excess.tobytes())
        held.offer(here)
        idle = idle + 1 if here.error >= least else 0
        least = min(least, here.error)
    if held.is_over() and here.error > 0:
        raise Interrupted
    return here.error == 0


def _neighbors(steps: Steps, here: Place) -> Iterator[FloatArray]:
    """Yield the prices around a place."""
    z = counted(here.excess, here.prices)
    for pace in _PACES:
        yield steps.rounded(here.prices + pace * steps.share * z)
    costs = np.array([here.prices[list(bundle)].sum() for bundle in here.allocation])
    left = here.budgets - costs
    for j in np.flatnonzero(z).tolist():
        prices = here.prices.copy()
        if z[j] > 0:
            slack = [left[i] for i, bundle in enumerate(here.allocation) if j in bundle]
            prices[j] += min(slack) + steps.grain
        else:
            prices[j] = 0.0
        yield steps.rounded(prices)
