"""Many-to-many assignment by shortest paths: rows and columns with capacities, a pair at most once.

Linear program: maximize the worth of the pairs held, at most ``a[i]`` in row i and ``b[j]`` in
column j. Duals ``u, q >= 0`` belong to an optimum exactly if ``u[i] + q[j] <= worth`` on pairs
held, ``>= worth`` on the others, ``u[i] = 0`` where row i has room and ``q[j] = 0`` where column j
has (CAP-1). `choose` gives every row its best pairs at column duals 0, which leaves only columns
that are held too often; `push_out` moves their surplus units away along shortest paths in reduced
cost (to a column with room, or out of the market), which keeps all the rest. `slides` then tells
how far the duals of one side can fall within the optimal ones (CAP-2): one more such search.

Everything is integers, so nothing is rounded; the code runs on arrays where it is compiled and on
Python's lists, whose integers have any length, where it is interpreted. Work space comes from
outside, see `optimum`. For E pairs a search costs O(E log E) at worst; most see a few rows.

Shapes: ``starts (n + 1,)``, ``heads (E,)`` and ``worth (E,)`` list the pairs by row, ``tails (E,)``
are their rows; ``a, u (n,)`` belong to rows, ``b, q, load (m,)`` to columns, ``held (E,)`` tells
the pairs held. The pairs held in column j stand in ``slots[first[j] : first[j] + load[j]]``. Nodes
of a search are the columns, then the rows: ``far, via (m + n,)``, and a heap of ``(E + m + n,)``.

Sources: Tomizawa (1971); Edmonds and Karp (1972); Ahuja, Magnanti and Orlin, Network Flows (1993).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel, part
from eqsolve.algorithms.matching.sparse.heap import pop, push

__all__ = ["choose", "fill_slots", "gather", "outbid", "push_out", "share", "slides"]


@part
def gather(
    places: Any, columns: Any, numbers: Any, floor: Any, a: Any, b: Any,
    starts: Any, heads: Any, tails: Any, worth: Any,
    firsts: Any, rows: Any, owners: Any, turned: Any, order: Any, units: Any,
) -> int:  # fmt: skip
    """List the pairs worth more than a column's `floor`, by row and by column; return how many.

    Row i of the numbers is ``numbers[places[i] : places[i + 1]]``, on `columns` or, where these are
    empty, on all columns in turn. Pairs of rows and columns without capacity are left out. Fills
    ``starts (n + 1,), heads, tails, worth`` by row, and ``firsts (m + 1,), rows, owners, turned``
    by column, rows rising, with the place of each in the list by row in ``order``; and ``units
    (2,)`` with how many units rows and columns can trade at most. `starts`, `firsts` and `units`
    must be zeros; the others have an entry a number > 0. O(numbers + n + m).
    """
    n, m = len(starts) - 1, len(firsts) - 1
    count = 0
    for i in range(n):
        if a[i] > 0:
            for place in range(places[i], places[i + 1]):
                j = columns[place] if len(columns) > 0 else place - places[i]
                gain = numbers[place] - floor[j]
                if gain > 0 and b[j] > 0:
                    heads[count] = j
                    tails[count] = i
                    worth[count] = gain
                    firsts[j] += 1
                    count += 1
        starts[i + 1] = count
        units[0] += min(a[i], count - starts[i])
    end = 0
    for j in range(m + 1):
        if j < m:
            units[1] += min(b[j], firsts[j])
        end += firsts[j]
        firsts[j] = end - firsts[j]
    for e in range(count):
        j = heads[e]
        place = firsts[j]
        order[place] = e
        rows[place] = tails[e]
        owners[place] = j
        turned[place] = worth[e]
        firsts[j] = place + 1
    for j in range(m, 0, -1):
        firsts[j] = firsts[j - 1]
    firsts[0] = 0
    return count


@part
def choose(
    starts: Any, heads: Any, worth: Any, a: Any, b: Any, held: Any, load: Any, u: Any,
    keys: Any, items: Any,
) -> None:  # fmt: skip
    """Let every row hold its best pairs worth > 0; among equals those of columns with room.

    Fills `held`, `load` and `u` (the worth of a full row's last pair), which must be zeros. Takes
    O(E log max a); shapes as above.
    """
    n = len(a)
    for i in range(n):
        size = 0
        for e in range(starts[i], starts[i + 1]):
            if size < a[i]:
                size = push(keys, items, size, worth[e], 0)
            elif worth[e] > keys[0]:
                size = pop(keys, items, size)
                size = push(keys, items, size, worth[e], 0)
        if size > 0 and size == a[i]:
            u[i] = keys[0]
    for i in range(n):
        for e in range(starts[i], starts[i + 1]):
            if worth[e] > u[i]:
                held[e] = 1
                load[heads[e]] += 1
    for i in range(n):
        if u[i] == 0:
            continue
        left = a[i]
        for e in range(starts[i], starts[i + 1]):
            left -= held[e]
        for only_room in range(2):
            for e in range(starts[i], starts[i + 1]):
                if left == 0:
                    break
                j = heads[e]
                if worth[e] == u[i] and held[e] == 0 and (only_room == 1 or load[j] < b[j]):
                    held[e] = 1
                    load[j] += 1
                    left -= 1


@part
def fill_slots(heads: Any, held: Any, first: Any, load: Any, slots: Any) -> None:
    """List the pairs held by column; `load` is counted anew. O(E + m); shapes as above."""
    for j in range(len(load)):
        load[j] = 0
    for e in range(len(heads)):
        if held[e] == 1:
            j = heads[e]
            slots[first[j] + load[j]] = e
            load[j] += 1


@part
def outbid(
    starts: Any, heads: Any, tails: Any, worth: Any, b: Any, held: Any,
    first: Any, slots: Any, load: Any, u: Any, q: Any,
    best: Any, asked: Any, roomy: Any, items: Any, keys: Any, stop: Any,
) -> int:  # fmt: skip
    """Raise the duals of columns held too often until enough rows would rather hold another pair.

    Each step leaves one column full and keeps all conditions; rows that leave take their next best
    pair, which may overfill another column. Goes round while that gets rid of an eighth of the
    surplus units in a round; returns the rest, for `push_out`. A step costs what its rows look at.
    ``best, asked, roomy (n,)`` remember each row's best other pair, -1 for none and -2 where it is
    not known, the dual of its column then and whether it had room: duals only rise and room only
    falls, so it is best until one of them does.
    """
    m = len(b)
    for i in range(len(best)):
        best[i] = -2
    surplus = 0
    for j in range(m):
        surplus += max(0, load[j] - b[j])
    before = 2 * surplus
    while 0 < surplus < before and 8 * (before - surplus) >= before and stop[0] == 0:
        before = surplus
        for j in range(m):
            extra = load[j] - b[j]
            if extra <= 0:
                continue
            size = 0
            for place in range(first[j], first[j] + load[j]):
                i = tails[slots[place]]
                choice = best[i]
                if choice >= 0:
                    k = heads[choice]
                    if q[k] != asked[i] or (roomy[i] == 1 and load[k] >= b[k]):
                        choice = -2
                level = 0
                if choice >= 0:
                    level = worth[choice] - asked[i]
                elif choice < -1:
                    choice = -1
                    for e in range(starts[i], starts[i + 1]):
                        k = heads[e]
                        offer = worth[e] - q[k]
                        if offer < level or held[e] == 1:
                            continue
                        if offer > level or choice < 0 or load[heads[choice]] >= b[heads[choice]]:
                            level = offer
                            choice = e
                    best[i] = choice
                    if choice >= 0:
                        k = heads[choice]
                        asked[i] = q[k]
                        roomy[i] = 1 if load[k] < b[k] else 0
                size = push(keys, items, size, worth[slots[place]] - q[j] - level, slots[place])
            for _ in range(extra):
                e = items[0]
                size = pop(keys, items, size)
                i = tails[e]
                held[e] = 0
                place = first[j]
                while slots[place] != e:
                    place += 1
                load[j] -= 1
                slots[place] = slots[first[j] + load[j]]
                choice = best[i]
                best[i] = -2
                u[i] = 0
                if choice >= 0:
                    k = heads[choice]
                    u[i] = worth[choice] - q[k]
                    held[choice] = 1
                    slots[first[k] + load[k]] = choice
                    load[k] += 1
            q[j] += keys[0]
            for place in range(first[j], first[j] + load[j]):
                e = slots[place]
                u[tails[e]] = min(u[tails[e]], worth[e] - q[j])
        surplus = 0
        for j in range(m):
            surplus += max(0, load[j] - b[j])
    return surplus


@part
def push_out(
    starts: Any, heads: Any, tails: Any, worth: Any, b: Any, held: Any,
    first: Any, slots: Any, load: Any, u: Any, q: Any,
    far: Any, via: Any, touched: Any, keys: Any, items: Any, endless: Any, stop: Any,
) -> Any:  # fmt: skip
    """Push surplus units out of columns held too often, until none is; stop where asked to.

    `far` must hold `endless` everywhere and does again in the end; shapes as above, `touched` as
    `via`. Returns the sum of the duals of the columns at the moment that each unit left: what the
    worth of the pairs held falls by if they were optimal before, but for that surplus.
    """
    m = len(b)
    lost = 0
    for source in range(m):
        while load[source] > b[source] and stop[0] == 0:
            # A search from the source; `end` is the column with room, or the row that lets go.
            best = endless
            end = -1
            reached = 1
            touched[0] = source
            far[source] = 0
            size = push(keys, items, 0, 0, source)
            while size > 0 and keys[0] < best:
                here = keys[0]
                node = items[0]
                size = pop(keys, items, size)
                if here > far[node]:
                    continue
                if node < m:
                    for place in range(first[node], first[node] + load[node]):
                        e = slots[place]
                        i = tails[e]
                        there = here + worth[e] - q[node] - u[i]
                        if there < far[m + i]:
                            if far[m + i] == endless:
                                touched[reached] = m + i
                                reached += 1
                            far[m + i] = there
                            via[m + i] = e
                            if there + u[i] < best:
                                best = there + u[i]
                                end = m + i
                            if there < best:
                                size = push(keys, items, size, there, m + i)
                    continue
                i = node - m
                level = here + u[i]
                for e in range(starts[i], starts[i + 1]):
                    j = heads[e]
                    there = level + q[j] - worth[e]
                    if there < best and there < far[j] and held[e] == 0:
                        if far[j] == endless:
                            touched[reached] = j
                            reached += 1
                        far[j] = there
                        via[j] = e
                        if load[j] < b[j]:
                            best = there
                            end = j
                        else:
                            size = push(keys, items, size, there, j)
            for place in range(reached):
                node = touched[place]
                if far[node] < best:
                    if node < m:
                        q[node] += best - far[node]
                    else:
                        u[node - m] -= best - far[node]
                far[node] = endless
            lost += q[source]
            # Along the path every row takes the pair that it was reached for and drops one.
            node = end
            while node != source:
                e = via[node]
                if node < m:
                    held[e] = 1
                    slots[first[node] + load[node]] = e
                    load[node] += 1
                    node = m + tails[e]
                else:
                    held[e] = 0
                    j = heads[e]
                    place = first[j]
                    while slots[place] != e:
                        place += 1
                    load[j] -= 1
                    slots[place] = slots[first[j] + load[j]]
                    node = j
    return lost


@part
def slides(
    starts: Any, heads: Any, tails: Any, worth: Any, a: Any, held: Any,
    first: Any, slots: Any, load: Any, u: Any, q: Any,
    far: Any, keys: Any, items: Any, endless: Any,
) -> None:  # fmt: skip
    """Fill `far` with how far column duals can fall, and row duals then rise, among optimal ones.

    The first m entries are the falls; those of rows of capacity 0, which rise without end, stay
    `endless`. `slots` and `load` are filled anew. O(E log E); shapes as above. Reduced costs are
    those of `push_out`, whose search from one column remembers ways and gives up what costs more
    than the best end: one loop for both would ask which it is at every pair.
    """
    n, m = len(a), len(load)
    fill_slots(heads, held, first, load, slots)
    size = 0
    for j in range(m):
        far[j] = q[j]
        size = push(keys, items, size, far[j], j)
    for i in range(n):
        left = a[i]
        for e in range(starts[i], starts[i + 1]):
            left -= held[e]
        far[m + i] = endless
        if left > 0:
            far[m + i] = 0
            size = push(keys, items, size, far[m + i], m + i)
    while size > 0:
        here = keys[0]
        node = items[0]
        size = pop(keys, items, size)
        if here > far[node]:
            continue
        if node < m:
            for place in range(first[node], first[node] + load[node]):
                e = slots[place]
                i = tails[e]
                there = here + worth[e] - q[node] - u[i]
                if there < far[m + i]:
                    far[m + i] = there
                    size = push(keys, items, size, there, m + i)
            continue
        i = node - m
        for e in range(starts[i], starts[i + 1]):
            j = heads[e]
            if held[e] == 0:
                there = here + u[i] + q[j] - worth[e]
                if there < far[j]:
                    far[j] = there
                    size = push(keys, items, size, there, j)


@kernel
def share(rows: Any, columns: Any, worth: Any, prices: Any, a: Any) -> tuple[Any, Any]:
    """Return what the pairs held gain each row, and what the least of them gains it if it is full.

    ``rows, columns, worth (k,)`` are the pairs, in any amounts of money, as ``prices (m,)``. Where
    a row has room the least is 0. O(k + n).
    """
    n = len(a)
    gained, least = np.zeros(n, worth.dtype), np.zeros(n, worth.dtype)
    room = a.copy()
    for e in range(len(rows)):
        i = rows[e]
        left = max(0, worth[e] - prices[columns[e]])
        gained[i] += left
        if room[i] == a[i] or left < least[i]:
            least[i] = left
        room[i] -= 1
    for i in range(n):
        if room[i] > 0:
            least[i] = 0
    return gained, least
