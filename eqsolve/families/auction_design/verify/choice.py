"""What types take from a menu, looked at entry by entry, item by item and bid by bid.

The rule is that of the definition: a best entry; two utilities within 1e-9 of the greatest value
(of 1 at least) are tied; ties go to the greatest price plus later worth, then to what comes first,
the null entry before all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
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


class _Best:
    """The best offer so far of every type; ties as the rule says."""

    def __init__(self, types: Valuations) -> None:
        n = len(types)
        self.slack = _TIE * np.maximum(1.0, types.greatest())
        self.utility = np.zeros(n)
        self.offers: list[tuple[FloatArray, FloatArray]] = []

    def hear(self, utility: FloatArray, money: FloatArray) -> None:
        """Take note of an offer: its utility to every type, and what the seller gets."""
        self.offers.append((utility, np.broadcast_to(money, utility.shape)))
        self.utility = np.maximum(self.utility, utility)

    def taken(self) -> IntArray:
        """Return the offer that each type takes, -1 for nothing."""
        chosen = np.full(len(self.utility), -1)
        money = np.where(self.utility <= self.slack, 0.0, -np.inf)  # nothing, where that is tied
        for k, (utility, earned) in enumerate(self.offers):
            better = (utility >= self.utility - self.slack) & (earned > money)
            chosen[better], money = k, np.where(better, earned, money)
        return chosen


def choose_entries(
    types: Valuations, menu: Menu, available: BoolArray
) -> tuple[IntArray, FloatArray]:
    """Return the entry that each type takes, -1 for nothing, and its expected value.

    Parameters
    ----------
    available : shape (m,), the items left.
    """
    best = _Best(types)
    worth = np.zeros((menu.n_entries + 1, len(types)))
    for j in range(menu.n_entries):
        used = menu.weights[j] > 0
        bundles = menu.bundles[j, used]
        if (bundles & ~available).any():
            best.hear(np.full(len(types), -np.inf), np.zeros(1))
            continue
        worth[j] = types.of(bundles) @ menu.weights[j, used]
        later = 0.0 if menu.worth is None else menu.worth[j]
        best.hear(worth[j] - menu.prices[j], np.array([menu.prices[j] + later]))
    chosen = best.taken()
    return chosen, worth[chosen, np.arange(len(types))]


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
        offers = [np.broadcast_to(bundle, (n, m)) for bundle in all_bundles(m)[1:]]
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
