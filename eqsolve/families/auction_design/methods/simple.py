"""Simple mechanisms, fitted to types: one lot, item prices, item prices with a fee, size prices.

Each is exact where one price at a time is set (`best_price`); item prices of bidders whose values
do not add up are found by a search, coordinate by coordinate, and nothing says that they are best.
With several bidders, one after the other: one lot and single items by the exact recursion over the
bidders still to come, fees by a search; size prices are for one bidder. Where values are
independent sums, the best auctions of all items at once stand beside them, a class of their own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import AuctionDesign, Valuations
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.laws import AdditiveLaw
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
    TableValuations,
)
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.pricing import best_price, reprice
from eqsolve.families.auction_design.methods.sequence_tariff import sequence_tariff
from eqsolve.families.auction_design.methods.virtual import scores_for
from eqsolve.families.auction_design.playing.demand import take_from_tariff
from eqsolve.families.auction_design.solution.mechanism import (
    ItemAuctions,
    Menu,
    ScoreMechanism,
    SequentialMechanism,
    State,
    Tariff,
)

__all__ = [
    "best_of_sizes",
    "compared_for",
    "grand_bundle",
    "item_prices",
    "item_tariff",
    "simple_for",
    "size_prices",
]


def grand_bundle(
    instance: AuctionDesign, fits: tuple[Fit, ...], deadline: Deadline
) -> SequentialMechanism:
    """Return the best prices of all items as one lot, a price for each bidder in turn."""
    everything = np.ones((1, instance.n_items), dtype=np.bool_)
    whole = tuple(range(instance.n_items))
    menus: list[Menu | Tariff] = []
    later = 0.0
    for i in reversed(instance.order):
        values = fits[i].types.of_all_items()
        price, later = best_price(values, fits[i].weights, otherwise=later)
        if np.isfinite(price):
            menus.append(Menu.deterministic(State(i, whole), everything, [price]))
    return SequentialMechanism(instance.n_items, instance.order, tuple(menus[::-1]))


def item_prices(
    instance: AuctionDesign, fits: tuple[Fit, ...], deadline: Deadline
) -> SequentialMechanism:
    """Return prices of items, for each bidder in turn."""
    m = instance.n_items
    menus: list[Menu | Tariff] = []
    later = np.zeros(m)
    single = np.eye(m, dtype=np.bool_)
    for i in reversed(instance.order):
        types, weights, _ = fits[i]
        values = types.of(single)
        prices = np.zeros(m)
        for j in range(m):
            prices[j], later[j] = best_price(values[:, j], weights, otherwise=float(later[j]))
        if instance.n_bidders == 1 and not _adds_up(types):
            prices = _searched(types, weights, fee=False, deadline=deadline)[0]
        menus.append(Tariff(State(i), 0.0, prices))
    return SequentialMechanism(m, instance.order, tuple(menus[::-1]))


def item_tariff(
    instance: AuctionDesign, fits: tuple[Fit, ...], deadline: Deadline
) -> SequentialMechanism:
    """Return prices of items and an entry fee; for several bidders by the number of items left."""
    if instance.n_bidders > 1:
        return sequence_tariff(item_prices(instance, fits, deadline), fits, deadline)
    prices, fee = _searched(fits[0].types, fits[0].weights, fee=True, deadline=deadline)
    return SequentialMechanism(instance.n_items, (0,), (Tariff(State(), fee, prices),))


def size_prices(
    instance: AuctionDesign, fits: tuple[Fit, ...], deadline: Deadline
) -> SequentialMechanism:
    """Return prices of bundles by their size, for one bidder."""
    types, weights, _ = fits[0]
    values = best_of_sizes(types)[:, 1:]
    start = np.array([best_price(column, weights)[0] for column in values.T])
    prices = reprice(values, start, weights, sweeps=20, deadline=deadline)
    return SequentialMechanism(instance.n_items, (0,), (Tariff(State(), 0.0, None, prices),))


def simultaneous_myerson(
    instance: AuctionDesign, fits: tuple[Fit, ...], deadline: Deadline
) -> ItemAuctions:
    """Return the best auction of every item, all at once: no sequence of menus (SEQ-9)."""
    auctions = []
    for j in range(instance.n_items):
        rows = _scores_of_item(instance, j)
        assert rows is not None
        auctions.append(ScoreMechanism(*(tuple(part) for part in zip(*rows, strict=True))))
    return ItemAuctions(tuple(auctions))


def _scores_of_item(
    instance: AuctionDesign, item: int
) -> list[tuple[FloatArray, FloatArray, bool]] | None:
    """Return the scores of each bidder for an item; None where values are not independent sums."""
    found = []
    for law in instance.laws:
        if not isinstance(law, AdditiveLaw) or (law.demand or law.n_items) < law.n_items:
            return None
        scores = scores_for(AdditiveLaw((law.items[item],)))
        if scores is None:
            return None
        found.append(scores)
    return found


Fitted = Callable[[AuctionDesign, tuple[Fit, ...], Deadline], SequentialMechanism | ItemAuctions]
"""What makes a simple mechanism."""


def simple_for(instance: AuctionDesign) -> dict[str, Fitted]:
    """Return name -> what fits it, of the simple mechanisms that an instance allows."""
    found: dict[str, Fitted] = {
        "grand_bundle": grand_bundle,
        "item_prices": item_prices,
        "tariff": item_tariff,
    }
    if instance.n_bidders == 1:
        found["size_prices"] = size_prices
    elif instance.n_items and all(
        _scores_of_item(instance, j) is not None for j in range(instance.n_items)
    ):
        found["simultaneous_myerson"] = simultaneous_myerson
    return found


def compared_for(instance: AuctionDesign) -> dict[str, Fitted]:
    """Return those that stand beside every answer: not tariffs of many states, which take long."""
    found = simple_for(instance)
    if instance.n_bidders > 1:
        del found["tariff"]
    return found


def _adds_up(types: Valuations) -> bool:
    """Return whether values are additive, so that every item is priced by itself."""
    return isinstance(types, AdditiveValuations) and types.counted == types.n_items


def best_of_sizes(types: Valuations) -> FloatArray:
    """Return the greatest value of a bundle of every size to every type, shape (N, m + 1)."""
    n, m = len(types), types.n_items
    found = np.zeros((n, m + 1))
    if isinstance(types, MixedValuations):
        for rows, part in types.split():
            found[rows] = best_of_sizes(part)
    elif isinstance(types, AdditiveValuations):
        ranked = -np.sort(-types.values, axis=1)
        ranked[:, types.counted :] = 0.0
        found[:, 1:] = np.cumsum(ranked, axis=1)
    elif isinstance(types, BidValuations):
        at = types.owner, types.bundles.sum(axis=1)
        np.maximum.at(found, at, types.prices)
        found = np.maximum.accumulate(found, axis=1)
    else:
        assert isinstance(types, TableValuations)
        sizes = all_bundles(m).sum(axis=1)
        for size in range(1, m + 1):
            found[:, size] = types.values[:, sizes == size].max(axis=1)
    return found


class _Shopper:
    """What types gain and pay at item prices, before any fee."""

    def __init__(self, types: Valuations) -> None:
        self.types = types
        self.everything = np.ones((len(types), types.n_items), dtype=np.bool_)
        self.bundles = (
            types.bundles.astype(np.float64) if isinstance(types, BidValuations) else None
        )

    def at(self, prices: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the greatest surplus of each type, and what it pays for it."""
        if self.bundles is not None and isinstance(self.types, BidValuations):
            cost = self.bundles @ prices
            gain = self.types.prices - cost
            best = self.types.best(gain)
            paid = self.types.best(np.where(gain >= best[self.types.owner], cost, 0.0))
            return best, paid
        taken = take_from_tariff(self.types, Tariff(State(), 0.0, prices), self.everything)
        return taken.values - taken.payments, taken.payments

    def spread(self) -> FloatArray:
        """Return about how much each item adds to a value, shape (m,)."""
        if self.bundles is not None and isinstance(self.types, BidValuations):
            sizes = np.maximum(self.bundles.sum(axis=1), 1.0)
            total = (self.types.prices / sizes) @ self.bundles
            found: FloatArray = total / np.maximum(self.bundles.sum(axis=0), 1.0)
            return found
        m = self.types.n_items
        single = self.types.of(np.eye(m, dtype=np.bool_)).mean(axis=0)
        return np.asarray(single, np.float64)


_FACTORS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Shares of what items add to values, at which the search begins."""

_STEPS = ((0.6, 1.5), (0.75, 1.3), (0.87, 1.15), (0.94, 1.06), (0.97, 1.03))
"""Factors by which one price after the other is changed, coarse ones first."""


def _searched(
    types: Valuations, weights: FloatArray, *, fee: bool, deadline: Deadline
) -> tuple[FloatArray, float]:
    """Return item prices, and the best fee beside them (0 without one), found by a search."""
    shopper = _Shopper(types)

    def earned(prices: FloatArray) -> tuple[float, float]:
        """Return fee and revenue at item prices."""
        surplus, paid = shopper.at(prices)
        if fee:
            return best_price(surplus, weights, extra=paid)
        return 0.0, float(weights @ paid)

    spread = shopper.spread()
    starts = [share * spread for share in _FACTORS]
    prices = max(starts, key=lambda start: earned(start)[1])
    best_fee, best = earned(prices)
    unit = float(spread.max(initial=0.0)) * 0.05
    for steps in _STEPS:
        for j in range(types.n_items):
            base = float(prices[j])
            for step in (*steps, 0.0):
                trial = prices.copy()
                trial[j] = base * step if base else unit * step
                found_fee, found = earned(trial)
                if found > best:
                    prices, best_fee, best = trial, found_fee, found
            if deadline.expired():
                break
    return prices, best_fee if np.isfinite(best_fee) else 0.0
