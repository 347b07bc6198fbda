"""Methods are frozen values: settings are fields, run-time state lives in `run`.

A family has one tuple of method classes; the first is its ``auto``. Options of the command
line and keyword arguments of the library are the fields of these classes, so both faces
cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import numpy as np

from eqsolve.core.errors import OptionError, UnsupportedError, nearest_name
from eqsolve.core.extras import distribution_of, install_command
from eqsolve.core.limits import Deadline
from eqsolve.core.options import check_options, parse_options
from eqsolve.core.question import Question
from eqsolve.core.result import Outcome, Sense, Solution

__all__ = [
    "Chooser",
    "Method",
    "applicable",
    "lacking",
    "make_method",
    "missing_packages",
    "obstacle",
    "parse_method_options",
    "require_support",
    "resolved",
    "settings_of",
]

_SIMPLE = (int, float, str, type(None))
"""What a record holds as it is."""

I = TypeVar("I", contravariant=True)  # noqa: E741  # the field's letter for an instance
S = TypeVar("S", bound=Solution)
M = TypeVar("M", bound="Method[Any, Any]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[I, S]):
    """Base of every method.

    Attributes
    ----------
    name : how users select it.
    summary : one line for ``eqsolve methods``.
    theorem : ids on the theory page that make it right.
    cost : in O notation or words.
    source : the paper behind it, as a plain reference.
    sense : whether its objective is to be large or small, as the family's row says.
    is_random : whether `run` draws random numbers; one that does not is given no generator.
    needs : package that it imports beyond those of a plain installation -> the extra that brings
        it: ``{"torch": "learn"}``, or ``"other[learn]"`` for an extra of another distribution.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    theorem: ClassVar[str] = ""
    cost: ClassVar[str] = ""
    source: ClassVar[str] = ""
    sense: ClassVar[Sense] = "maximize"
    is_random: ClassVar[bool] = True
    needs: ClassVar[Mapping[str, str]] = {}

    def supports(self, instance: I) -> str | None:
        """Return why the method does not apply to the instance, or None when it does."""
        return None

    def run(self, instance: I, deadline: Deadline, rng: np.random.Generator) -> Outcome[S]:
        """Solve; never mutate the instance; obey the deadline."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser(Method[I, S]):
    """Base of every ``auto``: looks at the instance, takes a method and says which, and why."""

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "chooses a method and says why"
    cost: ClassVar[str] = "that of the method chosen"

    def choose_method(self, instance: I) -> tuple[Method[I, S], str]:
        """Return the method for an instance and the reason.

        Settings that it has in common with this one are handed on by whoever asks (`resolved`).
        """
        raise NotImplementedError

    def handed_on(self, method: M) -> M:
        """Return a method with the settings that it has in common with this one taken from here."""
        kinds: tuple[Any, Any] = type(method), type(self)
        given = {name: getattr(self, name) for name in _shared_settings(*kinds)}
        changed = any(getattr(method, name) is not value for name, value in given.items())
        return replace(method, **given) if changed else method

    def supports(self, instance: I) -> str | None:
        """Return why even the method chosen does not apply, or None."""
        return obstacle(resolved(self, instance)[0], instance)

    def run(self, instance: I, deadline: Deadline, rng: np.random.Generator) -> Outcome[S]:
        """Run the chosen method."""
        method, reason = resolved(self, instance)
        return replace(method.run(instance, deadline, rng), method=method.name, reason=reason)


@cache
def _shared_settings(one: type[Any], other: type[Any]) -> frozenset[str]:
    """Return the settings that two classes of methods have in common."""
    names = ({entry.name for entry in fields(kind)} for kind in (one, other))
    return frozenset(set.intersection(*names))


def resolved(asked: Method[I, S], instance: I) -> tuple[Method[I, S], str]:
    """Return the method that does the work, with its settings, and why if `asked` chooses."""
    if not isinstance(asked, Chooser):
        return asked, ""
    method, reason = asked.choose_method(instance)
    return asked.handed_on(method), reason


def settings_of(method: Method[Any, Any]) -> dict[str, Any]:
    """Return the settings of a method as plain data, for the record."""
    given = {entry.name: getattr(method, entry.name) for entry in fields(method)}
    simple = all(isinstance(value, _SIMPLE) for value in given.values())
    return given if simple else asdict(method)


def make_method(
    methods: Sequence[type[Method[Any, Any]]],
    choice: str | Method[Any, Any],
    options: Mapping[str, Any],
) -> Method[Any, Any]:
    """Return the method object for a name (or the object itself) with the given options.

    Raises
    ------
    OptionError : unknown method, unknown option or impossible value; names the nearest valid one.
    """
    if isinstance(choice, Method):
        if options:
            raise OptionError(
                f"options {sorted(options)} given beside a method object: set them on the object"
            )
        return choice
    chosen = _named(methods, choice)
    check_options(chosen, f"method {choice!r}", options)
    return chosen(**options)


def parse_method_options(
    methods: Sequence[type[Method[Any, Any]]], choice: str, texts: Mapping[str, str]
) -> dict[str, Any]:
    """Return the command line's ``KEY=VALUE`` texts as values of the method's options.

    Raises
    ------
    OptionError : unknown method or option, or a text that is not of the option's type.
    """
    return parse_options(_named(methods, choice), f"method {choice!r}", texts)


def _named(methods: Sequence[type[Method[Any, Any]]], name: str) -> type[Method[Any, Any]]:
    """Return the method class of a name, or raise `OptionError` with the nearest name."""
    by_name = {method.name: method for method in methods}
    if not isinstance(name, str):
        raise OptionError(f"method = {name!r}: must be a name or a method object")
    if name not in by_name:
        raise OptionError(f"unknown method {name!r}; {nearest_name(name, by_name)}")
    return by_name[name]


class Needing(Protocol):
    """Whatever needs more than a plain installation has: a method, a question, a part of one."""

    needs: ClassVar[Mapping[str, str]]


def missing_packages(owner: type[Needing]) -> dict[str, str]:
    """Return package -> what to install for it, of those `owner` needs and this machine lacks."""
    return {
        package: extra if "[" in extra else distribution_of(package.partition(".")[0])
        for package, extra in owner.needs.items()
        if find_spec(package.partition(".")[0]) is None
    }


def lacking(owner: type[Needing]) -> str | None:
    """Return which packages `owner` needs and this machine lacks, with the command, or None."""
    missing = missing_packages(owner)
    if not missing:
        return None
    install = install_command(*dict.fromkeys(missing.values()))
    return f"it needs {' and '.join(missing)}, not installed here; {install}"


def obstacle(asked: Method[Any, Any] | Question[Any], instance: object) -> str | None:
    """Return why a method or question is of no use for an instance, here and now, or None.

    A package that it needs is missing, or it does not support the instance.
    """
    return lacking(type(asked)) or asked.supports(instance)


def applicable(methods: Sequence[type[Method[Any, Any]]], instance: object) -> list[str]:
    """Return the names of the methods that can solve the instance here, with default settings."""
    return [method.name for method in methods if obstacle(method(), instance) is None]


def require_support(
    method: Method[Any, Any],
    methods: Sequence[type[Method[Any, Any]]],
    instance: object,
    asked: str = "",
) -> None:
    """Raise `UnsupportedError` if the method does not apply, naming those that do.

    Parameters
    ----------
    asked : the name by which it was asked for, where that is another.
    """
    reason = obstacle(method, instance)
    if reason is not None:
        name = asked or method.name
        others = [other for other in applicable(methods, instance) if other != name]
        raise UnsupportedError(name, reason, others)
