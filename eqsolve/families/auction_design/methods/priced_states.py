"""What methods share that price every state, backwards over the bidders, on draws.

Which states there are, what is sold in them and to whom differs (`States`); prices are found by
`price_backwards`, and what a limit left as it was is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.base import Designed, SequenceMethod, answered
from eqsolve.families.auction_design.methods.recursion import Draws, Place, price_backwards
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import Menu, SequentialMechanism, Tariff

__all__ = ["PricedStates", "States"]


class States(NamedTuple):
    """The states of a sequence.

    Parameters
    ----------
    places : all in which something is left; the last one is that of all items.
    draws : of the bidder at a position of the order, for fitting and for values.
    posted : sums of posted prices of items, by position and state, shape (K,).
    menu : of a bidder in a state, from its prices and what is earned later, both of shape (K,).
    """

    places: Sequence[Place]
    draws: Callable[[int], tuple[Draws, Draws]]
    posted: Callable[[int, Place], FloatArray]
    menu: Callable[[int, Place, FloatArray, FloatArray], Menu | Tariff]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedStates(SequenceMethod):
    """Backward induction by prices.

    Parameters
    ----------
    draws : types to fit prices to, of each bidder.
    value_draws : types by which states are valued, of each bidder.
    sweeps : how often all prices of a state are gone through, at most.
    """

    draws: int = 10_000
    value_draws: int = 20_000
    sweeps: int = 6

    def __post_init__(self) -> None:
        SequenceMethod.__post_init__(self)
        for name in ("value_draws", "sweeps"):
            if getattr(self, name) < 1:
                raise OptionError(f"option {name} = {getattr(self, name)}: must be >= 1")

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why there is nothing to price, or None."""
        reason = SequenceMethod.supports(self, instance)
        if reason is None and not instance.n_items:
            return "there are no items"
        return reason

    def states(self, instance: AuctionDesign, seed: int, deadline: Deadline) -> States:
        """Return the states, and the types that they are priced for."""
        raise NotImplementedError

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Price every state of every bidder."""
        seed, order = self.seed_of(rng), instance.order
        places, draws, posted, menu = self.states(instance, seed, deadline)
        found = price_backwards(
            places, len(order), draws, posted, sweeps=self.sweeps, deadline=deadline
        )
        menus = [
            menu(bidder, place, prices[place.number], worth[place.number])
            for bidder, prices, worth in zip(order, found.prices, found.worth, strict=True)
            for place in places
        ]
        designed = Designed(
            mechanism=SequentialMechanism(instance.n_items, order, tuple(menus)),
            seed=seed,
            limit=deadline.limit if found.n_priced < len(menus) else None,
            counts={"value": found.value, "states": found.n_priced},
        )
        return answered(self, instance, designed, deadline)
