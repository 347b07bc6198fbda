"""Markets with capacities as a min-cost flow: shortest paths in reduced costs, exact.

The transportation program in which every pair trades at most once has whole optima whose duals are
prices (CAP-1). Both ends of the prices are one more search each (CAP-2); what a buyer of several
items owes under the Vickrey-Clarke-Groves rule is one search for each of its items (CAP-3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import (
    AssignmentMethod,
    solved,
    with_capacities,
)
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["Flow"]

_MOST = 20_000
"""Pairs up to which Python's integers are quick enough where 64 bits would lose an amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(AssignmentMethod):
    """Shortest paths in reduced costs; takes capacities, and markets without.

    Parameters
    ----------
    vcg : also compute what buyers who may take several items owe under the Vickrey-Clarke-Groves
        rule; others owe the least prices of their items, which are always there.
    """

    name: ClassVar[str] = "flow"
    summary: ClassVar[str] = "min-cost flow by shortest paths, for capacities of buyers and sellers"
    theorem: ClassVar[str] = "CAP-1, CAP-2, CAP-3"
    source: ClassVar[str] = (
        "Tomizawa, N. (1971). On some techniques useful for solution of transportation network "
        "problems. Networks 1(2), 173-194."
    )
    cost: ClassVar[str] = "O(K E log E) worst case for K units that change hands"
    takes_capacities: ClassVar[bool] = True

    vcg: bool = False

    def _vanishing(self, instance: AssignmentMarket) -> str | None:
        """Return None where Python's integers are quick enough, which lose nothing."""
        if instance.values.n_edges <= _MOST:
            return None
        return AssignmentMethod._vanishing(self, instance)

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.families.assignment_market.kernels.many_to_many import transport

        uneven = AssignmentMethod._vanishing(self, instance) is not None
        vcg = instance.has_capacities and (self.vcg or instance.most_items == 1)
        with deadline.watching() as stop:
            found = transport(instance, stop, vcg=vcg, plain=uneven)
        if found is None:
            nothing: Incumbent[AssignmentSolution] = Incumbent(method=self.name)
            return nothing.outcome(answered=False, limit=deadline.limit)
        low, high = found.price_min, found.price_max
        if instance.has_capacities:
            return with_capacities(
                instance, self.prices, found.pairs, low, high, found.vcg_payments,
                method=self.name, counts={},
            )  # fmt: skip
        matching = np.full(instance.n_buyers, -1, dtype=np.int64)
        matching[found.pairs[:, 0]] = found.pairs[:, 1]
        low, high = low - instance.reserves, high - instance.reserves
        return solved(instance, self.prices, matching, low, high, method=self.name, counts={})
