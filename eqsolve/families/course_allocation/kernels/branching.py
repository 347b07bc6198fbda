"""Demand by branch and bound, for markets with more bundles than can be listed.

No bundle is worth more than the sum of its courses' tops, see `fill_tops`. At prices ``lam >= 0``
of money and ``mu >= 0`` of credits a bundle of r courses that keeps to the budget and to the limit
on credits is worth at most

    sum of the r largest of (top - lam price - mu credits)  +  lam * budget  +  mu * credit limit,

whatever lam and mu are; bisection by what those r courses cost finds good ones. Small bundles are
looked for together, with r the most that money buys and gains below 0 left aside. Of larger ones
each size has its own lam and mu, since money that just buys 14 courses says little about 13; the
bound is concave in r (a linear program's value by its right side), so that sizes are looked
through from that of a good bundle outwards until the bound falls below what is found.

No more counts of the budget than r of the dearest cost, so that equal prices leave no gap. Courses
are tried in the order of their gains, so that the largest of those left are the next ones. Where a
bound allows no more than a tie, what is left must be cheaper; of two courses that nothing tells
apart the second is not tried without the first. Exponential at worst, a few hundred nodes as a
rule. Prices have the shape (m,), orders (n, m), bundles (k,).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, part
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.course_allocation.kernels.wishes import worth
from eqsolve.families.course_allocation.wishes import Wishes

__all__ = ["climb", "search"]

_ROUNDS = 12
"""Halvings of the range of a price of money or credits."""
_HIGHEST = 1e100
"""Rate at which a bundle size that the room does not admit is given up."""
_TOGETHER = 12
"""Bundles up to this size are looked for together, where it is not money that limits them."""
_FEW = 3
"""Bundles up to this size are looked for together in any case."""
_DIVE = 4
"""Nodes per course after which a first search is given up: it has a good bundle by then."""


@part
def _relaxed(
    worths: FloatArray, costs: FloatArray, rate: float, least: int, most: int, room: float,
    order: IntArray, width: int, best: FloatArray, paid: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Return the bound at a rate, and what its courses cost.

    Parameters
    ----------
    worths, costs : shape (m,), of which ``worths - rate * costs`` is gained.
    least, most : sizes; courses beyond `least` count only if they gain.
    room : for costs.
    order : the first `width` are the courses that count.
    best, paid : work space for the largest gains and their costs.
    """
    count = 0
    for k in range(width):
        j = order[k]
        gain = worths[j] - rate * costs[j]
        if gain <= 0.0 and least == 0:
            continue
        if count < most:
            place = count
            count += 1
        elif most > 0 and gain > best[most - 1]:
            place = most - 1
        else:
            continue
        while place > 0 and best[place - 1] < gain:
            best[place] = best[place - 1]
            paid[place] = paid[place - 1]
            place -= 1
        best[place] = gain
        paid[place] = costs[j]
    bound = rate * room
    spent = 0.0
    for place in range(count):
        if place < least or best[place] > 0.0:
            bound += best[place]
            spent += paid[place]
    return bound, spent


@part
def _rate(
    worths: FloatArray, costs: FloatArray, start: float, least: int, most: int, room: float,
    order: IntArray, width: int, best: FloatArray, paid: FloatArray,
) -> tuple[float, float]:  # fmt: skip
    """Return a rate at which the bound is small, and the bound, by bisection from the last one."""
    chosen, lowest = 0.0, np.inf
    rate, low, high = 0.0, 0.0, np.inf
    rounds = 0
    while rounds < _ROUNDS and rate < _HIGHEST:
        bound, spent = _relaxed(worths, costs, rate, least, most, room, order, width, best, paid)
        if bound < lowest:
            chosen, lowest = rate, bound
        if spent > room:
            low = rate
        else:
            high = rate
        if high == 0.0 or room <= 0.0:
            break
        if high < np.inf:
            rate = (low + high) / 2
            rounds += 1
        elif rate > 0.0:
            rate *= 2
        else:
            rate = start if start > 0.0 else max(bound, 1.0) / room
    return chosen, lowest


@part
def _settle(
    wishes: Wishes, tops: IntArray, i: int, prices: FloatArray, budget: float, least: int,
    most: int, order: IntArray, width: int, rates: FloatArray, sums: FloatArray,
) -> float:  # fmt: skip
    """Make `rates` of money and credits good for bundles of some sizes; return their bound."""
    worths, costs, best, paid = sums[0], sums[1], sums[2], sums[3]
    limit = float(wishes.max_credits[i])
    bound = 0.0
    for turn in range(3):
        money = turn != 1
        loaded = False
        for k in range(width):
            j = order[k]
            credit = float(wishes.credits[j])
            loaded = loaded or credit > 0.0
            costs[j] = prices[j] if money else credit
            worths[j] = tops[j] - (rates[1] * credit if money else rates[0] * prices[j])
        before = rates[turn % 2]
        rates[turn % 2], bound = _rate(
            worths, costs, before, least, most, budget if money else limit, order, width, best, paid
        )
        bound += rates[1] * limit if money else rates[0] * budget
        if not loaded or (not money and rates[1] == before):
            break
    return bound


@part
def _usable(
    wishes: Wishes, tops: IntArray, alone: BoolArray, i: int, prices: FloatArray, budget: float,
    order: IntArray,
) -> int:  # fmt: skip
    """Move what student i can use to the front of `order`, in its order; return how much it is."""
    width = 0
    for place in range(len(order)):
        j = order[place]
        if (
            not wishes.allowed[i, j]
            or prices[j] > budget
            or wishes.credits[j] > wishes.max_credits[i]
            or (tops[j] <= 0 and alone[j])
        ):
            continue
        for k in range(place, width, -1):
            order[k] = order[k - 1]
        order[width] = j
        width += 1
    return width


@part
def _most(
    wishes: Wishes, i: int, prices: FloatArray, budget: float, below: bool, limit: int,
    order: IntArray, width: int, least: FloatArray,
) -> int:  # fmt: skip
    """Return how many courses money and credits buy at most; `least` is work space."""
    count = min(limit, width)
    edge = 1.0 - 1e-12
    for resource in range(2):
        room = budget if resource == 0 else float(wishes.max_credits[i])
        held = 0
        for k in range(width):
            cost = prices[order[k]] if resource == 0 else float(wishes.credits[order[k]])
            if held < count:
                place = held
                held += 1
            elif count > 0 and cost < least[count - 1]:
                place = count - 1
            else:
                continue
            while place > 0 and least[place - 1] > cost:
                least[place] = least[place - 1]
                place -= 1
            least[place] = cost
        total = 0.0
        for place in range(held):
            total += least[place]
            if total > room * (1 + 1e-12) or (below and resource == 0 and total >= room * edge):
                count = place
                break
    return count


@part
def _ordered(
    wishes: Wishes, tops: IntArray, prices: FloatArray, rates: FloatArray, order: IntArray,
    width: int,
) -> None:  # fmt: skip
    """Sort the first courses by falling gain, ties by number; they are nearly sorted."""
    for place in range(1, width):
        j = order[place]
        gain = tops[j] - rates[0] * prices[j] - rates[1] * wishes.credits[j]
        k = place
        while k > 0:
            other = order[k - 1]
            before = tops[other] - rates[0] * prices[other] - rates[1] * wishes.credits[other]
            if before > gain or (before == gain and other < j):
                break
            order[k] = other
            k -= 1
        order[k] = j


@part
def search(
    wishes: Wishes,
    tops: IntArray,
    alone: BoolArray,
    i: int,
    prices: FloatArray,
    budget: float,
    below: bool,
    sizes: tuple[int, int],
    order: IntArray,
    width: int,
    rates: FloatArray,
    sums: FloatArray,
    work: IntArray,
    best: IntArray,
    value: int,
    nodes: int,
    stop: NDArray[np.uint8],
) -> int:
    """Write student i's demand among bundles of some sizes to `best`; return its utility.

    Once `stop` is set the search ends with what it has.

    Parameters
    ----------
    tops : shape (m,), of this student.
    alone : shape (m,), courses in no adjustment, group or conflict.
    below : whether the bundle must cost less than the budget, not at most the budget.
    sizes : least and most courses, at least 1.
    order, width : the first `width` courses of the order may be taken, see `_ordered`.
    rates : shape (2,), of money and credits, >= 0; any are right.
    sums : shape (4, m + 1), work space: running sums of gains, and of positive ones; the least and
        greatest price from each place on.
    work : shape (4, m + 1), work space.
    best, value : the bundle in hand, -1 behind the last course, and its utility; changed.
    nodes : after so many the search ends with what it has; negative: it ends by itself.
    """
    part, tried, first, row = work[0], work[1], work[2], work[3]
    gains, positive, dearest, cheap = sums[0], sums[1], sums[2], sums[3]
    cheap[width] = np.inf
    dearest[width] = 0.0
    for place in range(width - 1, -1, -1):
        cheap[place] = min(cheap[place + 1], prices[order[place]])
        dearest[place] = max(dearest[place + 1], prices[order[place]])
    gains[0] = positive[0] = 0.0
    for place in range(width):
        j = order[place]
        gain = tops[j] - rates[0] * prices[j] - rates[1] * wishes.credits[j]
        gains[place + 1] = gains[place] + gain
        positive[place + 1] = positive[place] + max(gain, 0.0)
    least, limit = sizes
    cheapest = 0.0
    size = 0
    while size < len(best) and best[size] >= 0:
        cheapest += prices[best[size]]
        size += 1
    edge = 1.0 - 1e-12 if below else 1.0
    depth = 0
    tried[0] = 0
    first[0] = 0
    top = 0
    cost = 0.0
    credit = 0
    while depth >= 0 and stop[0] == 0 and nodes != 0:
        place = tried[depth]
        left = budget - cost
        room = min(limit - depth, width - place)
        need = max(least - depth, 0)
        if room > 0 and room * cheap[place] > left * edge:
            most = left / cheap[place]
            room = int(math.ceil(most * (1 - 1e-12)) - 1 if below else most * (1 + 1e-12))
        hopeless = room <= 0 or room < need
        better = True
        if not hopeless:
            rest = top + rates[1] * (wishes.max_credits[i] - credit)
            rest += gains[place + need] - gains[place]
            rest += positive[place + room] - positive[place + need]
            rest += 1e-12 * abs(rest) + 1e-3
            spent = min(left, room * dearest[place])
            better = rest + rates[0] * spent >= value + 1
            # A tie has to be as cheap as what is in hand.
            tied = min(spent, cheapest * (1 + 1e-12) - cost)
            hopeless = not better and rest + rates[0] * tied < value
        if hopeless:
            depth -= 1
            if depth >= 0:
                j = part[depth]
                top -= tops[j]
                cost -= prices[j]
                credit -= wishes.credits[j]
            continue
        tried[depth] += 1
        nodes -= 1
        j = order[place]
        if cost + prices[j] > budget * (1 + 1e-12):
            continue
        if credit + wishes.credits[j] > wishes.max_credits[i]:
            continue
        if place > first[depth]:
            twin = order[place - 1]
            if (
                alone[j]
                and alone[twin]
                and twin < j
                and tops[j] == tops[twin]
                and prices[j] == prices[twin]
                and wishes.credits[j] == wishes.credits[twin]
            ):
                continue
        if not better and (
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
        if depth < least:
            continue
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
        preferred = utility > value
        if utility == value and size > 0:
            preferred = paid < cheapest or (paid == cheapest and depth < size)
            if paid == cheapest and depth == size:
                for k in range(depth):
                    if row[k] != best[k]:
                        preferred = row[k] < best[k]
                        break
        if preferred:
            value, cheapest, size = utility, paid, depth
            for k in range(len(best)):
                best[k] = row[k] if k < depth else -1
    return value


@part
def _demand(
    wishes: Wishes, tops: IntArray, alone: BoolArray, i: int, prices: FloatArray, budget: float,
    below: bool, most: int, together: bool, order: IntArray, width: int, rates: FloatArray,
    sums: FloatArray, work: IntArray, best: IntArray, stop: NDArray[np.uint8],
) -> int:  # fmt: skip
    """Write student i's demand to `best`, all sizes together or one by one; return its utility.

    At the first budget of a call the rates are made good; `below` tells the further ones.
    """
    money, effort = rates[0], rates[1]
    least, limit, nodes = 0, most, -1 if together else _DIVE * width
    up, down, value = 0, 0, 0
    upwards = False
    while True:
        hopeless = False
        if not (below and together):
            rates[0], rates[1] = money, effort
            bound = _settle(
                wishes, tops, i, prices, budget, least, limit, order, width, rates, sums
            )
            hopeless = bound + 1e-12 * abs(bound) + 1e-3 < value
            if not hopeless:
                _ordered(wishes, tops, prices, rates, order, width)
        if not hopeless:
            value = search(
                wishes, tops, alone, i, prices, budget, below, (max(least, 1), limit), order,
                width, rates, sums, work, best, value, nodes, stop,
            )  # fmt: skip
        if together:
            return value
        if least == 0:
            money, effort, nodes = rates[0], rates[1], -1
            size = 0
            while size < len(best) and best[size] >= 0:
                size += 1
            up, down = max(size, 1), size - 1
        elif hopeless and upwards:
            up = most + 1
        elif hopeless:
            down = 0
        if up > most and down < 1:
            rates[0], rates[1] = money, effort
            return value
        upwards = up <= most and (not upwards or down < 1)
        least = limit = up if upwards else down
        up, down = up + upwards, down - (not upwards)


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
    rates: FloatArray,
    few: int,
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
    tops, orders : shape (n, m); rates : shape (n, 2): kept from call to call.
    few : rows of one student at most.
    sums, work : work space, see `search`.
    alone : shape (n, m).
    counts : shape of `students`, filled.
    rows, costs, utilities : filled; -1 is returned where they are too short, -2 after `stop`.
    """
    total = 0
    for place in range(len(students)):
        i = students[place]
        counts[place] = 0
        budget = high[i]
        order = orders[i]
        width = _usable(wishes, tops[i], alone[i], i, prices, budget, order)
        limit = min(wishes.limit[i], rows.shape[1])
        most, below, together = limit, False, True
        while counts[place] < few:
            if total >= len(rows):
                return -1
            rows[total] = -1
            most = _most(wishes, i, prices, budget, below, most, order, width, sums[0])
            if not below:
                together = most <= min(_FEW, limit) or limit == most <= _TOGETHER
            utilities[total] = _demand(
                wishes, tops[i], alone[i], i, prices, budget, below, most, together, order,
                width, rates[i], sums, work, rows[total], stop,
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
