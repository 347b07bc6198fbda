"""Sequences of menus for any law: a price of every bundle, in every state (SEQ-2).

Backwards over the bidders, every set of items left has its own prices, improved on draws by exact
shifts, of single bundles, of all from a size on, and of all with an item (`state_prices`).
Identical bidders are fitted to the same draws. Nothing says that the prices found are the best.

Cost: n 3**m prices, each gone through a few times for every draw; m <= 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.methods.fitting import Fit, group_types
from eqsolve.families.auction_design.methods.priced_states import PricedStates, States
from eqsolve.families.auction_design.methods.recursion import Draws, Place
from eqsolve.families.auction_design.methods.simple import item_prices
from eqsolve.families.auction_design.solution.mechanism import Menu, State, Tariff

__all__ = ["MOST_ITEMS", "Dp"]

MOST_ITEMS = 10
"""Items up to which every set of items left is priced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dp(PricedStates):
    """Backward induction over all sets of items left."""

    name: ClassVar[str] = "dp"
    summary: ClassVar[str] = "a price of every bundle for every set of items left, backwards"
    theorem: ClassVar[str] = "SEQ-2"
    cost: ClassVar[str] = "n 3**m prices, each gone through a few times for every draw"

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the states are too many, or None."""
        reason = PricedStates.supports(self, instance)
        m, n = instance.n_items, instance.n_bidders
        if reason is None and m > MOST_ITEMS:
            return (
                f"{m} items make 2^{m} sets of items left and {n} x 3^{m} = {n * 3**m:.2g} prices, "
                f"each gone through for {self.draws} draws; with more than {MOST_ITEMS} items: "
                "dp_symmetric where items are alike, else tariff or fpi"
            )
        return reason

    def states(self, instance: AuctionDesign, seed: int, deadline: Deadline) -> States:
        """Return all sets of items left, with a price of every bundle in each."""
        every = all_bundles(instance.n_items)
        of_bidder = [g for g, (_, count) in enumerate(instance.groups) for _ in range(count)]
        fits = group_types(instance, self.draws, seed, "fit")
        judges = group_types(instance, self.value_draws, seed, "choose")
        tables = [(_table(fit), _table(judge)) for fit, judge in zip(fits, judges, strict=True)]
        posted = item_prices(instance, tuple(fits[g] for g in of_bidder), deadline)
        beyond = 1 + 2 * max((float(fit.types.greatest().max()) for fit in fits), default=0.0)

        def sums(position: int, place: Place) -> FloatArray:
            """Return sums of posted prices of items, beyond all values where one is not sold."""
            items = posted.menus[position]
            assert isinstance(items, Tariff)
            assert items.item_prices is not None
            single = np.where(np.isfinite(items.item_prices), items.item_prices, beyond)
            return every[place.rows].astype(np.float64) @ single

        def menu(bidder: int, place: Place, prices: FloatArray, worth: FloatArray) -> Menu:
            """Return the prices of all bundles inside a set."""
            left = tuple(np.flatnonzero(every[place.number]).tolist())
            return Menu.deterministic(State(bidder, left), every[place.rows], prices, worth)

        return States(
            _places(instance.n_items),
            lambda position: tables[of_bidder[instance.order[position]]],
            sums,
            menu,
        )


def _places(m: int) -> list[Place]:
    """Return all sets of items, each with its bundles by size."""
    sizes = all_bundles(m).sum(axis=1)
    numbers = np.arange(1, 1 << m)
    by_size = numbers[np.argsort(sizes[numbers], kind="stable")]
    places = []
    for left in range(1, 1 << m):
        rows = by_size[by_size & ~left == 0]
        tails = np.flatnonzero(np.diff(sizes[rows], prepend=0)).tolist()
        groups = [rows >> j & 1 == 1 for j in range(m) if left >> j & 1] if len(rows) > 1 else []
        places.append(Place(left, rows, left & ~rows, tails, groups))
    return places


def _table(fit: Fit) -> Draws:
    """Return the value of every bundle to the types of a bidder."""
    values = np.ascontiguousarray(fit.types.of(all_bundles(fit.types.n_items)).T)
    return Draws(lambda place: values[place.rows], fit.weights)
