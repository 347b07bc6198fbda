"""Base of the methods: the question's own options, which of the supporting prices to report."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from eqsolve.core.errors import OptionError
from eqsolve.core.method import Method
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["Choice", "DeliveryMethod"]

Choice = Literal["none", "cash_flow", "least_tips", "least_subsidy", "buyers", "couriers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryMethod(Method[DeliveryMarket, DeliverySolution]):
    """Base of the methods: which of the supporting prices to report.

    Parameters
    ----------
    choose : ``none``: those of the support test, which are also ``couriers``: greatest wages;
        ``cash_flow``: greatest platform cash flow; ``least_tips``: least sum of all tips;
        ``least_subsidy``: least sum over the transactions of compensation beyond the price;
        ``buyers``: greatest sum of buyers' utilities.
    cash_flow_floor : only equilibria whose platform cash flow can be at least this; None: all.
    """

    source: ClassVar[str] = (
        "Gonczarowski, Y. A., Ma, G. and Parkes, D. C. (2025). Pricing with tips in three-sided "
        "delivery platforms."
    )

    choose: Choice = "none"
    cash_flow_floor: float | None = None

    def __post_init__(self) -> None:
        floor = self.cash_flow_floor
        if floor is not None and not math.isfinite(floor):
            raise OptionError(f"option cash_flow_floor = {floor}: must be finite")
