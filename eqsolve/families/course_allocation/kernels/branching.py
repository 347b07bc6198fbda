"""Demand by branch and bound, for markets with more bundles than can be listed.

No bundle is worth more than the sum of its courses' tops, see `fill_tops`. At a price of money
``lam >= 0`` a bundle of at most r courses that costs at most the budget is worth at most

    sum of the r largest of (top - lam price)+  +  lam * budget,

whatever lam is; the least of some bounds is kept per student from call to call. r is at most what
the budget buys of the cheapest, and no more counts of the budget than r of the dearest cost, so
that equal prices leave no gap. Courses are tried in the order of ``top - lam price``, so that the
largest of those left are the next ones. Where a bound allows no more than a tie, what is left must
be cheaper; of two courses that nothing tells apart the second is not tried without the first.
Exponential at worst, a few hundred nodes as a rule. Prices have the shape (m,), orders (n, m),
bundles (k,).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.kernels.wishes import worth
from eqsolve.families.course_allocation.wishes import Wishes

__all__ = ["climb", "search"]

_ROUNDS = 12
"""Halvings of the range of the price of money."""


@kernel
def _bound_at(
    tops: IntArray, prices: FloatArray, limit: int, budget: float, money: float, best: FloatArray
) -> float:
    """Return the bound at a price of money; `best` is work space for the largest gains."""
    count = 0
    for j in range(len(prices)):
        gain = tops[j] - money * prices[j]
        if gain <= 0.0 or limit == 0:
            continue
        if count < limit:
            place = count
            count += 1
        elif gain > best[limit - 1]:
            place = limit - 1
        else:
            continue
        while place > 0 and best[place - 1] < gain:
            best[place] = best[place - 1]
            place -= 1
        best[place] = gain
    total = money * budget
    for place in range(count):
        total += best[place]
    return total


@kernel
def _price_of_money(
    tops: IntArray, prices: FloatArray, limit: int, budget: float, start: float, best: FloatArray
) -> float:
    """Return a price of money at which the bound is small, by search around the last one."""
    highest = 0.0
    for j in range(len(prices)):
        if prices[j] > 0.0:
            highest = max(highest, tops[j] / prices[j])
    if highest == 0.0:
        return 0.0
    low, high = start / 2, min(2 * start, highest)
    if start <= 0.0 or high <= low:
        low, high = 0.0, highest
    chosen = start if start > 0.0 else 0.0
    least = _bound_at(tops, prices, limit, budget, chosen, best)
    none = _bound_at(tops, prices, limit, budget, 0.0, best)
    if none <= least:
        chosen, least = 0.0, none
    for _ in range(_ROUNDS):
        one, other = (2 * low + high) / 3, (low + 2 * high) / 3
        at_one = _bound_at(tops, prices, limit, budget, one, best)
        at_other = _bound_at(tops, prices, limit, budget, other, best)
        if at_one < least:
            chosen, least = one, at_one
        if at_other < least:
            chosen, least = other, at_other
        if at_one <= at_other:
            high = other
        else:
            low = one
    return chosen


@kernel
def _ordered(tops: IntArray, prices: FloatArray, money: float, order: IntArray) -> None:
    """Sort courses by falling top less their price in utility, ties by number; nearly sorted."""
    for place in range(1, len(order)):
        j = order[place]
        gain = tops[j] - money * prices[j]
        k = place
        while k > 0:
            other = order[k - 1]
            before = tops[other] - money * prices[other]
            if before > gain or (before == gain and other < j):
                break
            order[k] = other
            k -= 1
        order[k] = j


@kernel
def search(
    wishes: Wishes,
    tops: IntArray,
    alone: BoolArray,
    i: int,
    prices: FloatArray,
    budget: float,
    below: bool,
    order: IntArray,
    money: float,
    sums: FloatArray,
    work: IntArray,
    best: IntArray,
    stop: NDArray[np.uint8],
) -> int:
    """Write student i's demand to `best`, -1 behind the last course; return its utility.

    Once `stop` is set the search ends with what it has.

    Parameters
    ----------
    tops : shape (m,), of this student.
    alone : shape (m,), courses in no adjustment, group or conflict.
    below : whether the bundle must cost less than the budget, not at most the budget.
    order : shape (m,), see `_ordered`.
    sums : shape (3, m + 1), work space: running sums of positive gains; the least and greatest
        price from each place on.
    work : shape (4, m + 1), work space.
    """
    m = len(order)
    part, tried, first, row = work[0], work[1], work[2], work[3]
    gains, least, greatest = sums[0], sums[1], sums[2]
    least[m] = np.inf
    greatest[m] = 0.0
    for place in range(m - 1, -1, -1):
        least[place], greatest[place] = least[place + 1], greatest[place + 1]
        if wishes.allowed[i, order[place]]:
            least[place] = min(least[place], prices[order[place]])
            greatest[place] = max(greatest[place], prices[order[place]])
    gains[0] = 0.0
    for place in range(m):
        gain = tops[order[place]] - money * prices[order[place]]
        gains[place + 1] = gains[place] + max(gain, 0.0)
    value = 0
    cheapest = 0.0
    size = 0
    best[:] = -1
    limit = min(wishes.limit[i], len(best))
    depth = 0
    tried[0] = 0
    first[0] = 0
    top = 0
    cost = 0.0
    credit = 0
    while depth >= 0 and stop[0] == 0:
        place = tried[depth]
        room = min(limit - depth, m - place)
        if room > 0 and room * least[place] > budget - cost:
            most = (budget - cost) / least[place]
            room = int(math.ceil(most * (1 - 1e-12)) - 1 if below else most * (1 + 1e-12))
        if room > 0:
            spent = min(budget - cost, room * greatest[place])
            bound = top + money * spent + gains[place + room] - gains[place]
            bound += 1e-12 * abs(bound) + 1e-3
        if room <= 0 or bound < value:
            depth -= 1
            if depth >= 0:
                j = part[depth]
                top -= tops[j]
                cost -= prices[j]
                credit -= wishes.credits[j]
            continue
        tried[depth] += 1
        j = order[place]
        if not wishes.allowed[i, j] or cost + prices[j] > budget * (1 + 1e-12):
            continue
        if tops[j] <= 0 and alone[j]:
            continue
        if credit + wishes.credits[j] > wishes.max_credits[i]:
            continue
        if place > first[depth]:
            twin = order[place - 1]
            if (
                alone[j]
                and alone[twin]
                and wishes.allowed[i, twin]
                and twin < j
                and tops[j] == tops[twin]
                and prices[j] == prices[twin]
                and wishes.credits[j] == wishes.credits[twin]
            ):
                continue
        if bound < value + 1 and (
            cost + prices[j] > cheapest * (1 + 1e-12)
            or (cost + prices[j] >= cheapest * (1 + 1e-12) and depth + 1 > size)
        ):
            continue
        clashes = False
        for other in range(depth):
            clashes = clashes or wishes.clash[part[other], j]
        if clashes:
            continue
        part[depth] = j
        depth += 1
        top += tops[j]
        cost += prices[j]
        credit += wishes.credits[j]
        tried[depth] = place + 1
        first[depth] = place + 1
        for k in range(depth):
            at = k
            while at > 0 and row[at - 1] > part[k]:
                row[at] = row[at - 1]
                at -= 1
            row[at] = part[k]
        paid = 0.0
        for k in range(depth):
            paid += prices[row[k]]
        if paid > budget or (below and paid >= budget):
            continue
        utility = worth(wishes, i, row[:depth])
        better = utility > value
        if utility == value and size > 0:
            better = paid < cheapest or (paid == cheapest and depth < size)
            if paid == cheapest and depth == size:
                for k in range(depth):
                    if row[k] != best[k]:
                        better = row[k] < best[k]
                        break
        if better:
            value, cheapest, size = utility, paid, depth
            for k in range(len(best)):
                best[k] = row[k] if k < depth else -1
    return value


@kernel
def climb(
    wishes: Wishes,
    tops: IntArray,
    alone: BoolArray,
    students: IntArray,
    prices: FloatArray,
    low: FloatArray,
    high: FloatArray,
    orders: IntArray,
    money: FloatArray,
    most: int,
    counts: IntArray,
    rows: IntArray,
    costs: FloatArray,
    utilities: IntArray,
    sums: FloatArray,
    work: IntArray,
    stop: NDArray[np.uint8],
) -> int:
    """Write what students demand at budgets from `high` down to `low`; return how many rows.

    Parameters
    ----------
    tops, orders : shape (n, m); money : shape (n,): kept from call to call.
    sums, work : work space, see `search`.
    alone : shape (n, m).
    most : rows of one student at most.
    counts : shape of `students`, filled.
    rows, costs, utilities : filled; -1 is returned where they are too short, -2 after `stop`.
    """
    total = 0
    for place in range(len(students)):
        i = students[place]
        counts[place] = 0
        budget = high[i]
        limit = min(wishes.limit[i], rows.shape[1])
        money[i] = _price_of_money(tops[i], prices, limit, budget, money[i], sums[0])
        _ordered(tops[i], prices, money[i], orders[i])
        below = False
        while counts[place] < most:
            if total >= len(rows):
                return -1
            utilities[total] = search(
                wishes, tops[i], alone[i], i, prices, budget, below, orders[i], money[i], sums,
                work, rows[total], stop,
            )  # fmt: skip
            if stop[0] != 0:
                return -2
            cost = 0.0
            for j in rows[total]:
                if j >= 0:
                    cost += prices[j]
            costs[total] = cost
            total += 1
            counts[place] += 1
            if cost <= low[i]:
                break
            budget = cost
            below = True
    return total
