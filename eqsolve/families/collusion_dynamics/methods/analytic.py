"""Large batches: the phase line from the signs of an exact quadratic (COL-1 to COL-5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.base import DynamicsMethod, answered
from eqsolve.families.collusion_dynamics.solution import CollusionSolution

__all__ = ["Analytic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytic(DynamicsMethod):
    """Regime, rest points, limits and attractors; batches are not looked at."""

    name: ClassVar[str] = "analytic"
    summary: ClassVar[str] = "large batches: regime, rest points and limits in exact fractions"
    theorem: ClassVar[str] = "COL-2, COL-3, COL-4, COL-5"
    cost: ClassVar[str] = "O(sellers)"

    def run(
        self, instance: CollusionDynamics, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[CollusionSolution]:
        """Answer; a clock that is over changes nothing, it takes no time."""
        left = ("what finite batches do was not looked at",) if instance.batch else ()
        return answered(instance, None, method=self.name, remarks=left)
