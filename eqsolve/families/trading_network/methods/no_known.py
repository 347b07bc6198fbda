"""No known pairs: introducing a maximum-weight matching earns its whole weight (REV-7).

With ``E0`` empty every trade is the platform's. In the graph that holds just the matching, each
buyer knows one seller and each seller one buyer, so that at the greatest prices every trade costs
its value. No set can earn more than the value of its trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, wrapped
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["NoKnown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoKnown(TradingMethod):
    """Introduce a maximum-weight matching."""

    name: ClassVar[str] = "no_known"
    summary: ClassVar[str] = "exact for networks without known pairs: a maximum-weight matching"
    theorem: ClassVar[str] = "REV-7"
    cost: ClassVar[str] = "one assignment problem"

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return a reason unless there are no known pairs and no options that matter."""
        if instance.n_known:
            return f"{instance.n_known} pairs know each other"
        if self.has_own_question:
            return "it answers the question for greatest prices and no limit on introductions"
        return TradingMethod.supports(self, instance)

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve; `rng` is not used."""
        evaluator = Evaluator(instance)
        rows = np.flatnonzero(evaluator.full.matching >= 0)
        introduced = np.stack([rows, evaluator.full.matching[rows]], axis=1)
        return wrapped(self, evaluator, introduced, value_bound(evaluator))
