"""Everything that follows from an allocation, with prices and budgets where there are any.

Excess, clearing error and its bound (CRS-1), utilities, envy, envy up to one course (CRS-4) and
beside the order of initial budgets (CRS-8), and the certificate of maximin shares (CRS-6): computed
in one place for all methods. O(n**2 2**k) at worst, much less where few envy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution, Envy, Stage
from eqsolve.families.course_allocation.units import units_of

__all__ = [
    "clearing_bound", "clearing_error", "envy_of", "excess_of", "largest_size", "rows_of",
    "solved", "tops_of", "utilities_of", "utility", "utility_units",
]  # fmt: skip


def utility(market: CourseAllocation, i: int, bundle: Iterable[int]) -> float:
    """Return what a bundle is worth to student i, permissible or not.

    Examples
    --------
    >>> market = CourseAllocation([[5, 3, 1]], [1, 1, 1], adjustments=[[[0, 1, -2.5]]])
    >>> utility(market, 0, [0, 1]), utility(market, 0, [])
    (5.5, 0.0)
    """
    return units_of(market).amount(utility_units(market, i, bundle))


def utility_units(market: CourseAllocation, i: int, bundle: Iterable[int]) -> int:
    """Return what a bundle is worth to student i, in whole units."""
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.wishes import worth

    row = rows_of([tuple(sorted(bundle))])
    return int(fitting(worth, float(row.size**2))(units_of(market).wishes, i, row[0]))


def rows_of(allocation: Sequence[Iterable[int]]) -> IntArray:
    """Return bundles as rows for kernels: rising, with -1 behind the last."""
    bundles = [sorted(bundle) for bundle in allocation]
    width = max([1, *map(len, bundles)])
    rows = np.full((len(bundles), width), -1, dtype=np.int64)
    for i, bundle in enumerate(bundles):
        rows[i, : len(bundle)] = bundle
    return rows


def utilities_of(market: CourseAllocation, rows: IntArray) -> IntArray:
    """Return the utility of each student's own bundle, in units."""
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.wishes import worth

    wishes = units_of(market).wishes
    step = fitting(worth, float(rows.size * rows.shape[1]))
    return np.array([step(wishes, i, row) for i, row in enumerate(rows)], dtype=np.int64)


def excess_of(market: CourseAllocation, rows: IntArray) -> IntArray:
    """Return students less seats, by course."""
    taken = np.bincount(rows[rows >= 0], minlength=market.n_courses)
    return taken - market.capacities


def clearing_error(excess: IntArray, prices: FloatArray) -> float:
    """Return the norm of the excess, at price 0 of its positive part.

    Examples
    --------
    >>> clearing_error(np.array([2, -1, -7]), np.array([0.5, 0.1, 0.0]))
    2.23606797749979
    """
    return math.sqrt(int((counted(excess, prices) ** 2).sum()))


def counted(excess: IntArray, prices: FloatArray) -> IntArray:
    """Return the excess that counts: all of it where the price is positive, else what is too much.

    Examples
    --------
    >>> counted(np.array([2, -1, -7]), np.array([0.5, 0.1, 0.0])).tolist()
    [2, -1, 0]
    """
    return np.where(prices > 0, excess, np.maximum(excess, 0))


@lru_cache(maxsize=8)
def largest_size(market: CourseAllocation) -> int:
    """Return the number of courses of the largest permissible bundle of anybody, k."""
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.envying import largest_bundle

    units = units_of(market)
    wishes = units.wishes
    m = market.n_courses
    work = np.zeros((2, m + 1), dtype=np.int64)
    best = 0
    seen: set[tuple[bytes, int, int]] = set()
    for i in range(market.n_students):
        rules = (market.allowed[i].tobytes(), int(wishes.limit[i]), int(wishes.max_credits[i]))
        if rules not in seen:
            seen.add(rules)
            goal = min(units.largest, int(wishes.limit[i]))
            own = np.flatnonzero(market.allowed[i])
            order = own[np.argsort(wishes.credits[own], kind="stable")]
            best = fitting(largest_bundle, float(m * m))(wishes, i, best, goal, order, work)
    return int(best)


def clearing_bound(market: CourseAllocation) -> float:
    """Return the bound of CRS-1 on the least clearing error, ``sqrt(min(2k, m) m) / 2``.

    Examples
    --------
    >>> clearing_bound(CourseAllocation([[1, 1, 1, 1]], [1, 1, 1, 1], max_courses=1))
    1.4142135623730951
    """
    m = market.n_courses
    return math.sqrt(min(2 * largest_size(market), m) * m) / 2


@lru_cache(maxsize=8)
def tops_of(market: CourseAllocation) -> IntArray:
    """Return the most that each course can add to a bundle, see `fill_tops`."""
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.envying import fill_tops

    wishes = units_of(market).wishes
    tops = np.zeros(wishes.values.shape, dtype=np.int64)
    fitting(fill_tops, float(tops.size + len(wishes.pair_delta)))(wishes, tops)
    return tops


def envy_of(market: CourseAllocation, rows: IntArray) -> tuple[IntArray, BoolArray]:
    """Return what i gains by the best part of h's bundle, in units, and whether that remains.

    Returns
    -------
    gains : shape (n, n), at least 0.
    remains : shape (n, n), whether i envies h whichever one course is left out.

    Notes
    -----
    O(n**2 2**k) at worst. Source: Budish (2011).
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.envying import fill_envy

    wishes = units_of(market).wishes
    n, width = rows.shape
    own = utilities_of(market, rows)
    gains = np.zeros((n, n), dtype=np.int64)
    remains = np.zeros((n, n), dtype=bool)
    work = np.zeros((2, width + 1), dtype=np.int64)
    steps = float(n * n * width)
    fitting(fill_envy, steps)(wishes, tops_of(market), rows, own, gains, remains, work)
    return gains, remains


def solved(
    market: CourseAllocation,
    allocation: Sequence[Iterable[int]],
    *,
    prices: FloatArray | None = None,
    initial_budgets: FloatArray | None = None,
    budgets: FloatArray | None = None,
    mechanism: str | None = None,
    order: Iterable[int] | None = None,
    stages: Sequence[Stage] | None = None,
    trace: Iterable[float] | None = None,
) -> CourseAllocationSolution:
    """Return the solution that an allocation makes, with all that follows from it.

    Parameters
    ----------
    market : the instance.
    allocation : courses of each student.
    prices, initial_budgets, budgets : of an equilibrium; all or none.
    mechanism, order : of a mechanism without prices; the order where students choose in one.
    stages, trace : as in `CourseAllocationSolution`.

    Notes
    -----
    Cost: that of `envy_of`. Source: Budish (2011).
    """
    units = units_of(market)
    rows = rows_of(allocation)
    excess = excess_of(market, rows)
    own = utilities_of(market, rows).tolist()
    gains, remains = envy_of(market, rows)
    more: dict[str, object] = {}
    against = None
    if prices is not None and budgets is not None and initial_budgets is not None:
        error, bound = clearing_error(excess, prices), clearing_bound(market)
        richer = initial_budgets[:, None] > initial_budgets[None, :]
        against = int(((gains > 0) & richer).sum())
        spent = float(prices @ market.capacities)
        more = {
            "prices": tuple(prices.tolist()),
            "initial_budgets": tuple(initial_budgets.tolist()),
            "budgets": tuple(budgets.tolist()),
            "perturbation": float(np.abs(budgets - initial_budgets).max(initial=0.0)),
            "clearing_error": error,
            "clearing_bound": bound,
            "above_bound": error > bound * (1 + 1e-12),
            "maximin_certified": tuple(
                spent < (market.n_students + 1) * budget for budget in budgets.tolist()
            ),
        }
    return CourseAllocationSolution(
        allocation=tuple(tuple(sorted(bundle)) for bundle in allocation),
        excess=tuple(excess.tolist()),
        oversubscribed=int(np.maximum(excess, 0).sum()),
        utilities=tuple(units.amount(u) for u in own),
        welfare=units.amount(sum(own)),
        least_utility=units.amount(min(own)) if own else None,
        envy=Envy(
            pairs=int((gains > 0).sum()),
            worst=units.amount(int(gains.max(initial=0))),
            ef1_violations=int(remains.sum()),
            ef_tb_violations=against,
        ),
        mechanism=mechanism,
        order=None if order is None else tuple(order),
        stages=None if stages is None else tuple(stages),
        trace=None if trace is None else tuple(trace),
        **more,  # type: ignore[arg-type]  # the fields of equilibria
    )
