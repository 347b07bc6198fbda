"""Random and structured trading networks: seeded, each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = ["RECIPES"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _NetworkRecipe(Recipe):
    """Base: the two sides, the share of known pairs, the commission.

    Parameters
    ----------
    buyers, sellers : numbers of agents; sellers -1 means as many as buyers.
    known_share : probability that a pair knows each other.
    commission : share of prices that the platform earns.
    """

    buyers: int = 10
    sellers: int = -1
    known_share: float = 0.3
    commission: float = 1.0

    def __post_init__(self) -> None:
        if self.buyers < 0 or self.sellers < -1:
            rule = "buyers must be >= 0, sellers >= 0 (or -1: as many as buyers)"
            raise OptionError(f"recipe {self.name!r}: {rule}")
        if not 0 <= self.known_share <= 1:
            raise OptionError(f"option known_share = {self.known_share!r}: must be in [0, 1]")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of buyers and sellers."""
        return self.buyers, self.buyers if self.sellers < 0 else self.sellers

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> TradingNetwork:
        """Return a network with the values and known pairs drawn."""
        values = self.values(rng)
        known = np.argwhere(self.known(rng, values))
        return TradingNetwork(
            values, known, commission=self.commission, name=name, metadata=metadata
        )

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m)."""
        raise NotImplementedError

    def known(self, rng: np.random.Generator, values: NumberArray) -> BoolArray:
        """Return which pairs know each other, shape (n, m)."""
        mask: BoolArray = rng.random(values.shape) < self.known_share
        return mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(_NetworkRecipe):
    """Independent uniform values, independent acquaintances.

    Parameters
    ----------
    high : values lie in [0, high).
    """

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "independent uniform values and acquaintances"

    high: float = 1.0

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m)."""
        return self.high * rng.random(self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integers(_NetworkRecipe):
    """Whole values with ties.

    Parameters
    ----------
    high : values are 0 .. high.
    """

    name: ClassVar[str] = "integers"
    summary: ClassVar[str] = "whole values 0 .. high, solved exactly"

    high: int = 100

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m)."""
        return rng.integers(0, self.high + 1, self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneous(_NetworkRecipe):
    """Every buyer values all items alike (REV-6).

    Parameters
    ----------
    high : values are 0 .. high.
    """

    name: ClassVar[str] = "homogeneous"
    summary: ClassVar[str] = "each buyer values all items alike"
    source: ClassVar[str] = "D'Amico-Wong, Gonczarowski, Ma and Parkes 2024, homogeneous goods"

    high: int = 100

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m)."""
        n, m = self.shape
        return np.repeat(rng.integers(0, self.high + 1, (n, 1)), m, axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoKnown(_NetworkRecipe):
    """Every buyer knows two sellers and values them equally: the hard case of REV-8.

    Parameters
    ----------
    high : values are 1 .. high.
    """

    name: ClassVar[str] = "two_known"
    summary: ClassVar[str] = "each buyer knows two sellers and values them equally"
    source: ClassVar[str] = "D'Amico-Wong, Gonczarowski, Ma and Parkes 2024, hardness"

    high: int = 20

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m); the first two columns of an order drawn per buyer tie."""
        return rng.integers(1, self.high + 1, self.shape)

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> TradingNetwork:
        """Return a network; two sellers drawn for each buyer are known at one value."""
        values = self.values(rng)
        n, m = self.shape
        pairs = []
        for buyer in range(n):
            known = rng.permutation(m)[:2]
            values[buyer, known] = values[buyer, known[:1]]
            pairs += [(buyer, int(seller)) for seller in known]
        return TradingNetwork(
            values, pairs, commission=self.commission, name=name, metadata=metadata
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbors(_NetworkRecipe):
    """Agents are points in the unit square; near ones know each other, far ones may be worth more.

    A pair is worth a random amount in [0, 1) plus half the closeness of its points; the nearest
    `known_share` of all pairs know each other.
    """

    name: ClassVar[str] = "neighbors"
    summary: ClassVar[str] = "points in the plane; near pairs know each other"

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> TradingNetwork:
        """Return a network; values and acquaintances come from the same points."""
        n, m = self.shape
        buyers, sellers = rng.random((n, 2)), rng.random((m, 2))
        distance = np.linalg.norm(buyers[:, None, :] - sellers[None, :, :], axis=2)
        values = rng.random((n, m)) + 0.5 * np.maximum(0.0, 1.0 - distance)
        cut = np.quantile(distance, self.known_share) if distance.size else 0.0
        known = np.argwhere(distance < cut)
        return TradingNetwork(
            values, known, commission=self.commission, name=name, metadata=metadata
        )


RECIPES: tuple[type[Recipe], ...] = (Uniform, Integers, Homogeneous, TwoKnown, Neighbors)
