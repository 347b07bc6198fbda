"""The verifier's own search for a bundle that a student would rather have.

Branch and bound with a sum that no bundle exceeds: each course counts with its value, times one
plus the best bonus of each of its groups, and with half of its positive adjustments. Where money is
short, a price of money lambda (the best of some) joins: what is left counts at most
``sum of (top - lambda price) + lambda (money left)``. Utilities are floats, added up anew for every
bundle. Exponential at worst; the number of nodes is limited, and reaching the limit is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.instance import CourseAllocation

__all__ = [
    "CREDIT_SLACK",
    "MOST_NODES",
    "Student",
    "clashes_of",
    "find_better",
    "price_of_money",
    "student_of",
    "utility_to",
]

MOST_NODES = 20_000_000
"""Nodes of one search."""
CREDIT_SLACK = 1e-12
"""Sums of decimal credits may miss by this share."""


class Student(NamedTuple):
    """One student's preferences and rules, as floats.

    Parameters
    ----------
    value, tops : shape (m,); `tops` add up to at least what any bundle is worth.
    allowed : shape (m,).
    delta : shape (m, m), adjustments; empty where there are none.
    member : shape (g, m), which courses are in which group.
    bonus : shape (g, s + 1), by how many courses of the group are taken.
    limit, max_credits : of bundles.
    """

    value: FloatArray
    tops: FloatArray
    allowed: BoolArray
    delta: FloatArray
    member: BoolArray
    bonus: FloatArray
    limit: int
    max_credits: float


def student_of(market: CourseAllocation, i: int) -> Student:
    """Return student i as arrays: O(m**2) where it has adjustments, else O(m)."""
    m = market.n_courses
    value = market.values[i].astype(np.float64)
    pairs, groups = market.adjustments[i], market.groups[i]
    delta = np.zeros((m, m) if pairs else (0, 0))
    tops = value.copy()
    for a, b, change in pairs:
        delta[a, b] = delta[b, a] = change
    if pairs:
        tops += np.maximum(delta, 0).sum(axis=1) / 2
    most = max([0, *(len(group.courses) for group in groups)])
    member = np.zeros((len(groups), m), dtype=bool)
    bonus = np.zeros((len(groups), most + 1))
    for g, group in enumerate(groups):
        member[g, list(group.courses)] = True
        bonus[g, 1 : len(group.bonus) + 1] = group.bonus
        tops[list(group.courses)] += max([0.0, *group.bonus]) * value[list(group.courses)]
    return Student(
        value,
        tops,
        market.allowed[i].copy(),
        delta,
        member,
        bonus,
        int(market.max_courses[i]),
        float(market.max_credits[i]),
    )


def clashes_of(market: CourseAllocation) -> BoolArray:
    """Return which courses conflict, shape (m, m)."""
    clash = np.zeros((market.n_courses, market.n_courses), dtype=bool)
    clash[market.conflicts[:, 0], market.conflicts[:, 1]] = True
    return clash | clash.T


def utility_to(student: Student, courses: Iterable[int]) -> float:
    """Return the utility of a bundle, by the definition."""
    bundle = list(courses)
    total = math.fsum(student.value[bundle].tolist())
    if len(student.delta):
        total += math.fsum(student.delta[a, b] for a, b in combinations(bundle, 2))
    for member, bonus in zip(student.member, student.bonus, strict=True):
        inside = [j for j in bundle if member[j]]
        total += bonus[len(inside)] * math.fsum(student.value[inside].tolist())
    return float(total)


def price_of_money(tops: FloatArray, prices: FloatArray, limit: int, budget: float) -> float:
    """Return the price of money whose bound is least, of those where two courses change places."""
    if not np.isfinite(budget) or not prices.any():
        return 0.0
    best, chosen = np.inf, 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.where(prices > 0, tops / prices, 0.0)
    low, high = 0.0, float(ends.max(initial=0.0))
    for _ in range(20):  # the bound is convex in the price of money
        one, other = (2 * low + high) / 3, (low + 2 * high) / 3
        values = []
        for money in (one, other):
            gains = np.sort(np.maximum(tops - money * prices, 0.0))[::-1]
            values.append(float(gains[:limit].sum()) + money * budget)
            if values[-1] < best:
                best, chosen = values[-1], money
        low, high = (low, other) if values[0] <= values[1] else (one, high)
    return chosen


def find_better(
    student: Student,
    clash: BoolArray,
    credits: FloatArray,
    courses: IntArray,
    prices: FloatArray,
    budget: float,
    target: float,
    money: float | None = None,
) -> tuple[list[int], bool]:
    """Return the best bundle of some courses that is worth more than `target`, or an empty one.

    Parameters
    ----------
    courses : what it may be made of.
    budget : what it may cost; infinite where money plays no part.
    money : price of money of the bound, whose proof is right whatever it is; None: a good one.

    Returns
    -------
    bundle : courses, rising; empty where there is none.
    complete : whether the search came to its end.
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.verify.kernels.walks import better_bundle

    usable = courses[student.allowed[courses]]
    if money is None:
        money = price_of_money(student.tops[usable], prices[usable], student.limit, budget)
    gain = student.tops[usable] - money * prices[usable]
    order = np.argsort(-gain, kind="stable")
    reduced = np.concatenate([[0.0], np.cumsum(np.maximum(gain[order], 0.0))])
    work = np.zeros((2, len(student.value) + 1), dtype=np.int64)
    best = np.full(max(len(usable), 1), -1, dtype=np.int64)
    work[0] = -1
    step = fitting(better_bundle, float(len(usable)) ** 3)
    left = step(
        student, clash, credits, usable[order], reduced, prices, money, budget, target,
        work, best, MOST_NODES,
    )  # fmt: skip
    return sorted(j for j in best.tolist() if j >= 0), left >= 0
