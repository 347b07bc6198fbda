"""Surplus units pushed out of columns where columns are few: ways between columns are remembered.

The searches of `transportation.push_out` go from column to row to column. Here the rows are taken
out: column k reaches column j by the row that loses least by the change, and what that costs is
remembered (Tokuyama and Nakano). A row that changes its pairs mends what is remembered of it. So
for m columns a search costs O(m^2) at most, and does not look at all rows again.

Shapes and meanings are those of `transportation`; ``cost, gives, takes (m * m,)`` hold the cheapest
change from k to j at ``k * m + j``, the pair given for it and that taken; ``fresh (m,)`` tells the
columns for which they hold; ``spots (n * m,)`` the number of the pair at ``i * m + j``, or -1.
`endless` is more than any way costs.

Source: Tokuyama, T. and Nakano, J. (1995). Efficient algorithms for the Hitchcock transportation
problem. SIAM Journal on Computing 24(3), 563-578.
"""

from __future__ import annotations

from typing import Any

from eqsolve.algorithms.compile import part

__all__ = ["push_between"]


@part
def look(
    k: Any, starts: Any, heads: Any, tails: Any, worth: Any, held: Any, first: Any, slots: Any,
    load: Any, cost: Any, gives: Any, takes: Any, endless: Any,
) -> None:  # fmt: skip
    """Fill what the changes from column k cost; O(pairs of the rows that it holds)."""
    m = len(load)
    base = k * m
    for j in range(m):
        cost[base + j] = endless
    for place in range(first[k], first[k] + load[k]):
        e = slots[place]
        own = worth[e]
        i = tails[e]
        for f in range(starts[i], starts[i + 1]):
            spot = base + heads[f]
            if own - worth[f] < cost[spot] and held[f] == 0:
                cost[spot] = own - worth[f]
                gives[spot] = e
                takes[spot] = f


@part
def renew(
    k: Any, j: Any, tails: Any, worth: Any, held: Any, first: Any, slots: Any, load: Any,
    spots: Any, cost: Any, gives: Any, takes: Any, endless: Any,
) -> None:  # fmt: skip
    """Fill what the change from column k to j costs; O(rows that k holds)."""
    m = len(load)
    way = k * m + j
    cost[way] = endless
    for place in range(first[k], first[k] + load[k]):
        e = slots[place]
        f = spots[tails[e] * m + j]
        if f >= 0 and held[f] == 0 and worth[e] - worth[f] < cost[way]:
            cost[way] = worth[e] - worth[f]
            gives[way] = e
            takes[way] = f


@part
def change(
    e: Any, f: Any, starts: Any, heads: Any, tails: Any, worth: Any, held: Any,
    first: Any, slots: Any, load: Any, spots: Any,
    cost: Any, gives: Any, takes: Any, fresh: Any, endless: Any,
) -> None:  # fmt: skip
    """Let a row give pair e and take pair f, none where f < 0, and mend what is remembered.

    O(pairs of the row), and a look at the rows of a column for each way that went through the row.
    """
    m = len(load)
    i = tails[e]
    k = heads[e]
    place = first[k]
    while slots[place] != e:
        place += 1
    held[e] = 0
    load[k] -= 1
    slots[place] = slots[first[k] + load[k]]
    if f >= 0:
        j = heads[f]
        held[f] = 1
        slots[first[j] + load[j]] = f
        load[j] += 1
    if fresh[k] == 1:
        for j in range(m):
            if cost[k * m + j] < endless and gives[k * m + j] == e:
                renew(
                    k, j, tails, worth, held, first, slots, load, spots, cost, gives, takes, endless
                )
    for g in range(starts[i], starts[i + 1]):
        if held[g] == 0:
            if f >= 0 and fresh[heads[f]] == 1:
                way = heads[f] * m + heads[g]
                if worth[f] - worth[g] < cost[way]:
                    cost[way] = worth[f] - worth[g]
                    gives[way] = f
                    takes[way] = g
        elif g != f and fresh[heads[g]] == 1:
            way = heads[g] * m + k
            if worth[g] - worth[e] < cost[way]:
                cost[way] = worth[g] - worth[e]
                gives[way] = g
                takes[way] = e
            way = heads[g] * m + heads[f]
            if f >= 0 and cost[way] < endless and takes[way] == f:
                renew(
                    heads[g], heads[f], tails, worth, held, first, slots, load, spots,
                    cost, gives, takes, endless,
                )  # fmt: skip


@part
def push_between(
    starts: Any, heads: Any, tails: Any, worth: Any, b: Any, held: Any,
    first: Any, slots: Any, load: Any, u: Any, q: Any,
    spots: Any, cost: Any, gives: Any, takes: Any, fresh: Any,
    far: Any, via: Any, done: Any, given: Any, taken: Any, endless: Any, stop: Any,
) -> Any:  # fmt: skip
    """Push surplus units out of columns held too often, until none is; stop where asked to.

    `fresh` must be zeros; `u` is not read, only filled in the end; the last five arrays are work
    space of (m,). Returns the same sum as `transportation.push_out`.
    """
    m = len(b)
    for e in range(len(heads)):
        spots[tails[e] * m + heads[e]] = e
    lost = 0
    for source in range(m):
        while load[source] > b[source] and stop[0] == 0:
            # A search from the source; `end` is the column with room, or one that lets a row go.
            for j in range(m):
                far[j] = endless
                done[j] = 0
            far[source] = 0
            best = endless
            end = source
            leaver = -1
            k = source
            while k >= 0:
                here = k
                done[here] = 1
                if fresh[here] == 0:
                    fresh[here] = 1
                    look(
                        here, starts, heads, tails, worth, held, first, slots, load,
                        cost, gives, takes, endless,
                    )  # fmt: skip
                level = far[here] - q[here]
                for place in range(first[here], first[here] + load[here]):
                    if worth[slots[place]] + level < best:
                        best = worth[slots[place]] + level
                        end = here
                        leaver = slots[place]
                # Reach columns from here, and see which is the next.
                base = here * m
                nearest = endless
                k = -1
                for j in range(m):
                    if done[j] == 1:
                        continue
                    if cost[base + j] < endless:
                        there = level + cost[base + j] + q[j]
                        if there < best and there < far[j]:
                            far[j] = there
                            via[j] = here
                            if load[j] < b[j]:
                                best = there
                                end = j
                                leaver = -1
                    if far[j] < nearest:
                        nearest = far[j]
                        k = j
                if nearest >= best:
                    break
            for j in range(m):
                if far[j] < best:
                    q[j] += best - far[j]
            lost += q[source]
            # The way is written down before its rows change, which changes what is remembered.
            steps = 0
            k = end
            while k != source:
                way = via[k] * m + k
                given[steps] = gives[way]
                taken[steps] = takes[way]
                steps += 1
                k = via[k]
            if leaver >= 0:
                change(
                    leaver, -1, starts, heads, tails, worth, held, first, slots, load, spots,
                    cost, gives, takes, fresh, endless,
                )  # fmt: skip
            for step in range(steps):
                change(
                    given[step], taken[step], starts, heads, tails, worth, held,
                    first, slots, load, spots, cost, gives, takes, fresh, endless,
                )  # fmt: skip
    for i in range(len(u)):
        u[i] = 0
        for e in range(starts[i], starts[i + 1]):
            if held[e] == 0:
                u[i] = max(u[i], worth[e] - q[heads[e]])
    return lost
