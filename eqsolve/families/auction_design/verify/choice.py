"""What types take from a menu, looked at entry by entry, item by item and bid by bid.

The rule is that of the definition: a best entry; two utilities within 1e-9 of the greatest value
(of 1 at least) are tied; ties go to the greatest price plus later worth, then to what comes first,
the null entry before all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
    TableValuations,
    Valuations,
)
from eqsolve.families.auction_design.solution.mechanism import Menu, Tariff

__all__ = ["Choice", "choose", "choose_entries"]

_TIE = 1e-9


class Choice(NamedTuple):
    """What N types took: bundles (N, m), of one atom of lotteries, payments, expected values."""

    bundles: BoolArray
    payments: FloatArray
    values: FloatArray


_AT_ONCE = 1 << 18
"""Numbers held at a time."""


class _Best:
    """The best offer so far of every type; ties as the rule says."""

    def __init__(self, types: Valuations) -> None:
        n = len(types)
        self.slack = _slack(types)
        self.utility = np.zeros(n)
        self.offers: list[tuple[FloatArray, FloatArray]] = []

    def hear(self, utility: FloatArray, money: FloatArray) -> None:
        """Take note of an offer: its utility to every type, and what the seller gets."""
        self.offers.append((utility, money))
        self.utility = np.maximum(self.utility, utility)

    def taken(self) -> IntArray:
        """Return the offer that each type takes, -1 for nothing."""
        chosen = np.full(len(self.utility), -1)
        money = np.where(self.utility <= self.slack, 0.0, -np.inf)  # nothing, where that is tied
        for k, (utility, earned) in enumerate(self.offers):
            better = (utility >= self.utility - self.slack) & (earned > money)
            chosen[better], money = k, np.where(better, earned, money)
        return chosen


def _slack(types: Valuations) -> FloatArray:
    """Return by how much tied utilities of each type may differ."""
    found: FloatArray = _TIE * np.maximum(1.0, types.greatest())
    return found


def choose_entries(
    types: Valuations, menu: Menu, available: BoolArray
) -> tuple[IntArray, FloatArray]:
    """Return the entry that each type takes, -1 for nothing, and its expected value.

    Parameters
    ----------
    available : shape (m,), the items left.
    """
    entries, atoms, m = menu.bundles.shape
    chosen, values = np.full(len(types), -1), np.zeros(len(types))
    if not entries or not atoms:
        return chosen, values
    missing = ((menu.bundles & ~available).any(axis=2) & (menu.weights > 0)).any(axis=1)
    price = np.where(missing, np.inf, menu.prices)
    earned = menu.prices if menu.worth is None else menu.prices + menu.worth
    flat = menu.bundles.reshape(entries * atoms, m)
    step = max(1, _AT_ONCE // len(flat))
    for start in range(0, len(types), step):
        rows = np.arange(start, min(start + step, len(types)))
        some = types.take(rows)
        worth = (some.of(flat).reshape(len(rows), entries, atoms) * menu.weights).sum(axis=2)
        chosen[rows] = _first_of_the_dearest(worth - price, earned, _slack(some))
        bought = chosen[rows] >= 0
        values[rows[bought]] = worth[bought, chosen[rows][bought]]
    return chosen, values


def _first_of_the_dearest(utility: FloatArray, earned: FloatArray, slack: FloatArray) -> IntArray:
    """Return for each row the offer that is taken by the rule, -1 for nothing."""
    best = np.maximum(utility.max(axis=1), 0.0)
    tied = utility >= (best - slack)[:, None]
    money = np.where(tied, earned, -np.inf).max(axis=1)
    first = (tied & (earned >= money[:, None])).argmax(axis=1)
    return np.where((best <= slack) & (money <= 0), -1, first)


def choose(
    types: Valuations, menu: Menu | Tariff, available: BoolArray, rng: np.random.Generator
) -> Choice:
    """Return what types take, bundles of lotteries drawn as play documents it.

    Parameters
    ----------
    available : shape (N, m), the items left for each; equal rows for lists of entries.
    """
    if isinstance(menu, Tariff):
        return _from_tariff(types, menu, available)
    chosen, values = choose_entries(types, menu, available[0])
    buyers = np.flatnonzero(chosen >= 0)
    entries = chosen[buyers]
    payments = np.zeros(len(types))
    payments[buyers] = menu.prices[entries]
    bundles = np.zeros(available.shape, dtype=np.bool_)
    mark = rng.random(len(buyers))
    for row, entry, u in zip(buyers.tolist(), entries.tolist(), mark.tolist(), strict=True):
        if (menu.weights[entry] == 1).any():
            bundles[row] = menu.bundles[entry, int(menu.weights[entry].argmax())]
            continue
        for chance, bundle in zip(menu.weights[entry], menu.bundles[entry], strict=True):
            if u < chance:
                bundles[row] = bundle
                break
            u -= chance
    return Choice(bundles, payments, values)


def _from_tariff(types: Valuations, tariff: Tariff, available: BoolArray) -> Choice:
    """Return what types take from a tariff."""
    n, m = available.shape
    found = Choice(np.zeros((n, m), dtype=np.bool_), np.zeros(n), np.zeros(n))
    if isinstance(types, MixedValuations):
        for rows, part in types.split():
            some = _from_tariff(part, tariff, available[rows])
            for whole, own in zip(found, some, strict=True):
                whole[rows] = own
        return found
    items = np.zeros(m) if tariff.item_prices is None else tariff.item_prices
    sizes = np.append(0.0, np.zeros(m) if tariff.size_prices is None else tariff.size_prices)
    best = _Best(types)
    taken: list[BoolArray] = []
    if isinstance(types, AdditiveValuations):
        offers = _sizes(types, items, available, tariff.size_prices is not None)
    elif isinstance(types, BidValuations):
        offers = _bids(types, items, sizes, available)
    else:
        assert isinstance(types, TableValuations)
        return _from_table(types, tariff, items, sizes, available)
    for bundles in offers:
        with np.errstate(invalid="ignore"):
            cost = np.where(bundles, items, 0.0).sum(axis=1) + sizes[bundles.sum(axis=1)]
        cost = np.where((bundles & ~available).any(axis=1), np.inf, cost + tariff.fee)
        cost = np.where(bundles.any(axis=1), cost, np.inf)
        best.hear(types.each(bundles) - cost, cost)
        taken.append(bundles)
    chosen = best.taken()
    for k, bundles in enumerate(taken):
        rows = np.flatnonzero(chosen == k)
        found.bundles[rows] = bundles[rows]
        found.payments[rows] = best.offers[k][1][rows]
    found.values[:] = types.each(found.bundles)
    return found


def _from_table(
    types: TableValuations,
    tariff: Tariff,
    items: FloatArray,
    sizes: FloatArray,
    available: BoolArray,
) -> Choice:
    """Return what types take that have a value of every bundle.

    Sizes, prices and what is there are found by doubling: each item comes to all bundles of those
    before it.
    """
    n, m = available.shape
    size, cost = np.zeros(1, dtype=np.int64), np.zeros(1)
    for price in items.tolist():
        size, cost = np.append(size, size + 1), np.append(cost, cost + price)
    cost = cost + sizes[size] + tariff.fee
    found = Choice(np.zeros((n, m), dtype=np.bool_), np.zeros(n), np.zeros(n))
    if not m:
        return found
    step = max(1, _AT_ONCE >> m)
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        some = types.take(rows)
        there = np.ones((len(rows), 1), dtype=np.bool_)
        for item in range(m):
            there = np.hstack([there, there & available[rows, item, None]])
        utility = np.where(there, some.values - cost, -np.inf)[:, 1:]
        number = _first_of_the_dearest(utility, cost[1:], _slack(some)) + 1
        found.bundles[rows] = number[:, None] >> np.arange(m) & 1 == 1
        found.payments[rows] = np.where(number > 0, cost[number], 0.0)
        found.values[rows] = some.values[np.arange(len(rows)), number]
    return found


def _sizes(
    types: AdditiveValuations, items: FloatArray, available: BoolArray, sized: bool
) -> list[BoolArray]:
    """Return the best bundle of every size to every type, at item prices.

    The bundle of s items is that of s - 1 and the best item of the rest; of items as good as each
    other the dearer one.
    """
    n, m = available.shape
    possible = available & np.isfinite(items)
    price = np.where(np.isfinite(items), items, 0.0)
    surplus = np.where(possible, types.values - price, -np.inf)
    slack = _TIE * np.maximum(1.0, types.greatest())[:, None]
    bundles = np.zeros((n, m), dtype=np.bool_)
    found = []
    for _ in range(m if sized or types.demand is None else min(m, types.demand)):
        rest = np.where(bundles, -np.inf, surplus)
        top = rest.max(axis=1, keepdims=True)
        as_good = (rest >= top - slack) & np.isfinite(rest)
        item = np.where(as_good, price, -1.0).argmax(axis=1)
        bundles = bundles.copy()
        bundles[np.arange(n), item] |= as_good.any(axis=1)
        found.append(bundles)
    return found


def _bids(
    types: BidValuations, items: FloatArray, sizes: FloatArray, available: BoolArray
) -> list[BoolArray]:
    """Return the bundles that matter to types who bid: their bids, and the cheapest around them."""
    n, m = available.shape
    price = np.where(np.isfinite(items), items, np.inf)
    plain = not sizes.any()
    count = np.diff(types.starts)
    found = []
    for rank in range(int(count.max(initial=0))):
        rows = np.flatnonzero(count > rank)
        bundles = np.zeros((n, m), dtype=np.bool_)
        bundles[rows] = types.bundles[types.starts[rows] + rank]
        found.append(bundles)
        for _ in range(0 if plain else m):
            cost = np.where(bundles | ~available, np.inf, price)
            item = cost.argmin(axis=1)
            more = np.isfinite(cost[np.arange(n), item]) & bundles.any(axis=1)
            if not more.any():
                break
            bundles = bundles.copy()
            bundles[np.flatnonzero(more), item[more]] = True
            found.append(bundles)
    return found
