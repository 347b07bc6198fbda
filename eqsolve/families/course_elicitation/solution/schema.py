"""The fields of a record in files, with the names of what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema

__all__ = ["CERTIFICATE_DATA", "OUTSIDE", "SIDE_FILES", "SOLUTION_FIELDS", "USAGE"]

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {}
"""Certificates hold no data: the verifier recomputes everything."""

SIDE_FILES = ("networks",)
"""Fields that may refer to archives beside the file."""

USAGE = ("requests", "from_cache", "repeats", "failures", "tokens_in", "tokens_out", "cost")

_NUMBER = {"type": "number"}

_OR_NULL = {"type": ["number", "null"]}

_COURSES = {"type": "array", "items": {"type": "integer", "minimum": 0}}

_PAIRS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "array", "items": _NUMBER}},
    "description": "[student] -> list of [a, b, delta]",
}

OUTSIDE = ("allocation", "prices", "clearing_error")
"""Fields of an allocation that stand beside the mean, not inside ``details``."""

_PLACEMENT = {
    "type": ["object", "null"],
    "properties": {
        "allocation": {"type": "array", "items": _COURSES},
        "prices": {"type": ["array", "null"], "items": _NUMBER},
        "mean_utility": {**_NUMBER, "description": "of all students, by their true preferences"},
        "least_utility": {**_NUMBER, "description": "likewise"},
        "clearing_error": _OR_NULL,
        "details": {"type": "object", "description": "the other fields of course_allocation"},
    },
}

_QUERY = {
    "type": "object",
    "properties": {
        "bundles": {"type": "array", "items": _COURSES},
        "answer": {"enum": [0, 1], "type": "integer", "description": "which is better"},
        "right": {"type": "boolean", "description": "no worse by true preferences"},
    },
}

SOLUTION_FIELDS = (
    Field(
        "reports",
        {
            "type": "object",
            "description": "what students report before they are asked",
            "properties": {
                "values": array_schema("by student and course", 2),
                "adjustments": _PAIRS,
            },
        },
        required=True,
    ),
    Field(
        "queries",
        {
            "type": "array",
            "items": {"type": "array", "items": _QUERY},
            "description": "[student] -> queries in their order",
        },
        required=True,
    ),
    Field(
        "learned_values", array_schema("[student][course] utility", 2, minimum=None), required=True
    ),
    Field("learned_adjustments", _PAIRS, required=True),
    Field(
        "networks",
        {
            "type": ["object", "null"],
            "description": "of mvnn: best guesses, student by student; null for other learners",
        },
    ),
    Field("reported", {**_PLACEMENT, "description": "who gets what by the reports"}),
    Field("learned", {**_PLACEMENT, "description": "... by what was learned"}),
    Field("true", {**_PLACEMENT, "description": "... by the truth"}),
    Field("gain", {**_OR_NULL, "description": "mean utility, learned over reported, less 1"}),
    Field("gain_least", {**_OR_NULL, "description": "the same of the worst-off student"}),
    Field("accuracy", {**_OR_NULL, "description": "share of right answers"}),
    Field(
        "usage",
        {
            "type": "object",
            "description": "what models were asked, and what it cost",
            "properties": dict.fromkeys(USAGE, _NUMBER),
        },
    ),
    Field(
        "failures",
        {
            "type": "array",
            "items": {"type": "object"},
            "description": "students whose queries ended early: which, at which query, why",
        },
    ),
)
