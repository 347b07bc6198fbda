"""The default method: looks at bidders, items and the class asked for, and says what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.methods.base import DesignMethod, StrictMethod
from eqsolve.families.auction_design.methods.dp import Dp
from eqsolve.families.auction_design.methods.dp_lp import DpLp
from eqsolve.families.auction_design.methods.dp_symmetric import DpSymmetric
from eqsolve.families.auction_design.methods.lp import Lp
from eqsolve.families.auction_design.methods.myerson import Myerson
from eqsolve.families.auction_design.methods.plain import TariffPrices
from eqsolve.families.auction_design.solution import DesignSolution

__all__ = ["Auto"]

_QUICK = 400
"""Types of bidders who do not bid up to which a program takes no longer than a minute or so."""

_FEW_ITEMS = 8
"""Items up to which a price of every bundle in every state takes no longer than a minute or so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[AuctionDesign, DesignSolution], StrictMethod):
    """Takes exact programs where types are few, else simple mechanisms fitted to draws."""

    theorem: ClassVar[str] = "MEC-3, MEC-7"

    def choose_method(self, instance: AuctionDesign) -> tuple[DesignMethod, str]:
        """Return the method for an instance and the reason."""
        kind = self.class_for(instance)
        one_item = self.handed_on(Myerson())
        if kind in ("menu", "dsic", "bic") and one_item.supports(instance) is None:
            return Myerson(), "one item"
        exact = self.handed_on(Lp())
        if instance.is_finite and exact.supports(instance) is None:
            return Lp(), "finite types"
        sequence = self.handed_on(DpLp())
        if instance.n_bidders > 1 and sequence.supports(instance) is None:
            return DpLp(), "several bidders with finite types"
        if kind in ("dsic", "bic"):
            return Lp(), "direct mechanisms are found by programs"
        if instance.n_bidders == 1:
            return TariffPrices(), "types are not few"
        by_size = self.handed_on(DpSymmetric())
        if by_size.supports(instance) is None:
            return DpSymmetric(), "identical bidders and items that are alike"
        if instance.n_items <= _FEW_ITEMS and self.handed_on(Dp()).supports(instance) is None:
            return Dp(), "several bidders, few sets of items left"
        return TariffPrices(), "several bidders, many sets of items left"
