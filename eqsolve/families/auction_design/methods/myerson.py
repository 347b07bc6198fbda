"""The best auction of one item: it goes to the greatest positive ironed virtual value (MEC-7).

Among all Bayesian truthful mechanisms; truth is dominant in it. Finite values are proved by flows:
from each value to the next lower one, and to and fro where the revenue curve is ironed. For uniform
and exponential values what it earns is an integral.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law
from eqsolve.families.auction_design.instance.laws import Exponential, Uniform
from eqsolve.families.auction_design.methods.base import (
    Designed,
    DesignMethod,
    answered,
    by_formula,
)
from eqsolve.families.auction_design.methods.flows import spread_over
from eqsolve.families.auction_design.methods.virtual import (
    ironed,
    marginal_of,
    scores_for,
    values_of,
)
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import ScoreMechanism

__all__ = ["Myerson", "best_of_one_item", "greatest_expected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Myerson(DesignMethod):
    """The item goes to the greatest positive ironed virtual value."""

    name: ClassVar[str] = "myerson"
    summary: ClassVar[str] = "the best auction of one item, by ironed virtual values"
    theorem: ClassVar[str] = "MEC-7"
    cost: ClassVar[str] = "a sort of the values of each bidder"
    source: ClassVar[str] = "Myerson, R. B. (1981). Optimal auction design."

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why it is not for the instance, or None."""
        if instance.n_items != 1:
            return f"it is for one item, there are {instance.n_items}"
        if self.mechanism == "sequential" and instance.n_bidders > 1:
            return "it asks all bidders at once: mechanism=bic or mechanism=dsic"
        if not all(scores_for(law) for law in instance.laws):
            return "values must be finite, uniform or exponential"
        return DesignMethod.supports(self, instance)

    def among(self, instance: AuctionDesign) -> str:
        """Return the class in which it is the best: the largest there is."""
        return "menu" if instance.n_bidders == 1 else "bic"

    def run(
        self, instance: AuctionDesign, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DesignSolution]:
        """Score values; prove the revenue by flows, or integrate."""
        mechanism = best_of_one_item(instance)
        seed = self.seed_of(rng)
        finite = instance.is_finite
        bound = greatest_expected(instance)
        designed = Designed(
            mechanism=mechanism,
            seed=seed,
            bound=bound,
            bound_source="flows",
            argument="the expected greatest virtual value is the bound (MEC-5, MEC-7)",
            data={"flows": [_flows(law) for law in instance.laws if isinstance(law, FiniteLaw)]}
            if finite
            else {},
            proved=finite,
        )
        outcome = answered(self, instance, designed, deadline)
        if finite or outcome.solution is None:
            return outcome
        return by_formula(outcome, bound)


def best_of_one_item(instance: AuctionDesign) -> ScoreMechanism:
    """Return the best auction of one item; each law must have scores."""
    found = [scores_for(law) for law in instance.laws]
    rows = [row for row in found if row is not None]
    return ScoreMechanism(
        tuple(row[0] for row in rows), tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    )


def _flows(law: FiniteLaw) -> list[list[float]]:
    """Return flows between types that prove the ironed virtual values."""
    finite = values_of(law)
    assert finite is not None
    values, shares = finite
    above = ironed(values, shares)[1]
    chance = np.cumsum(shares[::-1])[::-1]
    flows = np.zeros((len(values), len(values)))
    for k in range(1, len(values)):
        loop = above[k] / (values[k] - values[k - 1])
        flows[k, k - 1] = chance[k] + loop
        flows[k - 1, k] = loop
    worth = law.valuations.of_all_items()
    alive = np.asarray(law.weights) > 0
    place = np.where(alive, np.minimum(np.searchsorted(values, worth), len(values) - 1), -1)
    told: list[list[float]] = spread_over(flows, law.probabilities, place).tolist()
    return told


_PANELS = 4000
"""Panels of Simpson's rule between two kinks of the integrand."""


def greatest_expected(instance: AuctionDesign) -> float:
    """Return the expectation of the greatest positive virtual value.

    Notes
    -----
    The integral of ``1 - prod_i P(score_i <= x)`` over x > 0. Where all values are finite that is a
    step function, and the sum exact; else Simpson's rule between its kinks.
    """
    parts = [_distribution(law) for law in instance.laws]
    kinks = np.concatenate([[0.0], *(part.kinks for part in parts)])
    total = 0.0
    for low, high in pairwise(np.unique(kinks[kinks >= 0]).tolist()):
        if all(part.steps for part in parts):
            total += (1 - _product(parts, np.array([low]))[0]) * (high - low)
            continue
        edges = np.linspace(low, high, 2 * _PANELS + 1)
        edges[-1] = np.nextafter(high, low)  # the limit from the left, before a jump
        weights = np.ones_like(edges)
        weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
        total += float(weights @ (1 - _product(parts, edges))) * (high - low) / (6 * _PANELS)
    return float(total)


class _Distribution(NamedTuple):
    """How virtual values are distributed: `below(x)` is P(score <= x), smooth between `kinks`."""

    kinks: FloatArray
    below: Callable[[FloatArray], FloatArray]
    steps: bool


def _product(parts: list[_Distribution], scores: FloatArray) -> FloatArray:
    """Return how likely all virtual values are at most each score."""
    found: FloatArray = np.prod([part.below(scores) for part in parts], axis=0)
    return found


def _distribution(law: Law) -> _Distribution:
    """Return how the virtual values of a law are distributed."""
    finite = values_of(law)
    if finite is not None:
        virtual = ironed(*finite)[0]
        cumulated = np.concatenate([[0.0], np.cumsum(finite[1])])

        def jumps(scores: FloatArray) -> FloatArray:
            found: FloatArray = cumulated[np.searchsorted(virtual, scores, side="right")]
            return found

        return _Distribution(virtual, jumps, steps=True)
    marginal = marginal_of(law)
    assert isinstance(marginal, Uniform | Exponential)
    if isinstance(marginal, Exponential):
        mean = marginal.mean

        def exponential(scores: FloatArray) -> FloatArray:
            found: FloatArray = -np.expm1(-np.maximum(scores + mean, 0.0) / mean)
            return found

        return _Distribution(np.array([40 * mean]), exponential, steps=False)
    low, high = marginal.low, marginal.high

    def uniform(scores: FloatArray) -> FloatArray:
        found: FloatArray = np.clip(((scores + high) / 2 - low) / (high - low), 0.0, 1.0)
        return found

    return _Distribution(np.array([2 * low - high, high]), uniform, steps=False)
