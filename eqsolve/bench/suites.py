"""The frozen cases: those of each family (its room ``bench``) and those of batches."""

from __future__ import annotations

from eqsolve.bench import batches
from eqsolve.core.case import Case
from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.registry import families, from_each

__all__ = ["all_cases", "described", "find_case", "find_suite", "suites"]


def suites() -> tuple[str, ...]:
    """Return the names of the suites: one for each family, and ``batch``."""
    return (*(family.suite for family in families()), "batch")


def described() -> dict[str, tuple[str, str]]:
    """Return suite -> its title and its question, in the order of pages."""
    return {
        **{family.suite: (family.title, family.asks) for family in families()},
        "batch": ("Batches", "How long do thousands of small instances take?"),
        "compiling": ("Compiling", "How long do kernels compile, once per machine?"),
    }


def all_cases() -> tuple[list[Case], dict[str, str]]:
    """Return the cases of all suites, and kind -> why of families that cannot be imported."""
    by_kind, failures = from_each(lambda family: family.entries("bench", "CASES", Case))
    return [*(case for cases in by_kind.values() for case in cases), *batches.CASES], failures


def find_suite(name: str) -> tuple[Case, ...]:
    """Return the cases of a suite, by its name or by the kind of its family.

    Raises
    ------
    OptionError : no such suite; names the nearest.
    FamilyError : its family cannot be imported.
    """
    if name == "batch":
        return batches.CASES
    for family in families():
        if name in (family.suite, family.kind):
            cases: tuple[Case, ...] = family.entries("bench", "CASES", Case)
            return cases
    raise OptionError(f"unknown suite {name!r}; {nearest_name(name, suites())}")


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
