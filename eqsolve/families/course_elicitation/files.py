"""Course elicitation as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.course_allocation import files as market_files
from eqsolve.families.course_elicitation.instance import (
    ACQUISITIONS,
    LEARNERS,
    MECHANISMS,
    NOISE_FIELDS,
    PROFILES,
    RULES,
    Bayes,
    CourseElicitation,
)

__all__ = ["FIELDS", "FILES", "read", "write"]

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_AMOUNT = {"type": "number", "minimum": 0}
_ADJUSTMENTS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
    "description": "[student] -> list of [a, b, what having both adds]",
}
_ANSWERER = {
    "type": "object",
    "description": "who answers, default truthful",
    "properties": {
        "rule": {"enum": list(RULES)},
        "accuracy": {**_SHARE, "description": "noisy: chance of a right answer"},
        "endpoint": {"type": "string", "description": "chat: before /chat/completions"},
        "model": {"type": "string", "description": "chat"},
        "temperature": {**_AMOUNT, "description": "chat"},
        "max_tokens": {"type": "integer", "minimum": 1, "description": "chat: of an answer"},
        "seed": {"type": "integer", "minimum": 0, "description": "chat: sent where given"},
        "repeat_on_bad_answer": {"type": "integer", "minimum": 0, "description": "default 3"},
        "key_env": {"type": "string", "description": "chat: name of the variable with the key"},
        "price_in": {**_AMOUNT, "description": "chat: of a million tokens read"},
        "price_out": {**_AMOUNT, "description": "chat: of a million tokens written"},
        "name": {"type": "string", "description": "function: of Python, cannot be asked again"},
    },
    "required": ["rule"],
}

FIELDS = (
    Field(
        "market",
        {
            "description": "true utilities, seats and limits: course_allocation, or its file",
            "anyOf": [
                {
                    "type": "object",
                    "properties": {field.name: dict(field.schema) for field in market_files.FIELDS},
                    "required": [field.name for field in market_files.FIELDS if field.required],
                },
                {"$ref": "#/$defs/file"},
            ],
        },
        required=True,
    ),
    Field(
        "noise",
        {
            "description": "mistakes in reports, default popular9",
            "anyOf": [
                {"enum": list(PROFILES)},
                {
                    "type": "object",
                    "properties": {
                        name: _AMOUNT if name == "base_sd" else _SHARE for name in NOISE_FIELDS
                    },
                    "required": list(NOISE_FIELDS),
                    "additionalProperties": False,
                },
            ],
        },
    ),
    Field(
        "reports",
        {
            "type": "object",
            "description": "what students report, instead of noise",
            "properties": {
                "values": array_schema("[student][course], null: may not take it", 2, null=True),
                "adjustments": _ADJUSTMENTS,
            },
            "required": ["values"],
            "additionalProperties": False,
        },
    ),
    Field("queries", {"type": "integer", "minimum": 0, "description": "per student, default 10"}),
    Field("answerer", _ANSWERER),
    Field(
        "learner",
        {
            "description": "default bayes; its numbers are percents of the greatest report",
            "anyOf": [
                {"enum": list(LEARNERS)},
                {
                    "type": "object",
                    "properties": {
                        "rule": {"enum": list(LEARNERS)},
                        **{
                            entry.name: {"type": ["number", "null"], "minimum": 0}
                            for kind in LEARNERS.values()
                            for entry in fields_of(kind)
                        },
                    },
                    "required": ["rule"],
                    "additionalProperties": False,
                },
            ],
        },
    ),
    Field("acquisition", {"enum": list(ACQUISITIONS), "description": "default double_thompson"}),
    Field("mechanism", {"enum": list(MECHANISMS), "description": "default aceei"}),
    Field("seed", {"type": "integer", "minimum": 0, "description": "of all draws, default 0"}),
    Field(
        "texts",
        {
            "description": "what each student writes of itself, or template",
            "anyOf": [{"enum": ["template"]}, {"type": "array", "items": {"type": "string"}}],
        },
    ),
)

FILES = {"market": "text"}
"""What references to files that are no arrays stand for, by the field that holds them."""


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> CourseElicitation:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return CourseElicitation(**fields, **common)


def write(plan: CourseElicitation) -> dict[str, Any]:
    """Return the kind's own fields; what has its default value is left out."""
    fields: dict[str, Any] = {
        "market": {**market_files.write(plan.market), **plan.market.described()}
    }
    if plan.reports is not None:
        told = market_files.write(plan.reports)
        fields["reports"] = {
            "values": told["values"],
            "adjustments": [[list(pair) for pair in own] for own in plan.reports.adjustments],
        }
    elif plan.noise is not None and plan.noise != PROFILES["popular9"]:
        fields["noise"] = plan.noise.word or plan.noise.to_dict()
    fields["queries"] = plan.queries
    fields["answerer"] = plan.answerer.to_dict()
    if plan.learner != Bayes():
        fields["learner"] = plan.learner.to_dict()
    if plan.acquisition != ACQUISITIONS[0]:
        fields["acquisition"] = plan.acquisition
    if plan.mechanism != MECHANISMS[0]:
        fields["mechanism"] = plan.mechanism
    fields["seed"] = plan.seed
    if plan.texts is not None:
        fields["texts"] = plan.texts if isinstance(plan.texts, str) else list(plan.texts)
    return fields
