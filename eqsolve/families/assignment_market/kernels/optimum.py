"""The program of a market with capacities in one call: from its values to both ends of its prices.

The searches are those of `transportation` and, where columns are few, `few_columns`; shapes and
meanings are theirs. Work space is made here: arrays, or lists where a kernel is interpreted, whose
integers have any length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel, part, space, zeros
from eqsolve.families.assignment_market.kernels.few_columns import push_between
from eqsolve.families.assignment_market.kernels.transportation import (
    choose,
    fill_slots,
    gather,
    outbid,
    push_out,
    slides,
)

__all__ = ["harms", "optimum"]

byte, short, long = np.int8, np.int32, np.int64


@kernel
def optimum(
    places: Any, columns: Any, numbers: Any, floor: Any, a: Any, b: Any,
    dense: int, endless: Any, stop: Any,
) -> tuple[Any, Any, Any, Any, Any]:  # fmt: skip
    """Return the pairs of an optimum, duals of buyers and sellers, and the ends of the latter.

    Row i of the numbers, in whole units, is ``numbers[places[i] : places[i + 1]]``, on `columns`
    or, where these are empty, on all sellers in turn; ``floor (m,)`` holds the reserves, ``a (n,)``
    and ``b (m,)`` the capacities of buyers and sellers. Columns are searched as few where at least
    one pair in `dense` is there; `endless` is more than any way costs.

    Pairs stand one behind the other, ``(2 k,)``, by buyer and seller. The least and greatest duals
    ``(m,)`` are those of CAP-2; of a seller without units the greatest is where nobody would take
    one anyway. If `stop` is raised meanwhile, nothing that is returned holds.
    """
    n, m = len(a), len(b)
    most = 0
    for place in range(len(numbers)):
        if numbers[place] > 0:
            most += 1
    starts, firsts, units = zeros(n + 1, long), zeros(m + 1, long), zeros(2, long)
    heads, tails, worth = space(most, short), space(most, short), space(most, long)
    rows, owners, turned = space(most, short), space(most, short), space(most, long)
    order = space(most, long)
    count = gather(
        places, columns, numbers, floor, a, b, starts, heads, tails, worth,
        firsts, rows, owners, turned, order, units,
    )  # fmt: skip
    heads, tails, worth = heads[:count], tails[:count], worth[:count]
    rows, owners, turned = rows[:count], owners[:count], turned[:count]
    u, q, held, back = zeros(n, long), zeros(m, long), zeros(count, byte), zeros(count, byte)

    # The side with fewer units in all overfills the other least; short rows are cheap to read.
    by_buyer = units[0] < units[1] or (units[0] == units[1] and n >= m)
    begins, first, ends, own = starts, firsts, heads, tails
    gains, limits, bounds, rising, falling, chosen = worth, a, b, u, q, held
    if not by_buyer:
        begins, first, ends, own = firsts, starts, rows, owners
        gains, limits, bounds, rising, falling, chosen = turned, b, a, q, u, back
    wide = len(bounds)
    slots, load = space(count, long), zeros(wide, long)
    keys, items = space(count + n + m + 1, long), space(count + n + m + 1, long)
    choose(begins, ends, gains, limits, bounds, chosen, load, rising, keys, items)
    fill_slots(ends, chosen, first, load, slots)
    surplus = outbid(
        begins, ends, own, gains, bounds, chosen, first, slots, load, rising, falling,
        space(n + m, long), space(n + m, long), space(n + m, long), items, keys, stop,
    )  # fmt: skip
    if surplus > 0 and 3 * wide * wide <= count and n * m <= dense * count:
        spots = space(n * m, long)
        for place in range(n * m):
            spots[place] = -1
        push_between(
            begins, ends, own, gains, bounds, chosen, first, slots, load, rising, falling, spots,
            space(wide * wide, long), space(wide * wide, long), space(wide * wide, long),
            zeros(wide, long), space(wide, long), space(wide, long), space(wide, long),
            space(wide, long), space(wide, long), endless, stop,
        )  # fmt: skip
    elif surplus > 0:
        far, via = space(n + m, long), space(n + m, long)
        for node in range(n + m):
            far[node] = endless
        push_out(
            begins, ends, own, gains, bounds, chosen, first, slots, load, rising, falling,
            far, via, space(n + m, long), keys, items, endless, stop,
        )  # fmt: skip
    size = 0
    for e in range(count):
        if by_buyer:
            back[e] = held[order[e]]
        else:
            held[order[e]] = back[e]
        size += chosen[e]

    low, high = zeros(m, long), zeros(m, long)
    far = space(n + m, long)
    for side in range(2):
        if side == 0:
            begins, first, ends, own = starts, firsts, heads, tails
            gains, limits, rising, falling, chosen = worth, a, u, q, held
        else:
            begins, first, ends, own = firsts, starts, rows, owners
            gains, limits, rising, falling, chosen = turned, b, q, u, back
        slides(
            begins, ends, own, gains, limits, chosen, first, slots, space(len(falling), long),
            rising, falling, far, keys, items, endless,
        )  # fmt: skip
        for j in range(m):
            if b[j] > 0 and side == 0:
                low[j] = q[j] - far[j]
            elif b[j] > 0:
                high[j] = q[j] + far[n + j]
    closed_ends(places, columns, numbers, floor, a, b, starts, heads, worth, held, low, high)

    pairs = space(2 * size, long)
    size = 0
    for e in range(count):
        if held[e] == 1:
            pairs[size] = tails[e]
            pairs[size + 1] = heads[e]
            size += 2
    return pairs, u, q, low, high


@part
def closed_ends(
    places: Any, columns: Any, numbers: Any, floor: Any, a: Any, b: Any,
    starts: Any, heads: Any, worth: Any, held: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """Fill the ends of sellers without units: what some buyer would pay, and what nobody would.

    One pays what leaves it as much as its last pair at the least prices, or nothing if it has room.
    """
    closed = 0
    for j in range(len(b)):
        if b[j] == 0:
            closed += 1
    if closed == 0:
        return
    for i in range(len(a)):
        taken, content = 0, 0
        for e in range(starts[i], starts[i + 1]):
            if held[e] == 1:
                left = worth[e] - low[heads[e]]
                if taken == 0 or left < content:
                    content = left
                taken += 1
        if taken < a[i]:
            content = 0
        for place in range(places[i], places[i + 1]):
            j = columns[place] if len(columns) > 0 else place - places[i]
            gain = numbers[place] - floor[j]
            if b[j] == 0 and gain > 0:
                high[j] = max(high[j], gain)
                if a[i] > 0:
                    low[j] = max(low[j], gain - content)


@kernel
def harms(
    places: Any, columns: Any, numbers: Any, floor: Any, a: Any, b: Any,
    pairs: Any, u: Any, q: Any, endless: Any, stop: Any,
) -> Any:  # fmt: skip
    """Return what the others lose by each buyer who may take several items, shape (n,) (CAP-3).

    The worth of what it holds less the loss without it: its units are pushed out of the optimum,
    one search each. Arguments and `stop` as in `optimum`, whose pairs and duals are given.
    """
    n, m = len(a), len(b)
    most = 0
    for place in range(len(numbers)):
        if numbers[place] > 0:
            most += 1
    starts, firsts, units = zeros(n + 1, long), zeros(m + 1, long), zeros(2, long)
    heads, tails, worth = space(most, short), space(most, short), space(most, long)
    rows, owners, turned = space(most, short), space(most, short), space(most, long)
    order = space(most, long)
    count = gather(
        places, columns, numbers, floor, a, b, starts, heads, tails, worth,
        firsts, rows, owners, turned, order, units,
    )  # fmt: skip
    rows, owners, turned = rows[:count], owners[:count], turned[:count]
    harm, load = zeros(n, long), space(n, long)
    held, slots = zeros(count, byte), space(count, long)
    e = 0
    for t in range(0, len(pairs), 2):
        while tails[e] != pairs[t] or heads[e] != pairs[t + 1]:
            e += 1
        harm[tails[e]] += worth[e]
        held[e] = 1
    back = zeros(count, byte)
    for e in range(count):
        back[e] = held[order[e]]
    fill_slots(rows, back, starts, load, slots)
    far, via, touched = space(n + m, long), space(n + m, long), space(n + m, long)
    keys, items = space(count + n + m + 1, long), space(count + n + m + 1, long)
    for node in range(n + m):
        far[node] = endless
    for i in range(n):
        if a[i] < 2:
            harm[i] = 0
        elif load[i] > 0 and stop[0] == 0:
            rest = a.copy()
            rest[i] = 0
            harm[i] -= push_out(
                firsts, rows, owners, turned, rest, back.copy(), starts, slots.copy(), load.copy(),
                q.copy(), u.copy(), far, via, touched, keys, items, endless, stop,
            )  # fmt: skip
    return harm
