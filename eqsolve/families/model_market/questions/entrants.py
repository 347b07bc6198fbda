"""Families of models that an entrant can build: parameters phi to scores, and back to gradients.

- `ConvexMixtures`: a mixture of given skills, ``S_phi = phi . skills`` with phi >= 0 and
  sum(phi) <= budget;
- `RadialBumps`: user types are points; ``S_phi(q) = sum_b height_b exp(-|x_q - center_b|^2 / (2
  width^2))`` with heights >= 0 that sum to at most the budget.

Anything with the methods of `EntryFamily` will do as well. Source: Wei, Shi and Zhang 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers

__all__ = ["ConvexMixtures", "EntryFamily", "RadialBumps"]


@runtime_checkable
class EntryFamily(Protocol):
    """Models that a provider can build: parameters to scores."""

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return the scores, shape (K,)."""
        ...

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return the gradient in phi of a function whose gradient in the scores is `slopes`."""
        ...

    def project(self, phi: FloatArray) -> FloatArray:
        """Return the nearest parameters that can be had."""
        ...

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return random parameters that can be had."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ConvexMixtures:
    """Mixtures of given skills under a budget.

    Parameters
    ----------
    skills : shape (P, K), numbers >= 0: scores of each skill for each type.
    budget : what the mixture's coefficients may sum to; > 0.

    Raises
    ------
    InstanceError : a number that cannot be.

    Notes
    -----
    Cost O(P K) to build and per evaluation. Source: Wei, Shi and Zhang (2026), strategic entry.

    Examples
    --------
    >>> family = ConvexMixtures([[4, 0], [0, 2]])
    >>> family.scores(family.project(np.array([3.0, 2.5]))).tolist()
    [3.0, 0.5]
    """

    skills: FloatArray
    budget: float = 1.0

    def __post_init__(self) -> None:
        skills = _checked("skills", self.skills, {"budget": self.budget}, signed=False)
        object.__setattr__(self, "skills", skills)

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return ``phi @ skills``."""
        mixed: FloatArray = phi @ self.skills
        return mixed

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return ``skills @ slopes``."""
        gradient: FloatArray = self.skills @ slopes
        return gradient

    def project(self, phi: FloatArray) -> FloatArray:
        """Return the nearest nonnegative coefficients within the budget."""
        return _within_budget(phi, self.budget)

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return a random mixture that spends the whole budget."""
        return rng.dirichlet(np.ones(len(self.skills))) * self.budget


@dataclass(frozen=True, slots=True, eq=False)
class RadialBumps:
    """Sums of radial bumps over a space of users; phi holds heights, then centers row by row.

    Parameters
    ----------
    places : shape (K, D), finite numbers: where each user type is.
    bumps : number of bumps, >= 1.
    width : of each bump, in units of the places; > 0.
    budget : what the heights may sum to; > 0.

    Raises
    ------
    InstanceError : a number that cannot be.

    Notes
    -----
    Cost O(K D) to build, O(bumps K D) per evaluation. Source: Wei, Shi and Zhang (2026), strategic
    entry.

    Examples
    --------
    >>> family = RadialBumps([[0.0], [1.0]], width=0.5)
    >>> family.scores(np.array([1.0, 0.0])).round(3).tolist()  # height 1 at place 0
    [1.0, 0.135]
    """

    places: FloatArray
    bumps: int = 1
    width: float = 0.2
    budget: float = 1.0

    def __post_init__(self) -> None:
        positive = {"bumps": self.bumps, "width": self.width, "budget": self.budget}
        places = _checked("places", self.places, positive, signed=True)
        object.__setattr__(self, "places", places)

    def _parts(self, phi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return heights (B,), offsets (B, K, D) and bump values (B, K)."""
        heights = phi[: self.bumps]
        centers = phi[self.bumps :].reshape(self.bumps, self.places.shape[1])
        offsets = self.places[np.newaxis] - centers[:, np.newaxis]
        values = np.exp(-(offsets**2).sum(axis=2) / (2 * self.width**2))
        return heights, offsets, values

    def scores(self, phi: FloatArray) -> FloatArray:
        """Return the sum of the bumps at each place."""
        heights, _, values = self._parts(phi)
        total: FloatArray = heights @ values
        return total

    def pull_back(self, phi: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return the chain rule through heights and centers."""
        heights, offsets, values = self._parts(phi)
        by_height = values @ slopes
        pull = heights[:, np.newaxis] * values * slopes / self.width**2
        by_center = (pull[:, :, np.newaxis] * offsets).sum(axis=1)
        return np.concatenate((by_height, by_center.ravel()))

    def project(self, phi: FloatArray) -> FloatArray:
        """Return heights within the budget and centers inside the box of all places."""
        heights = _within_budget(phi[: self.bumps], self.budget)
        centers = phi[self.bumps :].reshape(self.bumps, self.places.shape[1])
        inside = np.clip(centers, self.places.min(axis=0), self.places.max(axis=0))
        return np.concatenate((heights, inside.ravel()))

    def start(self, rng: np.random.Generator) -> FloatArray:
        """Return bumps of random heights at random types."""
        heights = rng.dirichlet(np.ones(self.bumps)) * self.budget
        centers = self.places[rng.integers(len(self.places), size=self.bumps)]
        return np.concatenate((heights, centers.ravel()))


def _checked(
    name: str, table: object, positive: Mapping[str, float], *, signed: bool
) -> FloatArray:
    """Return a table of numbers as float64; raise all faults of it and of the settings at once."""
    faults: list[Fault] = []
    numbers = as_numbers(table, name, (None, None), faults, signed=signed)
    for setting, value in positive.items():
        if not 0 < value < np.inf:
            faults.append(Fault(setting, "must be > 0 and finite", value=value))
    if numbers is None or faults:
        raise InstanceError(faults)
    return numbers.astype(np.float64)


def _within_budget(values: FloatArray, budget: float) -> FloatArray:
    """Return the nearest point with entries >= 0 that sum to at most `budget`."""
    kept = np.maximum(values, 0)
    if kept.sum() <= budget:
        return kept
    falling = np.sort(values)[::-1]
    excess = np.cumsum(falling) - budget
    last = np.flatnonzero(falling > excess / np.arange(1, len(values) + 1))[-1]
    nearest: FloatArray = np.maximum(values - excess[last] / (last + 1), 0)
    return nearest
