"""Random delivery markets, unstructured and with the structures of TIP-5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["RECIPES"]

_MOST_TRIPLES = 50_000_000
"""Costs that a recipe writes out at most, as many as the search takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecipe(Recipe):
    """Base of the recipes.

    Parameters
    ----------
    buyers, stores, couriers : sizes.
    max_value, max_cost : values and costs are whole numbers from 0 to these; small ones make ties.
    tips : whether buyers may tip.
    """

    by_parts: ClassVar[bool] = False

    buyers: int = 10
    stores: int = 10
    couriers: int = 10
    max_value: int = 100
    max_cost: int = 100
    tips: bool = True

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> DeliveryMarket:
        """Return one market."""
        for size in ("buyers", "stores", "couriers", "max_value", "max_cost"):
            if getattr(self, size) < 0:
                raise OptionError(f"option {size} = {getattr(self, size)}: must be >= 0")
        triples = self.buyers * self.stores * self.couriers
        if not self.by_parts and triples > _MOST_TRIPLES:
            sides = "option buyers x stores x couriers"
            raise OptionError(f"{sides} = {triples}: at most {_MOST_TRIPLES} are written out")
        record = dict(metadata)
        values, costs = self.draw(rng, record)
        full = costs.pop("full", None)
        return DeliveryMarket(
            values, full, cost_parts=costs or None, tips=self.tips, name=name, metadata=record
        )

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Return values and costs (``full``, or parts by name); may add to the metadata."""
        raise NotImplementedError

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return uniform values."""
        return rng.integers(0, self.max_value + 1, (self.buyers, self.stores))

    def uniform(self, rng: np.random.Generator, *shape: int) -> NumberArray:
        """Return uniform costs."""
        return rng.integers(0, self.max_cost + 1, shape)

    def places(self, rng: np.random.Generator, record: dict[str, Any]) -> list[NumberArray]:
        """Return places of buyers, stores and couriers on a grid, and record them."""
        sides = {"buyers": self.buyers, "stores": self.stores, "couriers": self.couriers}
        found = [self.uniform(rng, size, 2) for size in sides.values()]
        record["coordinates"] = {
            side: place.tolist() for side, place in zip(sides, found, strict=True)
        }
        return found


def street_distance(one: NumberArray, other: NumberArray) -> NumberArray:
    """Return distances along a street grid, shape (len(one), len(other))."""
    found: NumberArray = np.abs(one[:, None, :] - other[None, :, :]).sum(axis=2)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(DeliveryRecipe):
    """Values and costs drawn uniformly and independently."""

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "uniform whole values and costs"

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        values = self.values(rng)
        return values, {"full": self.uniform(rng, self.couriers, self.buyers, self.stores)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked(DeliveryRecipe):
    """Uniform, with a share of the deliveries prohibitive or forbidden.

    Parameters
    ----------
    share : part of the deliveries, in [0, 1].
    prohibitive : their cost; None forbids them.
    """

    name: ClassVar[str] = "masked"
    summary: ClassVar[str] = "uniform, a share of the deliveries prohibitive or forbidden"

    share: float = 0.5
    prohibitive: int | None = 1000

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        if not 0 <= self.share <= 1:
            raise OptionError(f"option share = {self.share}: must be in [0, 1]")
        if self.prohibitive is not None and self.prohibitive < 0:
            raise OptionError(f"option prohibitive = {self.prohibitive}: must be >= 0")
        values = self.values(rng)
        costs = self.uniform(rng, self.couriers, self.buyers, self.stores)
        mask = rng.random(costs.shape) < self.share
        high = np.nan if self.prohibitive is None else self.prohibitive
        return values, {"full": np.where(mask, high, costs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometric(DeliveryRecipe):
    """Everybody on a street grid; a courier's cost is its way times its own pace.

    Parameters
    ----------
    spread : paces are uniform between ``1 - spread`` and ``1 + spread``; 0 makes pick-up legs.
    """

    name: ClassVar[str] = "geometric"
    summary: ClassVar[str] = "ways on a street grid, couriers of different pace"

    max_value: int = 200
    spread: float = 0.6

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        if not 0 <= self.spread <= 1:
            raise OptionError(f"option spread = {self.spread}: must be in [0, 1]")
        buyers, stores, couriers = self.places(rng, record)
        pace = rng.uniform(1 - self.spread, 1 + self.spread, self.couriers)
        way = street_distance(couriers, stores)[:, None, :] + street_distance(buyers, stores)
        return self.values(rng), {"full": np.rint(pace[:, None, None] * way).astype(np.int64)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scarce(Uniform):
    """Uniform, with fewer couriers than buyers and stores: in the best outcomes all work."""

    name: ClassVar[str] = "scarce"
    summary: ClassVar[str] = "uniform with few couriers"

    couriers: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearranged(DeliveryRecipe):
    """Blocks of the witness of TIP-4, with random extra values: efficient outcomes fail.

    `buyers` = `stores` = `couriers` is rounded down to an even number.

    Parameters
    ----------
    extra : values are raised by whole numbers up to this.
    """

    name: ClassVar[str] = "rearranged"
    summary: ClassVar[str] = "blocks of the TIP-4 witness: the efficient outcome is not supported"
    source: ClassVar[str] = "eqsolve theory, TIP-4"

    extra: int = 2

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        blocks = min(self.buyers, self.stores, self.couriers) // 2
        size = 2 * blocks
        values = np.zeros((size, size), dtype=np.int64)
        costs = np.full((size, size, size), 20)
        for start in range(0, size, 2):
            here = slice(start, start + 2)
            raised = rng.integers(0, self.extra + 1, (2, 2))
            values[here, here] = np.array([[2, 5], [3, 4]]) + raised
            costs[start, here, here] = [[3, 0], [20, 3]]
            costs[start + 1, here, here] = [[0, 20], [20, 0]]
        return values, {"full": costs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants(DeliveryRecipe):
    """Couriers differ by a constant (TIP-5b)."""

    name: ClassVar[str] = "constants"
    summary: ClassVar[str] = "courier constants plus order costs"
    by_parts: ClassVar[bool] = True

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        order = self.uniform(rng, self.buyers, self.stores)
        return self.values(rng), {"courier": self.constants(rng), "order": order}

    def constants(self, rng: np.random.Generator) -> NumberArray:
        """Return what each courier costs."""
        return self.uniform(rng, self.couriers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identical(Constants):
    """All couriers alike (TIP-5a)."""

    name: ClassVar[str] = "identical"
    summary: ClassVar[str] = "identical couriers, uniform order costs"

    def constants(self, rng: np.random.Generator) -> NumberArray:
        """Return zeros."""
        return np.zeros(self.couriers, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupLegs(DeliveryRecipe):
    """Ways on a street grid from courier to store to buyer, one pace for all (TIP-5c)."""

    name: ClassVar[str] = "pickup"
    summary: ClassVar[str] = "pick-up legs on a street grid"
    by_parts: ClassVar[bool] = True
    at_store: ClassVar[bool] = True

    max_value: int = 200

    def draw(
        self, rng: np.random.Generator, record: dict[str, Any]
    ) -> tuple[NumberArray, dict[str, NumberArray]]:
        """Draw."""
        buyers, stores, couriers = self.places(rng, record)
        legs = street_distance(couriers, stores if self.at_store else buyers)
        leg = "pickup" if self.at_store else "dropoff"
        return self.values(rng), {leg: legs, "order": street_distance(buyers, stores)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DropoffLegs(PickupLegs):
    """Couriers care for the way home from the buyer only (TIP-5d)."""

    name: ClassVar[str] = "dropoff"
    summary: ClassVar[str] = "drop-off legs on a street grid"
    at_store: ClassVar[bool] = False


RECIPES: tuple[type[Recipe], ...] = (
    Uniform,
    Masked,
    Geometric,
    Scarce,
    Rearranged,
    Identical,
    Constants,
    PickupLegs,
    DropoffLegs,
)
