"""What methods of price steps share: the market at some prices, and the best pick there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.course_allocation.demand import Choices, Demand, demand_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import clearing_error, excess_of, largest_size
from eqsolve.families.course_allocation.perturbing import best_pick, envious, quick_pick
from eqsolve.families.course_allocation.ties import told_apart

__all__ = ["EF_TB", "Place", "Steps", "at_budgets", "budget_range", "used_budgets"]

EF_TB = ("none", "plain", "contested")
_GRID = 30
"""Prices are multiples of 2**-30 of the mean budget, rounded down to a power of two."""
_SLOWER = 4.0
"""By which prices move less where money alone limits bundles: demand then changes more at once."""
_PROMISING = 2.5
"""Clearing errors up to which the program is tried."""
_MOST_CHOICES = 3000
"""Bundles in all up to which the program is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The market at some prices.

    Parameters
    ----------
    market : its utilities, equal ones perhaps told apart.
    prices, budgets : shapes (m,) and (n,), as used.
    allocation : courses of each student.
    excess : shape (m,), students less seats.
    error : clearing error.
    """

    market: CourseAllocation
    prices: FloatArray
    budgets: FloatArray
    allocation: list[tuple[int, ...]]
    excess: IntArray
    error: float


class Steps:
    """Looks at a market at one price vector after the other.

    Parameters
    ----------
    market : the instance.
    initial : shape (n,), budgets before any perturbation.
    shift : budgets may move by this share of the mean budget.
    ef_tb, norm : as for `Aceei`.
    deadline : also for searches and programs.

    Attributes
    ----------
    share : of a budget, by which a price rises with an excess of one.
    most_first : the price at which all seats cost all budgets, where students may take more
        courses than there are seats for; at price 0 their excess says little.
    """

    def __init__(
        self, market: CourseAllocation, initial: FloatArray, shift: float, ef_tb: str, norm: str,
        deadline: Deadline,
    ) -> None:  # fmt: skip
        self.given = self.market = market
        self.initial, self.ef_tb, self.norm = initial, ef_tb, norm
        self.deadline = deadline
        self.low, self.high, mean = budget_range(initial, shift)
        self.grain = 2.0 ** (math.frexp(mean)[1] - _GRID)
        self.demand: Demand = demand_of(market, deadline.flag)
        self.programs = 0
        seats = float(market.capacities.mean()) if market.n_courses else 1.0
        # Where students may take more courses than there are seats for, money buys only those.
        largest = max(largest_size(market), 1)
        each = max(float(market.capacities.sum()) / max(market.n_students, 1), 1.0)
        self.share = mean / min(largest, _SLOWER * each) / max(seats, 1.0)
        self.most_first = mean / each if each < largest else math.inf

    def tell_apart(self, rng: np.random.Generator) -> None:
        """From now on let chance decide which of equally good bundles students take."""
        apart = told_apart(self.given, rng)
        if apart is not self.market:
            self.market, self.demand = apart, demand_of(apart, self.deadline.flag)

    def rounded(self, prices: FloatArray) -> FloatArray:
        """Return prices on the grid, none below 0."""
        found: FloatArray = self.grain * np.rint(np.maximum(prices, 0.0) / self.grain)
        return found

    def closed(self) -> Place:
        """Return the market at prices beyond all budgets, where nobody gets anything."""
        m, n = self.market.n_courses, self.market.n_students
        prices = np.full(m, float(self.high.max(initial=0.0)) + 1.0)
        excess = -self.market.capacities
        error = clearing_error(excess, prices)
        return Place(self.market, prices, np.array(self.initial), [()] * n, excess, error)

    def at(self, prices: FloatArray, *, thorough: bool = False) -> Place:
        """Return the market at prices on the grid, with the budgets that clear it best.

        Parameters
        ----------
        thorough : whether a program is worth its time.
        """
        market, seats = self.market, self.market.capacities
        choices = self.demand.within(prices, self.low, self.high)
        free = prices == 0
        start = at_budgets(choices, self.initial)
        pick = quick_pick(choices, seats, free, start, self.norm)
        forbidden: list[tuple[int, int]] = []
        if self.ef_tb != "none":
            extra = np.flatnonzero(free).tolist() if self.ef_tb == "contested" else []
            forbidden = envious(market, self.demand, choices, self.initial, extra)
        held = set(pick.tolist())
        broken = any(one in held and other in held for one, other in forbidden)
        error = clearing_error(excess_of(market, choices.rows[pick]), prices)
        few = len(start) < len(choices.rows) <= _MOST_CHOICES
        if (0 < error <= _PROMISING and few and (thorough or broken)) or (broken and error == 0):
            self.programs += 1
            better = best_pick(choices, seats, free, pick, self.norm, self.deadline, forbidden)
            if better is not None:
                pick, broken = better, False
        low, high = self.low, self.high
        if broken:  # nobody envies the poorer where budgets are what they were (CRS-3)
            low = high = self.initial  # what is demanded there may have been left out above
            choices = self.demand.within(prices, low, high)
            pick = choices.start[:-1]
        excess = excess_of(market, choices.rows[pick])
        return Place(
            market,
            prices,
            used_budgets(choices, pick, self.initial, low, high),
            [choices.courses(place) for place in pick.tolist()],
            excess,
            clearing_error(excess, prices),
        )


def budget_range(initial: FloatArray, shift: float) -> tuple[FloatArray, FloatArray, float]:
    """Return the least and greatest budgets of a perturbation, and the mean budget."""
    mean = float(initial.mean()) if len(initial) else 1.0
    return np.maximum(initial - shift * mean, 0.0), initial + shift * mean, mean


def at_budgets(choices: Choices, budgets: FloatArray) -> IntArray:
    """Return the places of what students demand at given budgets within the range.

    Where so many bundles are demanded above that this one was left out, the last one known.
    """
    affordable = choices.costs <= np.repeat(budgets, np.diff(choices.start))
    places = np.where(affordable, np.arange(len(choices.costs)), len(choices.costs))
    if not len(budgets):
        return places
    return np.minimum(np.minimum.reduceat(places, choices.start[:-1]), choices.start[1:] - 1)


def used_budgets(
    choices: Choices, pick: IntArray, initial: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Return budgets at which what was picked is demanded: the initial one where it is.

    Else the middle of those in the range, away from the prices at which demand changes.
    """
    costs = np.append(choices.costs, 0.0)
    first = pick == choices.start[:-1]
    top = np.where(first, high, costs[pick - 1])
    bottom = np.maximum(costs[pick], low)
    fits = (costs[pick] <= initial) & (first | (initial < top))
    used: FloatArray = np.where(fits, initial, (bottom + top) / 2)
    return used
