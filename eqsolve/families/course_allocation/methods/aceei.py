"""A-CEEI by price steps and perturbed budgets.

From p = 0: what does each student demand for budgets within `budget_perturbation` of its own? One
of these bundles each is picked so that the excess z is least; at z = 0 that is an equilibrium,
else ``p <- max(0, p + delta z)``. Prices are whole multiples of a power of two, so that costs are
exact. The best step is returned, with its error and the bound of CRS-1.

Source: Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.demand import Choices, demand_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import (
    clearing_error,
    counted,
    excess_of,
    largest_size,
)
from eqsolve.families.course_allocation.methods.base import CourseMethod, Held
from eqsolve.families.course_allocation.perturbing import NORMS, best_pick, quick_pick
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Aceei"]

_GRID = 30
"""Prices are multiples of 2**-30 of the largest budget, rounded down to a power of two."""
_PROMISING = 3.0
"""Clearing errors after the descent up to which the program is tried."""
_PATIENCE, _SHRINK, _LEAST = 15, 0.7, 0.01
"""After so many steps without gain steps shrink to this share, down to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aceei(CourseMethod):
    """Price steps and the perturbation program.

    Parameters
    ----------
    delta : first price step: how much of its share of a budget (the mean budget divided by the
        size of a bundle) a course's price moves when its excess is the mean number of seats.
    budget_perturbation : budgets move by at most this, in units of the mean budget.
    ef_tb : ``"none"``; ``"plain"``: nobody envies one with a smaller initial budget.
    norm : ``"l1"`` or ``"l2"``, of the excess in the program.
    steps : most price steps.
    """

    name: ClassVar[str] = "aceei"
    summary: ClassVar[str] = "price steps from 0, budgets perturbed to clear the market"
    theorem: ClassVar[str] = "CRS-1, CRS-2"
    cost: ClassVar[str] = "a demand of each student per step, and small programs"
    source: ClassVar[str] = (
        "Budish, E., Gao, R., Othman, A., Rubinstein, A. and Zhang, Q. (2023). Practical "
        "algorithms and experimentally validated incentives for equilibrium-based fair division "
        "(A-CEEI). arXiv 2305.11406."
    )

    delta: float = 0.3
    budget_perturbation: float = 0.01
    norm: Literal["l1", "l2"] = "l2"
    steps: int = 2000

    def __post_init__(self) -> None:
        if not 0 < self.delta < math.inf or not 0 <= self.budget_perturbation < 1:
            raise OptionError("delta must be > 0, budget_perturbation in [0, 1)")
        if self.norm not in NORMS or self.steps < 1:
            raise OptionError("norm must be 'l1' or 'l2', steps >= 1")

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Step until the market clears, or as long as the limits let."""
        initial = instance.initial_budgets(rng)
        held = Held(instance, self.name, initial, deadline)
        mean = float(initial.mean()) if len(initial) else 1.0
        grain = 2.0 ** (math.frexp(mean)[1] - _GRID)
        shift = self.budget_perturbation * mean
        demand = demand_of(instance)
        prices = np.zeros(instance.n_courses)
        low, high = np.maximum(initial - shift, 0.0), initial + shift
        programs = 0
        share = (
            mean / max(largest_size(instance), 1) / max(float(instance.capacities.mean()), 1.0)
            if instance.n_courses
            else 0.0
        )
        pace, idle = self.delta, 0
        limit: Limit | None = Limit.ITERATIONS
        for _ in range(self.steps):
            choices = demand.within(prices, low, high)
            free = prices == 0
            start = at_budgets(choices, initial)
            pick = quick_pick(choices, instance.capacities, free, start, self.norm)
            excess = excess_of(instance, choices.rows[pick])
            error = clearing_error(excess, prices)
            if 0 < error <= _PROMISING and len(choices.rows) > len(initial):
                programs += 1
                better = best_pick(choices, instance.capacities, free, pick, self.norm, deadline)
                if better is not None:
                    pick = better
                    excess = excess_of(instance, choices.rows[pick])
                    error = clearing_error(excess, prices)
            gained = held.offer(
                error,
                [choices.courses(place) for place in pick.tolist()],
                prices,
                used_budgets(choices, pick, initial, low, high),
            )
            if error == 0 or deadline.expired():
                limit = deadline.limit
                break
            idle = 0 if gained else idle + 1
            if idle == _PATIENCE:
                pace, idle = max(_SHRINK * pace, _LEAST * self.delta), 0
            moved = prices + pace * share * counted(excess, prices)
            prices = grain * np.rint(np.maximum(moved, 0.0) / grain)
        held.counts |= {"steps": len(held.trace), "programs": programs}
        return held.outcome(limit=limit)


def at_budgets(choices: Choices, budgets: FloatArray) -> IntArray:
    """Return the places of what students demand at given budgets within the range."""
    affordable = choices.costs <= np.repeat(budgets, np.diff(choices.start))
    places = np.where(affordable, np.arange(len(choices.costs)), len(choices.costs))
    return np.minimum.reduceat(places, choices.start[:-1]) if len(budgets) else places


def used_budgets(
    choices: Choices, pick: IntArray, initial: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return budgets at which what was picked is demanded: the initial one where it is.

    Else the middle of those in the range, away from the prices at which demand changes.
    """
    used = np.array(initial)
    for i, place in enumerate(pick.tolist()):
        bottom = max(float(choices.costs[place]), float(low[i]))
        first = place == int(choices.start[i])
        top = float(high[i]) if first else float(choices.costs[place - 1])
        if not (choices.costs[place] <= initial[i] and (first or initial[i] < top)):
            used[i] = (bottom + top) / 2
    return used
