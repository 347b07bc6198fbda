"""Trading networks: which buyers a platform should introduce to which sellers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.trading_network.convert import hide_pairs
    from eqsolve.families.trading_network.evaluate import evaluate_introductions
    from eqsolve.families.trading_network.instance import TradingNetwork
    from eqsolve.families.trading_network.questions.fee_curve import (
        FeeCurve,
        FeePoint,
        fee_curve,
    )
    from eqsolve.families.trading_network.questions.welfare import WelfareEffects, welfare_effects
    from eqsolve.families.trading_network.solution import TradingSolution
    from eqsolve.families.trading_network.solve import maximize_revenue

__all__ = [
    "FeeCurve",
    "FeePoint",
    "TradingNetwork",
    "TradingSolution",
    "WelfareEffects",
    "evaluate_introductions",
    "fee_curve",
    "hide_pairs",
    "maximize_revenue",
    "welfare_effects",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "convert": ("hide_pairs",),
        "evaluate": ("evaluate_introductions",),
        "instance": ("TradingNetwork",),
        "questions.fee_curve": ("FeeCurve", "FeePoint", "fee_curve"),
        "questions.welfare": ("WelfareEffects", "welfare_effects"),
        "solution": ("TradingSolution",),
        "solve": ("maximize_revenue",),
    },
)
