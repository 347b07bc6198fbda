"""Fisher markets: divisible goods, buyers with budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.fisher_market.instance import FisherMarket
    from eqsolve.families.fisher_market.solution import FisherSolution
    from eqsolve.families.fisher_market.solve import fisher_equilibrium
    from eqsolve.families.fisher_market.utility import bundle_utilities, unit_costs

__all__ = [
    "FisherMarket",
    "FisherSolution",
    "bundle_utilities",
    "fisher_equilibrium",
    "unit_costs",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("FisherMarket",),
        "solution": ("FisherSolution",),
        "solve": ("fisher_equilibrium",),
        "utility": ("bundle_utilities", "unit_costs"),
    },
)
