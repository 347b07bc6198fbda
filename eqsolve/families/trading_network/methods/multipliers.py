"""Near-optimal sets with a bound that anybody can recheck: fee curve, multipliers, local search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.staged import Staged
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Multipliers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipliers(Staged):
    """Fee curve, multipliers, local search: a good set and a bound that anybody can recheck."""

    name: ClassVar[str] = "multipliers"
    summary: ClassVar[str] = "near-optimal sets with a certified bound, no solver needed"
    theorem: ClassVar[str] = "REV-1, REV-4"
    cost: ClassVar[str] = "a pass over pairs and partners, and an assignment problem, per step"

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve."""
        search = self.started(instance, deadline, rng)
        if search.open:
            search.improve(self.rounds)
        return search.outcome(deadline.limit or (Limit.TIME if search.hurried else None))
