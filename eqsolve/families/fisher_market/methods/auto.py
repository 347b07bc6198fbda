"""The default method: looks at the market and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.method import Chooser, Method
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.closed_form import ClosedForm
from eqsolve.families.fisher_market.methods.interior import InteriorPoint
from eqsolve.families.fisher_market.methods.leontief import LeontiefInterior
from eqsolve.families.fisher_market.methods.newton import Newton
from eqsolve.families.fisher_market.methods.proportional import ProportionalResponse
from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["Auto"]

_LARGE = 8000
"""Shorter side from which an n m min(n, m) iteration takes minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[FisherMarket, FisherSolution]):
    """Choose by the kind of utility.

    Cobb-Douglas: the closed form. CES: Newton's method on prices. Leontief: its interior point.
    Linear and quasi-linear: interior point, or proportional response where both sides exceed
    8000, so that one iteration of the former would take minutes.
    """

    summary: ClassVar[str] = "chooses a method by the kind of utility and says why"
    theorem: ClassVar[str] = "FIS-1"
    source: ClassVar[str] = (
        "Eisenberg, E. and Gale, D. (1959). Consensus of subjective probabilities: the pari-mutuel "
        "method. Annals of Mathematical Statistics 30(1), 165-168."
    )

    def choose_method(self, instance: FisherMarket) -> tuple[Method[Any, Any], str]:
        """Return the method for a market and the reason."""
        if instance.utility == "cobb_douglas":
            return ClosedForm(), "Cobb-Douglas utilities have a formula"
        if instance.utility == "ces":
            return Newton(), "CES demand is a smooth function of prices"
        if instance.utility == "leontief":
            return LeontiefInterior(), "a Leontief bundle is one number"
        if min(instance.n_buyers, instance.n_goods) > _LARGE:
            return ProportionalResponse(), f"both sides exceed {_LARGE}"
        return InteriorPoint(), f"{instance.utility} utilities, shorter side at most {_LARGE}"
