"""Preferences in whole units, so that sums and ties are exact and do not depend on their order.

Where values, adjustments and bonuses are decimals of few digits, the unit is a power of ten and
nothing is rounded. Otherwise each term is rounded to a grid of 2**-45 of the largest, far below
every tolerance. Credits are decimals, too: their unit is exact, or the instance is refused.
Cost O(size of the instance), kept for the instances asked about last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.bid_table import exact
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.reading import Group
from eqsolve.families.course_allocation.wishes import Wishes

__all__ = ["Units", "units_of"]

_DIGITS = 9
"""Decimals that are looked for."""
_ROOM = 2**52
"""Sums of units stay below, where floats still hold every whole number."""
_GRID = 45


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The preferences of an instance in whole units.

    Parameters
    ----------
    wishes : the arrays.
    one : how many units make one unit of utility.
    exact : whether nothing was rounded.
    largest : most courses that a permissible bundle can have by limits and credits.
    """

    wishes: Wishes
    one: float
    exact: bool
    largest: int

    def amount(self, units: int) -> float:
        """Return a number of units in the instance's own units."""
        return float(units) / self.one

    def bundle(self, courses: object) -> IntArray:
        """Return courses as a row for kernels."""
        row = np.full(max(self.wishes.values.shape[1], 1), -1, dtype=np.int64)
        found = sorted(courses)  # type: ignore[call-overload]  # any iterable of courses
        row[: len(found)] = found
        return row


@lru_cache(maxsize=8)
def units_of(market: CourseAllocation) -> Units:
    """Return the preferences of an instance in whole units."""
    n, m = market.values.shape
    deltas = np.array([d for own in market.adjustments for _, _, d in own], dtype=np.float64)
    bonuses = np.array([b for own in market.groups for g in own for b in g.bonus], dtype=np.float64)
    values = market.values.astype(np.float64)
    reach = _reach(market, values)
    digits = [_digits(part) for part in (values, deltas, bonuses)]
    one, is_exact = 1.0, False
    if None not in digits:
        of_values, of_deltas, of_bonuses = (d or 0 for d in digits)
        one = 10.0 ** max(of_values + of_bonuses, of_deltas)
        is_exact = reach * one < _ROOM
    if not is_exact:
        one = 2.0 ** (_GRID - math.frexp(max(reach, 1e-300))[1])
    pair = [(i * m + a, b, d) for i, own in enumerate(market.adjustments) for a, b, d in own]
    pair += [(i * m + b, a, d) for i, own in enumerate(market.adjustments) for a, b, d in own]
    pair.sort()
    places = np.array([p for p, _, _ in pair], dtype=np.int64)
    groups = [(i, g) for i, own in enumerate(market.groups) for g in own]
    sizes = np.array([len(g.courses) for _, g in groups], dtype=np.int64)
    member = sorted(
        (i * m + j, number, place)
        for number, (i, g) in enumerate(groups)
        for place, j in enumerate(g.courses)
    )
    held = np.array([p for p, _, _ in member], dtype=np.int64)
    clash = np.zeros((m, m), dtype=bool)
    clash[market.conflicts[:, 0], market.conflicts[:, 1]] = True
    load, most = _credit_units(market)
    wishes = Wishes(
        values=np.rint(values * one).astype(np.int64),
        allowed=market.allowed.copy(),
        limit=np.minimum(market.max_courses, m),
        credits=load,
        max_credits=most,
        clash=clash | clash.T,
        pair_start=np.searchsorted(places, np.arange(n * m + 1)),
        pair_other=np.array([b for _, b, _ in pair], dtype=np.int64),
        pair_delta=np.rint(np.array([d for _, _, d in pair]) * one).astype(np.int64),
        in_start=np.searchsorted(held, np.arange(n * m + 1)),
        in_group=np.array([g for _, g, _ in member], dtype=np.int64),
        in_place=np.array([place for _, _, place in member], dtype=np.int64),
        group_start=_starts(sizes),
        group_courses=np.array([j for _, g in groups for j in g.courses], dtype=np.int64),
        gain_start=_starts(sizes**2),
        gain=_gains(groups, values, one, digits if is_exact else None),
        student_groups=_starts(np.array([len(own) for own in market.groups], dtype=np.int64)),
    )
    return Units(wishes, one, is_exact, _largest(wishes))


def _gains(
    groups: list[tuple[int, Group]],
    values: FloatArray,
    one: float,
    digits: list[int | None] | None,
) -> IntArray:
    """Return what each course of a group brings with 1, 2, ... of them, in units.

    Parameters
    ----------
    digits : decimals of values, adjustments and bonuses; None where products are rounded.
    """
    found = [np.zeros(0, dtype=np.int64)]
    for i, group in groups:
        own, bonus = values[i, list(group.courses)], np.array(group.bonus)
        if digits is None:
            found.append(np.rint(np.outer(bonus, own) * one).astype(np.int64).ravel())
            continue
        of_values, of_bonuses = 10.0 ** (digits[0] or 0), 10.0 ** (digits[2] or 0)
        whole = np.outer(np.rint(bonus * of_bonuses), np.rint(own * of_values)).astype(np.int64)
        found.append((whole * int(one / (of_values * of_bonuses))).ravel())
    return np.concatenate(found)


def _starts(sizes: IntArray) -> IntArray:
    """Return where each part begins, and the end."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _digits(numbers: FloatArray) -> int | None:
    """Return how many decimals the numbers have, or None beyond `_DIGITS`."""
    for digits in range(_DIGITS + 1):
        one = 10.0**digits
        if (np.abs(numbers) * one < _ROOM).all() and (
            np.rint(numbers * one) / one == numbers
        ).all():
            return digits
    return None


def _reach(market: CourseAllocation, values: FloatArray) -> float:
    """Return a bound on the absolute utility of any bundle to anybody."""
    most = 0.0
    for alone, pairs, groups in zip(
        values.sum(axis=1).tolist(), market.adjustments, market.groups, strict=True
    ):
        factor = 1 + sum(max(map(abs, group.bonus), default=0.0) for group in groups)
        most = max(most, alone * factor + sum(abs(delta) for _, _, delta in pairs))
    return most


def _credit_units(market: CourseAllocation) -> tuple[IntArray, IntArray]:
    """Return credits and limits on them in a unit of which all credits are whole multiples."""
    if not np.isfinite(market.max_credits).any():
        m, n = market.n_courses, market.n_students
        return np.zeros(m, dtype=np.int64), np.zeros(n, dtype=np.int64)
    exactly = [exact(credit) for credit in market.credits.tolist()]
    one = math.lcm(*(credit.denominator for credit in exactly)) if exactly else 1
    whole = [int(credit * one) for credit in exactly]
    top = sum(whole)
    limits = [min(math.floor(exact(limit) * one), top) for limit in market.max_credits.tolist()]
    return np.array(whole, dtype=np.int64), np.array(limits, dtype=np.int64)


def _largest(wishes: Wishes) -> int:
    """Return how many courses a bundle can have at most, conflicts apart."""
    most = 0
    for limit in set(zip(wishes.limit.tolist(), wishes.max_credits.tolist(), strict=True)):
        fitting = int((np.cumsum(np.sort(wishes.credits)) <= limit[1]).sum())
        most = max(most, min(limit[0], fitting))
    return most
