"""Sequences of menus for exchangeable items and identical bidders: prices by size (SEQ-6).

Where permuting the items leaves the law of a bidder's values as it is, and all bidders have the
same law, the menu depends on how many items are left and the price on how many are bought: n m
states of at most m prices. The value of a size to a draw is that of its best bundle of that size
among the first k items; all bidders are fitted to the same draws. A law that only claims to be
exchangeable is found out by its draws. Where one item is wanted, prices are exact (`one_price`).

Cost: n m states; per sweep O(N k) for k items left and N draws; laws of bundles are drawn as tables
of 2**m values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign, Law, Valuations
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.streams import Purpose, blocks
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    TableValuations,
)
from eqsolve.families.auction_design.methods.base import Designed, answered, by_formula
from eqsolve.families.auction_design.methods.one_price import has_one_price, one_price_backwards
from eqsolve.families.auction_design.methods.priced_states import PricedStates, States
from eqsolve.families.auction_design.methods.pricing import best_price
from eqsolve.families.auction_design.methods.recursion import Draws, Place
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import SequentialMechanism, State, Tariff

__all__ = ["DpSymmetric", "unequal_items"]

MOST_TABLED = 14
"""Items up to which laws of bundles are drawn as tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DpSymmetric(PricedStates):
    """Backward induction over the number of items left."""

    name: ClassVar[str] = "dp_symmetric"
    summary: ClassVar[str] = "prices by size and number of items left, backwards over the bidders"
    theorem: ClassVar[str] = "SEQ-6, SEQ-7"
    cost: ClassVar[str] = "n m states, each some passes over the draws"

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the items or bidders are not alike, or None."""
        reason = PricedStates.supports(self, instance)
        if reason is not None:
            return reason
        if has_one_price(instance):
            return None
        if any(other != instance.groups[0][0] for other, _ in instance.groups):
            return "the bidders are not identical: dp or tariff instead"
        law = instance.groups[0][0]
        if not law.exchangeable:
            return "the items are not exchangeable by the form of the law: dp or tariff instead"
        if law.n_items > MOST_TABLED and not isinstance(_few(law), AdditiveValuations):
            return f"tables of 2^{law.n_items} values: with more than {MOST_TABLED} items, tariff"
        found = unequal_items(law)
        if found is not None:
            return f"the law says that its items are exchangeable, but {found}: dp instead"
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Price every number of items left, for every bidder; exactly where one item is wanted."""
        if has_one_price(instance):
            return self._one_price(instance, self.seed_of(rng), deadline)
        return PricedStates.run(self, instance, deadline, rng)

    def states(self, instance: AuctionDesign, seed: int, deadline: Deadline) -> States:
        """Return the numbers of items left, with a price of every size in each."""
        m = instance.n_items
        sizes = _most_wanted(_few(instance.groups[0][0]))
        places = []
        for k in range(1, m + 1):
            rows = np.arange(min(k, sizes))
            places.append(Place(k, rows, k - 1 - rows, range(len(rows))))
        fit = _sized(instance, self.draws, seed, "fit")
        judge = _sized(instance, self.value_draws, seed, "choose")
        single = _posted(fit.values(places[0])[0], fit.weights, instance.n_bidders)

        def posted(position: int, place: Place) -> FloatArray:
            """Return so many times the posted price of an item."""
            return np.asarray(single[position] * (1.0 + place.rows), np.float64)

        def menu(bidder: int, place: Place, prices: FloatArray, worth: FloatArray) -> Tariff:
            """Return prices by size, of sizes that add something."""
            by_size = np.full(m, np.inf)
            by_size[: len(prices)] = np.maximum(prices, 0.0)
            return Tariff(State(bidder, None, place.number), 0.0, None, by_size)

        return States(places, lambda position: (fit, judge), posted, menu)

    def _one_price(
        self, instance: AuctionDesign, seed: int, deadline: Deadline
    ) -> Outcome[DesignSolution]:
        """Answer by the exact recursion: what it says is what the prices earn."""
        m, order = instance.n_items, instance.order
        prices, values = one_price_backwards(instance)
        menus = [
            Tariff(State(bidder, None, k), 0.0, None, np.append(own[k], np.full(m - 1, np.inf)))
            for bidder, own in zip(order, prices, strict=True)
            for k in range(1, m + 1)
        ]
        value = float(values[0][m])
        designed = Designed(
            mechanism=SequentialMechanism(m, order, tuple(menus)),
            seed=seed,
            counts={"value": value, "states": len(menus)},
        )
        return by_formula(answered(self, instance, designed, deadline), value)


def _posted(values: FloatArray, weights: FloatArray, n_bidders: int) -> list[float]:
    """Return the best posted price of one item for each bidder in turn."""
    later, found = 0.0, [0.0] * n_bidders
    for k in range(n_bidders - 1, -1, -1):
        price, later = best_price(values, weights, otherwise=later)
        found[k] = min(price, float(values.max()))
    return found


def _few(law: Law) -> Valuations:
    """Return a few draws, to look at their form."""
    return law.sample(np.random.Generator(np.random.PCG64(0)), 2)


def _most_wanted(types: Valuations) -> int:
    """Return how many items at most add to a value."""
    return types.counted if isinstance(types, AdditiveValuations) else types.n_items


def _sized(instance: AuctionDesign, draws: int, seed: int, purpose: Purpose) -> Draws:
    """Return the values of the best bundles of each size among the first k items, for every k."""
    m = instance.n_items
    values = [np.empty((0, draws))] * (m + 1)
    start = 0
    for (types,) in blocks(instance.laws, draws, seed, purpose, bidders=[0]):
        for k, best in enumerate(_best_of_first(types), 1):
            if not start:
                values[k] = np.empty((len(best), draws))
            values[k][:, start : start + len(types)] = best
        start += len(types)
    weights = np.full(draws, 1 / draws)
    return Draws(lambda place: values[place.number], weights)


def _best_of_first(types: Valuations) -> Iterator[FloatArray]:
    """Yield for k = 1, 2, ... the best value of each size among the first k items, (sizes, N)."""
    m = types.n_items
    if isinstance(types, AdditiveValuations):
        for k in range(1, m + 1):
            ranked = -np.sort(-types.values[:, :k], axis=1)[:, : types.counted]
            yield np.cumsum(ranked, axis=1).T
        return
    assert isinstance(types, TableValuations)
    tables = np.ascontiguousarray(types.values.T)
    sizes = all_bundles(m).sum(axis=1)
    best = np.full((m, len(types)), -np.inf)
    for k in range(m):
        new = np.arange(1 << k, 2 << k)  # the bundles with item k and some of those before
        for size in range(1, k + 2):
            found = tables[new[sizes[new] == size]].max(axis=0)
            np.maximum(best[size - 1], found, out=best[size - 1])
        yield best[: k + 1]


_TESTED = 4000
"""Draws by which a claim to be exchangeable is tested."""

_FAR = 6.0
"""Standard errors apart at which two items, or pairs, are not alike."""


def unequal_items(law: Law) -> str | None:
    """Return what shows that permuting items changes a law, by draws of it, or None.

    Values and squared values of single items, and of pairs of neighbours, must have the same means;
    they may differ by 6 standard errors, so that a true claim fails once in 10**8 tests.

    Examples
    --------
    >>> from eqsolve.families.auction_design.instance.laws import AdditiveLaw, Uniform
    >>> unequal_items(AdditiveLaw((Uniform(0, 1), Uniform(0, 1)))) is None
    True
    >>> unequal_items(AdditiveLaw((Uniform(0, 1), Uniform(0, 2))))
    'item 1 is not worth what item 0 is'
    """
    m = law.n_items
    types = law.sample(np.random.Generator(np.random.PCG64(0)), _TESTED)
    one = np.eye(m, dtype=np.bool_)
    for words, bundles in (("item", one), ("the pair after item", one[:-1] | one[1:])):
        if len(bundles) < 2:
            continue
        values = types.of(bundles)
        for power in (1, 2):
            apart = values[:, 1:] ** power - values[:, :1] ** power
            error = apart.std(axis=0, ddof=1) / np.sqrt(len(apart))
            far = np.abs(apart.mean(axis=0)) > _FAR * error + 1e-12
            if far.any():
                k = int(far.argmax()) + 1
                return f"{words} {k} is not worth what {words} 0 is"
    return None
