"""Reports with mistakes: the model of `instance.noise`, student by student.

O(courses + pairs in groups) a student, most of it for making its stream of random numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.instance import (
    CourseElicitation,
    Noise,
    Pair,
    with_utilities,
)

__all__ = ["reports_of", "stream"]


def stream(seed: int, *key: int) -> np.random.Generator:
    """Return the random numbers of a seed under a key."""
    source = np.random.SeedSequence(seed, spawn_key=key)
    return np.random.Generator(np.random.Philox(source))


def reports_of(plan: CourseElicitation) -> CourseAllocation:
    """Return what students report, as a market of its own.

    Parameters
    ----------
    plan : with noise, or with reports that are given.

    Examples
    --------
    >>> market = {"values": [[50, 30, 20]], "capacities": [1, 1, 1]}
    >>> forgets = {"forget_base": 0.34, "base_sd": 0}
    >>> forgets |= {"forget_adjustments": 0, "adjustment_spread": 0}
    >>> reports_of(CourseElicitation(market, noise=forgets, queries=0)).values.tolist()
    [[50, 30, 0]]
    """
    if plan.reports is not None:
        return plan.reports
    assert plan.noise is not None
    market = plan.market
    values = np.zeros(market.values.shape)
    pairs: list[list[Pair]] = []
    for i in range(market.n_students):
        values[i], own = _report(market, i, plan.noise, stream(plan.seed, 0, i))
        pairs.append(own)
    return with_utilities(market, values, pairs)


def _report(
    market: CourseAllocation, i: int, noise: Noise, rng: np.random.Generator
) -> tuple[FloatArray, list[Pair]]:
    """Return the values and pairs that one student reports."""
    alone = _alone(market, i) + noise.base_sd * rng.standard_normal(market.n_courses)
    values = np.where(market.allowed[i], np.maximum(alone, 0.0), 0.0)
    courses = np.flatnonzero(market.allowed[i])
    many = math.floor(noise.forget_base * len(courses) + rng.random())
    lowest = np.argsort(values[courses], kind="stable")[: min(many, len(courses))]
    forgotten = {int(courses[place]) for place in lowest}
    values[list(forgotten)] = 0.0
    said: dict[tuple[int, int], float] = {}
    for members, step, absolute in _bonds(market, i):
        kept = [j for j in members if rng.random() >= noise.forget_adjustments]
        kept = [j for j in kept if j not in forgotten and market.allowed[i, j]]
        for a, b in combinations(kept, 2):
            factor = 1.0 + noise.adjustment_spread * (2.0 * rng.random() - 1.0)
            base = 1.0 if absolute else float(values[a] + values[b])
            said[a, b] = said.get((a, b), 0.0) + step * factor * base
    return values, [(a, b, delta) for (a, b), delta in sorted(said.items())]


def _alone(market: CourseAllocation, i: int) -> FloatArray:
    """Return what each course is worth to a student without others."""
    factor = np.ones(market.n_courses)
    for group in market.groups[i]:
        if group.courses:
            factor[list(group.courses)] += group.bonus[0]
    alone: FloatArray = market.values[i] * factor
    return alone


def _bonds(market: CourseAllocation, i: int) -> Iterator[tuple[Sequence[int], float, bool]]:
    """Yield courses that go together, their first increment, and whether it is an amount."""
    for group in market.groups[i]:
        if len(group.courses) > 1:
            yield group.courses, group.bonus[1] - group.bonus[0], False
    for a, b, delta in market.adjustments[i]:
        yield (a, b), delta, True
