"""The default method: looks at the network and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.matchings import SMALL
from eqsolve.families.trading_network.methods.base import TradingMethod
from eqsolve.families.trading_network.methods.enumeration import Enumeration
from eqsolve.families.trading_network.methods.exact import Exact
from eqsolve.families.trading_network.methods.homogeneous import Homogeneous
from eqsolve.families.trading_network.methods.multipliers import Multipliers
from eqsolve.families.trading_network.methods.no_known import NoKnown
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Auto"]

_FEW = 8
"""Candidates up to which looking at all sets takes less time than loading compiled code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[TradingNetwork, TradingSolution], TradingMethod):
    """Takes the first that applies, and says why.

    1. no known pair: `no_known`;
    2. at most 36 pairs and 8 candidates: `enumeration`, which needs no compiled code;
    3. homogeneous goods: `homogeneous`;
    4. least prices: `enumeration` up to 12 candidates, else `multipliers`, the best set found with
       a bound;
    5. else `exact`: approximation, certified bound, improvement, then branch and bound until the
       time limit, so that small networks come back solved and large ones with a bound.
    """

    theorem: ClassVar[str] = "REV-2, REV-4, REV-7"

    def choose_method(self, instance: TradingNetwork) -> tuple[TradingMethod, str]:
        """Return the method for a network and the reason."""
        none_known, few = self.handed_on(NoKnown()), instance.n_candidates
        small = instance.n_buyers * instance.n_sellers <= SMALL and few <= _FEW
        if small and none_known.supports(instance) is not None:
            return self.handed_on(Enumeration()), f"only {few} candidates"
        for method, reason in (
            (none_known, "no pair knows each other"),
            (self.handed_on(Homogeneous()), "every buyer values all items alike"),
            (self.handed_on(Exact()), "known pairs, different values"),
            (
                self.handed_on(Enumeration()),
                f"{few} candidates, and search in floats does not apply",
            ),
        ):
            if method.supports(instance) is None:
                return method, reason
        return self.handed_on(Multipliers()), "many candidates, and no exact method applies"
