"""One row per family: a new family is one folder and one row, and nothing else changes.

A family's folder is named after the kind in its files and has the same rooms as every other;
a room is imported when it is first needed, by name:

``instance``, ``solution``, ``files``, ``solve``, ``verify``, ``generate``, ``show``, ``theorems``
    every family has these;
``convert``, ``questions``, ``pictures``, ``strategies``, ``bench``
    a family may have these: foreign files, side questions, drawings, Hypothesis strategies,
    benchmark cases.

Rows of other packages come through the entry point group ``eqsolve.families``, whose entries are
`Family` objects; they are looked up when a listing or a kind that is not ours asks for them. A
family that cannot be imported is a row with a reason, nobody else's problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from eqsolve.core.array_likes import is_frame
from eqsolve.core.errors import FamilyError, OptionError, in_words, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.method import Method
from eqsolve.core.question import Question
from eqsolve.core.result import Result, Sense

__all__ = [
    "BUILT_IN",
    "ENTRY_POINTS",
    "Family",
    "families",
    "family_of",
    "from_each",
    "get_family",
    "kinds",
    "methods",
    "named_by_each",
    "no_instance",
    "questions",
]

ENTRY_POINTS = "eqsolve.families"
"""The entry point group of families in other packages."""


def _none(solution: Any) -> int:
    """Return 0: of most solutions nothing breaks off."""
    return 0


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
    failure : why the row could not be loaded from another package; empty for a usable one.
    asks : the one question that it answers, as people ask it; empty where a package says none.
    broken_off : solution -> how many of its parts ended for lack of an answer.
    """

    kind: str
    instance_class: str
    solution_class: str
    title: str
    package: str = ""
    suite: str = ""
    sense: Sense = "maximize"
    time_limit: float | None = None
    failure: str = ""
    asks: str = ""
    broken_off: Callable[[Any], int] = _none

    def __post_init__(self) -> None:
        object.__setattr__(self, "package", self.package or f"eqsolve.families.{self.kind}")
        object.__setattr__(self, "suite", self.suite or self.kind)

    def module(self, room: str = "") -> ModuleType:
        """Return one of the family's rooms (its package for none), imported now if need be.

        Raises
        ------
        FamilyError : the room cannot be imported; one line that says why.
        """
        with self._blamed():
            return import_module(f"{self.package}.{room}" if room else self.package)

    def has(self, room: str) -> bool:
        """Return whether the family has a room; imports at most its package.

        Raises
        ------
        FamilyError : the package cannot be imported.
        """
        with self._blamed():
            return find_spec(f"{self.package}.{room}") is not None

    def take(self, room: str, name: str, default: Any = None) -> Any:
        """Return what a room holds under a name; `default` where there is no such room.

        Raises
        ------
        FamilyError : the room cannot be imported, or does not hold the name.
        """
        if default is not None and not self.has(room):
            return default
        found = self.module(room)
        with self._blamed():
            return getattr(found, name)

    def entries(
        self, room: str, name: str, base: type[Any], *, optional: bool = True
    ) -> tuple[Any, ...]:
        """Return what a room lists under a name, each a `base` (an object or a class of it).

        Raises
        ------
        FamilyError : the room cannot be imported, or lists something else.
        """
        listed = self.take(room, name, () if optional else None)
        with self._blamed():
            for entry in listed:
                fits = (isinstance(entry, type) and issubclass(entry, base)) or isinstance(
                    entry, base
                )
                if not fits:
                    raise TypeError(f"{name} holds {entry!r}, which is no {base.__name__}")
                word = getattr(entry, "name", getattr(entry, "id", None))
                if not isinstance(word, str):
                    raise TypeError(f"{entry!r} in {name} has no name")
            return tuple(listed)

    @property
    def folder(self) -> Path:
        """Where the family's package lies; imports its parent packages at most.

        Raises
        ------
        FamilyError : there is no such package.
        """
        with self._blamed():
            spec = find_spec(self.package)
            places = spec.submodule_search_locations if spec is not None else None
            if not places:
                raise ImportError(f"there is no package {self.package!r}")
            return Path(next(iter(places)))

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        """Turn whatever a package raises on import into this family's error, and only its own."""
        if self.failure:
            raise FamilyError(self.kind, self.failure)
        try:
            yield
        except (Exception, SystemExit) as error:
            raise FamilyError(self.kind, in_words(error)) from error

    @property
    def instance_type(self) -> type[Any]:
        """The instance class."""
        found: type[Any] = self.take("instance", self.instance_class)
        return found

    @property
    def solution_type(self) -> type[Any]:
        """The solution class."""
        found: type[Any] = self.take("solution", self.solution_class)
        return found

    @property
    def methods(self) -> tuple[type[Method[Any, Any]], ...]:
        """The method classes, ``auto`` first."""
        return self.entries("solve", "METHODS", Method, optional=False)

    @property
    def questions(self) -> Mapping[str, type[Question[Any]]]:
        """Name -> `Question` class of everything that can be asked beside the main question."""
        listed = self.entries("questions", "QUESTIONS", Question)
        return {question.name: question for question in listed}

    def rechecks(self, names: Collection[str]) -> dict[str, Any]:
        """Return how the verifier is asked for what it recomputes on request only.

        Raises
        ------
        OptionError : the kind does not know a name.
        """
        known = getattr(self.module("verify"), "RECHECKS", {})
        for name in names:
            if name not in known:
                hint = nearest_name(name, known) if known else "there is nothing to name"
                raise OptionError(f"recheck = {name!r}: unknown to {self.kind!r}; {hint}")
        return {"recheck": tuple(names)} if names else {}

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
        asks="Who buys from whom, at which prices?",
        suite="assignment",
    ),
    Family(
        "fisher_market",
        "FisherMarket",
        "FisherSolution",
        "Fisher markets",
        asks="At which prices do budgets buy exactly what there is?",
        suite="fisher",
    ),
    Family(
        "delivery_market",
        "DeliveryMarket",
        "DeliverySolution",
        "Delivery markets",
        asks="Who delivers what to whom, and at which tips?",
        suite="delivery",
        time_limit=60.0,
    ),
    Family(
        "trading_network",
        "TradingNetwork",
        "TradingSolution",
        "Trading networks",
        asks="Which introductions earn a platform most?",
        suite="trading",
        time_limit=60.0,
    ),
    Family(
        "model_market",
        "ModelMarket",
        "ModelMarketSolution",
        "Model markets",
        asks="Which models do platforms offer, and to whom?",
        suite="models",
        time_limit=60.0,
    ),
    Family(
        "normal_form_game",
        "NormalFormGame",
        "NormalFormSolution",
        "Normal-form games",
        asks="Where does nobody gain by doing something else?",
        suite="games",
    ),
    Family(
        "contract_mdp",
        "ContractMDP",
        "ContractSolution",
        "Contracts in Markov decision processes",
        asks="What to pay a hidden agent for which outcome?",
        suite="contracts",
    ),
    Family(
        "contract_game",
        "ContractGame",
        "ContractGameSolution",
        "Steering many agents",
        asks="Which least bonuses make a joint policy an equilibrium?",
        suite="steering",
        sense="minimize",
    ),
    Family(
        "combinatorial_auction",
        "CombinatorialAuction",
        "AuctionSolution",
        "Combinatorial auctions",
        asks="Which bids on bundles win, and what do they pay?",
        suite="combinatorial",
        time_limit=60.0,
    ),
    Family(
        "collusion_dynamics",
        "CollusionDynamics",
        "CollusionSolution",
        "Collusion dynamics",
        asks="When do sellers who price with the same model end in high prices?",
    ),
    Family(
        "course_allocation",
        "CourseAllocation",
        "CourseAllocationSolution",
        "Course allocation",
        asks="Who gets which seats?",
        suite="courses",
        time_limit=60.0,
    ),
    Family(
        "token_auction",
        "TokenAuction",
        "TokenSolution",
        "Token auctions",
        asks="Which text do bidding models write, and what do they pay?",
    ),
    Family(
        "auction_design",
        "AuctionDesign",
        "DesignSolution",
        "Auction design",
        asks="Which menu or auction earns most?",
        suite="design",
        time_limit=300.0,
    ),
    Family(
        "single_item_auction",
        "SingleItemAuction",
        "SingleItemAuctionSolution",
        "Single-item auctions",
        asks="What to bid, and how far from best is it at most?",
        suite="single_item",
    ),
    Family(
        "auction_experiment",
        "AuctionExperiment",
        "ExperimentRecord",
        "Auction experiments",
        asks="How do rules, programs and language models bid?",
        suite="experiments",
        broken_off=attrgetter("broken_off"),
    ),
    Family(
        "course_elicitation",
        "CourseElicitation",
        "ElicitationRecord",
        "Course elicitation",
        asks="What do students want who report it badly?",
        suite="elicitation",
    ),
    Family(
        "dec_pomdp",
        "DecPOMDP",
        "DecPOMDPSolution",
        "Dec-POMDPs",
        asks="What can agents know of the state, together and alone?",
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
        try:
            row = entry.load()
            if not isinstance(row, Family):
                raise TypeError(f"{entry.value} is a {type(row).__name__}, no Family")
            if row.kind in taken:
                raise ValueError(f"the kind {row.kind!r} is taken")
        except (Exception, SystemExit) as error:  # a stranger's package may raise anything
            # Under the name of its entry point, unless a family that works goes by it.
            name = entry.name if entry.name not in taken else f"{entry.name} ({entry.value})"
            row = Family(name, "", "", name, package=entry.value, failure=in_words(error))
        taken.add(row.kind)
        found.append(row)
    return tuple(found)


def _one_by_one() -> Iterator[Family]:
    """Yield all rows; those of other packages are looked up only if nobody stops before them."""
    yield from BUILT_IN
    yield from _from_outside()


def families() -> tuple[Family, ...]:
    """Return all rows, ours first, then those of other packages by name; imports no family."""
    return tuple(_one_by_one())


def from_each(
    get: Callable[[Family], Any], among: Iterable[Family] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return kind -> what `get` says of each family, and kind -> why of those that fail.

    Parameters
    ----------
    get : called with each row; may import the family. Whatever it raises is the family's failure.
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
        except (Exception, SystemExit) as error:  # a room that holds something else than it should
            failures[family.kind] = FamilyError(family.kind, in_words(error)).reason
    return found, failures


def named_by_each(
    get: Callable[[Family], Mapping[str, Any]],
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the named things of all families together, and kind -> why of those that fail.

    Parameters
    ----------
    get : returns name -> thing of a family. A name that an earlier family has stays with it,
        and is a failure of the later one.

    Examples
    --------
    >>> found, failures = named_by_each(lambda family: {family.suite: family.kind})
    >>> found["games"], failures
    ('normal_form_game', {})
    """
    by_kind, failures = from_each(get)
    found: dict[str, Any] = {}
    for kind, named in by_kind.items():
        twice = [name for name in named if name in found]
        if twice:
            failures[kind] = f"{', '.join(map(repr, twice))}: another family has this name"
        found |= {name: thing for name, thing in named.items() if name not in found}
    return found, failures


def get_family(kind: object) -> Family:
    """Return the family of a kind.

    Raises
    ------
    OptionError : no such kind; names the nearest.
    """
    for family in _one_by_one():
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
    if isinstance(instance, Instance):
        with suppress(OptionError):
            return get_family(getattr(type(instance), "kind", None))
    raise no_instance(instance)


def no_instance(given: object) -> OptionError:
    """Return the refusal of what is no instance, with what makes one of it.

    Examples
    --------
    >>> print(no_instance("market.json"))
    str is not an instance of any kind: eqsolve.load opens a file or a catalog entry
    """
    rule = f"{type(given).__name__} is not an instance of any kind"
    if isinstance(given, str | PathLike):
        rule += ": eqsolve.load opens a file or a catalog entry"
    elif isinstance(given, Result):
        rule += ": give the instance first, then its result"
    elif is_frame(given) or isinstance(given, list | tuple | Mapping | np.ndarray):
        rule += ": make one of it, such as eqsolve.AssignmentMarket(table)"
    return OptionError(rule)


def kinds() -> dict[str, str]:
    """Return the kinds of instances, each with the question that it asks.

    Notes
    -----
    Cost: no family is imported.

    Examples
    --------
    >>> kinds()["assignment_market"]
    'Who buys from whom, at which prices?'
    """
    return {family.kind: family.asks for family in families()}


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


def questions(kind: str) -> tuple[type[Question[Any]], ...]:
    """Return the side questions of a kind, as classes whose fields are their options; see `ask`.

    Raises
    ------
    OptionError : no such kind; names the nearest.
    FamilyError : the family cannot be imported.

    Notes
    -----
    Cost: the family's questions are imported on first use.

    Examples
    --------
    >>> [question.name for question in questions("normal_form_game")]
    ['potential', 'dominance', 'dynamics', 'sinks', 'mixed']
    """
    return tuple(get_family(kind).questions.values())
