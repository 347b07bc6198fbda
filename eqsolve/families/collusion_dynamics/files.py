"""Collusion dynamics as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.collusion_dynamics.instance import (
    ESTIMATORS,
    FEEDBACKS,
    CollusionDynamics,
)

__all__ = ["FIELDS", "read", "write"]

_ABOVE_ZERO = {"type": "number", "exclusiveMinimum": 0}


def _object(text: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": text,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_PER_OTHERS = "payoff of a seller with a {} price when 0, 1, ... others price high"
_START = {"type": "number", "minimum": 0, "maximum": 1}

FIELDS = (
    Field(
        "fidelity",
        {
            "type": "number",
            "minimum": 0.5,
            "maximum": 1,
            "description": "probability that a price follows the latent preference",
        },
        required=True,
    ),
    Field(
        "payoffs",
        {
            "description": "of a seller, by the own price and the number of others who price high",
            "anyOf": [
                _object(
                    "duopoly: high 0, r/2; low 1 - r/2, 1",
                    ["ratio"],
                    ratio={"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
                ),
                _object(
                    "n numbers each, n sellers",
                    ["high", "low"],
                    **{
                        key: array_schema(_PER_OTHERS.format(key), 1, minimum=None)
                        for key in ("high", "low")
                    },
                ),
            ],
        },
        required=True,
    ),
    Field(
        "start",
        {
            "description": "propensity or propensities at the beginning, default 1/2",
            "anyOf": [_START, *array_schema("", 1)["anyOf"]],
        },
    ),
    Field(
        "batch",
        _object(
            "what an update looks at; absent: large batches only",
            ["size"],
            size={"type": "integer", "minimum": 1, "description": "rounds"},
            feedback={"enum": list(FEEDBACKS), "description": "default one"},
            estimator={"enum": list(ESTIMATORS), "description": "default means"},
        ),
    ),
    Field(
        "rate",
        {
            "description": "by how much an advantage of 1 moves the log-odds; needed with a batch",
            "anyOf": [
                _ABOVE_ZERO,
                _object(
                    "initial / (t + offset) ** power",
                    ["initial"],
                    initial=_ABOVE_ZERO,
                    offset={**_ABOVE_ZERO, "description": "default 1"},
                    power={
                        "type": "number",
                        "minimum": 0,
                        "maximum": 10,
                        "description": "default 1",
                    },
                ),
            ],
        },
    ),
    Field(
        "horizon",
        {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "updates; absent: until a threshold is reached",
        },
    ),
    Field(
        "thresholds",
        _object(
            "propensities that count as competition and as collusion",
            [],
            competition=_START,
            collusion=_START,
        ),
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> CollusionDynamics:
    """Return the instance of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return CollusionDynamics(**fields, **common)


def write(dynamics: CollusionDynamics) -> dict[str, Any]:
    """Return the kind's own fields; `read` gives back an equal instance."""
    fields: dict[str, Any] = {
        "fidelity": dynamics.fidelity,
        "payoffs": {"high": dynamics.high, "low": dynamics.low}
        if dynamics.ratio is None
        else {"ratio": dynamics.ratio},
        "start": dynamics.start,
    }
    if dynamics.batch is not None:
        fields["batch"] = asdict(dynamics.batch)
    if dynamics.rate is not None:
        rate = dynamics.rate
        fields["rate"] = rate.initial if rate.is_constant else asdict(rate)
    if dynamics.horizon is not None:
        fields["horizon"] = dynamics.horizon
    given = {
        key: level
        for key, level in zip(("competition", "collusion"), dynamics.given_thresholds, strict=True)
        if level is not None
    }
    if given:
        fields["thresholds"] = given
    return fields
