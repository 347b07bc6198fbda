"""Solution files: a result to a document and back.

The document repeats nothing that needs trust: `verify` recomputes every field it can.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.certificate import certificate_from_dict
from eqsolve.core.errors import Fault, FormatError, InstanceError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.result import Bounds, Result, Sense, Stats
from eqsolve.core.schema import check_names, has_form
from eqsolve.core.status import Limit, Status
from eqsolve.io.archives import attached, detached, inlined
from eqsolve.io.instances import FORMAT_VERSION
from eqsolve.registry import family_of
from eqsolve.version import __version__

__all__ = [
    "COMMON",
    "ImpossibleClaimError",
    "SolutionFile",
    "read_solution",
    "solution_document",
    "solution_files",
]

COMMON = {
    "eqsolve": True,
    "kind": True,
    "instance": False,
    "method": False,
    "reason": False,
    "options": False,
    "seed": False,
    "version": False,
    "status": True,
    "limit": False,
    "objective": False,
    "bound": False,
    "bound_source": False,
    "gap": False,
    "wall_time": False,
    "compile_time": False,
    "counts": False,
    "remarks": False,
    "certificate": False,
    "check": False,
}
"""Fields of every solution file, and whether they are required on reading."""

SOURCES = {word: word for word in ("certified", "exhaustive", "backend")}
"""Word in a file -> who vouches for a bound; kinds may have words of their own."""


@dataclass(frozen=True, slots=True)
class SolutionFile:
    """A solution file as read: the claimed result, and for which instance it was made.

    Parameters
    ----------
    result : what is claimed.
    instance_name, instance_digest : of the instance it says it answers; empty if not said.
    gap : the claimed gap, or None.
    contradictions : sentences on fields that the claimed status leaves no room for.
    """

    result: Result[Any]
    instance_name: str
    instance_digest: str
    gap: float | None
    contradictions: tuple[str, ...] = ()


class ImpossibleClaimError(FormatError):
    """A well-formed solution file with entries that cannot be: an index out of range, ..."""


def solution_document(instance: Instance, result: Result[Any]) -> dict[str, Any]:
    """Return the document of a result; times apart, it is the same for the same input."""
    document: dict[str, Any] = inlined(_document(instance, result))
    return document


def solution_files(
    instance: Instance, result: Result[Any], stem: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the document of a result for a file of that stem, and the archives beside it."""
    return detached(_document(instance, result), stem)


def _document(instance: Instance, result: Result[Any]) -> dict[str, Any]:
    """Return the document of a result, archives still being archives."""
    stats = result.stats
    document: dict[str, Any] = {
        "eqsolve": FORMAT_VERSION,
        "kind": instance.kind,
        "instance": {"name": instance.name, "sha256": instance.digest},
        "method": stats.method,
        "reason": stats.reason,
        "options": dict(stats.options),
        "seed": stats.seed,
        "version": __version__,
        "status": result.status.value,
        "limit": result.limit.value if result.limit else None,
        "objective": result.objective,
        "bound": result.bound,
        "bound_source": result.bounds.source,
        "gap": result.gap,
        "wall_time": round(stats.seconds, 6),
    }
    if stats.compile_time:
        document["compile_time"] = round(stats.compile_time, 6)
    if result.solution is not None:
        document.update(result.solution.to_dict())
    elif result.status is Status.NO_EQUILIBRIUM:
        document.update(_empty_answer(instance))
    if stats.counts:
        document["counts"] = dict(stats.counts)
    if stats.remarks:
        document["remarks"] = list(stats.remarks)
    if result.certificate is not None:
        document["certificate"] = result.certificate.to_dict()
    document["check"] = None if result.check is None else result.check.to_dict()
    return document


def read_solution(
    document: Any, source: str, instance: Instance, folder: Path | None = None
) -> SolutionFile:
    """Return what a solution document claims about `instance`.

    Parameters
    ----------
    document : as decoded.
    source : how messages call it.
    instance : which it answers.
    folder : where the archives lie that it refers to; None refuses references.

    Raises
    ------
    FormatError : with a line for every fault; a claim that is merely wrong is not a fault, and an
        `ImpossibleClaimError` where all fields have the right form.
    """
    if not isinstance(document, dict):
        raise FormatError(source, Fault("", "a solution must be a JSON object"))
    family = family_of(instance)
    module = family.module("solution")
    faults: list[Fault] = []
    if "kind" in document and document["kind"] != instance.kind:
        rule = f"the instance is of kind {instance.kind!r}"
        raise FormatError(source, Fault("kind", rule, value=document["kind"]))
    own_fields = {field.name for field in module.SOLUTION_FIELDS} | COMMON.keys()
    strange = {field.name for field in family.module("files").FIELDS} - own_fields
    if "status" not in document and strange & document.keys():
        raise FormatError(source, Fault("", "is an instance file, not a solution of one"))
    version = document.get("eqsolve", FORMAT_VERSION)
    if version != FORMAT_VERSION or isinstance(version, bool):
        rule = f"must be {FORMAT_VERSION}, the format version"
        faults.append(Fault("eqsolve", rule, value=version))
    status = _word(document, "status", Status, faults)
    limit = _word(document, "limit", Limit, faults)
    if "status" in document and document["status"] is None:
        faults.append(Fault("status", "must not be null"))
    holds = status in (Status.SOLVED, Status.FEASIBLE)
    words = getattr(module, "BOUND_SOURCES", SOURCES)
    source_word = document.get("bound_source")
    if source_word not in (None, *words):
        rule = f"must be one of {', '.join(words)}, or null"
        faults.append(Fault("bound_source", rule, value=source_word))
    own = {field.name: field.required and holds for field in module.SOLUTION_FIELDS}
    check_names(document, COMMON | own, "", faults)
    faults.extend(
        Fault(field.name, "must not be null")
        for field in module.SOLUTION_FIELDS
        if holds and field.required and document.get(field.name, 0) is None
        if not has_form(None, field.schema)
    )
    objective, bound, gap = (
        _number(document, key, faults) for key in ("objective", "bound", "gap")
    )
    if faults:
        raise FormatError(source, faults)
    solution = certificate = None
    try:
        document = attached(document, getattr(module, "SIDE_FILES", ()), folder)
        if document.get("certificate") is not None:
            forms = getattr(module, "CERTIFICATE_DATA", {})
            certificate = certificate_from_dict(document["certificate"], forms)
    except InstanceError as error:
        raise FormatError(source, error.faults) from None
    try:
        if holds:
            solution = family.solution_type.from_dict(document, instance)
    except InstanceError as error:
        # A fault with a value is about one entry; one without is about length or form.
        well_formed = all(fault.value is not None for fault in error.faults) and all(
            has_form(document[field.name], field.schema)
            for field in module.SOLUTION_FIELDS
            if field.name in document
        )
        raise (ImpossibleClaimError if well_formed else FormatError)(source, error.faults) from None
    claim: Result[Any] = Result(
        status=status or Status.UNKNOWN,
        stats=Stats(
            method=str(document.get("method", "")),
            options=_record(document, "options"),
            counts=_record(document, "counts"),
        ),
        limit=limit,
        solution=solution,
        objective=objective,
        bounds=_bounds(objective, bound, family.sense, words.get(source_word)),
        sense=family.sense,
        certificate=certificate,
        instance=instance,
    )
    made_for = document.get("instance")
    record: Mapping[str, Any] = made_for if isinstance(made_for, dict) else {}
    name, digest = str(record.get("name", "")), str(record.get("sha256", ""))
    return SolutionFile(claim, name, digest, gap, _contradictions(document, instance, status, own))


def _bounds(
    objective: float | None, bound: float | None, sense: Sense, source: str | None
) -> Bounds:
    """Return what a file's objective and bound say about the best objective."""
    low, high = (bound, objective) if sense == "minimize" else (objective, bound)
    return Bounds(
        lower=-math.inf if low is None else low,
        upper=math.inf if high is None else high,
        source=source,
    )


def _empty_answer(instance: Instance) -> Mapping[str, Any]:
    """Return the fields by which kinds that answer with a list say that it is empty."""
    found: Mapping[str, Any] = getattr(family_of(instance).module("solution"), "EMPTY_ANSWER", {})
    return found


def _contradictions(
    document: Mapping[str, Any], instance: Instance, status: Status | None, own: Iterable[str]
) -> tuple[str, ...]:
    """Return what stands in the file although its status leaves no room for it."""
    if status in (Status.SOLVED, Status.NO_EQUILIBRIUM) and document.get("limit") is not None:
        return (f"status {status.value!r} is final, but limit is {document['limit']!r}",)
    if status in (Status.SOLVED, Status.FEASIBLE):
        return ()
    allowed: dict[str, Any] = {"objective": None, **dict.fromkeys(own)}
    if status is Status.NO_EQUILIBRIUM:
        allowed |= {"bound": None, **_empty_answer(instance)}
    word = None if status is None else status.value
    return tuple(
        f"status {word!r}, but {key} is {shown if len(shown) <= 60 else shown[:57] + '...'}"
        for key in allowed
        if key in document and document[key] != allowed[key]
        for shown in [repr(document[key])]
    )


def _record(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a field that is an object, an empty one where it is absent."""
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _word(document: Mapping[str, Any], key: str, words: Any, faults: list[Fault]) -> Any:
    """Return the enum member of a field, None where it is null, absent or at fault."""
    value = document.get(key)
    if value is None:
        return None
    valid = [member.value for member in words]
    if value not in valid:
        hint = nearest_name(value, valid) if isinstance(value, str) else "must be text"
        faults.append(Fault(key, f"unknown {key}; {hint}", value=value))
        return None
    return words(value)


def _number(document: Mapping[str, Any], key: str, faults: list[Fault]) -> Any:
    """Return a numeric field as it stands, None where it is null or absent."""
    value = document.get(key)
    if not has_form(value, {"type": ["number", "null"]}):
        whole = isinstance(value, int) and not isinstance(value, bool)
        rule = "an integer must fit into 64 bits" if whole else "must be a number or null"
        faults.append(Fault(key, rule, value=value))
        return None
    return value
