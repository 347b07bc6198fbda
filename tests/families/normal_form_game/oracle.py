"""Normal-form games by brute force: dictionaries of fractions, loops, nothing from the package."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

Profile = tuple[int, ...]
Table = dict[Profile, tuple[Any, ...]]


def table_of(payoffs: Any, denominator: int) -> Table:
    """Return profile -> payoffs from nested lists (whole numbers) or as floats."""
    table: Table = {}

    def walk(part: Any, profile: Profile) -> None:
        if not isinstance(part[0], list):
            exact = all(isinstance(entry, int) for entry in part)
            table[profile] = tuple(Fraction(e, denominator) if exact else e for e in part)
            return
        for strategy, inner in enumerate(part):
            walk(inner, (*profile, strategy))

    walk(payoffs, ())
    return table


def neighbors(table: Table, profile: Profile) -> list[tuple[int, Profile]]:
    """Return (player, profile after) for every other strategy of every player."""
    return [
        (i, other)
        for other in table
        for i in range(len(profile))
        if other[i] != profile[i] and other[:i] + other[i + 1 :] == profile[:i] + profile[i + 1 :]
    ]


def equilibria(table: Table) -> dict[Profile, bool]:
    """Return equilibrium -> strict."""
    found = {}
    for profile, own in table.items():
        gains = [table[other][i] - own[i] for i, other in neighbors(table, profile)]
        # The difference of two floats may vanish; the comparison does not.
        worse = [table[other][i] < own[i] for i, other in neighbors(table, profile)]
        better = [table[other][i] > own[i] for i, other in neighbors(table, profile)]
        if not any(better):
            assert not any(gain > 0 for gain in gains)
            found[profile] = all(worse)
    return found


def reachable(table: Table, start: Profile, *, ties: bool) -> set[Profile]:
    """Return the profiles that gains (and, with ties, neutral moves) lead to."""
    seen, front = set(), [start]
    while front:
        here = front.pop()
        for i, there in neighbors(table, here):
            better = table[there][i] > table[here][i]
            if (better or (ties and table[there][i] == table[here][i])) and there not in seen:
                seen.add(there)
                front.append(there)
    return seen


def has_generalized_ordinal_potential(table: Table) -> bool:
    """No profile leads back to itself by gains."""
    return all(profile not in reachable(table, profile, ties=False) for profile in table)


def has_ordinal_potential(table: Table) -> bool:
    """No gain can be undone without a loss."""
    return not any(
        table[there][i] > table[here][i] and here in reachable(table, there, ties=True)
        for here in table
        for i, there in neighbors(table, here)
    )


def has_exact_potential(table: Table) -> bool:
    """Gains sum to 0 around every cycle of four profiles that two players make."""
    for a in table:
        for (i, b), (j, d) in itertools.product(neighbors(table, a), repeat=2):
            if i == j:
                continue
            c = tuple(b[k] if k == i else d[k] for k in range(len(a)))
            total = table[b][i] - table[a][i] + table[c][j] - table[b][j]
            total += table[d][i] - table[c][i] + table[a][j] - table[d][j]
            if total != 0:
                return False
    return True


def sinks(table: Table) -> set[frozenset[Profile]]:
    """Return the sink components of the improvement graph."""
    found = set()
    for profile in table:
        ahead = reachable(table, profile, ties=False) | {profile}
        if all(profile in reachable(table, other, ties=False) | {other} for other in ahead):
            found.add(frozenset(ahead))
    return found


def survivors(table: Table, *, weak: bool) -> list[list[int]]:
    """Return what simultaneous iterated elimination by pure strategies leaves each player."""
    n = len(next(iter(table)))
    left = [sorted({profile[i] for profile in table}) for i in range(n)]
    while True:
        gone = [
            [s for s in left[i] if any(_beats(table, left, i, t, s, weak) for t in left[i])]
            for i in range(n)
        ]
        if not any(gone):
            return left
        left = [[s for s in left[i] if s not in gone[i]] for i in range(n)]


def _beats(table: Table, left: list[list[int]], i: int, t: int, s: int, weak: bool) -> bool:
    others = [left[k] if k != i else [0] for k in range(len(left))]
    pairs = []
    for rest in itertools.product(*others):
        with_t = table[(*rest[:i], t, *rest[i + 1 :])][i]
        with_s = table[(*rest[:i], s, *rest[i + 1 :])][i]
        pairs.append((with_t, with_s))
    if weak:
        return all(x >= y for x, y in pairs) and any(x > y for x, y in pairs)
    return all(x > y for x, y in pairs)
