"""Model markets: which models competing platforms adopt, and how well users are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.model_market.expand import as_normal_form
    from eqsolve.families.model_market.instance import ModelMarket
    from eqsolve.families.model_market.questions.dynamics import basins, first_mover_profile
    from eqsolve.families.model_market.questions.entrants import ConvexMixtures, RadialBumps
    from eqsolve.families.model_market.questions.entry import best_entry
    from eqsolve.families.model_market.questions.optimum import social_optimum
    from eqsolve.families.model_market.questions.paradox import find_paradox
    from eqsolve.families.model_market.solution import ModelMarketSolution
    from eqsolve.families.model_market.solve import market_equilibria

__all__ = [
    "ConvexMixtures",
    "ModelMarket",
    "ModelMarketSolution",
    "RadialBumps",
    "as_normal_form",
    "basins",
    "best_entry",
    "find_paradox",
    "first_mover_profile",
    "market_equilibria",
    "social_optimum",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "expand": ("as_normal_form",),
        "instance": ("ModelMarket",),
        "questions.dynamics": ("basins", "first_mover_profile"),
        "questions.entrants": ("ConvexMixtures", "RadialBumps"),
        "questions.entry": ("best_entry",),
        "questions.optimum": ("social_optimum",),
        "questions.paradox": ("find_paradox",),
        "solution": ("ModelMarketSolution",),
        "solve": ("market_equilibria",),
    },
)
