"""Course Match: approximate equilibrium, then prices up until it fits, then free seats.

Stage 1 is `aceei` or `tabu`. Stage 2: while a course has too many students, the price of the most
oversubscribed one rises, by bisection, to where its excess has at least halved; budgets stay what
stage 1 made them (CRS-7: the excess of the course never grows). Stage 3: in random order, students
may take what they like best of their own courses and free seats, for 1.1 times their budget, until
nobody changes; each change is a gain, so that this ends. The result fits, and is no equilibrium any
more: error, oversubscription and undersubscription are recorded after each stage.

Source: Budish, Cachon, Kessler and Othman (2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.demand import Demand, Interrupted, demand_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import (
    clearing_error,
    excess_of,
    rows_of,
    solved,
    utility_units,
)
from eqsolve.families.course_allocation.methods.aceei import Aceei, find_prices
from eqsolve.families.course_allocation.methods.base import CourseMethod, Held
from eqsolve.families.course_allocation.methods.stepping import Place
from eqsolve.families.course_allocation.methods.tabu import Tabu, search_prices
from eqsolve.families.course_allocation.solution import CourseAllocationSolution, Stage

__all__ = ["RAISE", "CourseMatch"]

RAISE = 1.1
"""Budgets of stage 3, as a multiple of those before."""
_HALVINGS = 8
"""Of a bisection: two courses that compete must not raise each other's price by ever less."""
_MOST_RISES = 100
"""Bisections of a course on average, after which a price goes beyond all budgets at once."""
_SHARE = 0.5
"""Of the time for stage 1 at most."""
Bundles = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseMatch(CourseMethod):
    """All three stages of Course Match.

    Parameters
    ----------
    stage1 : ``"aceei"`` or ``"tabu"``.
    budget_perturbation : of stage 1.
    """

    name: ClassVar[str] = "course_match"
    summary: ClassVar[str] = "equilibrium, prices raised until it fits, free seats given away"
    theorem: ClassVar[str] = "CRS-1, CRS-7"
    cost: ClassVar[str] = "that of stage 1, and a demand of each student per bisection"
    source: ClassVar[str] = (
        "Budish, E., Cachon, G., Kessler, J. and Othman, A. (2017). Course Match: A large-scale "
        "implementation of approximate competitive equilibrium from equal incomes for "
        "combinatorial allocation. Operations Research."
    )

    stage1: Literal["aceei", "tabu"] = "aceei"
    budget_perturbation: float = 0.01

    def __post_init__(self) -> None:
        if self.stage1 not in ("aceei", "tabu"):
            raise OptionError("stage1 must be 'aceei' or 'tabu'")
        Aceei(budget_perturbation=self.budget_perturbation)

    def run(
        self, instance: CourseAllocation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CourseAllocationSolution]:
        """Run the stages; a limit during stage 1 leaves its best prices to the others.

        Where time is over before everything fits, all courses are closed.
        """
        held = Held(instance, self.name, instance.initial_budgets(rng), deadline, share=_SHARE)
        shift = self.budget_perturbation
        if self.stage1 == "aceei":
            limit = find_prices(Aceei(budget_perturbation=shift), held, rng)
        else:
            limit = search_prices(Tabu(budget_perturbation=shift), held, rng)
        assert held.best is not None
        place = held.best
        stages = [_stage(instance, place.allocation, place.prices)]
        try:
            with deadline.watching():
                # Equally good bundles as in stage 1; free seats are for those who truly gain.
                demand = demand_of(place.market, deadline.flag)
                prices, bundles = _until_it_fits(demand, place)
                stages.append(_stage(instance, bundles, prices))
                if place.market is not instance:
                    demand = demand_of(instance, deadline.flag)
                bundles = _free_seats(instance, demand, prices, place.budgets, bundles, rng)
        except Interrupted:
            limit = deadline.limit or Limit.TIME
            prices = np.full(instance.n_courses, _beyond(place.budgets))
            bundles = [()] * instance.n_students
            stages[1:] = [_stage(instance, bundles, prices)]
        stages.append(_stage(instance, bundles, prices))
        solution = solved(
            instance,
            bundles,
            prices=prices,
            initial_budgets=held.initial,
            budgets=place.budgets,
            stages=stages,
            trace=held.trace,
        )
        found: Incumbent[CourseAllocationSolution] = Incumbent(method=self.name, counts=held.counts)
        found.offer(solution, 0.0 - stages[-1].error)
        found.prove(0.0, "certified")
        stopped = None if limit is Limit.ITERATIONS else limit
        return found.outcome(answered=False, limit=stopped)


def _stage(market: CourseAllocation, bundles: Bundles, prices: FloatArray) -> Stage:
    """Return what a stage left."""
    excess = excess_of(market, rows_of(bundles))
    return Stage(
        error=clearing_error(excess, prices),
        oversubscription=int(np.maximum(excess, 0).sum()),
        undersubscription=int(np.maximum(-excess, 0)[prices > 0].sum()),
    )


def _until_it_fits(demand: Demand, place: Place) -> tuple[FloatArray, Bundles]:
    """Return prices at which no course has too many students, and what is demanded there."""
    prices, bundles, excess = place.prices.copy(), place.allocation, place.excess
    top = float(place.budgets.max(initial=0.0)) * (1 + 2.0**-20)
    rises = 0
    while excess.max(initial=0) > 0:
        rises += 1
        j = int(np.argmax(excess))
        goal = int(excess[j]) // 2
        low, high = float(prices[j]), top
        found = None
        for _ in range(_HALVINGS if rises <= _MOST_RISES * len(prices) else 0):
            middle = (low + high) / 2
            prices[j] = middle
            asked = _demanded(demand, prices, place.budgets)
            if int(excess_of(place.market, rows_of(asked))[j]) <= goal:
                high, found = middle, asked
            else:
                low = middle
        prices[j] = high
        bundles = _demanded(demand, prices, place.budgets) if found is None else found
        excess = excess_of(place.market, rows_of(bundles))
    return prices, bundles


def _beyond(budgets: FloatArray) -> float:
    """Return a price that nobody can pay, with free seats in sight either."""
    return RAISE * float(budgets.max(initial=0.0)) + 1.0


def _demanded(demand: Demand, prices: FloatArray, budgets: FloatArray) -> Bundles:
    """Return everybody's demand."""
    choices = demand.within(prices, budgets, budgets)
    return [choices.courses(int(place)) for place in choices.start[:-1]]


def _free_seats(
    market: CourseAllocation,
    demand: Demand,
    prices: FloatArray,
    budgets: FloatArray,
    bundles: Bundles,
    rng: np.random.Generator,
) -> Bundles:
    """Return bundles after nobody can gain by free seats for 1.1 times its budget."""
    bundles = list(bundles)
    free = -excess_of(market, rows_of(bundles))
    money = RAISE * budgets
    dear = _beyond(budgets)
    order = rng.permutation(market.n_students)
    moved = True
    while moved:
        moved = False
        for i in order.tolist():
            open_to = free > 0
            open_to[list(bundles[i])] = True
            offered = np.where(open_to, prices, dear)
            choices = demand.within(offered, money, money, [i])
            if int(choices.utilities[0]) > utility_units(market, i, bundles[i]):
                free[list(bundles[i])] += 1
                bundles[i] = choices.courses(0)
                free[list(bundles[i])] -= 1
                moved = True
    return bundles
