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
from eqsolve.io import load, load_solution, save, save_solution
from eqsolve.markets.assignment.instance import AssignmentMarket
from eqsolve.registry import methods
from eqsolve.verbs import solve, verify
from eqsolve.version import __version__

__all__ = [
    "AssignmentMarket",
    "BackendError",
    "Bounds",
    "CertificateError",
    "Check",
    "Deadline",
    "EqsolveError",
    "FormatError",
    "InstanceError",
    "Limit",
    "Limits",
    "NoSolutionError",
    "OptionError",
    "Report",
    "Result",
    "Stats",
    "Status",
    "UnsupportedError",
    "__version__",
    "load",
    "load_solution",
    "methods",
    "save",
    "save_solution",
    "solve",
    "verify",
]
