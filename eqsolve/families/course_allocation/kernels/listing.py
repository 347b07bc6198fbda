"""Enumeration of bundles, and demand by walking down sorted lists.

Tables of bundles have the shape (B, k): rising within a row, -1 behind the last; rows in
lexicographic order. Prices have the shape (m,), costs (B,).
"""

from __future__ import annotations

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.course_allocation.wishes import Lists, Wishes

__all__ = ["costs_of", "fill_bundles", "walk"]


@kernel
def fill_bundles(
    wishes: Wishes, limit: int, max_credits: int, bundles: IntArray, work: IntArray
) -> int:
    """Write the bundles that somebody with these limits may take; return how many there are.

    Parameters
    ----------
    bundles : shape (r, k), changed; where it is too short, it is filled and r + 1 returned.
    work : shape (k + 1,), changed.
    """
    m = wishes.values.shape[1]
    height, width = bundles.shape
    count = 0
    depth = 0
    credit = 0
    work[0] = 0
    while True:
        j = work[depth]
        if j >= m or depth >= limit or depth >= width:
            depth -= 1
            if depth < 0:
                return count
            credit -= wishes.credits[work[depth]]
            work[depth] += 1
            continue
        fits = credit + wishes.credits[j] <= max_credits
        for other in range(depth):
            if wishes.clash[work[other], j]:
                fits = False
        if not fits:
            work[depth] += 1
            continue
        if count >= height:
            return int(height + 1)
        for k in range(width):
            bundles[count, k] = work[k] if k <= depth else -1
        count += 1
        credit += wishes.credits[j]
        depth += 1
        work[depth] = j + 1


@kernel
def costs_of(bundles: IntArray, prices: FloatArray, costs: FloatArray) -> None:
    """Fill ``costs[b]``, added up in the order of the courses."""
    for b in range(len(bundles)):
        total = 0.0
        for k in range(bundles.shape[1]):
            if bundles[b, k] < 0:
                break
            total += prices[bundles[b, k]]
        costs[b] = total


@kernel
def walk(
    lists: Lists,
    i: int,
    sizes: IntArray,
    costs: FloatArray,
    low: float,
    high: float,
    found: IntArray,
) -> int:
    """Write what student i demands at budgets from `high` down to `low`; return how many.

    Entries of `found` are places in the lists, -1 for the empty bundle. Among bundles of equal
    utility the cheapest, then the smallest, then the first row is demanded.
    """
    count = 0
    ceiling = high
    strict = False
    place, end = lists.start[i], lists.start[i + 1]
    while place < end and count < len(found):
        cost = costs[lists.bundles[place]]
        if cost > ceiling or (strict and cost >= ceiling):
            place += 1
            continue
        best = place
        level = lists.utilities[place]
        place += 1
        while place < end and lists.utilities[place] == level:
            other = costs[lists.bundles[place]]
            if other < cost or (
                other == cost and sizes[lists.bundles[place]] < sizes[lists.bundles[best]]
            ):
                best, cost = place, other
            place += 1
        found[count] = best
        count += 1
        ceiling = cost
        strict = True
        if cost <= low:
            return count
    if count < len(found):
        found[count] = -1
        count += 1
    return count
