"""Brute force for markets with capacities of a few pairs: every set of pairs. Slow and obvious.

Works on nested lists of Python numbers (None: no edge), so whole numbers stay exact, and shares
nothing with the solvers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

Values = Sequence[Sequence[int | float | None]]
Number = int | float
Pairs = list[tuple[int, int]]


def allowed(values: Values, a: Sequence[int], s: Sequence[int]) -> Iterator[Pairs]:
    """Yield every set of edges within the capacities."""
    edges = [(i, j) for i, row in enumerate(values) for j, v in enumerate(row) if v is not None]

    def extend(place: int, chosen: Pairs, a: list[int], s: list[int]) -> Iterator[Pairs]:
        if place == len(edges):
            yield list(chosen)
            return
        yield from extend(place + 1, chosen, a, s)
        i, j = edges[place]
        if a[i] and s[j]:
            a[i], s[j] = a[i] - 1, s[j] - 1
            yield from extend(place + 1, [*chosen, (i, j)], a, s)
            a[i], s[j] = a[i] + 1, s[j] + 1

    yield from extend(0, [], list(a), list(s))


def gain(values: Values, reserves: Sequence[Number], pairs: Pairs) -> Number:
    """Return the sum of value minus reserve."""
    return sum(values[i][j] - reserves[j] for i, j in pairs)


def welfare(
    values: Values, reserves: Sequence[Number], a: Sequence[int], s: Sequence[int]
) -> Number:
    """Return the greatest gain of any set."""
    return max(gain(values, reserves, pairs) for pairs in allowed(values, a, s))


def best_sets(
    values: Values, reserves: Sequence[Number], a: Sequence[int], s: Sequence[int]
) -> list[Pairs]:
    """Return all sets of greatest gain."""
    found = [(gain(values, reserves, pairs), pairs) for pairs in allowed(values, a, s)]
    top = max(worth for worth, _ in found)
    return [pairs for worth, pairs in found if worth == top]


def with_units(s: Sequence[int], seller: int, more: int) -> list[int]:
    """Return capacities with more or fewer units of one seller."""
    return [units + more * (j == seller) for j, units in enumerate(s)]


def least_price(
    values: Values, reserves: Sequence[Number], a: Sequence[int], s: Sequence[int], seller: int
) -> Number:
    """Return the reserve plus what one more unit would add (CAP-2)."""
    more = welfare(values, reserves, a, with_units(s, seller, 1))
    return reserves[seller] + more - welfare(values, reserves, a, s)


def greatest_price(
    values: Values, reserves: Sequence[Number], a: Sequence[int], s: Sequence[int], seller: int
) -> Number:
    """Return the reserve plus what one unit less would cost (CAP-2); needs a unit."""
    fewer = welfare(values, reserves, a, with_units(s, seller, -1))
    return reserves[seller] + welfare(values, reserves, a, s) - fewer


def best_utility(row: Sequence[int | float | None], prices: Sequence[Number], most: int) -> Number:
    """Return the most that a buyer can get from a set of at most so many sellers: all are tried."""
    left = [v - p for v, p in zip(row, prices, strict=True) if v is not None]
    sizes = range(min(most, len(left)) + 1)
    return max(sum(chosen) for size in sizes for chosen in combinations(left, size))


def is_equilibrium(
    values: Values,
    reserves: Sequence[Number],
    a: Sequence[int],
    s: Sequence[int],
    pairs: Pairs,
    prices: Sequence[Number],
) -> bool:
    """Return whether the definition holds, literally."""
    for j, (price, reserve) in enumerate(zip(prices, reserves, strict=True)):
        sold = sum(seller == j for _, seller in pairs)
        if price < reserve or (sold < s[j] and price != reserve):
            return False
    for i, row in enumerate(values):
        held = sum(row[j] - prices[j] for buyer, j in pairs if buyer == i)
        if held != best_utility(row, prices, a[i]):
            return False
    return True


def without(capacities: Sequence[int], agent: int) -> list[int]:
    """Return capacities in which an agent may not trade."""
    return [0 if place == agent else units for place, units in enumerate(capacities)]
