"""Model markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.model_market.instance import MAX_PLATFORMS, ModelMarket

__all__ = ["FIELDS", "read", "write"]

FIELDS = (
    Field("scores", array_schema("score of each model for each user type", 2), required=True),
    Field("weights", array_schema("mass of each user type, > 0", 1), required=True),
    Field(
        "n_platforms",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PLATFORMS,
            "description": "platforms, each of which adopts one model",
        },
        required=True,
    ),
    Field(
        "choice",
        {
            "description": "how users choose among platforms, default hardmax",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {"rule": {"const": "hardmax"}},
                    "required": ["rule"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {
                        "rule": {"const": "softmax"},
                        "beta": {"type": "number", "minimum": 0},
                    },
                    "required": ["rule", "beta"],
                    "additionalProperties": False,
                },
            ],
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> ModelMarket:
    """Return the market of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    return ModelMarket(
        fields["scores"],
        fields["weights"],
        fields["n_platforms"],
        fields.get("choice", "hardmax"),
        **common,
    )


def write(market: ModelMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays."""
    fields: dict[str, Any] = {
        "scores": market.scores,
        "weights": market.weights,
        "n_platforms": market.n_platforms,
    }
    if not market.is_hardmax:
        fields["choice"] = market.choice
    return fields
