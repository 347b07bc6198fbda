"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.methods.enumeration import Enumeration
from eqsolve.families.delivery_market.methods.structured import Structured
from eqsolve.families.delivery_market.methods.support_search import SupportSearch
from eqsolve.families.delivery_market.scales import MOST, count_matchings, is_small, tamed
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.structure import find_structure

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[DeliveryMarket, DeliverySolution], DeliveryMethod):
    """`structured` where TIP-5 applies, `enumeration` where small, else `support_search`.

    Small markets whose numbers floats would round go to `enumeration` first.
    """

    theorem: ClassVar[str] = "TIP-0, TIP-5"

    def choose_method(self, instance: DeliveryMarket) -> tuple[DeliveryMethod, str]:
        """Return the method for a market and the reason."""
        few = count_matchings(instance.n_buyers, instance.n_stores)
        plain = self.handed_on(Enumeration())
        if not instance.is_exact and is_small(instance) and plain.supports(instance) is None:
            return plain, f"only {few} sets of orders, compared without rounding"
        if self.cash_flow_floor is None:
            structure = find_structure(tamed(instance).costs)
            if structure is not None:
                return Structured(), structure.words
        if few <= MOST:
            return plain, f"only {few} sets of orders"
        return SupportSearch(), "no structure of TIP-5 found"
