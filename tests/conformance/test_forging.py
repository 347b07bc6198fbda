"""Lies in solution files of every family: one that is accepted is a failure.

Right answers are solved, written and then forged: every entry is changed, evidence is removed, and
several fields are changed together so that they agree with each other. The verifier must refute a
lie, or say that nothing proves it where the instance is too large to look at everything.

A family joins through its row. Its instances are the small ones of its catalog, and those of
``tests/families/<kind>/forging.py`` where there is such a file:

``CASES``
    name -> (instance, options): further answers to forge.
``LARGE``
    the same, too large for the verifier to look at everything: evidence is needed.
``NOT_CLAIMED``
    patterns (as ``fnmatch`` reads them) of ``path`` or ``case:path``, whose entries say nothing
    that could be false.
``worse(instance)``
    right but inferior answers (results or solutions), which liars call the best.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from copy import copy, deepcopy
from fnmatch import fnmatch
from functools import cache
from typing import Any

import pytest

from eqsolve import Result, Stats, Status, load, solve
from eqsolve.catalog import catalog_names
from eqsolve.core.errors import FormatError
from eqsolve.core.report import Verdict
from eqsolve.io.solutions import solution_document
from eqsolve.io.verification import verify_document
from eqsolve.registry import families, family_of, get_family

RECORD = (
    "eqsolve", "instance.name", "reason", "seed", "version", "wall_time", "compile_time", "check",
    "check.*", "counts", "counts.*", "method", "limit",
)  # fmt: skip
"""How the run went: nothing is claimed about the instance."""

EVIDENCE = ("certificate", "certificate.*")
"""Not claimed but shown: another proof of the same claim is as good."""

MOST_ENTRIES = 400
KINDS = [family.kind for family in families() if not family.failure]


@cache
def hints(kind: str) -> Any:
    """Return the family's own module for this test, or None."""
    try:
        return importlib.import_module(f"tests.families.{kind}.forging")
    except ModuleNotFoundError:
        return None


@cache
def cases(kind: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return name -> (instance, options) of the answers to forge."""
    found = {}
    for name in catalog_names():
        instance = load(f"catalog:{name}")
        if family_of(instance).kind == kind:
            found[name] = (instance, {})
    return found | getattr(hints(kind), "CASES", {})


@cache
def answers(kind: str) -> dict[str, Result[Any]]:
    """Return the right answers of `cases`, solved once for all tests of a process."""
    return {name: solve(instance, **options) for name, (instance, options) in cases(kind).items()}


def written(instance: Any, result: Result[Any]) -> dict[str, Any]:
    """Return an answer as a file holds it."""
    return json.loads(json.dumps(solution_document(instance, result)))


def verdict(instance: Any, document: dict[str, Any]) -> Verdict:
    """Return the verdict; a file that cannot be read is refused too."""
    try:
        return verify_document(instance, document).verdict
    except FormatError:
        return Verdict.VIOLATED


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield path and value of every number, word, flag and null of a document."""
    if isinstance(value, dict | list) and value:
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*path, key))
    else:
        yield path, value


def wrong_values(path: tuple[Any, ...], value: Any) -> list[Any]:
    """Return what a liar might write instead."""
    words = {
        "status": ["unknown", "no_equilibrium", "solved", "feasible"],
        "bound_source": ["certified", "exhaustive", "backend", None],
    }
    if path[-1] in words:
        return [word for word in words[path[-1]] if word != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value * 1.01 + 0.01, value * 0.99 - 0.01]
    if value is None:
        return [0, 1.5]
    if isinstance(value, str):
        return [value + "x"]
    return [[0]] if value == [] else []


def with_entry(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a copy with one entry changed; all else is shared with the original."""
    changed = copy(document)
    holder: Any = changed
    for step in path[:-1]:
        holder[step] = copy(holder[step])
        holder = holder[step]
    holder[path[-1]] = value
    return changed


def is_claim(kind: str, case: str, path: tuple[Any, ...], value: Any) -> bool:
    """Return whether an entry says something about the instance that could be false."""
    if path[0] == "options" and not isinstance(value, str):
        return False  # how a method was set; what was asked is forged by the family's own tests
    name = ".".join(map(str, path))
    silent = (*RECORD, *EVIDENCE, *getattr(hints(kind), "NOT_CLAIMED", ()))
    return not any(
        fnmatch(name, pattern) or fnmatch(f"{case}:{name}", pattern) for pattern in silent
    )


def modest(path: tuple[Any, ...], value: Any, wrong: Any) -> bool:
    """Return whether the change claims less than before: nothing false is said."""
    if path == ("status",):
        return (value, wrong) in (("solved", "feasible"), ("no_equilibrium", "unknown"))
    # That a bound holds which the verifier proves is true, whoever is said to vouch for it.
    return path == ("bound_source",) and value is not None and wrong != "certified"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_changed_entry_is_noticed(kind: str) -> None:
    accepted = []
    for name, (instance, _) in cases(kind).items():
        document = written(instance, answers(kind)[name])
        sound = verdict(instance, document)
        assert sound is not Verdict.VIOLATED, name
        if sound is not Verdict.VALID:
            continue
        for path, value in list(leaves(document))[:MOST_ENTRIES]:
            if not is_claim(kind, name, path, value):
                continue
            for wrong in wrong_values(path, value):
                changed = with_entry(document, path, wrong)
                if not modest(path, value, wrong) and verdict(instance, changed) is Verdict.VALID:
                    accepted.append((name, path, value, wrong))
    assert not accepted


def called_best(document: dict[str, Any], best: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an answer as a liar would call it the best: all fields fit each other.

    Parameters
    ----------
    document : a right but inferior answer.
    best : the best answer, whose certificate may be stolen.
    """
    objective = document["objective"]
    common = document | {"status": "solved", "limit": None, "bound": objective, "gap": 0.0}
    common["options"] = best["options"]
    for flag, value in (("exhaustive", True), ("guarantee", 1.0)):
        if flag in common:
            common[flag] = value
    stolen: list[Any] = [None]
    for certificate in (document.get("certificate"), best.get("certificate")):
        stolen += [certificate] if certificate not in stolen else []
    for source in ("certified", "exhaustive", "backend"):
        words = {"kind": "bound", "bound": objective, "source": source, "argument": "believe me"}
        searched = {"kind": "exhaustion", "scanned": "profiles", "rule": "all were looked at"}
        for certificate in (*stolen, words, searched):
            shown = deepcopy(certificate)
            if isinstance(shown, dict) and shown["kind"] == "bound":
                shown |= {"bound": objective, "source": source}
            yield common | {"bound_source": source, "certificate": shown}


def inferior(kind: str, instance: Any) -> Iterator[dict[str, Any]]:
    """Yield right answers that are not the best, as documents."""
    for claim in getattr(hints(kind), "worse", lambda instance: ())(instance):
        result = claim
        if not isinstance(claim, Result):
            objective = getattr(claim, "welfare", None)
            objective = getattr(claim, "revenue", objective)
            stats = Stats(method="forged")
            result = Result(
                status=Status.FEASIBLE, stats=stats, solution=claim, objective=objective
            )
        yield written(instance, result)


def as_good(kind: str, objective: float | None, best: float | None) -> bool:
    """Return whether an objective is no worse than the best: who says so does not lie."""
    if objective is None or best is None:
        return False
    slack = 1e-9 * max(1.0, abs(best))
    sense = 1 if get_family(kind).sense == "maximize" else -1
    return sense * (objective - best) >= -slack


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_an_inferior_answer_is_not_the_best(kind: str) -> None:
    accepted = []
    for name, (instance, _) in cases(kind).items():
        best = written(instance, answers(kind)[name])
        for document in inferior(kind, instance):
            honest = verdict(instance, document | {"status": "feasible"})
            assert honest is not Verdict.VIOLATED, name
            if as_good(kind, document["objective"], best["objective"]):
                continue
            lies = called_best(document, best)
            accepted += [(name, lie) for lie in lies if verdict(instance, lie) is Verdict.VALID]
    assert not accepted


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_instance_needs_evidence(kind: str) -> None:
    accepted = []
    for name, (instance, options) in getattr(hints(kind), "LARGE", {}).items():
        document = written(instance, solve(instance, **options))
        assert verdict(instance, document) is not Verdict.VIOLATED, name
        for source in ("certified", "exhaustive", "backend", None):
            bare = document | {"certificate": None, "bound_source": source}
            if verdict(instance, bare) is Verdict.VALID:
                accepted.append((name, source))
        for worse in inferior(kind, instance):
            if not as_good(kind, worse["objective"], document["objective"]):
                lies = called_best(worse, document)
                accepted += [(name, lie) for lie in lies if verdict(instance, lie) is Verdict.VALID]
    assert not accepted
