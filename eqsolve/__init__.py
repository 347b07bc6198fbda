"""eqsolve: market equilibria, each with a proof that a separate verifier checks.

>>> import eqsolve
>>> market = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
>>> result = eqsolve.solve(market, prices="min")
>>> result.solution.prices.tolist()
[2, 0]
>>> eqsolve.verify(market, result).valid
True

The families load on first use: `_HOMES` says where each of their names lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.errors import (
    BackendError,
    CertificateError,
    EqsolveError,
    FormatError,
    InstanceError,
    NoSolutionError,
    OptionError,
    UnsupportedError,
)
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.report import Check, Report
from eqsolve.core.result import Bounds, Result, Stats
from eqsolve.core.status import Limit, Status
from eqsolve.registry import methods
from eqsolve.verbs import solve, verify
from eqsolve.version import __version__
from eqsolve.view import view

if TYPE_CHECKING:
    from eqsolve.delivery.instance import DeliveryMarket
    from eqsolve.delivery.solution import DeliverySolution
    from eqsolve.delivery.solve import tipped_equilibrium
    from eqsolve.delivery.support import support
    from eqsolve.delivery.tips import compare_tips
    from eqsolve.games.improvement import (
        best_response_path,
        better_response_path,
        improvement_graph,
        sink_components,
    )
    from eqsolve.games.model_market.dynamics import basins, first_mover_profile
    from eqsolve.games.model_market.entrants import ConvexMixtures, RadialBumps
    from eqsolve.games.model_market.entry import best_entry
    from eqsolve.games.model_market.expand import as_normal_form
    from eqsolve.games.model_market.instance import ModelMarket
    from eqsolve.games.model_market.optimum import social_optimum
    from eqsolve.games.model_market.paradox import find_paradox
    from eqsolve.games.model_market.solution import ModelMarketSolution
    from eqsolve.games.model_market.solve import market_equilibria
    from eqsolve.games.model_market.sweep import sweep
    from eqsolve.games.normal_form.dominance import dominance, restricted
    from eqsolve.games.normal_form.instance import NormalFormGame
    from eqsolve.games.normal_form.potential import potential
    from eqsolve.games.normal_form.solution import NormalFormSolution
    from eqsolve.games.normal_form.solve import pure_equilibria
    from eqsolve.io import load, load_solution, save, save_solution
    from eqsolve.markets.assignment.demand import demand_sets, overdemanded_set
    from eqsolve.markets.assignment.instance import AssignmentMarket
    from eqsolve.markets.assignment.interchange import (
        from_networkx,
        from_pandas,
        to_networkx,
        to_pandas,
    )
    from eqsolve.markets.assignment.lattice import is_price_vector, join, meet, vcg_payments
    from eqsolve.markets.assignment.points import from_points
    from eqsolve.markets.assignment.solution import AssignmentSolution, PriceStep
    from eqsolve.markets.assignment.solve import competitive_equilibrium
    from eqsolve.markets.fisher.instance import FisherMarket
    from eqsolve.markets.fisher.solution import FisherSolution
    from eqsolve.markets.fisher.solve import fisher_equilibrium
    from eqsolve.markets.fisher.utility import bundle_utilities, unit_costs
    from eqsolve.trading.convert import hide_pairs
    from eqsolve.trading.evaluate import evaluate_introductions
    from eqsolve.trading.fee_curve import FeeCurve, FeePoint, fee_curve
    from eqsolve.trading.instance import TradingNetwork
    from eqsolve.trading.solution import TradingSolution
    from eqsolve.trading.solve import maximize_revenue
    from eqsolve.trading.welfare import WelfareEffects, welfare_effects

_HOMES = {
    "eqsolve.delivery.instance": ("DeliveryMarket",),
    "eqsolve.delivery.solution": ("DeliverySolution",),
    "eqsolve.delivery.solve": ("tipped_equilibrium",),
    "eqsolve.delivery.support": ("support",),
    "eqsolve.delivery.tips": ("compare_tips",),
    "eqsolve.games.improvement": (
        "best_response_path",
        "better_response_path",
        "improvement_graph",
        "sink_components",
    ),
    "eqsolve.games.model_market.dynamics": ("basins", "first_mover_profile"),
    "eqsolve.games.model_market.entrants": ("ConvexMixtures", "RadialBumps"),
    "eqsolve.games.model_market.entry": ("best_entry",),
    "eqsolve.games.model_market.expand": ("as_normal_form",),
    "eqsolve.games.model_market.instance": ("ModelMarket",),
    "eqsolve.games.model_market.optimum": ("social_optimum",),
    "eqsolve.games.model_market.paradox": ("find_paradox",),
    "eqsolve.games.model_market.solution": ("ModelMarketSolution",),
    "eqsolve.games.model_market.solve": ("market_equilibria",),
    "eqsolve.games.model_market.sweep": ("sweep",),
    "eqsolve.games.normal_form.dominance": ("dominance", "restricted"),
    "eqsolve.games.normal_form.instance": ("NormalFormGame",),
    "eqsolve.games.normal_form.potential": ("potential",),
    "eqsolve.games.normal_form.solution": ("NormalFormSolution",),
    "eqsolve.games.normal_form.solve": ("pure_equilibria",),
    "eqsolve.io": ("load", "load_solution", "save", "save_solution"),
    "eqsolve.markets.assignment.demand": ("demand_sets", "overdemanded_set"),
    "eqsolve.markets.assignment.instance": ("AssignmentMarket",),
    "eqsolve.markets.assignment.interchange": (
        "from_networkx",
        "from_pandas",
        "to_networkx",
        "to_pandas",
    ),
    "eqsolve.markets.assignment.lattice": ("is_price_vector", "join", "meet", "vcg_payments"),
    "eqsolve.markets.assignment.points": ("from_points",),
    "eqsolve.markets.assignment.solution": ("AssignmentSolution", "PriceStep"),
    "eqsolve.markets.assignment.solve": ("competitive_equilibrium",),
    "eqsolve.markets.fisher.instance": ("FisherMarket",),
    "eqsolve.markets.fisher.solution": ("FisherSolution",),
    "eqsolve.markets.fisher.solve": ("fisher_equilibrium",),
    "eqsolve.markets.fisher.utility": ("bundle_utilities", "unit_costs"),
    "eqsolve.trading.convert": ("hide_pairs",),
    "eqsolve.trading.evaluate": ("evaluate_introductions",),
    "eqsolve.trading.fee_curve": ("FeeCurve", "FeePoint", "fee_curve"),
    "eqsolve.trading.instance": ("TradingNetwork",),
    "eqsolve.trading.solution": ("TradingSolution",),
    "eqsolve.trading.solve": ("maximize_revenue",),
    "eqsolve.trading.welfare": ("WelfareEffects", "welfare_effects"),
}
"""Module -> the public names that it holds and that load it when first asked for."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its home and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return all names, loaded or not."""
    return sorted({*globals(), *_HOME_OF})


__all__ = [
    "AssignmentMarket",
    "AssignmentSolution",
    "BackendError",
    "Bounds",
    "CertificateError",
    "Check",
    "ConvexMixtures",
    "Deadline",
    "DeliveryMarket",
    "DeliverySolution",
    "EqsolveError",
    "FeeCurve",
    "FeePoint",
    "FisherMarket",
    "FisherSolution",
    "FormatError",
    "InstanceError",
    "Limit",
    "Limits",
    "ModelMarket",
    "ModelMarketSolution",
    "NoSolutionError",
    "NormalFormGame",
    "NormalFormSolution",
    "OptionError",
    "PriceStep",
    "RadialBumps",
    "Report",
    "Result",
    "Stats",
    "Status",
    "TradingNetwork",
    "TradingSolution",
    "UnsupportedError",
    "WelfareEffects",
    "__version__",
    "as_normal_form",
    "basins",
    "best_entry",
    "best_response_path",
    "better_response_path",
    "bundle_utilities",
    "compare_tips",
    "competitive_equilibrium",
    "demand_sets",
    "dominance",
    "evaluate_introductions",
    "fee_curve",
    "find_paradox",
    "first_mover_profile",
    "fisher_equilibrium",
    "from_networkx",
    "from_pandas",
    "from_points",
    "hide_pairs",
    "improvement_graph",
    "is_price_vector",
    "join",
    "load",
    "load_solution",
    "market_equilibria",
    "maximize_revenue",
    "meet",
    "methods",
    "overdemanded_set",
    "potential",
    "pure_equilibria",
    "restricted",
    "save",
    "save_solution",
    "sink_components",
    "social_optimum",
    "solve",
    "support",
    "sweep",
    "tipped_equilibrium",
    "to_networkx",
    "to_pandas",
    "unit_costs",
    "vcg_payments",
    "verify",
    "view",
    "welfare_effects",
]
