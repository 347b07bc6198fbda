"""The frozen cases, one module per suite; adding a suite is one module and one name here."""

from __future__ import annotations

from importlib import import_module

from eqsolve.bench.spec import Case
from eqsolve.core.errors import OptionError, nearest_name

__all__ = ["SUITES", "find_case", "find_suite"]

SUITES = ("assignment", "fisher", "delivery", "trading", "models", "games", "batch")


def find_suite(name: str) -> tuple[Case, ...]:
    """Return the cases of a suite.

    Raises
    ------
    OptionError : no such suite; names the nearest.
    """
    if name not in SUITES:
        raise OptionError(f"unknown suite {name!r}; {nearest_name(name, SUITES)}")
    cases: tuple[Case, ...] = import_module(f"eqsolve.bench.suites.{name}").CASES
    return cases


def find_case(suite: str, name: str) -> Case:
    """Return one case.

    Raises
    ------
    OptionError : no such suite or case.
    """
    cases = {case.name: case for case in find_suite(suite)}
    if name not in cases:
        raise OptionError(f"unknown case {name!r}; {nearest_name(name, cases)}")
    return cases[name]
