"""A trading network and its equilibria as arrays: what every method here computes with.

A `View` holds the dense matrix twice (by rows and by columns), an `Equilibrium` an optimal matching
with optimal duals. All numbers of whole-number networks stay int64 and exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from eqsolve.core.arrays import BoolArray, IntArray, NumberArray, is_integral
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = [
    "Clock",
    "Equilibrium",
    "PriceRule",
    "View",
    "as_lists",
    "matched_values",
    "owners",
    "total",
]


class Clock(Protocol):
    """What a stage needs of a deadline."""

    def expired(self) -> bool:
        """Return whether to stop."""
        ...


PriceRule = Literal["greatest", "least"]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Dense arrays of a network.

    Parameters
    ----------
    values : shape (n, m), C-contiguous, -1 where the pair is neither known nor a candidate.
    values_t : the transpose, C-contiguous.
    known, candidate : (n, m) masks.
    tolerance : slack up to which an edge counts as tied; 0 for whole numbers.
    """

    values: NumberArray
    values_t: NumberArray
    known: BoolArray
    candidate: BoolArray
    tolerance: int | float

    @classmethod
    def of(cls, network: TradingNetwork) -> View:
        """Return the arrays of a network."""
        known, candidate = network.known_mask(), network.candidate_mask()
        dense = network.values.dense()
        values = np.where(known | candidate, dense, dense.dtype.type(-1))
        tolerance = 0 if is_integral(values) else 1e-12 * network.scale
        return cls(values, np.ascontiguousarray(values.T), known, candidate, tolerance)

    def restricted(self, mask: BoolArray) -> tuple[NumberArray, NumberArray]:
        """Return the matrix and its transpose with only the edges of `mask`."""
        weights = np.where(mask, self.values, self.values.dtype.type(-1))
        return weights, np.ascontiguousarray(weights.T)


@dataclass(slots=True, eq=False)
class Equilibrium:
    """An optimal matching and optimal duals of one graph; arrays are changed in place.

    Parameters
    ----------
    matching, owner : seller of each buyer, buyer of each seller, -1 if none.
    utilities, prices : shapes (n,) and (m,).
    """

    matching: IntArray
    owner: IntArray
    utilities: NumberArray
    prices: NumberArray

    def copy(self) -> Equilibrium:
        """Return an independent copy."""
        return Equilibrium(
            self.matching.copy(), self.owner.copy(), self.utilities.copy(), self.prices.copy()
        )


def owners(matching: IntArray, n_sellers: int) -> IntArray:
    """Return the buyer of each seller, -1 if none."""
    owner = np.full(n_sellers, -1)
    buyers = np.flatnonzero(matching >= 0)
    owner[matching[buyers]] = buyers
    return owner


def total(numbers: NumberArray) -> int | float:
    """Return the exact sum of whole numbers, the correctly rounded one of others."""
    if is_integral(numbers):
        whole: int = sum(numbers.tolist())
        return whole
    return math.fsum(numbers.tolist())


def matched_values(weights: NumberArray, matching: IntArray) -> NumberArray:
    """Return the weights of the matched edges."""
    rows = np.flatnonzero(matching >= 0)
    found: NumberArray = weights[rows, matching[rows]]
    return found


def as_lists(found: Equilibrium) -> dict[str, Any]:
    """Return matching and duals as JSON lists, for certificates."""
    return {
        "matching": found.matching.tolist(),
        "utilities": found.utilities.tolist(),
        "prices": found.prices.tolist(),
    }
