"""Random and structured assignment markets: seeded, each with its source.

The structured ones are where solvers part: ties, metric values, products, everybody wanting
the same items. `whole` draws numbers that are solved exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.errors import OptionError
from eqsolve.core.recipe import Recipe
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["RECIPES"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _AssignmentRecipe(Recipe):
    """Base: the two sides, and their capacities.

    Parameters
    ----------
    buyers, sellers : numbers of agents; sellers -1 means as many as buyers.
    buyer_capacity, seller_capacity : how many different sellers each buyer may take, and units of
        each seller; 0 for none given. With -k they are drawn from 0 to k, after the values.
    """

    buyers: int = 10
    sellers: int = -1
    buyer_capacity: int = 0
    seller_capacity: int = 0

    def __post_init__(self) -> None:
        if self.buyers < 0 or self.sellers < -1:
            rule = "buyers must be >= 0, sellers >= 0 (or -1: as many as buyers)"
            raise OptionError(f"recipe {self.name!r}: {rule}")

    def limits(self, rng: np.random.Generator) -> dict[str, Any]:
        """Return the capacities of both sides, as fields of a market; None where not given."""
        found: dict[str, Any] = {}
        for field, most, size in zip(
            ("buyer_capacities", "seller_capacities"),
            (self.buyer_capacity, self.seller_capacity),
            self.shape,
            strict=True,
        ):
            found[field] = None
            if most:
                found[field] = np.full(size, most) if most > 0 else rng.integers(0, 1 - most, size)
        return found

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of buyers and sellers."""
        return self.buyers, self.buyers if self.sellers < 0 else self.sellers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dense(_AssignmentRecipe):
    """Base of the recipes that draw a matrix."""

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AssignmentMarket:
        """Return a market with the values drawn."""
        values = self.values(rng)
        return AssignmentMarket(values, **self.limits(rng), name=name, metadata=metadata)

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return values, shape (n, m); NaN where there is no edge."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform(_Dense):
    """Independent uniform values.

    Parameters
    ----------
    high : values lie in [0, high).
    density : share of pairs that have an edge.
    reserve : reserves lie in [0, reserve).
    """

    name: ClassVar[str] = "uniform"
    summary: ClassVar[str] = "independent uniform values"

    high: float = 1.0
    density: float = 1.0
    reserve: float = 0.0

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AssignmentMarket:
        """Return a market with values and reserves drawn."""
        values = self.values(rng)
        reserves = rng.random(self.shape[1]) * self.reserve if self.reserve else None
        limits = self.limits(rng)
        return AssignmentMarket(values, reserves, **limits, name=name, metadata=metadata)

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return uniform values."""
        values: FloatArray = rng.random(self.shape) * self.high
        if self.density < 1:
            values[rng.random(self.shape) >= self.density] = np.nan
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Integers(_Dense):
    """Whole values with many ties.

    Parameters
    ----------
    low, high : values lie between them, both included.
    """

    name: ClassVar[str] = "integers"
    summary: ClassVar[str] = "uniform whole values, many ties"
    source: ClassVar[str] = "as the costs of the OR-Library assignment problems (Beasley 1990)"

    low: int = 1
    high: int = 100

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return whole values."""
        if not 0 <= self.low <= self.high:
            raise OptionError("recipe 'integers': 0 <= low <= high must hold")
        return rng.integers(self.low, self.high + 1, self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometric(_Dense):
    """Agents are points of the unit square, a value is a constant minus the distance.

    Parameters
    ----------
    whole : multiply by a million and round.
    """

    name: ClassVar[str] = "geometric"
    summary: ClassVar[str] = "a constant minus the distance of random points"
    source: ClassVar[str] = "geometric class of the DIMACS assignment challenge (1990)"

    whole: bool = False

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return the values of a random set of points."""
        n, m = self.shape
        here, there = rng.random((n, 2)), rng.random((m, 2))
        values: FloatArray = np.sqrt(2) - np.hypot(
            here[:, :1] - there[:, 0], here[:, 1:] - there[:, 1]
        )
        return np.rint(np.maximum(values, 0) * 1e6) if self.whole else np.maximum(values, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MacholWien(_Dense):
    """The hard case of Machol and Wien: value of buyer i for item j is (i + 1) (j + 1)."""

    name: ClassVar[str] = "machol_wien"
    summary: ClassVar[str] = "products (i + 1) (j + 1): long augmenting paths"
    source: ClassVar[str] = "Machol and Wien, A hard assignment problem (1976)"

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return the products; nothing is random."""
        n, m = self.shape
        return np.outer(np.arange(1, n + 1), np.arange(1, m + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class LowRank(_Dense):
    """Buyers and items have features, a value is their inner product.

    Parameters
    ----------
    rank : number of features; 1 gives products a[i] * b[j].
    noise : standard normal noise times this is added, then negative values are cut off.
    """

    name: ClassVar[str] = "low_rank"
    summary: ClassVar[str] = "inner products of few features: tastes times qualities"
    source: ClassVar[str] = "product model of Becker, A Theory of Marriage (1973), for rank 1"

    rank: int = 1
    noise: float = 0.0

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return the inner products."""
        n, m = self.shape
        values: FloatArray = rng.random((n, self.rank)) @ rng.random((self.rank, m))
        if self.noise:
            values += self.noise * rng.standard_normal((n, m))
        return np.maximum(values, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllEqual(_Dense):
    """Every value is the same: everything is tied.

    Parameters
    ----------
    value : the value.
    """

    name: ClassVar[str] = "all_equal"
    summary: ClassVar[str] = "all values equal: every matching is optimal"

    value: float = 1.0

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return the constant matrix; nothing is random."""
        return np.full(self.shape, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSidedTies(_Dense):
    """Values depend on the buyer alone, or on the item alone.

    Parameters
    ----------
    side : ``"buyers"`` (homogeneous goods, v[i, j] = a[i]) or ``"sellers"`` (v[i, j] = b[j]).
    """

    name: ClassVar[str] = "one_sided_ties"
    summary: ClassVar[str] = "values that depend on one side only"
    source: ClassVar[str] = "Boehm-Bawerk's horse market, as in Shapley and Shubik (1971)"

    side: Literal["buyers", "sellers"] = "buyers"

    def values(self, rng: np.random.Generator) -> NumberArray:
        """Return the matrix."""
        n, m = self.shape
        if self.side == "buyers":
            return np.repeat(rng.integers(1, 101, (n, 1)), m, axis=1)
        return np.repeat(rng.integers(1, 101, (1, m)), n, axis=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sparse(_AssignmentRecipe):
    """Base of the recipes that draw a graph.

    Parameters
    ----------
    degree : edges per buyer.
    whole : whole values up to a million.
    """

    degree: int = 5
    whole: bool = False

    def build(
        self, rng: np.random.Generator, *, name: str, metadata: Mapping[str, Any]
    ) -> AssignmentMarket:
        """Return a market with the edges drawn."""
        n, m = self.shape
        buyer, seller, value = self.edges(rng)
        _, kept = np.unique(buyer * max(m, 1) + seller, return_index=True)
        value = np.rint(value[kept] * 1e6) if self.whole else value[kept]
        edges = buyer[kept], seller[kept], value
        limits = self.limits(rng)
        return AssignmentMarket.from_edges(n, m, *edges, **limits, name=name, metadata=metadata)

    def edges(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """Return buyer, seller, value of each edge; repeated pairs are dropped."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseUniform(_Sparse):
    """Each buyer knows a few random sellers; values are uniform."""

    name: ClassVar[str] = "sparse_uniform"
    summary: ClassVar[str] = "random sparse graph, uniform values"

    def edges(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """Return random edges."""
        n, m = self.shape
        count = n * self.degree if m else 0
        buyer = np.repeat(np.arange(n), self.degree)[:count]
        return buyer, rng.integers(0, max(m, 1), count), rng.random(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Popularity(_Sparse):
    """Items differ in popularity: few are known to, and wanted by, nearly everybody.

    Parameters
    ----------
    skew : exponent of the power law of popularity, >= 0.
    """

    name: ClassVar[str] = "popularity"
    summary: ClassVar[str] = "sparse graph in which few items are wanted by all"
    source: ClassVar[str] = "popularity model of Fernandes, Ferreira, Franco and Schouery"

    skew: float = 1.0

    def edges(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """Return edges to popular items, worth the more the more popular."""
        n, m = self.shape
        count = n * self.degree if m else 0
        weight = np.arange(1, m + 1, dtype=float) ** -self.skew
        bounds = np.cumsum(weight) / max(weight.sum(), 1e-300)
        seller = np.minimum(np.searchsorted(bounds, rng.random(count)), max(m - 1, 0))
        buyer = np.repeat(np.arange(n), self.degree)[:count]
        quality = weight[seller] if m else np.zeros(0)
        return buyer, seller, 0.5 * quality + 0.5 * rng.random(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighborhood(_Sparse):
    """Points of the plane; each buyer knows the nearest sellers, a value falls with distance."""

    name: ClassVar[str] = "neighborhood"
    summary: ClassVar[str] = "sparse graph of the nearest sellers in the plane"
    source: ClassVar[str] = "neighborhood model of Fernandes, Ferreira, Franco and Schouery"

    def edges(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """Return edges to the nearest sellers."""
        from scipy.spatial import cKDTree

        n, m = self.shape
        here, there = rng.random((n, 2)), rng.random((m, 2))
        degree = min(self.degree, m)
        if not n or not degree:
            return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
        distance, seller = cKDTree(there).query(here, k=list(range(1, degree + 1)))
        buyer = np.repeat(np.arange(n), degree)
        return buyer, np.ravel(seller).astype(np.int64), np.sqrt(2) - np.ravel(distance)


RECIPES: tuple[type[Recipe], ...] = (
    Uniform,
    Integers,
    Geometric,
    MacholWien,
    LowRank,
    AllEqual,
    OneSidedTies,
    SparseUniform,
    Popularity,
    Neighborhood,
)
