"""Which bundles students can be made to take: the options of each, and prices that support them.

Prices p >= 0 and budgets within their range support an allocation if everybody can pay for its
bundle and nothing that it would rather have: a linear program, in which the margin of the second
kind of row is made as large as it can be. Ties of utility are free: either bundle may be taken.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import clearing_error
from eqsolve.families.course_allocation.methods.stepping import Place

__all__ = ["MARGIN", "Options", "money_unit", "options_of", "place_at", "supported"]

MARGIN = 1e-5
"""By how much, in units of the mean budget, a better bundle must be out of reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """What one student may want.

    Parameters
    ----------
    taken : shape (r, m), bundles worth more than nothing and the empty one, as 0 and 1.
    utilities : shape (r,), units.
    """

    taken: IntArray
    utilities: IntArray


def money_unit(mean: float) -> float:
    """Return the power of two next to the mean budget: programs count money in it.

    Solvers tell zero from what is small by fixed tolerances, which fit numbers near 1.
    """
    return 2.0 ** round(math.log2(mean))


def options_of(market: CourseAllocation) -> list[Options]:
    """Return the options of every student, the empty bundle last."""
    found = bundles_of(market)
    m = market.n_courses
    table = np.zeros((len(found.rows) + 1, m), dtype=np.int64)
    at, column = np.nonzero(found.rows >= 0)
    table[at, found.rows[at, column]] = 1
    options = []
    for worths in found.utilities:
        good = np.flatnonzero(worths > 0)
        options.append(Options(table[np.append(good, len(found.rows))], np.append(worths[good], 0)))
    return options


def supported(
    market: CourseAllocation,
    options: Sequence[Options],
    chosen: Sequence[int],
    zero: IntArray,
    low: FloatArray,
    high: FloatArray,
    deadline: Deadline,
) -> tuple[FloatArray, FloatArray, float] | Limit | None:
    """Return prices, budgets and the margin by which they support a choice; None if nothing does.

    A limit where one was hit first.

    Parameters
    ----------
    chosen : shape (n,), an option of each student.
    zero : courses whose price is 0.
    low, high : shape (n,), ranges of budgets, in units in which they are near 1.
    """
    from eqsolve.algorithms.programs.answer import Infeasible, Solved, Stopped
    from eqsolve.algorithms.programs.linear import maximize_linear
    from eqsolve.algorithms.programs.rows import Rows

    n, m = market.n_students, market.n_courses
    rows = Rows(m + n + 1)
    margin = m + n
    rows.at_most([1.0], (0, margin, 1.0))
    for i, (own, pick) in enumerate(zip(options, chosen, strict=True)):
        bundle = np.flatnonzero(own.taken[pick])
        rows.at_most([low[i]], (0, bundle, 1.0), (0, m + i, -1.0))
        rows.at_most([high[i] - low[i]], (0, m + i, 1.0))
        better = own.taken[own.utilities > own.utilities[pick]]
        if len(better):
            at, course = np.nonzero(better)
            place = np.arange(len(better))
            rows.at_most(
                np.full(len(better), -low[i]),
                (at, course, -1.0),
                (place, m + i, 1.0),
                (place, margin, 1.0),
            )
    if len(zero):
        rows.at_most(np.zeros(len(zero)), (np.arange(len(zero)), zero, 1.0))
    objective = np.zeros(m + n + 1)
    objective[margin] = 1.0
    answer = maximize_linear(objective, rows.matrix(), rows.right(), deadline)
    if isinstance(answer, Infeasible):
        return None
    if isinstance(answer, Stopped):
        return answer.limit
    if not isinstance(answer, Solved):
        raise BackendError(f"no supporting prices: {answer}")
    prices = np.maximum(answer.values[:m], 0.0)
    prices[prices < 1e-9] = 0.0
    budgets = _between(options, chosen, prices, low, high)
    return prices, budgets, float(answer.values[margin])


def _between(
    options: Sequence[Options],
    chosen: Sequence[int],
    prices: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Return budgets in the middle of what admits the bundle and nothing better."""
    budgets = np.empty(len(options))
    for i, (own, pick) in enumerate(zip(options, chosen, strict=True)):
        cost = float(own.taken[pick] @ prices)
        better = own.taken[own.utilities > own.utilities[pick]]
        dearer = float((better @ prices).min(initial=np.inf))
        middle, bottom = (low[i] + high[i]) / 2, max(cost, float(low[i]))
        top = min(dearer, float(high[i]))
        budgets[i] = middle if bottom <= middle < top else (bottom + top) / 2
    return budgets


def place_at(
    market: CourseAllocation,
    options: Sequence[Options],
    chosen: Sequence[int],
    prices: FloatArray,
    budgets: FloatArray,
) -> Place:
    """Return the market where everybody takes a chosen option at supporting prices."""
    taken = [own.taken[pick] for own, pick in zip(options, chosen, strict=True)]
    excess = np.array(taken, dtype=np.int64).reshape(len(taken), market.n_courses).sum(axis=0)
    excess = excess - market.capacities
    bundles = [tuple(np.flatnonzero(row).tolist()) for row in taken]
    return Place(market, prices, budgets, bundles, excess, clearing_error(excess, prices))
