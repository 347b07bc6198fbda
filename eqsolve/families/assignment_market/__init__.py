"""Assignment markets: competitive equilibria of unit-demand buyers and unit-supply sellers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.assignment_market.instance import AssignmentMarket
    from eqsolve.families.assignment_market.interchange import (
        from_networkx,
        from_pandas,
    )
    from eqsolve.families.assignment_market.points import from_points
    from eqsolve.families.assignment_market.questions.demand import demand_sets, overdemanded_set
    from eqsolve.families.assignment_market.questions.lattice import (
        is_price_vector,
        join,
        meet,
        vcg_payments,
    )
    from eqsolve.families.assignment_market.solution import AssignmentSolution, PriceStep
    from eqsolve.families.assignment_market.solve import competitive_equilibrium

__all__ = [
    "AssignmentMarket",
    "AssignmentSolution",
    "PriceStep",
    "competitive_equilibrium",
    "demand_sets",
    "from_networkx",
    "from_pandas",
    "from_points",
    "is_price_vector",
    "join",
    "meet",
    "overdemanded_set",
    "vcg_payments",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("AssignmentMarket",),
        "interchange": ("from_networkx", "from_pandas"),
        "points": ("from_points",),
        "questions.demand": ("demand_sets", "overdemanded_set"),
        "questions.lattice": ("is_price_vector", "join", "meet", "vcg_payments"),
        "solution": ("AssignmentSolution", "PriceStep"),
        "solve": ("competitive_equilibrium",),
    },
)
