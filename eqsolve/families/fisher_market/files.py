"""Fisher markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.schema import Field, array_schema
from eqsolve.families.fisher_market.instance import UTILITIES, FisherMarket

__all__ = ["FIELDS", "read", "write"]

FIELDS = (
    Field("utilities", array_schema("utility coefficient of each good, by buyer", 2), True),
    Field("budgets", array_schema("money of each buyer, > 0", 1), True),
    Field("supplies", array_schema("amount of each good, > 0, default 1", 1)),
    Field(
        "utility",
        {
            "description": "kind of utility function, default linear",
            "anyOf": [
                {"enum": list(UTILITIES)},
                {
                    "type": "object",
                    "properties": {"ces": {"type": "number", "exclusiveMaximum": 1}},
                    "required": ["ces"],
                    "additionalProperties": False,
                },
            ],
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> FisherMarket:
    """Return the market of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    utilities, supplies = fields["utilities"], fields.get("supplies")
    if isinstance(utilities, list) and not utilities and supplies is not None:
        utilities = np.zeros((0, len(supplies)))  # no buyers: [] does not tell how many goods
    return FisherMarket(
        utilities,
        fields["budgets"],
        supplies,
        utility=fields.get("utility", "linear"),
        **common,
    )


def write(market: FisherMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays."""
    fields: dict[str, Any] = {"utilities": market.utilities, "budgets": market.budgets}
    if (market.supplies != 1).any() or not market.n_buyers:
        fields["supplies"] = market.supplies
    if market.utility != "linear":
        fields["utility"] = market.utility if market.rho is None else {"ces": market.rho}
    return fields
