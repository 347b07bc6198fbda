"""Shortest augmenting paths on the dense matrix of weights, then both ends of the lattice.

Exact for whole numbers. O(n m min(n, m)) at worst, close to O(n m) on most data. BIP-1, BIP-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import WarmStarted, exact_equilibrium
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["AugmentingPath"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentingPath(WarmStarted):
    """Shortest augmenting paths on the dense matrix."""

    name: ClassVar[str] = "augmenting"
    summary: ClassVar[str] = "shortest augmenting paths with duals, dense"
    theorem: ClassVar[str] = "BIP-1, BIP-2"
    source: ClassVar[str] = (
        "Jonker, R. and Volgenant, A. (1987). A shortest augmenting path algorithm for dense and "
        "sparse linear assignment problems. Computing 38, 325-340."
    )
    cost: ClassVar[str] = "O(n m min(n, m)) worst case"

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        return exact_equilibrium(
            instance, self.prices, self.start(instance), deadline, method=self.name, sparse=False
        )
