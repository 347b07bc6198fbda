"""The simple mechanisms as methods of their own: fitted, played, never more than feasible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.base import Designed, DesignMethod, answered
from eqsolve.families.auction_design.methods.fitting import fit_types
from eqsolve.families.auction_design.methods.simple import simple_for
from eqsolve.families.auction_design.solution import DesignSolution

__all__ = ["GrandBundle", "ItemPrices", "SizePrices", "TariffPrices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Simple(DesignMethod):
    """Base: fit by name."""

    source: ClassVar[str] = (
        "Babaioff, M., Immorlica, N., Lucier, B. and Weinberg, S. M. (2014). A simple and "
        "approximately optimal mechanism for an additive buyer."
    )

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why the mechanism is not for the instance, or None."""
        if self.name not in simple_for(instance):
            return f"{self.name} is for one bidder, there are {instance.n_bidders}"
        if self.class_for(instance) in ("dsic", "bic"):
            return "it is a sequence of menus: mechanism=menu or mechanism=sequential"
        return DesignMethod.supports(self, instance)

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Fit to types of the law, and play."""
        seed = self.seed_of(rng)
        fits = fit_types(instance, self.draws, seed)
        mechanism = simple_for(instance)[self.name](instance, fits, deadline)
        designed = Designed(mechanism=mechanism, seed=seed, fits=fits)
        return answered(self, instance, designed, deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrandBundle(_Simple):
    """Everything as one lot; the best price of each bidder in turn."""

    name: ClassVar[str] = "grand_bundle"
    summary: ClassVar[str] = "all items as one lot, at the best price"
    theorem: ClassVar[str] = "MEC-9"
    cost: ClassVar[str] = "a sort of the types"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPrices(_Simple):
    """A price for each item."""

    name: ClassVar[str] = "item_prices"
    summary: ClassVar[str] = "a price for each item: exact for additive values, else searched"
    theorem: ClassVar[str] = "MEC-9"
    cost: ClassVar[str] = "a sort of the types for each item, or items x 15 looks at all types"


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPrices(_Simple):
    """Item prices and an entry fee."""

    name: ClassVar[str] = "tariff"
    summary: ClassVar[str] = "item prices and an entry fee"
    theorem: ClassVar[str] = "MEC-9, SEQ-8"
    cost: ClassVar[str] = "items x 15 looks at all types"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePrices(_Simple):
    """A price for each size of bundle."""

    name: ClassVar[str] = "size_prices"
    summary: ClassVar[str] = "a price for each size of bundle"
    theorem: ClassVar[str] = "MEC-1"
    cost: ClassVar[str] = "sizes x types, a few times"
