"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.games.model_market.count_search import CountSearch
from eqsolve.games.model_market.enumeration import Enumeration
from eqsolve.games.model_market.equilibrium import ModelMarketMethod
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.solution import ModelMarketSolution
from eqsolve.games.model_market.support_search import SupportSearch

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(ModelMarketMethod):
    """Support search under hardmax, count search under softmax.

    Only where softmax is so sharp that users' weights leave double range is it enumeration.
    """

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "chooses a method and says why"
    theorem: ClassVar[str] = "NASH-2"
    cost: ClassVar[str] = "that of the method chosen"

    def choose(self, market: ModelMarket) -> tuple[ModelMarketMethod, str]:
        """Return the method for a market and the reason."""
        if market.is_hardmax:
            method: ModelMarketMethod = SupportSearch()
            reason = "hardmax"
        elif CountSearch().supports(market) is None:
            method, reason = CountSearch(), "softmax"
        else:
            method, reason = Enumeration(), "softmax too sharp for count_search"
        return replace(method, find=self.find, max_equilibria=self.max_equilibria), reason

    def supports(self, instance: ModelMarket) -> str | None:
        """Return why even the method chosen does not apply."""
        return self.choose(instance)[0].supports(instance)

    def run(
        self, instance: ModelMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ModelMarketSolution]:
        """Run the chosen method."""
        method, reason = self.choose(instance)
        return replace(method.run(instance, deadline, rng), method=method.name, reason=reason)
