"""The optimum: the stages of `search` to the end, which is branch and bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, beyond_search
from eqsolve.families.trading_network.methods.components import components, merged, part
from eqsolve.families.trading_network.methods.search import Search
from eqsolve.families.trading_network.methods.staged import Staged
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact(Staged):
    """All stages: the optimum, or the best set and bound when time is over."""

    name: ClassVar[str] = "exact"
    summary: ClassVar[str] = "optimum: certified bound, then branch and bound on it"
    theorem: ClassVar[str] = "REV-1, REV-2"
    cost: ClassVar[str] = "exponential (REV-8)"

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return a reason for least prices: they need more than matchings."""
        if self.prices == "least":
            return "at least prices pairs that do not trade matter, which the search leaves out"
        return beyond_search(instance) or TradingMethod.supports(self, instance)

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve, component by component."""
        parts = components(instance)
        if len(parts) < 2 or self.max_introductions is not None:
            return self._searched_to_the_end(instance, deadline, rng).outcome(deadline.limit)
        whole = Search(self, Evaluator(instance), deadline, rng)
        searches = [
            self._searched_to_the_end(part(instance, *agents), deadline, rng, quiet=True)
            for agents in parts
        ]
        merged(whole, parts, searches)
        return whole.outcome(deadline.limit)

    def _searched_to_the_end(
        self,
        network: TradingNetwork,
        deadline: Deadline,
        rng: np.random.Generator,
        *,
        quiet: bool = False,
    ) -> Search:
        """Return the search of a connected network after all stages."""
        search = self.started(network, deadline, rng, quiet=quiet)
        if search.open and not deadline.expired():
            search.branch(self.rounds)
        return search
