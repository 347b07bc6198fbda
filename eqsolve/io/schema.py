"""JSON Schema (draft 2020-12) of instance and solution files, from the families' declarations."""

from __future__ import annotations

from typing import Any

from eqsolve.core.status import Limit, Status
from eqsolve.io.solutions import SOURCES
from eqsolve.registry import get_family

__all__ = ["instance_schema", "solution_schema"]

_FILE = {
    "type": "object",
    "description": "a .npy file inside the instance's folder",
    "properties": {"file": {"type": "string", "pattern": r"\.npy$"}},
    "required": ["file"],
    "additionalProperties": False,
}


def instance_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind's instance files.

    Raises
    ------
    OptionError : no such kind.

    Examples
    --------
    >>> sorted(instance_schema("assignment_market")["required"])
    ['eqsolve', 'kind']
    """
    family = get_family(kind)
    fields = family.module("files").FIELDS
    names = {"type": "array", "items": {"type": "string"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"eqsolve instance: {kind}",
        "type": "object",
        "properties": {
            "eqsolve": {"const": 1, "description": "format version"},
            "kind": {"const": kind},
            "name": {"type": "string"},
            "metadata": {"type": "object", "description": "carried through untouched"},
            "labels": {"type": "object", "additionalProperties": names},
            **{field.name: dict(field.schema) for field in fields},
        },
        "required": ["eqsolve", "kind", *(field.name for field in fields if field.required)],
        "additionalProperties": False,
        "$defs": {"file": _FILE},
    }


def solution_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind's solution files.

    Raises
    ------
    OptionError : no such kind.
    """
    family = get_family(kind)
    solution = family.module("solution")
    fields = solution.SOLUTION_FIELDS
    number = {"type": ["number", "null"]}
    limits = [None, *(limit.value for limit in Limit)]
    holds = {"properties": {"status": {"enum": [Status.SOLVED.value, Status.FEASIBLE.value]}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"eqsolve solution: {kind}",
        "type": "object",
        "properties": {
            "eqsolve": {"const": 1},
            "kind": {"const": kind},
            "instance": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "sha256": {"type": "string"}},
            },
            "method": {"type": "string"},
            "reason": {"type": "string", "description": "why auto chose the method"},
            "options": {"type": "object"},
            "seed": {"type": "integer"},
            "version": {"type": "string"},
            "status": {"enum": [status.value for status in Status]},
            "limit": {"enum": limits},
            "objective": number,
            "bound": {**number, "description": "best proved bound on the objective"},
            "bound_source": {"enum": [None, *getattr(solution, "BOUND_SOURCES", SOURCES)]},
            "gap": number,
            "wall_time": {"type": "number", "description": "seconds"},
            "compile_time": {
                "type": "number",
                "description": "seconds of compiling kernels, once per machine, not in wall_time",
            },
            "counts": {"type": "object"},
            "certificate": {"type": "object"},
            "check": {"type": ["object", "null"]},
            **{field.name: dict(field.schema) for field in fields},
        },
        "required": ["eqsolve", "kind", "status"],
        "if": holds,
        "then": {"required": [field.name for field in fields if field.required]},
        "additionalProperties": False,
        "$defs": {"file": _FILE},
    }
