"""Priors: how one number is drawn.

Every prior is a frozen value with distribution function, density, quantiles, support and a sampler
that asks the generator for one uniform a draw: ``quantile(rng.random(size))``. Finite ones have
points and probabilities as fractions too. Continuous ones are truncated to their interval, have no
atoms, and a density that is positive inside, except histograms, whose bins may be empty.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact

__all__ = [
    "Beta",
    "Exponential",
    "FinitePrior",
    "Histogram",
    "Integers",
    "Normal",
    "Points",
    "Power",
    "Prior",
    "Sample",
    "Uniform",
]


class Prior:
    """Base: how one number is drawn.

    Attributes
    ----------
    form : the word in files.
    finite : whether there are finitely many points.
    """

    form: ClassVar[str]
    finite: ClassVar[bool] = False

    @property
    def support(self) -> tuple[float, float]:
        """Least and greatest number."""
        raise NotImplementedError

    @property
    def mean(self) -> float:
        """The expectation; by quadrature where there is no formula."""
        u, w = np.polynomial.legendre.leggauss(64)
        return float(w @ self.quantile((u + 1) / 2) / 2)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`, same shape."""
        raise NotImplementedError

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density at `x`, 0 outside; for finite priors the probability of `x`."""
        raise NotImplementedError

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the least x with ``cdf(x) >= u``, for u in [0, 1]."""
        raise NotImplementedError

    def sample(self, rng: np.random.Generator, size: int | tuple[int, ...]) -> FloatArray:
        """Return independent draws, one uniform each."""
        return self.quantile(rng.random(size))

    def to_dict(self) -> dict[str, Any]:
        """Return the prior as files say it."""
        numbers = [_plain(getattr(self, entry.name)) for entry in fields(self)]  # type: ignore[arg-type]  # of subclasses
        return {self.form: numbers}


def _plain(number: float) -> int | float:
    """Return a number without a point where it is whole."""
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else number


class FinitePrior(Prior):
    """Base of priors with finitely many points.

    Attributes
    ----------
    exact_points : rising, without repetition, as the decimals that were written.
    exact_weights : their probabilities, > 0, which sum to 1.
    """

    finite: ClassVar[bool] = True

    @cached_property
    def exact_points(self) -> tuple[Fraction, ...]:
        """The points, rising."""
        return tuple(sorted(self._masses()))

    @cached_property
    def exact_weights(self) -> tuple[Fraction, ...]:
        """The probabilities of the points."""
        masses = self._masses()
        total = sum(masses.values())
        return tuple(masses[point] / total for point in self.exact_points)

    @cached_property
    def points(self) -> FloatArray:
        """The points as floats, shape (T,)."""
        return _sealed([float(point) for point in self.exact_points])

    @cached_property
    def probabilities(self) -> FloatArray:
        """The probabilities as floats, shape (T,)."""
        return _sealed([float(weight) for weight in self.exact_weights])

    @cached_property
    def _cumulated(self) -> FloatArray:
        """Probabilities of at most each point; the last is 1."""
        sums, total = [], Fraction(0)
        for weight in self.exact_weights:
            total += weight
            sums.append(float(total))
        return _sealed(sums)

    def _masses(self) -> dict[Fraction, Fraction]:
        """Return point -> weight, weights > 0, not normalized."""
        raise NotImplementedError

    @property
    def support(self) -> tuple[float, float]:
        """Least and greatest point."""
        return float(self.exact_points[0]), float(self.exact_points[-1])

    @property
    def mean(self) -> float:
        """The expectation."""
        pairs = zip(self.exact_points, self.exact_weights, strict=True)
        return float(sum((point * weight for point, weight in pairs), Fraction(0)))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        places = np.searchsorted(self.points, np.asarray(x, dtype=np.float64), side="right")
        found: FloatArray = np.concatenate([[0.0], self._cumulated])[places]
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of exactly `x`."""
        given = np.asarray(x, dtype=np.float64)
        places = np.minimum(np.searchsorted(self.points, given), len(self.points) - 1)
        found: FloatArray = np.where(self.points[places] == given, self.probabilities[places], 0.0)
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the least point whose cumulated probability is at least `u`."""
        places = np.searchsorted(self._cumulated, np.asarray(u, dtype=np.float64), side="left")
        found: FloatArray = self.points[np.minimum(places, len(self.points) - 1)]
        return found


def _sealed(numbers: list[float]) -> FloatArray:
    """Return a read-only array."""
    array = np.array(numbers, dtype=np.float64)
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Integers(FinitePrior):
    """Whole numbers ``low, ..., high``, equally likely.

    Examples
    --------
    >>> dice = Integers(1, 6)
    >>> dice.mean, dice.cdf(2.5).round(3).item(), dice.quantile([0.0, 0.5, 1.0]).tolist()
    (3.5, 0.333, [1.0, 3.0, 6.0])
    """

    form: ClassVar[str] = "integers"

    low: int
    high: int

    def _masses(self) -> dict[Fraction, Fraction]:
        return {Fraction(k): Fraction(1) for k in range(self.low, self.high + 1)}


@dataclass(frozen=True)
class Points(FinitePrior):
    """Points with weights, which are normalized; points of weight 0 are left out.

    Parameters
    ----------
    values, weights : of one length, at least one weight > 0.
    """

    form: ClassVar[str] = "points"

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def _masses(self) -> dict[Fraction, Fraction]:
        found: dict[Fraction, Fraction] = {}
        for point, weight in zip(self.values, self.weights, strict=True):
            if weight:
                found[exact(point)] = found.get(exact(point), Fraction(0)) + exact(weight)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the prior as files say it."""
        return {
            "points": [_plain(value) for value in self.values],
            "weights": [_plain(weight) for weight in self.weights],
        }


@dataclass(frozen=True)
class Sample(FinitePrior):
    """Observed numbers, each as likely."""

    form: ClassVar[str] = "sample"

    values: tuple[float, ...]

    def _masses(self) -> dict[Fraction, Fraction]:
        found: dict[Fraction, Fraction] = {}
        for value in self.values:
            found[exact(value)] = found.get(exact(value), Fraction(0)) + 1
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the prior as files say it."""
        return {"sample": [_plain(value) for value in self.values]}


@dataclass(frozen=True)
class _Interval(Prior):
    """Base of continuous priors by formula on an interval."""

    @property
    def support(self) -> tuple[float, float]:
        """Least and greatest number."""
        return self.low, self.high  # type: ignore[attr-defined]  # of subclasses


@dataclass(frozen=True)
class Uniform(_Interval):
    """Uniform on [low, high].

    Examples
    --------
    >>> prior = Uniform(0.0, 99.0)
    >>> prior.mean, prior.cdf([-1, 33, 100]).round(3).tolist(), prior.quantile(0.5).item()
    (49.5, [0.0, 0.333, 1.0], 49.5)
    """

    form: ClassVar[str] = "uniform"

    low: float
    high: float

    @property
    def mean(self) -> float:
        """The middle."""
        return (self.low + self.high) / 2

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        share = (np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low)
        return np.clip(share, 0.0, 1.0)

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density."""
        return _inside(self, x) / (self.high - self.low)

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles."""
        found: FloatArray = self.low + (self.high - self.low) * np.asarray(u, dtype=np.float64)
        return np.minimum(found, self.high)


def _inside(prior: Prior, x: npt.ArrayLike) -> FloatArray:
    """Return 1 inside the support and 0 outside."""
    low, high = prior.support
    given = np.asarray(x, dtype=np.float64)
    return ((given >= low) & (given <= high)).astype(np.float64)


@dataclass(frozen=True)
class Power(_Interval):
    """``F(x) = ((x - low) / (high - low)) ** exponent`` on [low, high]."""

    form: ClassVar[str] = "power"

    low: float
    high: float
    exponent: float

    @property
    def mean(self) -> float:
        """The expectation."""
        return self.low + (self.high - self.low) * self.exponent / (self.exponent + 1)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        share = (np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low)
        found: FloatArray = np.clip(share, 0.0, 1.0) ** self.exponent
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density; infinite at `low` for exponents below 1."""
        width = self.high - self.low
        share = np.clip((np.asarray(x, dtype=np.float64) - self.low) / width, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            density = self.exponent / width * share ** (self.exponent - 1)
        found: FloatArray = np.where(_inside(self, x) > 0, density, 0.0)
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles."""
        share = np.asarray(u, dtype=np.float64) ** (1 / self.exponent)
        return np.minimum(self.low + (self.high - self.low) * share, self.high)


@dataclass(frozen=True)
class Exponential(_Interval):
    """Exponential beyond `low` with a rate, truncated at `high`."""

    form: ClassVar[str] = "exponential"

    rate: float
    low: float
    high: float

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        beyond = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high) - self.low
        found: FloatArray = np.expm1(-self.rate * beyond) / self._mass
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density."""
        beyond = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high) - self.low
        found: FloatArray = _inside(self, x) * self.rate * np.exp(-self.rate * beyond) / -self._mass
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles."""
        beyond = -np.log1p(np.asarray(u, dtype=np.float64) * self._mass) / self.rate
        return np.clip(self.low + beyond, self.low, self.high)

    @property
    def _mass(self) -> float:
        """Minus the probability of the interval before truncation."""
        return math.expm1(-self.rate * (self.high - self.low))


@dataclass(frozen=True)
class Normal(_Interval):
    """Normal, truncated to [low, high]."""

    form: ClassVar[str] = "normal"

    center: float
    deviation: float
    low: float
    high: float

    def _ends(self) -> tuple[float, float, bool]:
        """Return the ends in deviations, mirrored into the lower tail where both are above."""
        start, end = ((x - self.center) / self.deviation for x in (self.low, self.high))
        return (-end, -start, True) if start > 0 else (start, end, False)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        from scipy.special import ndtr

        start, end, mirrored = self._ends()
        given = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high)
        z = (given - self.center) / self.deviation
        share = (ndtr(-z if mirrored else z) - ndtr(start)) / (ndtr(end) - ndtr(start))
        found: FloatArray = np.clip(1 - share if mirrored else share, 0.0, 1.0)
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density."""
        from scipy.special import ndtr

        start, end, _ = self._ends()
        z = (np.asarray(x, dtype=np.float64) - self.center) / self.deviation
        bell = np.exp(-(z**2) / 2) / (math.sqrt(2 * math.pi) * self.deviation)
        found: FloatArray = _inside(self, x) * bell / (ndtr(end) - ndtr(start))
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles."""
        from scipy.special import ndtr, ndtri

        start, end, mirrored = self._ends()
        share = np.asarray(u, dtype=np.float64)
        z = ndtri(ndtr(start) + (ndtr(end) - ndtr(start)) * (1 - share if mirrored else share))
        found = self.center + self.deviation * (-z if mirrored else z)
        return np.asarray(np.clip(found, self.low, self.high))


@dataclass(frozen=True)
class Beta(_Interval):
    """Beta(a, b), stretched to [low, high]."""

    form: ClassVar[str] = "beta"

    a: float
    b: float
    low: float
    high: float

    @property
    def mean(self) -> float:
        """The expectation."""
        return self.low + (self.high - self.low) * self.a / (self.a + self.b)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        from scipy.special import betainc

        share = (np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low)
        found: FloatArray = betainc(self.a, self.b, np.clip(share, 0.0, 1.0))
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density; infinite at an end whose parameter is below 1."""
        from scipy.special import betaln

        width = self.high - self.low
        share = np.clip((np.asarray(x, dtype=np.float64) - self.low) / width, 0.0, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            powers = share ** (self.a - 1) * (1 - share) ** (self.b - 1)
            density = powers * math.exp(-betaln(self.a, self.b)) / width
        found: FloatArray = np.where(_inside(self, x) > 0, density, 0.0)
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles."""
        from scipy.special import betaincinv

        share = betaincinv(self.a, self.b, np.asarray(u, dtype=np.float64))
        return np.asarray(np.clip(self.low + (self.high - self.low) * share, self.low, self.high))


@dataclass(frozen=True)
class Histogram(Prior):
    """Uniform within bins.

    Parameters
    ----------
    edges : rising, k + 1 numbers.
    weights : k numbers >= 0, normalized; the first and the last are > 0.
    """

    form: ClassVar[str] = "histogram"

    edges: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def support(self) -> tuple[float, float]:
        """First and last edge."""
        return self.edges[0], self.edges[-1]

    @property
    def mean(self) -> float:
        """The expectation."""
        edges, sums = self._table
        return float(np.diff(sums) @ (edges[:-1] + edges[1:]) / 2)

    @cached_property
    def _table(self) -> tuple[FloatArray, FloatArray]:
        """Edges and the probabilities of at most each."""
        sums = [Fraction(0)]
        for weight in self.weights:
            sums.append(sums[-1] + exact(weight))
        return _sealed(list(self.edges)), _sealed([float(part / sums[-1]) for part in sums])

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the probability of at most `x`."""
        found: FloatArray = np.interp(np.asarray(x, dtype=np.float64), *self._table)
        return found

    def pdf(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density, that of the bin above at an edge."""
        edges, sums = self._table
        given = np.asarray(x, dtype=np.float64)
        places = np.clip(np.searchsorted(edges, given, side="right") - 1, 0, len(edges) - 2)
        found: FloatArray = _inside(self, x) * (np.diff(sums) / np.diff(edges))[places]
        return found

    def quantile(self, u: npt.ArrayLike) -> FloatArray:
        """Return the quantiles; the lower end of an empty bin."""
        edges, sums = self._table
        share = np.asarray(u, dtype=np.float64)
        places = np.clip(np.searchsorted(sums, share, side="left"), 1, len(sums) - 1)
        mass = sums[places] - sums[places - 1]
        inside = np.where(mass > 0, (share - sums[places - 1]) / np.where(mass > 0, mass, 1), 0.0)
        width = edges[places] - edges[places - 1]
        found: FloatArray = np.minimum(edges[places - 1] + width * inside, edges[places])
        return np.where(share <= 0, edges[0], found)

    def to_dict(self) -> dict[str, Any]:
        """Return the prior as files say it."""
        numbers = {"edges": [_plain(x) for x in self.edges]}
        return {"histogram": {**numbers, "weights": [_plain(x) for x in self.weights]}}
