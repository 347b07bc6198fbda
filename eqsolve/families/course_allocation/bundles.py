"""The permissible bundles of a market, listed once for all students, and what each is worth.

O(number of bundles) for the list (25 courses, at most 5 each: 68,405; with 45 conflicts some
14,000) and that times the number of students for utilities. `count_at_most` tells beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.units import Units, units_of
from eqsolve.families.course_allocation.wishes import Lists

__all__ = ["MOST_ENTRIES", "Bundles", "bundles_of", "count_at_most"]

MOST_ENTRIES = 30_000_000
"""Bundles times students that are listed; beyond, demand is searched for."""
_FIRST = 1 << 12


@dataclass(frozen=True, slots=True, eq=False)
class Bundles:
    """Every bundle but the empty one that the limits of the most privileged student admit.

    Parameters
    ----------
    rows : shape (B, k), courses of each bundle, rising, -1 behind the last; lexicographic order.
    sizes : shape (B,).
    utilities : shape (n, B), units, `FORBIDDEN` where a student may not take a bundle.
    lists : the same by student, best first, only what is worth more than nothing.
    units : what a unit is.
    """

    rows: IntArray
    sizes: IntArray
    utilities: IntArray
    lists: Lists
    units: Units


def count_at_most(market: CourseAllocation) -> int:
    """Return an upper bound on the number of bundles, conflicts apart.

    Examples
    --------
    >>> count_at_most(CourseAllocation([[1] * 25], [1] * 25, max_courses=5))
    68405
    """
    m, k = market.n_courses, units_of(market).largest
    return sum(comb(m, size) for size in range(1, k + 1))


@lru_cache(maxsize=2)
def bundles_of(market: CourseAllocation) -> Bundles:
    """Return the bundles of a market, with utilities.

    Notes
    -----
    Cost O(B n k). Source: Budish, Gao, Othman, Rubinstein and Zhang (2023).

    Examples
    --------
    >>> found = bundles_of(CourseAllocation([[3, 2, 1]], [1, 1, 1], conflicts=[[0, 1]]))
    >>> found.rows.tolist(), found.utilities.tolist()
    ([[0, -1], [0, 2], [1, -1], [1, 2], [2, -1]], [[3, 4, 2, 3, 1]])
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.kernels.listing import fill_bundles
    from eqsolve.families.course_allocation.kernels.wishes import table_of_utilities

    units = units_of(market)
    wishes = units.wishes
    n, m = wishes.values.shape
    limit = int(wishes.limit.max(initial=0))
    most = int(wishes.max_credits.max(initial=0))
    width = max(units.largest, 1)
    bound = count_at_most(market)
    height = min(bound, _FIRST)
    while True:
        rows = np.full((height, width), -1, dtype=np.int64)
        work = np.zeros(width + 1, dtype=np.int64)
        count = fitting(fill_bundles, float(height * width))(wishes, limit, most, rows, work)
        if count <= height:
            break
        height = min(bound, 8 * height)
    rows = rows[:count]
    sizes = (rows >= 0).sum(axis=1)
    rows = np.ascontiguousarray(rows[:, : max(int(sizes.max(initial=0)), 1)])
    table = np.empty((n, count), dtype=np.int64)
    load = np.where(rows >= 0, wishes.credits[rows], 0).sum(axis=1) if m else sizes
    loads = np.column_stack([sizes, load])
    inside = np.zeros(len(wishes.group_start), dtype=np.int64)
    fitting(table_of_utilities, float(n * count * width))(wishes, rows, loads, inside, table)
    return Bundles(rows, sizes, table, _best_first(table), units)


def _best_first(table: IntArray) -> Lists:
    """Return each student's bundles, best first."""
    orders = []
    for row in table:
        good = np.flatnonzero(row > 0)
        worth, size = row[good], len(row)
        if worth.max(initial=0) < 2**62 // max(size, 1):  # one sort of numbers is quicker
            orders.append(np.sort(good - worth * size) % size)
        else:
            orders.append(good[np.argsort(-worth, kind="stable")])
    start = np.cumsum([0, *(len(order) for order in orders)])
    empty = [np.zeros(0, dtype=np.int64)]
    bundles = np.concatenate(orders or empty)
    student = np.repeat(np.arange(len(table)), np.diff(start))
    return Lists(start, bundles, table[student, bundles])
