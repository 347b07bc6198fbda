"""Homogeneous goods: every buyer values all items alike (REV-6).

Where every pair is known or a candidate, some revenue-optimal outcome is welfare-optimal, so that
the program may be restricted to outcomes of welfare W*; and the best revenue is at least dW. Where
some pairs can never meet the program goes without that row, and is still quicker than the tree of
`exact`, whose bounds see little where values tie; with a limit on introductions the tree is. No
polynomial algorithm is known here. Where the certified bound closes the gap no solver is needed;
where numbers are beyond a solver's tolerances, the tree takes its place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, beyond_search
from eqsolve.families.trading_network.methods.staged import Staged
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Homogeneous", "is_homogeneous"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneous(Staged):
    """All stages, with the program in place of the tree.

    Parameters
    ----------
    backend : solver of the program.
    """

    name: ClassVar[str] = "homogeneous"
    summary: ClassVar[str] = "optimum for goods that each buyer values alike"
    theorem: ClassVar[str] = "REV-6"
    cost: ClassVar[str] = "exponential at worst; often closed by the certified bound"

    backend: Literal["highs", "scip"] = "highs"

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return a reason unless goods are homogeneous and no option changes the question."""
        if not _values_alike(instance):
            return "some buyer values two items differently"
        if self.has_own_question:
            return "it answers the question for greatest prices and no limit on introductions"
        return beyond_search(instance) or TradingMethod.supports(self, instance)

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve."""
        from eqsolve.algorithms.programs.mixed_integer import beyond_tolerances

        search = self.started(instance, deadline, rng)
        if beyond_tolerances(instance.scale) is not None:
            if search.open and not deadline.expired():
                search.branch(self.rounds)
            return search.outcome(deadline.limit)
        if search.open:
            search.improve(self.rounds)
        limit = None
        if search.open and not deadline.expired():
            welfare = search.evaluator.welfare_full if is_homogeneous(instance) else -math.inf
            limit = search.hand_over(self.backend, float(welfare))
        return search.outcome(deadline.limit or limit)


def is_homogeneous(network: TradingNetwork) -> bool:
    """Return whether every buyer values all items alike and every pair is known or a candidate."""
    pairs = network.n_buyers * network.n_sellers
    return network.candidates is None and network.values.n_edges == pairs and _values_alike(network)


def _values_alike(network: TradingNetwork) -> bool:
    """Return whether every buyer values all items that it may ever trade alike."""
    values = network.values.dense()
    present = (values >= 0) & (network.known_mask() | network.candidate_mask())
    tops = np.where(present, values, -1).max(axis=1, initial=-1)
    return bool((~present | (values == tops[:, None])).all())
