"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.markets.assignment.augmenting import AugmentingPath
from eqsolve.markets.assignment.equilibrium import AssignmentMethod
from eqsolve.markets.assignment.instance import AssignmentMarket
from eqsolve.markets.assignment.solution import AssignmentSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(AssignmentMethod):
    """Shortest augmenting paths, dense for dense markets."""

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "chooses a method and says why"
    theorem: ClassVar[str] = "BIP-1"
    cost: ClassVar[str] = "that of the method chosen"

    def choose(self, market: AssignmentMarket) -> tuple[AssignmentMethod, str]:
        """Return the method for a market and the reason."""
        return AugmentingPath(prices=self.prices), "dense values"

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Run the chosen method."""
        method, reason = self.choose(instance)
        return replace(method.run(instance, deadline, rng), method=method.name, reason=reason)
