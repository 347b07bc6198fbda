"""From an optimal matching with duals to the solved outcome; base of all assignment methods.

Kernels work on weights ``v - r``: an edge below its seller's reserve is negative there, which
the kernels treat as no edge. Adding the reserves back turns column duals into prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray, is_integral, read_only
from eqsolve.core.certificate import DualCertificate
from eqsolve.core.method import Method
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Status
from eqsolve.markets.assignment.instance import AssignmentMarket
from eqsolve.markets.assignment.solution import AssignmentSolution

__all__ = ["AssignmentMethod", "PriceRule", "dense_weights", "midpoint", "solved"]

PriceRule = Literal["max", "min", "mid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentMethod(Method[AssignmentMarket, AssignmentSolution]):
    """Base of the methods: the question's own option.

    Parameters
    ----------
    prices : which equilibrium prices to report: greatest, least, or their midpoint (BIP-8).
    """

    prices: PriceRule = "max"


def dense_weights(market: AssignmentMarket) -> NumberArray:
    """Return ``v - r`` as a C-contiguous (n, m) matrix; negative means no useful edge."""
    values = market.values.dense()
    return values - market.reserves if market.reserves.any() else values


def midpoint(low: NumberArray, high: NumberArray) -> NumberArray:
    """Return the fair prices halfway between the lattice ends (BIP-8).

    Whole numbers whose half sum a float would round are halved downwards instead, which is an
    equilibrium too: integral price lattices are closed under rounding midpoints down.
    """
    if is_integral(low) and is_integral(high) and (high.max(initial=0) >= 2**52):
        floor: NumberArray = low + (high - low) // 2
        return floor
    middle: NumberArray = low + (high - low) / 2
    return middle


def solved(
    market: AssignmentMarket,
    rule: PriceRule,
    matching: IntArray,
    margin_min: NumberArray,
    margin_max: NumberArray,
    *,
    method: str,
    counts: dict[str, Any],
) -> Outcome[AssignmentSolution]:
    """Wrap an optimal matching and both ends of its column duals.

    Parameters
    ----------
    matching : shape (n,), -1 if unmatched.
    margin_min, margin_max : shape (m,): least and greatest prices minus reserves.
    """
    price_min, price_max = margin_min + market.reserves, margin_max + market.reserves
    prices = {"min": price_min, "max": price_max, "mid": midpoint(price_min, price_max)}[rule]
    matched = np.flatnonzero(matching >= 0)
    sellers = matching[matched]
    own = market.values.at(matched, sellers)
    utilities = np.zeros(market.n_buyers, dtype=np.result_type(own, prices))
    utilities[matched] = np.maximum(own - prices[sellers], 0)
    gains = own - market.reserves[sellers]
    total = sum(gains.tolist()) if is_integral(gains) else float(gains.sum())
    solution = AssignmentSolution(
        matching=read_only(matching),
        prices=read_only(prices),
        price_min=read_only(price_min),
        price_max=read_only(price_max),
        utilities=read_only(utilities),
        welfare=total,
    )
    return Outcome(
        status=Status.SOLVED,
        solution=solution,
        objective=total,
        bounds=Bounds(lower=total, upper=total, source="certified"),
        certificate=DualCertificate(solution.utilities, read_only(prices - market.reserves)),
        method=method,
        counts=counts,
    )
