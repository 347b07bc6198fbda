"""Base of the methods: what large batches say, and how answers are wrapped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.collusion_dynamics.batches import batches_move, log_odds
from eqsolve.families.collusion_dynamics.fidelity import critical
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.regime import attractor_at
from eqsolve.families.collusion_dynamics.solution import Chance, CollusionSolution, RestPoint

__all__ = ["BatchMethod", "DynamicsMethod", "Found", "analysis", "answered", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicsMethod(Method[CollusionDynamics, CollusionSolution]):
    """Base of the methods."""

    source: ClassVar[str] = (
        "Cao, S. and Hu, M. (2026). Collusive pricing under LLM. arXiv 2601.01279."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a method found out about the starts that move.

    Parameters
    ----------
    chances : one for each, or None when stopped before.
    counts, remarks : as in `Outcome`.
    limit : what stopped the method.
    """

    chances: Sequence[Chance] | None
    counts: Mapping[str, int | float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    limit: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchMethod(DynamicsMethod):
    """Base of the methods for finite batches."""

    def supports(self, instance: CollusionDynamics) -> str | None:
        """Return a reason where there is no batch."""
        return "the instance has no batch" if instance.batch is None else None

    def moving(
        self,
        instance: CollusionDynamics,
        odds: FloatArray,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> Found:
        """Return the chances of starts that move, given by their log-odds."""
        raise NotImplementedError

    def run(
        self, instance: CollusionDynamics, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CollusionSolution]:
        """Answer for all starts; those about which all is certain need no method."""
        sure = settled(instance)
        moves = [theta for theta, known in zip(instance.start, sure, strict=True) if known is None]
        found = Found(chances=())
        if moves:
            found = self.moving(instance, log_odds(np.array(moves)), deadline, rng)
        chances = None
        if found.chances is not None:
            rest = iter(found.chances)
            chances = [next(rest) if known is None else known for known in sure]
        return answered(
            instance,
            chances,
            method=self.name,
            counts=found.counts,
            remarks=found.remarks,
            limit=found.limit,
        )


def analysis(dynamics: CollusionDynamics) -> CollusionSolution:
    """Return what large batches say: regime, rest points, limits, attractors. O(n) fractions."""
    regime = dynamics.regime
    high, low = dynamics.exact_payoffs
    rho = dynamics.exact_fidelity
    return CollusionSolution(
        regime=regime.name,
        rest_points=tuple(
            RestPoint(zero.value, stability, (zero.lower, zero.upper))
            for zero, stability in zip(regime.zeros, regime.stabilities, strict=True)
        ),
        quadratic=(regime.quadratic.constant, regime.quadratic.linear, regime.quadratic.square),
        signs=regime.signs,
        critical_fidelity=critical(high, low),
        limits=tuple(regime.limit(start) for start in dynamics.exact_starts),
        attractors=tuple(attractor_at(high, low, rho, theta) for theta in regime.attracting),
    )


def settled(dynamics: CollusionDynamics) -> list[Chance | None]:
    """Return what is certain about each start, None where there is something to compute.

    Certain are starts that never move, and without a horizon those on or beyond a threshold.
    """
    assert dynamics.thresholds is not None
    low, high = dynamics.thresholds
    moves = batches_move(dynamics)
    found: list[Chance | None] = []
    for theta in dynamics.start.tolist():
        chance = float(theta >= high)
        there = theta <= low or theta >= high
        if dynamics.horizon is not None:
            fixed = theta in (0, 1) or not moves
            updates = float(dynamics.horizon)
        else:
            fixed = there or not moves
            updates = 0.0
        mean = updates if there or dynamics.horizon else None  # never reached
        found.append(Chance(chance, chance, "enumerate", updates=mean) if fixed else None)
    return found


def answered(
    dynamics: CollusionDynamics,
    chances: Sequence[Chance] | None,
    *,
    method: str,
    counts: Mapping[str, int | float] | None = None,
    remarks: tuple[str, ...] = (),
    limit: Limit | None = None,
) -> Outcome[CollusionSolution]:
    """Return the outcome for probabilities of collusion, or for none.

    Parameters
    ----------
    chances : one for each start, or None where batches were not looked at.
    limit : what stopped the work on them.
    """
    found = analysis(dynamics)
    if chances is not None:
        found = replace(found, collusion_probability=tuple(chances), thresholds=dynamics.thresholds)
    high, low = dynamics.exact_payoffs
    bottom = attractor_at(high, low, dynamics.exact_fidelity, 0.0).payoff
    gain = found.attractors[-1].payoff - bottom if found.attractors else 0.0
    held: Incumbent[CollusionSolution] = Incumbent(
        method=method, counts=dict(counts or {}), remarks=remarks
    )
    held.offer(found, gain)
    words = (
        "the signs of the quadratic at the brackets and its discriminant leave no other rest "
        "point, so that no attractor is greater"
    )
    held.prove(gain, "certified", BoundCertificate(gain, "certified", words))
    proved = dynamics.batch is None or (
        chances is not None and all(chance.method == "enumerate" for chance in chances)
    )
    return held.outcome(answered=proved, limit=limit)
