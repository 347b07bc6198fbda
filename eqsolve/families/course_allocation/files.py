"""Course allocation as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.reading import ORDERS, Incomes

__all__ = ["FIELDS", "SETS", "read", "write"]

_COURSE = {"type": "integer", "minimum": 0}
_COURSES = {"type": "array", "items": _COURSE}
_GROUP = {
    "type": "object",
    "properties": {"courses": _COURSES, "bonus": {"type": "array", "items": {"type": "number"}}},
    "required": ["courses", "bonus"],
    "additionalProperties": False,
}
_INCOMES = {
    "type": "object",
    "properties": {
        "base": {"type": "number", "exclusiveMinimum": 0, "description": "default 1"},
        "spread": {"type": "number", "minimum": 0, "description": "default 0.04"},
        "order": {"enum": list(ORDERS), "description": "default random"},
    },
    "additionalProperties": False,
}


def _one_or_each(text: str, kind: str) -> dict[str, Any]:
    """Return the schema of one limit, or of one per student."""
    each = array_schema(text, 1, integer=kind == "integer")
    return {**each, "anyOf": [{"type": kind, "minimum": 0}, *each["anyOf"]]}


def _list_of(text: str, inner: Mapping[str, Any], depth: int = 1) -> dict[str, Any]:
    """Return the schema of nested lists."""
    for _ in range(depth):
        inner = {"type": "array", "items": inner}
    return {**inner, "description": text}


FIELDS = (
    Field(
        "values",
        array_schema("utility of each course to each student; null: may not take it", 2, null=True),
        required=True,
    ),
    Field("capacities", array_schema("seats of each course", 1, integer=True), required=True),
    Field("max_courses", _one_or_each("most courses, of all or of each student", "integer")),
    Field("credits", array_schema("credits of each course, > 0, default 1", 1)),
    Field("max_credits", _one_or_each("most credits, of all or of each student", "number")),
    Field("conflicts", _list_of("pairs of courses that nobody takes together", _COURSE, 2)),
    Field("timetable", _list_of("courses taught on each day and slot", _COURSE, 3)),
    Field(
        "adjustments",
        _list_of("for each student [a, b, what having both adds]", {"type": "number"}, 3),
    ),
    Field(
        "groups",
        _list_of(
            "for each student groups of courses; with t of them bonus[t - 1] times their values "
            "is added",
            _GROUP,
            2,
        ),
    ),
    Field(
        "budgets",
        {
            "description": "of each student, > 0, or the rule by which they are drawn",
            "anyOf": [_INCOMES, *array_schema("", 1)["anyOf"]],
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> CourseAllocation:
    """Return the instance of a file.

    Raises
    ------
    InstanceError : with every fault.
    """
    return CourseAllocation(**fields, **common)


def write(market: CourseAllocation) -> dict[str, Any]:
    """Return the kind's own fields; those at their defaults are left out."""
    m = market.n_courses
    fields: dict[str, Any] = {"values": market.values, "capacities": market.capacities}
    if not market.allowed.all():
        fields["values"] = [
            [value if may else None for value, may in zip(row, allowed, strict=True)]
            for row, allowed in zip(market.values.tolist(), market.allowed.tolist(), strict=True)
        ]
    if (market.max_courses != m).any():
        fields["max_courses"] = _short(market.max_courses)
    if (market.credits != 1).any():
        fields["credits"] = market.credits
    if np.isfinite(market.max_credits).any():
        fields["max_credits"] = _short(market.max_credits)
    if market.timetable is not None:
        fields["timetable"] = [[list(slot) for slot in day] for day in market.timetable]
    elif len(market.conflicts):
        fields["conflicts"] = market.conflicts.tolist()
    if any(market.adjustments):
        fields["adjustments"] = [[list(pair) for pair in own] for own in market.adjustments]
    if any(market.groups):
        fields["groups"] = [
            [{"courses": list(g.courses), "bonus": list(g.bonus)} for g in own]
            for own in market.groups
        ]
    if market.incomes is None:
        fields["budgets"] = market.budgets
    elif market.incomes != Incomes():
        fields["budgets"] = asdict(market.incomes)
    return fields


def _short(limits: Any) -> Any:
    """Return one number where all students have the same limit."""
    return limits[0].item() if len(limits) and (limits == limits[0]).all() else limits


def _two_tables(market: CourseAllocation, stem: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return two tables, which `two_tables` makes."""
    from eqsolve.families.course_allocation.tables import two_tables

    return two_tables(market, stem)


SETS = {"course_lists": _two_tables}
"""What writes several files that belong together, by the converter that reads them."""
