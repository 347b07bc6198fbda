"""Auction with falling increments and exact shortest augmenting paths on the edges alone.

Never builds a matrix: O(n + m + edges) memory. Exact for whole numbers. BIP-1, BIP-2.
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

__all__ = ["SparsePath"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SparsePath(WarmStarted):
    """Auction phases and shortest augmenting paths on a sparse graph."""

    name: ClassVar[str] = "sparse"
    summary: ClassVar[str] = "auction phases, then shortest augmenting paths, on the edges alone"
    theorem: ClassVar[str] = "BIP-1, BIP-2"
    source: ClassVar[str] = (
        "Jonker, R. and Volgenant, A. (1987). A shortest augmenting path algorithm for dense and "
        "sparse linear assignment problems. Computing 38, 325-340."
    )
    cost: ClassVar[str] = "O(min(n, m) E log E) worst case, O(n + m + E) memory"

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        return exact_equilibrium(
            instance, self.prices, self.start(instance), deadline, method=self.name, sparse=True
        )
