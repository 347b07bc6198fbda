"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import ModelMarketMethod
from eqsolve.families.model_market.methods.count_search import CountSearch
from eqsolve.families.model_market.methods.enumeration import Enumeration
from eqsolve.families.model_market.methods.replies import Replies, work
from eqsolve.families.model_market.methods.support_search import SupportSearch
from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["Auto"]

_SMALL = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[ModelMarket, ModelMarketSolution], ModelMarketMethod):
    """Replies in small markets, else support search under hardmax and count search under softmax.

    Small: 50,000 or less in the measure of `replies`, profiles of N - 1 platforms x models x types.
    Where softmax is so sharp that users' weights leave double range it is enumeration.
    """

    theorem: ClassVar[str] = "NASH-2"

    def choose_method(self, instance: ModelMarket) -> tuple[ModelMarketMethod, str]:
        """Return the method for a market and the reason."""
        if work(instance) <= _SMALL:
            return Replies(), "small market"
        if instance.is_hardmax:
            return SupportSearch(), "hardmax"
        if CountSearch().supports(instance) is None:
            return CountSearch(), "softmax"
        return Enumeration(), "softmax too sharp for count_search"
