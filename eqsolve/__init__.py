"""Markets, auctions, games and contracts solved with proofs that a separate verifier checks.

>>> import eqsolve
>>> market = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
>>> result = eqsolve.solve(market, prices="min")
>>> result.solution.prices.tolist()
[2, 0]
>>> eqsolve.verify(market, result).valid
True

The names of the families load on first use; each family's own ``__init__`` lists them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from eqsolve.ask import ask as ask
from eqsolve.catalog import catalog as catalog
from eqsolve.core.errors import (
    BackendError as BackendError,
    CertificateError as CertificateError,
    EqsolveError as EqsolveError,
    FamilyError as FamilyError,
    FormatError as FormatError,
    InstanceError as InstanceError,
    NoSolutionError as NoSolutionError,
    OptionError as OptionError,
    UnsupportedError as UnsupportedError,
)
from eqsolve.core.lazy import lazy_names
from eqsolve.core.limits import Deadline as Deadline, Limits as Limits
from eqsolve.core.question import Answer as Answer
from eqsolve.core.report import Check as Check, Report as Report
from eqsolve.core.result import Bounds as Bounds, Result as Result, Stats as Stats
from eqsolve.core.status import Limit as Limit, Status as Status
from eqsolve.frames import (
    by_name as by_name,
    to_csv as to_csv,
    to_networkx as to_networkx,
    to_pandas as to_pandas,
)
from eqsolve.registry import (
    BUILT_IN,
    from_each,
    kinds as kinds,
    methods as methods,
    questions as questions,
)
from eqsolve.solve import solve as solve, verify as verify
from eqsolve.version import __version__ as __version__
from eqsolve.view import view as view

if TYPE_CHECKING:  # for type checkers; Python goes through `BUILT_IN`
    from eqsolve.batch.verb import batch as batch
    from eqsolve.draw import plot as plot
    from eqsolve.families.assignment_market import *
    from eqsolve.families.auction_design import *
    from eqsolve.families.auction_experiment import *
    from eqsolve.families.collusion_dynamics import *
    from eqsolve.families.combinatorial_auction import *
    from eqsolve.families.contract_game import *
    from eqsolve.families.contract_mdp import *
    from eqsolve.families.course_allocation import *
    from eqsolve.families.course_elicitation import *
    from eqsolve.families.dec_pomdp import *
    from eqsolve.families.delivery_market import *
    from eqsolve.families.fisher_market import *
    from eqsolve.families.model_market import *
    from eqsolve.families.normal_form_game import *
    from eqsolve.families.single_item_auction import *
    from eqsolve.families.token_auction import *
    from eqsolve.families.trading_network import *
    from eqsolve.improvement import (
        best_response_path as best_response_path,
        better_response_path as better_response_path,
        improvement_graph as improvement_graph,
        sink_components as sink_components,
    )
    from eqsolve.io import (
        convert as convert,
        load as load,
        load_solution as load_solution,
        save as save,
        save_solution as save_solution,
    )
    from eqsolve.playing import bidders as bidders, play as play, proxies as proxies
    from eqsolve.pricing import vcg as vcg
    from eqsolve.recipes import generate as generate
    from eqsolve.sweeps import sweep as sweep

_OWN = (
    "Answer",
    "BackendError",
    "Bounds",
    "CertificateError",
    "Check",
    "Deadline",
    "EqsolveError",
    "FamilyError",
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
    "ask",
    "batch",
    "by_name",
    "catalog",
    "kinds",
    "methods",
    "questions",
    "solve",
    "to_csv",
    "to_networkx",
    "to_pandas",
    "verify",
    "view",
)

Result.find_names_by(by_name)

_load, _lazy = lazy_names(
    __name__,
    {
        "draw": ("plot",),
        "improvement": (
            "best_response_path",
            "better_response_path",
            "improvement_graph",
            "sink_components",
        ),
        "io": ("convert", "load", "load_solution", "save", "save_solution"),
        "playing": ("bidders", "play", "proxies"),
        "pricing": ("vcg",),
        "recipes": ("generate",),
        "sweeps": ("sweep",),
    },
)


def __getattr__(name: str) -> object:
    """Load a public name from its home, or from the family that has it, and keep it."""
    if name in _lazy():
        return _load(name)
    if name == "batch":  # a package that can be called
        return import_module("eqsolve.batch")
    if name == "__all__":
        return __dir__()
    if not name.startswith("_"):
        found = _theirs().get(name)
        if found is not None:
            globals()[name] = getattr(found, name)
            return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return all public names, loaded or not."""
    return sorted({*_OWN, *_lazy(), *_theirs()})


def _theirs() -> dict[str, ModuleType]:
    """Return name -> package of what the families offer, but for those that cannot be imported."""
    packages, _ = from_each(lambda family: family.module(), BUILT_IN)
    return {name: package for package in packages.values() for name in package.__all__}
