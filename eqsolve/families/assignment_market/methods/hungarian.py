"""The Hungarian method in plain Python: exact for numbers of any size, nothing to compile.

Shortest augmenting paths, buyer by buyer, over sellers and one outside option per buyer; then
both ends of the price lattice as least and greatest solutions of the equilibrium inequalities
by repeated relaxation. For small markets, where loading compiled kernels would cost more than
solving, and as a readable reference. O(n^2 (n + m)) and O(n m min(n, m)). BIP-1, BIP-2.

Source: Kuhn 1955; Munkres 1957.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.core.exactness import in_units
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import AssignmentMethod, solved
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Hungarian"]

_MOST = 100_000
"""Pairs beyond which plain Python would take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hungarian(AssignmentMethod):
    """Shortest augmenting paths in plain Python, for small markets.

    Decimals become whole multiples of a power of two, so that no amount is lost beside another.
    """

    name: ClassVar[str] = "hungarian"
    summary: ClassVar[str] = "plain Python, for small markets: nothing to compile"
    theorem: ClassVar[str] = "BIP-1, BIP-2"
    source: ClassVar[str] = (
        "Kuhn, H. W. (1955). The Hungarian method for the assignment problem. "
        "Naval Research Logistics Quarterly 2(1-2), 83-97."
    )
    cost: ClassVar[str] = "O(n^2 (n + m)) steps of Python"

    def supports(self, instance: AssignmentMarket) -> str | None:
        """Return why not: too large for plain Python."""
        pairs = instance.n_buyers * instance.n_sellers
        if pairs > _MOST:
            return f"plain Python is for at most {_MOST} pairs, not {pairs}"
        return AssignmentMethod.supports(self, instance)

    def _vanishing(self, instance: AssignmentMarket) -> str | None:
        """Return None: Python's integers lose nothing."""
        return None

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        values = instance.values.dense()
        (units, reserves), one = in_units(values, instance.reserves)
        weights = [
            [
                value - reserve if value >= 0 else -1
                for value, reserve in zip(row, reserves, strict=True)
            ]
            for row in units
        ]
        matching = match_plainly(weights, instance.n_sellers, deadline)
        if matching is None:
            return Incumbent(method=self.name).outcome(answered=False, limit=deadline.limit)
        kind = np.result_type(values, instance.reserves)
        low, high = (
            np.array([price / one for price in end] if kind.kind == "f" else end, dtype=kind)
            for end in relaxed_price_ends(weights, instance.n_sellers, matching)
        )
        row = np.array(matching, dtype=np.int64)
        return solved(instance, self.prices, row, low, high, method=self.name, counts={})
