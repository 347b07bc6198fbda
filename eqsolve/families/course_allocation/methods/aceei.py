"""A-CEEI by price steps and perturbed budgets.

From p = 0: what does each student demand for budgets within `budget_perturbation` of its own? One
of these bundles each is picked so that the excess z is least; at z = 0 that is an equilibrium,
else ``p <- max(0, p + delta z)``. Prices are whole multiples of a power of two, so that costs are
exact. Sizes of steps follow from what is gained; where nothing is any more, steps start anew from
other prices. The best step is returned, with its error and the bound of CRS-1.

Source: Budish, Gao, Othman, Rubinstein and Zhang (2023), arXiv 2305.11406.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

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
from eqsolve.families.course_allocation.methods.stepping import EF_TB, Steps
from eqsolve.families.course_allocation.perturbing import NORMS
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Aceei", "find_prices"]

_PATIENCE, _SHRINK, _LEAST = 15, 0.7, 0.03
"""After so many steps without gain steps shrink to this share; at the last they grow again."""
_STUCK = 150
"""Steps without gain after which a start is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aceei(CourseMethod):
    """Price steps and the perturbation program.

    Parameters
    ----------
    delta : first price step: how much of its share of a budget (the mean budget divided by the
        size of a bundle) a course's price moves when its excess is the mean number of seats.
    budget_perturbation : budgets move by at most this, in units of the mean budget.
    ef_tb : ``"none"``; ``"plain"``: nobody envies one with a smaller initial budget (CRS-8);
        ``"contested"``: nor would with courses of price 0 beside parts of the other's.
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
    ef_tb: Literal["none", "plain", "contested"] = "none"
    norm: Literal["l1", "l2"] = "l2"
    steps: int = 2000

    def __post_init__(self) -> None:
        if not 0 < self.delta < math.inf or not 0 <= self.budget_perturbation < 1:
            raise OptionError("delta must be > 0, budget_perturbation in [0, 1)")
        if self.norm not in NORMS or self.ef_tb not in EF_TB or self.steps < 1:
            raise OptionError(f"norm must be one of {NORMS}, ef_tb one of {EF_TB}, steps >= 1")

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Step until the market clears, or as long as the limits let."""
        held = Held(instance, self.name, instance.initial_budgets(rng), deadline)
        limit = find_prices(self, held, rng)
        return held.outcome(limit=limit)


def find_prices(method: Aceei, held: Held, rng: np.random.Generator) -> Limit | None:
    """Step until the market clears or a limit is reached, which is returned; `held` has the best.

    Notes
    -----
    A step moves each price by its excess. Steps shrink where nothing is gained, and grow again once
    they are small: a market may have to leave a place where it nearly clears. Where it does not,
    steps of another size start anew, from prices around the best, and with equally good bundles
    told apart.
    """
    deadline = held.deadline
    with deadline.watching():
        steps = Steps(
            held.market, held.initial, method.budget_perturbation, method.ef_tb, method.norm,
            deadline,
        )  # fmt: skip
        prices, pace = np.zeros(held.market.n_courses), method.delta
        try:
            while len(held.trace) < method.steps:
                held.counts["starts"] = int(held.counts.get("starts", 0)) + 1
                if _one_start(method, held, steps, prices, pace):
                    return None
                assert held.best is not None
                steps.tell_apart(rng)
                prices = held.best.prices * rng.uniform(0, 2, len(prices))
                pace = method.delta * 2.0 ** rng.uniform(-1, 1)
        except Interrupted:
            if held.best is None:
                held.offer(steps.closed())
            return deadline.limit or Limit.TIME
    return Limit.ITERATIONS


def _one_start(method: Aceei, held: Held, steps: Steps, prices: FloatArray, pace: float) -> bool:
    """Step until the market clears or nothing is gained any more; return whether it clears."""
    prices, first, least, idle, stuck = steps.rounded(prices), pace, math.inf, 0, 0
    while len(held.trace) < method.steps and stuck < _STUCK:
        place = steps.at(prices, thorough=idle == _PATIENCE - 1)
        held.offer(place)
        held.counts |= {"steps": len(held.trace), "programs": steps.programs}
        if place.error == 0:
            return True
        if held.is_over():
            raise Interrupted
        idle, stuck = (0, 0) if place.error < least else (idle + 1, stuck + 1)
        least = min(least, place.error)
        if idle == _PATIENCE:
            pace = _SHRINK * pace if pace > _LEAST * first else first
            idle = 0
        rise = pace * steps.share * counted(place.excess, prices)
        rise = rise if prices.any() else np.minimum(rise, steps.most_first)
        prices = steps.rounded(prices + rise)
    return False
