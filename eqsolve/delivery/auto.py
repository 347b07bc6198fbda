"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.delivery.choice import DeliveryMethod
from eqsolve.delivery.instance import DeliveryMarket
from eqsolve.delivery.search import SupportSearch
from eqsolve.delivery.solution import DeliverySolution
from eqsolve.delivery.structure import find_structure
from eqsolve.delivery.structured import Structured

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(DeliveryMethod):
    """`structured` where the costs have one of the forms of TIP-5, else `support_search`."""

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "chooses a method and says why"
    theorem: ClassVar[str] = "TIP-0, TIP-5"
    cost: ClassVar[str] = "that of the method chosen"

    def choose_method(self, market: DeliveryMarket) -> tuple[DeliveryMethod, str]:
        """Return the method for a market and the reason."""
        settings: dict[str, Any] = {
            "choose": self.choose,
            "cash_flow_floor": self.cash_flow_floor,
        }
        if market.tips and self.cash_flow_floor is None:
            structure = find_structure(market.costs)
            if structure is not None:
                return Structured(**settings), structure.words
        return SupportSearch(**settings), "no structure of TIP-5 found"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse only what the method chosen refuses."""
        method, _ = self.choose_method(instance)
        return method.supports(instance)

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Run the chosen method."""
        method, reason = self.choose_method(instance)
        return replace(method.run(instance, deadline, rng), method=method.name, reason=reason)
