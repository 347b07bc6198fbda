"""Local search: a good set soon, improved for as long as it may take.

The fee curve and a short run of the multipliers give the start; nearly all of the time goes to
neighborhoods (`neighborhoods`; at least prices single moves, `moves`).
"""

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

__all__ = ["LocalSearch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSearch(Staged):
    """Start from the fee curve and the multipliers and improve; anytime, repeatable for a seed."""

    name: ClassVar[str] = "local_search"
    summary: ClassVar[str] = "good sets, improved neighborhood by neighborhood"
    theorem: ClassVar[str] = "REV-1, REV-4"
    cost: ClassVar[str] = "a short branch and bound per neighborhood"

    rounds: int = 50
    steps: int = 100

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve."""
        search = self.started(instance, deadline, rng)
        if search.open:
            search.improve(self.rounds, share=1.0)
        return search.outcome(deadline.limit or (Limit.TIME if search.hurried else None))
