"""Random and structured auction designs: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.instance.reading import MOST_TABLE_ITEMS

__all__ = ["RECIPES"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Designs(Recipe):
    """Base: items, and identical bidders.

    Parameters
    ----------
    items, bidders : numbers of them.
    """

    items: int = 2
    bidders: int = 1

    def __post_init__(self) -> None:
        if self.items < 1 or self.bidders < 1:
            raise OptionError(f"recipe {self.name!r}: items and bidders must be >= 1")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionDesign:
        """Return a design with bidders of one law."""
        bidder = {**self.bidder(rng), "count": self.bidders}
        return AuctionDesign(self.items, [bidder], name=name, metadata=metadata)

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law as files say it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteTypes(_Designs):
    """Finitely many types with whole values.

    Parameters
    ----------
    types : how many.
    valuation : their language.
    high : values of single items are 0 .. high.
    """

    name: ClassVar[str] = "discrete"
    summary: ClassVar[str] = "finitely many types with whole values and weights"

    types: int = 4
    valuation: Literal["additive", "unit_demand", "bids", "values"] = "additive"
    high: int = 10

    def __post_init__(self) -> None:
        _Designs.__post_init__(self)
        if self.types < 1 or self.high < 1:
            raise OptionError("recipe 'discrete': types and high must be >= 1")
        if self.valuation == "values" and self.items > MOST_TABLE_ITEMS:
            raise OptionError(f"recipe 'discrete': values of at most {MOST_TABLE_ITEMS} items")

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AuctionDesign:
        """Return a design whose bidders differ."""
        bidders = [self.bidder(rng) for _ in range(self.bidders)]
        return AuctionDesign(self.items, bidders, name=name, metadata=metadata)

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return types with weights."""
        types = [
            {"probability": int(rng.integers(1, 6)), self.valuation: self._drawn(rng)}
            for _ in range(self.types)
        ]
        return {"types": types}

    def _drawn(self, rng: np.random.Generator) -> list[Any]:
        """Return one valuation."""
        m = self.items
        if self.valuation == "bids":
            bids = []
            for _ in range(int(rng.integers(1, 4))):
                size = int(rng.integers(1, m + 1))
                bundle = sorted(rng.choice(m, size, replace=False).tolist())
                bids.append([bundle, int(rng.integers(1, self.high * size + 1))])
            return bids
        if self.valuation == "values":
            table: list[int] = rng.integers(0, self.high * m + 1, 1 << m).tolist()
            return [0, *table[1:]]
        values: list[int] = rng.integers(0, self.high + 1, m).tolist()
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uniform(_Designs):
    """Base: values U[low, high].

    Parameters
    ----------
    low, high : ends of the law of an item.
    rising : item j (from 1) has high * j / m instead.
    """

    low: float = 0.0
    high: float = 1.0
    rising: bool = False

    def __post_init__(self) -> None:
        _Designs.__post_init__(self)
        if not 0 <= self.low <= self.high < float("inf"):
            raise OptionError(f"recipe {self.name!r}: 0 <= low <= high must hold")

    def marginals(self) -> Any:
        """Return the laws of the items."""
        if not self.rising:
            return {"uniform": [self.low, self.high]}
        ends = [self.high * (j + 1) / self.items for j in range(self.items)]
        return [{"uniform": [min(self.low, end), end]} for end in ends]


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive(_Uniform):
    """Additive values, uniform and independent."""

    name: ClassVar[str] = "additive"
    summary: ClassVar[str] = "additive bidders, items U[low, high]"
    source: ClassVar[str] = "Manelli and Vincent (2007); settings A and B of arXiv 2407.08022"

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law."""
        return {"distribution": {"valuation": "additive", "items": self.marginals()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDemand(_Uniform):
    """Bidders who want one item, or `demand` items.

    Parameters
    ----------
    demand : how many items count.
    """

    name: ClassVar[str] = "unit_demand"
    summary: ClassVar[str] = "bidders who want `demand` items, each U[low, high]"
    source: ClassVar[str] = "settings C and D of arXiv 2407.08022"

    demand: int = 1

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law."""
        word: Any = "unit_demand" if self.demand == 1 else {"k_demand": self.demand}
        return {"distribution": {"valuation": word, "items": self.marginals()}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsets(_Designs):
    """Every bundle of s items is worth U[0, s**power].

    Parameters
    ----------
    power : exponent.
    """

    name: ClassVar[str] = "subsets"
    summary: ClassVar[str] = "every bundle of s items is worth an independent U[0, s**power]"
    source: ClassVar[str] = "setting E of arXiv 2407.08022"

    power: float = 0.5

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law."""
        return {"distribution": {"valuation": "subsets", "extra": {"power": self.power}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditivePlus(_Uniform):
    """The sum of item values and U[-spread s, spread s] for every bundle of s items.

    Parameters
    ----------
    spread : see above.
    """

    name: ClassVar[str] = "additive_plus"
    summary: ClassVar[str] = "sum of item values and U[-s, s] for every bundle of s items"
    source: ClassVar[str] = "setting F of arXiv 2407.08022"

    low: float = 1.0
    high: float = 2.0
    spread: float = 1.0

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law."""
        extra = {"spread": self.spread}
        items = self.marginals()
        return {"distribution": {"valuation": "additive_plus", "items": items, "extra": extra}}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worlds(_Designs):
    """Base of the worlds; what bidders share is drawn too.

    Parameters
    ----------
    normal : standard deviation of private values; None: uniform.
    """

    source: ClassVar[str] = "worlds like those of Leyton-Brown, Pearson and Shoham (2000), CATS"

    items: int = 10
    normal: float | None = None

    def bidder(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the law of a bidder in a world."""
        world = {"kind": self.name, "seed": int(rng.integers(1 << 31))}
        return {"world": world if self.normal is None else {**world, "normal": self.normal}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitrary(_Worlds):
    """Any two items may go well together."""

    name: ClassVar[str] = "arbitrary"
    summary: ClassVar[str] = "a CATS-like world in which any two items may go together"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions(_Worlds):
    """Items are cells of a grid."""

    name: ClassVar[str] = "regions"
    summary: ClassVar[str] = "a CATS-like world in which neighbors on a grid go together"


RECIPES: tuple[type[Recipe], ...] = (
    DiscreteTypes,
    Additive,
    UnitDemand,
    Subsets,
    AdditivePlus,
    Arbitrary,
    Regions,
)
