"""eqsolve: market equilibria, each with a proof that a separate verifier checks.

>>> import eqsolve
>>> market = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
>>> result = eqsolve.solve(market, prices="min")
>>> result.solution.prices.tolist()
[2, 0]
>>> eqsolve.verify(market, result).valid
True
"""

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
from eqsolve.games.normal_form.dominance import dominance, restricted
from eqsolve.games.normal_form.dynamics import best_response_path, better_response_path
from eqsolve.games.normal_form.graph import improvement_graph, sink_components
from eqsolve.games.normal_form.instance import NormalFormGame
from eqsolve.games.normal_form.potential import potential
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
from eqsolve.markets.assignment.solution import AssignmentSolution, PriceStep
from eqsolve.markets.assignment.solve import competitive_equilibrium
from eqsolve.markets.fisher.instance import FisherMarket
from eqsolve.markets.fisher.solution import FisherSolution
from eqsolve.markets.fisher.solve import fisher_equilibrium
from eqsolve.markets.fisher.utility import bundle_utilities, unit_costs
from eqsolve.registry import methods
from eqsolve.verbs import solve, verify
from eqsolve.version import __version__
from eqsolve.view import view

__all__ = [
    "AssignmentMarket",
    "AssignmentSolution",
    "BackendError",
    "Bounds",
    "CertificateError",
    "Check",
    "Deadline",
    "EqsolveError",
    "FisherMarket",
    "FisherSolution",
    "FormatError",
    "InstanceError",
    "Limit",
    "Limits",
    "NoSolutionError",
    "NormalFormGame",
    "OptionError",
    "PriceStep",
    "Report",
    "Result",
    "Stats",
    "Status",
    "UnsupportedError",
    "__version__",
    "best_response_path",
    "better_response_path",
    "bundle_utilities",
    "competitive_equilibrium",
    "demand_sets",
    "dominance",
    "fisher_equilibrium",
    "from_networkx",
    "from_pandas",
    "improvement_graph",
    "is_price_vector",
    "join",
    "load",
    "load_solution",
    "meet",
    "methods",
    "overdemanded_set",
    "potential",
    "pure_equilibria",
    "restricted",
    "save",
    "save_solution",
    "sink_components",
    "solve",
    "to_networkx",
    "to_pandas",
    "unit_costs",
    "vcg_payments",
    "verify",
    "view",
]
