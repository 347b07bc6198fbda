"""scipy's matching, then both ends of the price lattice by relaxation of whole rows.

Nothing to compile, exact for whole numbers, and at small and middle sizes as fast as anything.
BIP-1, BIP-2; see `eqsolve.algorithms.matching.arrays`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import AssignmentMethod, dense_weights, solved
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Relaxation"]

_MOST = 25_000_000
"""Pairs beyond which scipy, which cannot be stopped, may take minutes."""

_LEAST_SHARE = 2.0**-30
"""Least amount as a share of the greatest; amounts are moved by up to 2**-50 of the greatest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation(AssignmentMethod):
    """scipy's matching, price ends by relaxation, in numpy."""

    name: ClassVar[str] = "relaxation"
    summary: ClassVar[str] = "scipy's matching, prices by relaxation in numpy: nothing to compile"
    theorem: ClassVar[str] = "BIP-1, BIP-2"
    source: ClassVar[str] = (
        "Crouse, D. F. (2016). On implementing 2D rectangular assignment algorithms. IEEE "
        "Transactions on Aerospace and Electronic Systems 52(4), 1679-1696."
    )
    cost: ClassVar[str] = "O(n m min(n, m)) worst case"

    def _vanishing(self, instance: AssignmentMarket) -> str | None:
        """Return why the grid of doubles is too coarse beside the least amount, or None."""
        if instance.is_integral or instance.values.least_share >= _LEAST_SHARE:
            return None
        return f"an amount is less than {_LEAST_SHARE:.2g} of the greatest"

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: too many pairs, or numbers too large for exact sums in doubles."""
        from eqsolve.algorithms.matching.arrays import exact_in_doubles

        pairs = instance.n_buyers * instance.n_sellers
        if pairs > _MOST:
            return f"scipy's matching is for at most {_MOST} pairs, not {pairs}"
        reason = AssignmentMethod.supports(self, instance)
        if reason is None and not exact_in_doubles(instance.scale, whole=instance.is_integral):
            return "whole numbers must be at most 2**50, so that sums are exact in doubles"
        return reason

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.matching.arrays import optimum

        if deadline.expired():
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit, method=self.name)
        best = optimum(dense_weights(instance))
        return solved(instance, self.prices, *best, method=self.name, counts={})
