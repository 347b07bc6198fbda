"""Exact equilibria of tiny linear and quasi-linear Fisher markets, by trying all spending graphs.

Some equilibrium has a forest as its graph of who spends on what. In a forest prices are fixed by
ratios of values and by the money of each component, and flows by elimination of leaves: all in
fractions. Nothing here is shared with the solvers.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

Number = int | Fraction


def exact_prices(
    values: list[list[int]], budgets: list[int], supplies: list[int], *, keep_money: bool
) -> tuple[list[Fraction], list[list[Fraction]]]:
    """Return equilibrium prices and an allocation; every buyer must want something."""
    n, m = len(values), len(supplies)
    wanted = [any(row[j] for row in values) for j in range(m)]
    money = m  # the last column is money kept, worth and costing 1 a unit
    table = [[*map(Fraction, row), Fraction(1 if keep_money else 0)] for row in values]
    edges = [(i, j) for i in range(n) for j in range(m + 1) if table[i][j] > 0]
    most = n + sum(wanted) + (1 if keep_money else 0)
    for size in range(most):
        for chosen in combinations(edges, size):
            if {i for i, _ in chosen} != set(range(n)):
                continue
            if {j for _, j in chosen if j != money} != {j for j in range(m) if wanted[j]}:
                continue
            found = _try(table, budgets, supplies, chosen, money)
            if found is not None:
                return found
    raise AssertionError("no spending forest is an equilibrium")


def _try(
    table: list[list[Fraction]],
    budgets: list[int],
    supplies: list[int],
    chosen: tuple[tuple[int, int], ...],
    money: int,
) -> tuple[list[Fraction], list[list[Fraction]]] | None:
    """Return prices and allocation if this forest is an equilibrium."""
    cost: dict[int, Fraction] = {}
    price: dict[int, Fraction] = {}
    flow: dict[tuple[int, int], Fraction] = {}
    for part in _components(chosen):
        if not _is_tree(part):
            return None
        ratios = _ratios(table, part, money)
        goods = {j for _, j in part}
        if money in goods:
            scale = 1 / ratios["good", money]
        else:
            worth = sum(ratios["good", j] * supplies[j] for j in goods)
            scale = Fraction(sum(budgets[i] for i in {i for i, _ in part})) / worth
        for (side, k), ratio in ratios.items():
            (price if side == "good" else cost)[k] = ratio * scale
        flow.update(
            _flows(part, {i: Fraction(budgets[i]) for i, _ in part}, price, supplies, money)
        )
    if min(flow.values(), default=Fraction(0)) < 0:
        return None
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            at = Fraction(1) if j == money else price.get(j, Fraction(0))
            if value and cost[i] * value > at:
                return None
    for j, stock in enumerate(supplies):
        if j in price and sum(flow.get((i, j), Fraction(0)) for i in cost) != price[j] * stock:
            return None
    prices = [price.get(j, Fraction(0)) for j in range(money)]
    allocation = [
        [
            flow.get((i, j), Fraction(0)) / prices[j] if prices[j] else Fraction(0)
            for j in range(money)
        ]
        for i in range(len(table))
    ]
    return prices, allocation


def _components(chosen: tuple[tuple[int, int], ...]) -> Iterator[list[tuple[int, int]]]:
    """Yield the connected parts, as lists of edges."""
    left = list(chosen)
    while left:
        part = [left.pop()]
        grown = True
        while grown:
            near = [e for e in left if any(e[0] == f[0] or e[1] == f[1] for f in part)]
            part += near
            left = [e for e in left if e not in near]
            grown = bool(near)
        yield part


def _is_tree(part: list[tuple[int, int]]) -> bool:
    """Whether a connected part has no cycle."""
    return len(part) == len({i for i, _ in part}) + len({j for _, j in part}) - 1


def _ratios(
    table: list[list[Fraction]], part: list[tuple[int, int]], money: int
) -> dict[tuple[str, int], Fraction]:
    """Return costs of utility and prices up to one factor: price = cost x value on each edge."""
    found = {("buyer", part[0][0]): Fraction(1)}
    while len(found) < len({i for i, _ in part}) + len({j for _, j in part}):
        for i, j in part:
            if ("buyer", i) in found:
                found["good", j] = found["buyer", i] * table[i][j]
            elif ("good", j) in found:
                found["buyer", i] = found["good", j] / table[i][j]
    return found


def _flows(
    part: list[tuple[int, int]],
    budget: dict[int, Fraction],
    price: dict[int, Fraction],
    supplies: list[int],
    money: int,
) -> dict[tuple[int, int], Fraction]:
    """Return the money on each edge of a tree, by elimination of leaves; money takes the rest."""
    left, found = list(part), {}
    need = {j: price[j] * supplies[j] for _, j in part if j != money}
    have = dict(budget)
    while left:
        for i, j in left:
            buyer_leaf = sum(e[0] == i for e in left) == 1
            good_leaf = sum(e[1] == j for e in left) == 1 and j != money
            if buyer_leaf or good_leaf:
                amount = have[i] if buyer_leaf else need[j]
                found[i, j] = amount
                have[i] -= amount
                if j != money:
                    need[j] -= amount
                left.remove((i, j))
                break
    return found
