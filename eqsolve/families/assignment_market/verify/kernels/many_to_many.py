"""The verifier's passes over a market with capacities, compiled: trades, prices, duals, ends.

Shapes: row i of the values is ``numbers[starts[i] : starts[i + 1]]`` in columns that rise, those of
``columns``, or all of them where that is empty; a negative number is no edge. The k claimed trades
are ``buyers, sellers (k,)``, sorted, those of buyer i from ``first[i]`` up to ``first[i + 1]``.
``prices, reserves (m,)`` belong to sellers, ``room, other (n,)`` to buyers. `relative` and `floor`
are a `Slack`: zeros compare whole numbers exactly. Only `holds` makes its work space itself.

The rules stand in ``verify.capacities``; nothing is shared with the solvers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel, part

__all__ = ["WHOLE", "cannot_fall", "cannot_rise", "dual_sum", "holds", "look", "settle"]

WHOLE = 2.0**62
"""Sums of whole numbers below it fit 64 bits."""

INFINITE = float("inf")

MOST = 2**62
"""Stands for a sum of whole numbers that does not."""


@part
def reaches(amount: Any, level: Any, slack: float) -> bool:
    """Return whether an amount is at least `level`, within a slack; whole numbers stay whole."""
    return amount >= level or (slack > 0.0 and amount >= level - slack)


@kernel
def settle(
    starts: Any, columns: Any, numbers: Any, reserves: Any, a: Any, s: Any, buyers: Any,
    sellers: Any, spots: Any, own: Any, fault: Any, first: Any, taken: Any, sold: Any, room: Any,
) -> tuple[int, Any, float]:  # fmt: skip
    """Read the claimed trades; return how many of them, and of the capacities, do not hold.

    Fills ``spots, own (k,)`` with their places and values, where there are any, ``first (n + 1,)``
    and ``room (n,)``, ``taken (n,)`` and ``sold (m,)`` with counts, all zeros before, and ``fault
    (k,)``: 0, 1 where an agent does not exist, 2 where a trade is not behind the one before, 3
    where it is the same, 4 where there is no edge. Also returns what the trades are worth beyond
    reserves, and a bound beyond which whole numbers overflow in this sum. O(n + m + k log m).
    """
    n, m = len(taken), len(sold)
    wrong = 0
    worth = 0
    size = 0.0
    for t in range(len(buyers)):
        i, j = buyers[t], sellers[t]
        if i < 0 or i >= n or j < 0 or j >= m:
            fault[t] = 1
            wrong += 1
            continue
        taken[i] += 1
        sold[j] += 1
        if t > 0 and (i < buyers[t - 1] or (i == buyers[t - 1] and j <= sellers[t - 1])):
            fault[t] = 3 if i == buyers[t - 1] and j == sellers[t - 1] else 2
            wrong += 1
        place, end = starts[i], starts[i + 1]
        if len(columns) == 0:
            place += j
        else:
            while place < end:
                middle = (place + end) // 2
                if columns[middle] < j:
                    place = middle + 1
                else:
                    end = middle
        there = place < starts[i + 1] and (len(columns) == 0 or columns[place] == j)
        spots[t] = place
        if there and numbers[place] >= 0:
            own[t] = numbers[place]
            worth += numbers[place] - reserves[j]
            size += float(numbers[place]) + float(reserves[j])
        elif fault[t] == 0:
            fault[t] = 4
            wrong += 1
    for i in range(n):
        first[i + 1] = first[i] + taken[i]
        room[i] = min(a[i], m) - taken[i]
        if taken[i] > a[i]:
            wrong += 1
    for j in range(m):
        if sold[j] > s[j]:
            wrong += 1
    return wrong, worth, size


@kernel
def look(
    starts: Any, columns: Any, numbers: Any, reserves: Any, s: Any, sold: Any, room: Any,
    first: Any, sellers: Any, spots: Any, prices: Any, close: Any,
    gap: Any, held: Any, other: Any, regret: Any, paid: Any, kept: Any,
    begins: Any, tied: Any, surplus: Any,
) -> None:  # fmt: skip
    """Fill a `Seen`: by how much prices miss reserves, and what buyers gain at these prices.

    ``tied, surplus (numbers,)`` are filled with the sellers and surpluses of the pairs left out by
    which a buyer gains `close` to `other`. O(numbers).
    """
    for j in range(len(prices)):
        gap[j] = reserves[j] - prices[j]
        if sold[j] < s[j]:
            gap[j] = abs(gap[j])
    count = 0
    for i in range(len(other)):
        base, begin, top, level = starts[i], count, 0, -close
        place = base
        # From one pair held to the next, and from the last to the end of the row.
        for t in range(first[i], first[i + 1] + 1):
            end = spots[t] if t < first[i + 1] else starts[i + 1]
            for here in range(place, end):
                j = columns[here] if len(columns) > 0 else here - base
                left = numbers[here] - prices[j]
                # Sellers at their reserves and buyers content with nothing move neither.
                if (
                    left >= level
                    and (left > 0 or close > 0 or prices[j] > reserves[j])
                    and numbers[here] >= 0
                ):
                    tied[count] = j
                    surplus[count] = left
                    count += 1
                    if left > top:
                        top = left
                        level = top - close
            place = end + 1
        other[i] = top
        gain = room[i] * top
        paid[i] = 0
        kept[i] = 0
        for t in range(first[i], first[i + 1]):
            j = sellers[t]
            held[t] = numbers[spots[t]] - prices[j]
            if gain >= 0:  # what overflows is negative, and stays so
                gain += max(0, top - held[t])
            paid[i] += abs(prices[j])
            kept[i] += held[t]
        regret[i] = gain if gain >= 0 else MOST
        # Some came close to what was the most so far only.
        last, count = count, begin
        for place in range(begin, last):
            j = tied[place]
            if surplus[place] >= level and (top > 0 or prices[j] > reserves[j]):
                tied[count] = j
                surplus[count] = surplus[place]
                count += 1
        begins[i + 1] = count


@part
def spread(
    reached: Any, m: int, count: int, tails: Any, heads: Any, order: Any, firsts: Any, stack: Any
) -> int:
    """Mark in `reached` whatever the first `count` arcs lead to from what is marked; O(arcs).

    Returns how many of the first `m` nodes are not marked in the end.
    """
    nodes = len(reached)
    for node in range(nodes + 1):
        firsts[node] = 0
    for arc in range(count):
        firsts[tails[arc]] += 1
    end = 0
    for node in range(nodes + 1):
        end += firsts[node]
        firsts[node] = end
    for arc in range(count):
        firsts[tails[arc]] -= 1
        order[firsts[tails[arc]]] = heads[arc]
    size = 0
    for node in range(nodes):
        if reached[node] == 1:
            stack[size] = node
            size += 1
    while size > 0:
        size -= 1
        node = stack[size]
        for place in range(firsts[node], firsts[node + 1]):
            if reached[order[place]] == 0:
                reached[order[place]] = 1
                stack[size] = order[place]
                size += 1
    free = 0
    for node in range(m):
        free += 1 - reached[node]
    return free


@kernel
def cannot_fall(
    reserves: Any, room: Any, first: Any, sellers: Any, own: Any, prices: Any, held: Any,
    begins: Any, tied: Any, surplus: Any, relative: float, floor: float,
    reached: Any, tails: Any, heads: Any, order: Any, firsts: Any, stack: Any,
) -> int:  # fmt: skip
    """Return how many prices can fall; those of sellers not marked in ``reached (m + n,)``.

    One at its reserve cannot; nor one that a buyer would take whose own utility of a further pair
    cannot rise: because it has room, or because the least of its pairs is of such a seller.
    Nodes are sellers, then buyers; ``tails, heads, order (k + ties,)`` and ``firsts, stack (m + n
    + 1,)`` are work space. O(n + m + k + ties).
    """
    n, m = len(room), len(prices)
    for j in range(m):
        slack = relative * abs(prices[j]) + floor
        reached[j] = 1 if reaches(reserves[j], prices[j], slack) else 0
    for t in range(len(own)):  # a price is right up to a share of the values that pay it
        if reaches(reserves[sellers[t]], prices[sellers[t]], relative * own[t] + floor):
            reached[sellers[t]] = 1
    count = 0
    for i in range(n):
        reached[m + i] = 1 if room[i] > 0 else 0
        if first[i] == first[i + 1] and room[i] <= 0:
            continue
        level = 0
        if room[i] <= 0:
            level = held[first[i]]
            for t in range(first[i] + 1, first[i + 1]):
                level = min(level, held[t])
        for t in range(first[i], first[i + 1]):
            if reaches(level, held[t], relative * abs(own[t]) + floor):
                tails[count] = sellers[t]
                heads[count] = m + i
                count += 1
        for place in range(begins[i], begins[i + 1]):
            j = tied[place]
            slack = relative * abs(surplus[place] + prices[j]) + floor
            if reaches(surplus[place], level, slack):
                tails[count] = m + i
                heads[count] = j
                count += 1
    return spread(reached, m, count, tails, heads, order, firsts, stack)


@kernel
def cannot_rise(
    s: Any, sold: Any, other: Any, first: Any, sellers: Any, own: Any, prices: Any, held: Any,
    begins: Any, tied: Any, surplus: Any, relative: float, floor: float,
    reached: Any, tails: Any, heads: Any, order: Any, firsts: Any, stack: Any,
) -> int:  # fmt: skip
    """Return how many prices can rise; those of sellers not marked in ``reached (m + n,)``.

    One with a unit left cannot; nor one that leaves a buyer no more than a further pair whose
    price cannot rise, or than nothing. Sellers without units are judged elsewhere. Nodes, work
    space and cost as in `cannot_fall`.
    """
    n, m = len(other), len(prices)
    for j in range(m):
        reached[j] = 1 if sold[j] < s[j] or s[j] == 0 else 0
    count = 0
    for i in range(n):
        greatest = 0
        for t in range(first[i], first[i + 1]):
            greatest = max(greatest, own[t])
            if reaches(other[i], held[t], relative * abs(own[t]) + floor):
                tails[count] = m + i
                heads[count] = sellers[t]
                count += 1
        reached[m + i] = 1 if reaches(0, other[i], relative * greatest + floor) else 0
        for place in range(begins[i], begins[i + 1]):
            j = tied[place]
            slack = relative * abs(surplus[place] + prices[j]) + floor
            if reaches(surplus[place], other[i], slack):
                tails[count] = j
                heads[count] = m + i
                count += 1
    return spread(reached, m, count, tails, heads, order, firsts, stack)


@kernel
def dual_sum(
    starts: Any, columns: Any, a: Any, s: Any, first: Any, spots: Any,
    numbers: Any, prices: Any, held: Any, other: Any, rows: Any, margins: Any,
) -> tuple[Any, float]:  # fmt: skip
    """Return capacities times duals and what pairs are worth beyond them, and a bound of terms.

    Sums of whole numbers overflow only where the bound does; `margins` are the duals of sellers,
    `prices` these above the reserves, ``rows (n,)`` those of buyers. O(n + m + k), and a pass over
    the row of each buyer for whom a pair left out is worth more than its dual.
    """
    total = 0
    size = 0.0
    for j in range(len(margins)):
        total += s[j] * margins[j]
        size += (1.0 + s[j]) * abs(float(margins[j]))
    for i in range(len(rows)):
        dual = rows[i]
        total += a[i] * dual
        size += (1.0 + a[i]) * abs(float(dual))
        for t in range(first[i], first[i + 1]):
            if held[t] > dual:
                total += held[t] - dual
                size += float(held[t]) - float(dual)
        if other[i] <= dual:
            continue
        place = starts[i]
        for t in range(first[i], first[i + 1] + 1):
            end = spots[t] if t < first[i + 1] else starts[i + 1]
            for here in range(place, end):
                j = columns[here] if len(columns) > 0 else here - starts[i]
                if numbers[here] >= 0 and numbers[here] - prices[j] > dual:
                    total += numbers[here] - prices[j] - dual
                    size += float(numbers[here] - prices[j]) - float(dual)
            place = end + 1
    return total, size


@part
def equal(one: Any, other: Any) -> bool:
    """Return whether two arrays of one length are equal."""
    different = 0
    for place in range(len(one)):
        if one[place] != other[place]:
            different += 1
    return different == 0


@part
def finite(amounts: Any) -> bool:
    """Return whether no amount is infinite or NaN."""
    strange = 0
    for place in range(len(amounts)):
        if not abs(amounts[place]) < INFINITE:
            strange += 1
    return strange == 0


@part
def note(worst: Any, place: int, missed: Any, magnitude: Any, relative: float, unit: float) -> None:
    """Keep the largest violation of a condition, as `Tolerances.excess` measures it."""
    if missed > 0:
        share = float(missed)
        if relative > 0.0:
            beside = max(float(abs(magnitude)), unit)
            share /= beside if beside > 0.0 else 1.0
        worst[place] = max(worst[place], share)


@kernel
def holds(
    starts: Any, columns: Any, numbers: Any, reserves: Any, a: Any, s: Any, buyers: Any,
    sellers: Any, low: Any, high: Any, asked: Any, utilities: Any, rows: Any, margins: Any,
    relative: float, floor: float, unit: float, scale: Any, close: Any, limit: float,
) -> tuple[bool, Any, Any, Any]:  # fmt: skip
    """Return whether a claim holds, all the conditions of ``verify.capacities`` in one call.

    Those on single numbers apart, and only where the dual `margins` are those of the prices that
    were asked for: where the answer is no, one has to look closer. Sums from `limit` on are not
    trusted. Then what the trades are worth beyond reserves, their values ``(k,)``, and the largest
    violations ``(10,)``: of reserves and demand at `low`, `high` and `asked` prices, of utilities,
    between the ends, of duality and of the signs of duals, by `relative`, `unit` and `scale` as
    `Tolerances.excess` measures them. O(numbers).
    """
    n, m, k, edges = len(a), len(s), len(buyers), len(numbers)
    long, kind = np.int64, numbers.dtype
    first, taken, room, sold = (
        np.zeros(n + 1, long), np.zeros(n, long), np.zeros(n, long), np.zeros(m, long),
    )  # fmt: skip
    spots, fault, own = np.zeros(k, long), np.zeros(k, long), np.zeros(k, kind)
    worst = np.zeros(10)
    wrong, welfare, size = settle(
        starts, columns, numbers, reserves, a, s, buyers, sellers,
        spots, own, fault, first, taken, sold, room,
    )  # fmt: skip
    sound = finite(low) and finite(high) and finite(asked) and finite(utilities)
    if wrong > 0 or not size < limit or not sound or not (finite(rows) and finite(margins)):
        return False, welfare, own, worst
    worth = np.zeros(n, kind)
    for i in range(n):
        for t in range(first[i], first[i + 1]):
            worth[i] += own[t]
    gap, held = np.empty(m, kind), np.empty(k, kind)
    other, regret, paid, kept = (
        np.empty(n, kind), np.empty(n, kind), np.empty(n, kind), np.empty(n, kind),
    )  # fmt: skip
    begins, tied, surplus = np.zeros(n + 1, long), np.empty(edges, long), np.empty(edges, kind)
    reached, firsts, stack = (
        np.empty(n + m, long), np.empty(n + m + 1, long), np.empty(n + m + 1, long),
    )  # fmt: skip
    for end in range(3):
        prices = low if end == 0 else high if end == 1 else asked
        seen = equal(prices, low) if end == 1 else end == 2 and equal(prices, high)
        if not seen:
            look(
                starts, columns, numbers, reserves, s, sold, room, first, sellers, spots, prices,
                close, gap, held, other, regret, paid, kept, begins, tied, surplus,
            )  # fmt: skip
        for j in range(m):
            note(worst, 2 * end, gap[j], max(abs(prices[j]), reserves[j]), relative, unit)
        for i in range(n):
            note(worst, 2 * end + 1, regret[i], max(worth[i], paid[i]), relative, unit)
        if end == 2:
            continue
        arcs = k + begins[n]
        tails, heads, order = np.empty(arcs, long), np.empty(arcs, long), np.empty(arcs, long)
        if end == 0:
            free = cannot_fall(
                reserves, room, first, sellers, own, prices, held, begins, tied, surplus,
                relative, floor, reached, tails, heads, order, firsts, stack,
            )  # fmt: skip
        else:
            free = cannot_rise(
                s, sold, other, first, sellers, own, prices, held, begins, tied, surplus,
                relative, floor, reached, tails, heads, order, firsts, stack,
            )  # fmt: skip
        if free > 0:
            return False, welfare, own, worst
    for i in range(n):
        note(worst, 6, abs(utilities[i] - kept[i]), worth[i], relative, unit)
        note(worst, 9, -rows[i], scale, relative, unit)
    for j in range(m):
        note(worst, 7, max(low[j] - asked[j], asked[j] - high[j]), asked[j], relative, unit)
        note(worst, 9, -margins[j], scale, relative, unit)
        if margins[j] + reserves[j] != asked[j]:
            return False, welfare, own, worst
    total, size = dual_sum(
        starts, columns, a, s, first, spots, numbers, asked, held, other, rows, margins
    )
    note(worst, 8, abs(total - welfare), max(abs(welfare), scale), relative, unit)
    for condition in range(len(worst)):
        if worst[condition] > relative:
            return False, welfare, own, worst
    return bool(size < limit), welfare, own, worst
