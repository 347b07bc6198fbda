"""Sequences of menus for any law: a price of every bundle, in every state (SEQ-2).

Backwards over the bidders, every set of items left has its own prices, improved on draws by exact
shifts, of single bundles, of all from a size on, and of all with an item (`state_prices`). They
begin where those of the next bidder ended, or at sums of posted prices of items, or at what each
bundle would be sold for alone, whichever earns most. Identical bidders are fitted to the same
draws. Nothing says that the prices found are the best.

Cost: n 3**m prices, each gone through a few times for every draw; m <= 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.methods.base import Designed, DesignMethod, answered
from eqsolve.families.auction_design.methods.fitting import Fit, group_types
from eqsolve.families.auction_design.methods.recursion import (
    Draws,
    Place,
    alone,
    price_backwards,
)
from eqsolve.families.auction_design.methods.simple import item_prices
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    SequentialMechanism,
    State,
    Tariff,
)

__all__ = ["MOST_ITEMS", "Dp"]

MOST_ITEMS = 10
"""Items up to which every set of items left is priced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dp(DesignMethod):
    """Backward induction over all sets of items left.

    Parameters
    ----------
    draws : types to fit prices to, of each bidder.
    value_draws : types by which states are valued, of each bidder.
    sweeps : how often all prices of a state are gone through, at most.
    """

    name: ClassVar[str] = "dp"
    summary: ClassVar[str] = "a price of every bundle for every set of items left, backwards"
    theorem: ClassVar[str] = "SEQ-2"
    cost: ClassVar[str] = "n 3**m prices, each gone through a few times for every draw"
    source: ClassVar[str] = (
        "Ravindranath, S. S., Feng, Z., Wang, D., Zaheer, M., Mehta, A. and Parkes, D. C. (2024). "
        "Deep reinforcement learning for sequential combinatorial auctions."
    )

    draws: int = 10_000
    value_draws: int = 20_000
    sweeps: int = 6

    def __post_init__(self) -> None:
        DesignMethod.__post_init__(self)
        for name in ("value_draws", "sweeps"):
            if getattr(self, name) < 1:
                raise OptionError(f"option {name} = {getattr(self, name)}: must be >= 1")

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the states are too many, or None."""
        reason = DesignMethod.supports(self, instance)
        if reason is not None:
            return reason
        if self.class_for(instance) in ("dsic", "bic"):
            return "it designs sequences of menus: mechanism=sequential"
        m, n = instance.n_items, instance.n_bidders
        if not m:
            return "there are no items"
        if m > MOST_ITEMS:
            return (
                f"{m} items make 2^{m} sets of items left and {n} x 3^{m} = {n * 3**m:.2g} prices, "
                f"each gone through for {self.draws} draws; with more than {MOST_ITEMS} items: "
                "dp_symmetric where items are alike, else tariff or fpi"
            )
        return None

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Price every set of items, for every bidder."""
        seed = self.seed_of(rng)
        m, order = instance.n_items, instance.order
        places = _places(m)
        every = all_bundles(m)
        of_bidder = [g for g, (_, count) in enumerate(instance.groups) for _ in range(count)]
        fits = group_types(instance, self.draws, seed, "fit")
        judges = group_types(instance, self.value_draws, seed, "choose")
        tables = [(_table(fit), _table(judge)) for fit, judge in zip(fits, judges, strict=True)]
        posted = item_prices(instance, tuple(fits[g] for g in of_bidder), deadline)

        def draws(position: int) -> tuple[Draws, Draws]:
            """Return the draws of the bidder at a position."""
            return tables[of_bidder[order[position]]]

        def starts(
            position: int, place: Place, own: FloatArray, later: FloatArray, weights: FloatArray
        ) -> list[FloatArray]:
            """Return sums of posted prices of items, and prices of bundles sold alone."""
            items = posted.menus[position]
            assert isinstance(items, Tariff)
            assert items.item_prices is not None
            beyond = 1.0 + 2 * float(own.max(initial=0.0))
            single = np.where(np.isfinite(items.item_prices), items.item_prices, beyond)
            return [every[place.rows].astype(np.float64) @ single, alone(own, later, weights)]

        found = price_backwards(
            places, instance.n_bidders, draws, starts, sweeps=self.sweeps, deadline=deadline
        )
        menus = []
        for bidder, prices, worth in zip(order, found.prices, found.worth, strict=True):
            for place in places:
                left = tuple(np.flatnonzero(every[place.number]).tolist())
                state = State(bidder, left)
                number = place.number
                menus.append(
                    Menu.deterministic(state, every[place.rows], prices[number], worth[number])
                )
        designed = Designed(
            mechanism=SequentialMechanism(m, order, tuple(menus)),
            seed=seed,
            limit=deadline.limit if found.n_priced < len(places) * len(order) else None,
            counts={"value": found.value, "states": found.n_priced},
        )
        return answered(self, instance, designed, deadline)


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
