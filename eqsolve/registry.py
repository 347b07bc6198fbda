"""One row per family: a new family is one folder and one row, and nothing else changes.

A family's folder is named after the kind in its files and has the same rooms as every other;
a room is imported when it is first needed, by name:

``instance``, ``solution``, ``files``, ``solve``, ``verify``, ``generate``, ``show``, ``theorems``
    every family has these;
``convert``, ``questions``, ``pictures``, ``strategies``, ``bench``
    a family may have these: foreign files, side questions, drawings, Hypothesis strategies,
    benchmark cases.

Rows of other packages come through the entry point group ``eqsolve.families``, whose entries are
`Family` objects. A family that cannot be imported is a row with a reason, nobody else's problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Literal

from eqsolve.core.errors import FamilyError, OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.method import Method
from eqsolve.core.result import Result

__all__ = [
    "BUILT_IN",
    "ENTRY_POINTS",
    "Family",
    "families",
    "family_of",
    "from_each",
    "get_family",
    "methods",
]

ENTRY_POINTS = "eqsolve.families"
"""The entry point group of families in other packages."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of problems.

    Parameters
    ----------
    kind : the word in instance files.
    instance_class, solution_class : names of the classes in ``instance`` and ``solution``.
    title : for tables and documentation.
    package : dotted name of its folder; by default ``eqsolve.families.<kind>``.
    suite : name of its benchmark suite; by default the kind.
    sense : whether the objective is to be large or small.
    time_limit : seconds that a solve may take when the user sets no limit; None: no limit.
    extra : the extra that some of its methods need (``"learn"``), for listings; may be empty.
    failure : why the row could not be loaded from another package; empty for a usable one.
    """

    kind: str
    instance_class: str
    solution_class: str
    title: str
    package: str = ""
    suite: str = ""
    sense: Literal["maximize", "minimize"] = "maximize"
    time_limit: float | None = None
    extra: str = ""
    failure: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "package", self.package or f"eqsolve.families.{self.kind}")
        object.__setattr__(self, "suite", self.suite or self.kind)

    def module(self, room: str) -> ModuleType:
        """Return one of the family's rooms, imported now if need be.

        Raises
        ------
        FamilyError : the room cannot be imported; one line that says why.
        """
        if self.failure:
            raise FamilyError(self.kind, self.failure)
        try:
            return import_module(f"{self.package}.{room}")
        except Exception as error:  # whatever a package raises on import is this family's trouble
            raise FamilyError(self.kind, f"{type(error).__name__}: {error}") from error

    def has(self, room: str) -> bool:
        """Return whether the family has a room; imports at most its package.

        Raises
        ------
        FamilyError : the package cannot be imported.
        """
        if self.failure:
            raise FamilyError(self.kind, self.failure)
        try:
            return find_spec(f"{self.package}.{room}") is not None
        except Exception as error:
            raise FamilyError(self.kind, f"{type(error).__name__}: {error}") from error

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

    @property
    def questions(self) -> Mapping[str, Any]:
        """Name -> `Question` of everything that can be asked beside the main question."""
        if not self.has("questions"):
            return {}
        listed = getattr(self.module("questions"), "QUESTIONS", ())
        return {question.name: question for question in listed}

    def require_result(self, result: object) -> None:
        """Raise `OptionError` unless this is a result of an instance of this kind."""
        if not isinstance(result, Result) or not isinstance(
            result.solution, self.solution_type | None
        ):
            found = type(getattr(result, "solution", result)).__name__
            raise OptionError(f"{found} is no result of an instance of kind {self.kind!r}")


BUILT_IN: tuple[Family, ...] = (
    Family(
        "assignment_market",
        "AssignmentMarket",
        "AssignmentSolution",
        "Assignment markets",
        suite="assignment",
    ),
    Family("fisher_market", "FisherMarket", "FisherSolution", "Fisher markets", suite="fisher"),
    Family(
        "delivery_market",
        "DeliveryMarket",
        "DeliverySolution",
        "Delivery markets",
        suite="delivery",
        time_limit=60.0,
    ),
    Family(
        "trading_network",
        "TradingNetwork",
        "TradingSolution",
        "Trading networks",
        suite="trading",
        time_limit=60.0,
    ),
    Family(
        "model_market",
        "ModelMarket",
        "ModelMarketSolution",
        "Model markets",
        suite="models",
        time_limit=60.0,
    ),
    Family(
        "normal_form_game",
        "NormalFormGame",
        "NormalFormSolution",
        "Normal-form games",
        suite="games",
    ),
)
"""The rows of this package, in the order of every listing."""


@cache
def _from_outside() -> tuple[Family, ...]:
    """Return the rows of other packages; one that fails to load, or takes a kind, says so."""
    from importlib.metadata import entry_points

    found: list[Family] = []
    taken = {family.kind for family in BUILT_IN}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        failure = ""
        try:
            row = entry.load()
            if not isinstance(row, Family):
                failure = f"entry point {entry.name!r} is a {type(row).__name__}, no Family"
            elif row.kind in taken:
                failure = f"entry point {entry.name!r}: the kind {row.kind!r} is taken"
        except Exception as error:  # a stranger's package may raise anything
            failure = f"entry point {entry.name!r}: {type(error).__name__}: {error}"
        if failure:
            row = Family(entry.name, "", "", entry.name, package=entry.value, failure=failure)
        taken.add(row.kind)
        found.append(row)
    return tuple(found)


def families() -> tuple[Family, ...]:
    """Return all rows, ours first, then those of other packages by name; imports no family."""
    return BUILT_IN + _from_outside()


def from_each(
    get: Callable[[Family], Any], among: Iterable[Family] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return kind -> what `get` says of each family, and kind -> why of those that fail.

    Parameters
    ----------
    get : called with each row; may import the family.
    among : the rows to ask; all of them by default.

    Examples
    --------
    >>> found, failures = from_each(lambda family: len(family.methods) > 1)
    >>> found["assignment_market"], failures
    (True, {})
    """
    found: dict[str, Any] = {}
    failures: dict[str, str] = {}
    for family in families() if among is None else among:
        try:
            found[family.kind] = get(family)
        except FamilyError as error:
            failures[family.kind] = error.reason
    return found, failures


def get_family(kind: str) -> Family:
    """Return the family of a kind.

    Raises
    ------
    OptionError : no such kind; names the nearest.
    """
    for family in BUILT_IN:  # before the entry points are looked up
        if family.kind == kind:
            return family
    for family in _from_outside():
        if family.kind == kind:
            return family
    hint = nearest_name(str(kind), [family.kind for family in families()])
    raise OptionError(f"unknown kind {kind!r}; {hint}")


def family_of(instance: object) -> Family:
    """Return the family of an instance.

    Raises
    ------
    OptionError : not an instance of any family.
    """
    kind = getattr(type(instance), "kind", None) if isinstance(instance, Instance) else None
    if kind is not None:
        for family in (*BUILT_IN, *_from_outside()):
            if family.kind == kind:
                return family
    raise OptionError(f"{type(instance).__name__} is not an instance of any kind")


def methods(kind: str) -> tuple[type[Method[Any, Any]], ...]:
    """Return the method classes of a kind, ``auto`` first.

    Raises
    ------
    OptionError : no such kind; names the nearest.
    FamilyError : the family cannot be imported.

    Notes
    -----
    Cost: the family is imported on first use.

    Examples
    --------
    >>> [method.name for method in methods("assignment_market")][0]
    'auto'
    """
    return get_family(kind).methods
