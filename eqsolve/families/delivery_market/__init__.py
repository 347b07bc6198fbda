"""Delivery markets with tips: exact equilibria of buyers, stores and couriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.delivery_market.instance import DeliveryMarket
    from eqsolve.families.delivery_market.questions.tips import compare_tips
    from eqsolve.families.delivery_market.solution import DeliverySolution
    from eqsolve.families.delivery_market.solve import tipped_equilibrium
    from eqsolve.families.delivery_market.supported import support

__all__ = [
    "DeliveryMarket",
    "DeliverySolution",
    "compare_tips",
    "support",
    "tipped_equilibrium",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("DeliveryMarket",),
        "questions.tips": ("compare_tips",),
        "solution": ("DeliverySolution",),
        "solve": ("tipped_equilibrium",),
        "supported": ("support",),
    },
)
