"""One row per family: adding a family is one folder and one row here.

Every family folder has the same rooms: ``instance``, ``solution``, ``files``, ``solve``,
``verify``, ``generate``, ``show`` and ``theorems``; they are imported when first needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.method import Method
from eqsolve.core.result import Result

__all__ = ["FAMILIES", "Family", "family_of", "get_family", "methods"]


@dataclass(frozen=True, slots=True)
class Family:
    """A family of problems.

    Parameters
    ----------
    kind : the word in instance files.
    package : dotted name of its folder.
    instance_class, solution_class : names of the classes in ``instance`` and ``solution``.
    title : for tables and documentation.
    time_limit : seconds that a solve may take when the user sets no limit; None: no limit.
    """

    kind: str
    package: str
    instance_class: str
    solution_class: str
    title: str
    time_limit: float | None = None

    def module(self, room: str) -> ModuleType:
        """Return one of the family's modules, imported now if need be."""
        return import_module(f"{self.package}.{room}")

    @property
    def instance_type(self) -> type[Any]:
        """The instance class."""
        found: type[Any] = getattr(self.module("instance"), self.instance_class)
        return found

    @property
    def solution_type(self) -> type[Any]:
        """The solution class."""
        found: type[Any] = getattr(self.module("solution"), self.solution_class)
        return found

    @property
    def methods(self) -> tuple[type[Method[Any, Any]], ...]:
        """The method classes, ``auto`` first."""
        found: tuple[type[Method[Any, Any]], ...] = self.module("solve").METHODS
        return found

    def require_result(self, result: object) -> None:
        """Raise `OptionError` unless this is a result of an instance of this kind."""
        if not isinstance(result, Result) or not isinstance(
            result.solution, self.solution_type | None
        ):
            found = type(getattr(result, "solution", result)).__name__
            raise OptionError(f"{found} is no result of an instance of kind {self.kind!r}")


FAMILIES: tuple[Family, ...] = (
    Family(
        "assignment_market",
        "eqsolve.markets.assignment",
        "AssignmentMarket",
        "AssignmentSolution",
        "Assignment markets",
    ),
    Family(
        "fisher_market",
        "eqsolve.markets.fisher",
        "FisherMarket",
        "FisherSolution",
        "Fisher markets",
    ),
    Family(
        "delivery_market",
        "eqsolve.delivery",
        "DeliveryMarket",
        "DeliverySolution",
        "Delivery markets",
        time_limit=60.0,
    ),
    Family(
        "trading_network",
        "eqsolve.trading",
        "TradingNetwork",
        "TradingSolution",
        "Trading networks",
        time_limit=60.0,
    ),
    Family(
        "model_market",
        "eqsolve.games.model_market",
        "ModelMarket",
        "ModelMarketSolution",
        "Model markets",
        time_limit=60.0,
    ),
    Family(
        "normal_form_game",
        "eqsolve.games.normal_form",
        "NormalFormGame",
        "NormalFormSolution",
        "Normal-form games",
    ),
)


def get_family(kind: str) -> Family:
    """Return the family of a kind.

    Raises
    ------
    OptionError : no such kind; names the nearest.
    """
    for family in FAMILIES:
        if family.kind == kind:
            return family
    hint = nearest_name(str(kind), [family.kind for family in FAMILIES])
    raise OptionError(f"unknown kind {kind!r}; {hint}")


def family_of(instance: object) -> Family:
    """Return the family of an instance.

    Raises
    ------
    OptionError : not an instance of any family.
    """
    kind = getattr(type(instance), "kind", None) if isinstance(instance, Instance) else None
    for family in FAMILIES:
        if family.kind == kind:
            return family
    raise OptionError(f"{type(instance).__name__} is not an instance of any kind")


def methods(kind: str) -> tuple[type[Method[Any, Any]], ...]:
    """Return the method classes of a kind, ``auto`` first.

    Raises
    ------
    OptionError : no such kind; names the nearest.

    Notes
    -----
    Cost: the family is imported on first use.

    Examples
    --------
    >>> [method.name for method in methods("assignment_market")][0]
    'auto'
    """
    return get_family(kind).methods
