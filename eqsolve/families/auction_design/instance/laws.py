"""Where types come from: finite types with weights, and parametric laws of values.

A law is a frozen value with one sampler, which fitting, play, reports and the verifier share:
``law.sample(rng, n)`` draws n independent types. What it asks of the generator, in which order, is
written at each law; `streams` says how generators are seeded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    TableValuations,
    Valuations,
)

__all__ = [
    "AdditiveLaw",
    "AdditivePlusLaw",
    "Discrete",
    "Exponential",
    "FiniteLaw",
    "Law",
    "Marginal",
    "SubsetsLaw",
    "Uniform",
]


class Law:
    """Base: how the type of a bidder is drawn.

    Attributes
    ----------
    form : the word in files: ``"types"``, ``"samples"``, ``"distribution"`` or ``"world"``.
    """

    __slots__ = ()

    form: ClassVar[str]

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        raise NotImplementedError

    def sample(self, rng: np.random.Generator, n: int) -> Valuations:
        """Return n independent draws."""
        raise NotImplementedError

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield (field, array or scalar) for everything that defines the law."""
        raise NotImplementedError

    @property
    def scale(self) -> float:
        """About the greatest value, for tolerances."""
        raise NotImplementedError

    @property
    def exchangeable(self) -> bool:
        """Whether permuting the items leaves the law as it is, by its form."""
        return False


@dataclass(frozen=True, slots=True, eq=False)
class FiniteLaw(Law):
    """Finitely many types with weights.

    Parameters
    ----------
    weights : shape (T,), >= 0, not all 0.
    valuations : of T types.
    source : ``"types"``, or ``"samples"`` where each draw of a bid table is a type.

    Notes
    -----
    Draws: ``n`` uniforms ``u``; a draw is the first type whose cumulated probability exceeds u.
    """

    form: ClassVar[str] = "types"

    weights: NumberArray
    valuations: Valuations
    source: str = "types"

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return self.valuations.n_items

    @property
    def n_types(self) -> int:
        """Number of types, T."""
        return len(self.valuations)

    @property
    def probabilities(self) -> FloatArray:
        """The weights, normalized."""
        weights = np.asarray(self.weights, dtype=np.float64)
        largest = weights.max()
        weights = weights / largest  # so that sums of huge weights stay finite
        found: FloatArray = weights / weights.sum()
        return found

    def indices(self, rng: np.random.Generator, n: int) -> npt.NDArray[np.int64]:
        """Return the types of n draws."""
        cumulated = np.cumsum(self.probabilities)
        last = int(np.flatnonzero(np.asarray(self.weights) > 0)[-1])
        drawn = np.searchsorted(cumulated, rng.random(n), side="right")
        return np.minimum(drawn, last).astype(np.int64)

    def sample(self, rng: np.random.Generator, n: int) -> Valuations:
        """Return n independent draws."""
        return self.valuations.take(self.indices(rng, n))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the law."""
        yield "source", self.source
        yield "weights", self.weights
        yield from self.valuations.content()

    @property
    def scale(self) -> float:
        """The greatest value."""
        return float(self.valuations.greatest().max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Uniform:
    """U[low, high]; a draw is ``low + (high - low) * u``."""

    low: float
    high: float

    def of(self, u: FloatArray) -> FloatArray:
        """Return the quantiles of uniforms."""
        return self.low + (self.high - self.low) * u

    @property
    def top(self) -> float:
        """About the greatest value."""
        return self.high


@dataclass(frozen=True, slots=True)
class Exponential:
    """Exponential with mean `mean`; a draw is ``-mean * log(1 - u)``."""

    mean: float

    def of(self, u: FloatArray) -> FloatArray:
        """Return the quantiles of uniforms."""
        found: FloatArray = -self.mean * np.log1p(-u)
        return found

    @property
    def top(self) -> float:
        """About the greatest value: exceeded once in 10**9 draws."""
        return 21 * self.mean


@dataclass(frozen=True, slots=True)
class Discrete:
    """Finitely many values with weights; a draw is the first whose cumulated share exceeds u."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def of(self, u: FloatArray) -> FloatArray:
        """Return the quantiles of uniforms."""
        shares = np.asarray(self.weights, dtype=np.float64)
        shares = shares / shares.max()
        last = int(np.flatnonzero(shares)[-1])
        drawn = np.searchsorted(np.cumsum(shares / shares.sum()), u, side="right")
        found: FloatArray = np.asarray(self.values, dtype=np.float64)[np.minimum(drawn, last)]
        return found

    @property
    def top(self) -> float:
        """The greatest value."""
        return float(max(self.values))


Marginal = Uniform | Exponential | Discrete
"""The law of a single number."""


def _drawn(marginals: tuple[Marginal, ...], u: FloatArray) -> FloatArray:
    """Return a value of every item for rows of uniforms."""
    if len(set(marginals)) == 1:
        return marginals[0].of(u)
    return np.stack([law.of(u[:, j]) for j, law in enumerate(marginals)], axis=1)


def _recorded(marginals: tuple[Marginal, ...]) -> str:
    """Return the marginals as text for the digest."""
    return repr(marginals)


@dataclass(frozen=True, slots=True)
class AdditiveLaw(Law):
    """Independent item values; the best `demand` items of a bundle count.

    Parameters
    ----------
    items : the marginal of every item.
    demand : None: all items count (additive); 1: unit demand; k: the best k.

    Notes
    -----
    Draws: ``rng.random((n, m))``, turned into values item by item.

    Examples
    --------
    >>> law = AdditiveLaw((Uniform(0, 1), Uniform(0, 2)))
    >>> law.sample(np.random.Generator(np.random.PCG64(1)), 2).values.round(3).tolist()
    [[0.512, 1.901], [0.144, 1.897]]
    """

    form: ClassVar[str] = "distribution"

    items: tuple[Marginal, ...]
    demand: int | None = None

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return len(self.items)

    def sample(self, rng: np.random.Generator, n: int) -> AdditiveValuations:
        """Return n independent draws."""
        return AdditiveValuations(_drawn(self.items, rng.random((n, self.n_items))), self.demand)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the law."""
        yield "valuation", "additive" if self.demand is None else f"demand {self.demand}"
        yield "items", _recorded(self.items)

    @property
    def scale(self) -> float:
        """About the greatest value."""
        tops = sorted((law.top for law in self.items), reverse=True)
        return float(sum(tops[: self.demand]))

    @property
    def exchangeable(self) -> bool:
        """Whether all items have one marginal."""
        return len(set(self.items)) <= 1


@dataclass(frozen=True, slots=True)
class SubsetsLaw(Law):
    """Every bundle of s items is worth an independent U[0, s**power].

    Parameters
    ----------
    size : number of items, m.
    power : exponent.

    Notes
    -----
    Draws: ``rng.random((n, 2**m - 1))``, for bundles 1, 2, ... by number.
    """

    form: ClassVar[str] = "distribution"

    size: int
    power: float = 0.5

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return self.size

    def sample(self, rng: np.random.Generator, n: int) -> TableValuations:
        """Return n independent draws."""
        sizes = all_bundles(self.size).sum(axis=1)[1:]
        values = np.zeros((n, 1 << self.size))
        values[:, 1:] = rng.random((n, len(sizes))) * sizes**self.power
        return TableValuations(values)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the law."""
        yield "valuation", "subsets"
        yield "size", self.size
        yield "power", self.power

    @property
    def scale(self) -> float:
        """The greatest value."""
        return float(max(1, self.size) ** max(self.power, 0.0))

    @property
    def exchangeable(self) -> bool:
        """It always is."""
        return True


@dataclass(frozen=True, slots=True)
class AdditivePlusLaw(Law):
    """The sum of item values and, for every bundle of s items, an independent U[-s, s].

    Parameters
    ----------
    items : the marginal of every item.
    extra : the addition is U[-extra * s, extra * s].

    Notes
    -----
    Draws: ``rng.random((n, m))`` for the items, then ``rng.random((n, 2**m - 1))`` for bundles 1,
    2, ... by number. Values below 0 are held as 0: the buyer takes nothing.
    """

    form: ClassVar[str] = "distribution"

    items: tuple[Marginal, ...]
    extra: float = 1.0

    @property
    def n_items(self) -> int:
        """Number of items, m."""
        return len(self.items)

    def sample(self, rng: np.random.Generator, n: int) -> TableValuations:
        """Return n independent draws."""
        bundles = all_bundles(self.n_items)
        single = _drawn(self.items, rng.random((n, self.n_items)))
        values = single @ bundles.T.astype(np.float64)
        sizes = bundles.sum(axis=1)[1:]
        values[:, 1:] += self.extra * sizes * (2 * rng.random((n, len(sizes))) - 1)
        return TableValuations(np.maximum(values, 0.0))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what defines the law."""
        yield "valuation", "additive_plus"
        yield "items", _recorded(self.items)
        yield "extra", self.extra

    @property
    def scale(self) -> float:
        """About the greatest value."""
        return float(sum(law.top for law in self.items)) + self.extra * self.n_items

    @property
    def exchangeable(self) -> bool:
        """Whether all items have one marginal."""
        return len(set(self.items)) <= 1
