"""First passage of large batches, by the scale function of a diffusion (COL-8, COL-9).

``u = S(l) / S(end)`` with ``S' = exp(-integral of 2 b D / (rate v))``: an approximation, without a
bound of its error, which falls as batches grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import log_odds, rounds_of
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.base import BatchMethod, Found
from eqsolve.families.collusion_dynamics.solution import Chance

__all__ = ["Diffusion", "scale_function"]

_NODES = 4001


@dataclass(frozen=True, slots=True, kw_only=True)
class Diffusion(BatchMethod):
    """Quadrature of the scale function."""

    name: ClassVar[str] = "diffusion"
    summary: ClassVar[str] = "first passage of large batches as a diffusion, no bound of the error"
    theorem: ClassVar[str] = "COL-8, COL-9"
    cost: ClassVar[str] = "O(1)"

    def supports(self, instance: CollusionDynamics) -> str | None:
        """Return a reason where there is a horizon, or no noise."""
        reason = BatchMethod.supports(self, instance)
        if reason is not None:
            return reason
        if instance.horizon is not None:
            return "it is for first passage, without a horizon"
        if instance.thresholds is not None and instance.batch is not None:
            ends = log_odds(np.array(instance.thresholds))
            nodes = np.linspace(ends[0], ends[1], 9)
            noise = rounds_of(instance, instance.batch.feedback).variance(
                nodes, instance.batch.estimator
            )
            if not (noise > 1e-12 * instance.scale**2).all():
                return "there is no noise: every informative batch observes the same"
        return None

    def moving(
        self,
        instance: CollusionDynamics,
        odds: FloatArray,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> Found:
        """Interpolate the scale function."""
        nodes, scale = scale_function(instance)
        values = np.interp(odds, nodes, scale / scale[-1]).tolist()
        remark = "a diffusion stands for the batches; nothing bounds the error of that"
        return Found(
            chances=[Chance(value, value, self.name) for value in values], remarks=(remark,)
        )


def scale_function(dynamics: CollusionDynamics) -> tuple[FloatArray, FloatArray]:
    """Return log-odds between the thresholds and the scale function there, both shape (N,)."""
    assert dynamics.batch is not None
    assert dynamics.rate is not None
    assert dynamics.thresholds is not None
    batch, rate = dynamics.batch, dynamics.rate.initial
    low, high = log_odds(np.array(dynamics.thresholds)).tolist()
    nodes = np.linspace(low, high, _NODES)
    rounds = rounds_of(dynamics, batch.feedback)
    pull = 2 * batch.size / rate * rounds.advantage(nodes) / rounds.variance(nodes, batch.estimator)
    exponent = -_integral(nodes, pull)
    return nodes, _integral(nodes, np.exp(exponent - exponent.max()))


def _integral(nodes: FloatArray, values: FloatArray) -> FloatArray:
    """Return the integral from the first node to every node, by trapezoids."""
    steps = np.diff(nodes) * (values[1:] + values[:-1]) / 2
    return np.concatenate([[0.0], np.cumsum(steps)])
