"""Equal utilities told apart at random, so that students who want the same need not all move.

A student between two equally good bundles takes the cheaper one, so that many may change sides
together however little a price moves, and no prices clear the market. Values that are raised by
less than the least difference of utilities, a little more or less for each student and course,
leave every most preferred bundle most preferred by the true ones, though not always the cheapest.
O(students times courses).
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.families.course_allocation.instance import CourseAllocation, with_utilities
from eqsolve.families.course_allocation.reading import Group
from eqsolve.families.course_allocation.units import units_of

__all__ = ["told_apart"]

_LEVELS = 100
"""Different amounts by which values are raised."""


def told_apart(market: CourseAllocation, rng: np.random.Generator) -> CourseAllocation:
    """Return the market with equal utilities told apart, or as it is where nothing can be equal.

    Parameters
    ----------
    market : utilities that are no decimals of few digits are not equal but by chance.
    rng : decides which of equally good bundles is taken.

    Examples
    --------
    >>> market = CourseAllocation([[3, 3, 0]], [1, 1, 1], max_courses=1)
    >>> values = told_apart(market, np.random.default_rng(0)).values[0].tolist()
    >>> 3 < values[0] < 4 and 3 < values[1] < 4 and values[0] != values[1], values[2]
    (True, 0.0)
    """
    units = units_of(market)
    if not units.exact:
        return market
    factor = 1.0 + max((_most_bonus(own) for own in market.groups), default=0.0)
    digits = math.ceil(math.log10(units.one * max(units.largest, 1) * factor * _LEVELS))
    more = rng.integers(1, _LEVELS, market.values.shape) * 10.0**-digits
    values = np.where(market.values > 0, np.round(market.values + more, digits), 0.0)
    apart = with_utilities(market, values, market.adjustments, market.groups)
    return apart if units_of(apart).exact else market


def _most_bonus(groups: tuple[Group, ...]) -> float:
    """Return a bound on what groups add to a value, as a share of it."""
    return sum(max(map(abs, group.bonus), default=0.0) for group in groups)
