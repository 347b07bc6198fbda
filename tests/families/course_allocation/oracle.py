"""Brute force from the definition: bundles as sets, utilities as fractions, nothing shared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any


def decimal(number: Any) -> Fraction:
    return Fraction(str(number))


def utility(market: Any, i: int, bundle: Any) -> Fraction:
    """Return what a set of courses is worth to student i."""
    inside = set(bundle)
    total = sum((decimal(market.values[i, j].item()) for j in inside), Fraction(0))
    for a, b, delta in market.adjustments[i]:
        if {a, b} <= inside:
            total += decimal(delta)
    for group in market.groups[i]:
        taken = inside & set(group.courses)
        if taken:
            worth = sum(decimal(market.values[i, j].item()) for j in taken)
            total += decimal(group.bonus[len(taken) - 1]) * worth
    return total


def permissible(market: Any, i: int, bundle: Any) -> bool:
    inside = set(bundle)
    load = sum((decimal(market.credits[j].item()) for j in inside), Fraction(0))
    limit = market.max_credits[i].item()
    return (
        all(market.allowed[i, j] for j in inside)
        and len(inside) <= market.max_courses[i]
        and (limit == float("inf") or load <= decimal(limit))
        and not any({a, b} <= inside for a, b in market.conflicts.tolist())
    )


def bundles(market: Any, i: int, among: Any = None) -> Iterator[tuple[int, ...]]:
    """Yield every permissible bundle, also the empty one."""
    courses = range(len(market.capacities)) if among is None else sorted(among)
    for size in range(len(courses) + 1):
        for bundle in itertools.combinations(courses, size):
            if permissible(market, i, bundle):
                yield bundle


def demand(market: Any, i: int, prices: Any, budget: float) -> tuple[int, ...]:
    """Return the documented choice: utility, then cost, then size, then lexicographic order."""
    best = None
    for bundle in bundles(market, i):
        cost = sum(prices[j] for j in bundle)
        if cost <= budget:
            key = (-utility(market, i, bundle), cost, len(bundle), bundle)
            best = key if best is None or key < best else best
    return best[-1]


def best_part(market: Any, i: int, bundle: Any) -> Fraction:
    return max(utility(market, i, part) for part in bundles(market, i, bundle))


def envy(market: Any, allocation: Any) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return envious pairs, and those where no one course explains it."""
    pairs, unexplained = set(), set()
    for i, h in itertools.permutations(range(len(allocation)), 2):
        own = utility(market, i, allocation[i])
        if best_part(market, i, allocation[h]) > own:
            pairs.add((i, h))
            if all(best_part(market, i, set(allocation[h]) - {out}) > own for out in allocation[h]):
                unexplained.add((i, h))
    return pairs, unexplained
