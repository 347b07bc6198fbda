"""Delivery markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema
from eqsolve.families.delivery_market.costs import PARTS
from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["FIELDS", "read", "write"]

FIELDS = (
    Field("values", array_schema("value of each buyer for each store, money", 2), required=True),
    Field(
        "costs",
        array_schema("cost by courier, buyer and store; null: cannot deliver", 3, null=True),
    ),
    Field(
        "cost_parts",
        {
            "type": "object",
            "description": "instead of costs: parts that are summed",
            "properties": {
                "courier": array_schema("constant of each courier", 1),
                "pickup": array_schema("leg of each courier to each store", 2),
                "dropoff": array_schema("leg of each courier to each buyer", 2),
                "order": array_schema("cost of each order, by buyer and store", 2),
            },
            "anyOf": [{"required": [name]} for name in PARTS[:3]],
            "additionalProperties": False,
        },
    ),
    Field(
        "n_stores",
        {
            "type": "integer",
            "minimum": 0,
            "description": "stores; needed only without buyers, where values is []",
        },
    ),
    Field("tips", {"type": "boolean", "default": True, "description": "may buyers tip"}),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> DeliveryMarket:
    """Return the market of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    if "costs" not in fields and "cost_parts" not in fields:
        raise InstanceError(Fault("costs", "required field is missing (or cost_parts)"))
    if "costs" in fields and fields["costs"] is None:
        raise InstanceError(Fault("costs", "must be nested lists [courier][buyer][store]"))
    values, n_stores = fields["values"], fields.get("n_stores")
    if n_stores is not None and (type(n_stores) is not int or n_stores < 0):
        raise InstanceError(Fault("n_stores", "must be a whole number >= 0", value=n_stores))
    if n_stores is not None and isinstance(values, list) and not values:
        values = np.zeros((0, n_stores), dtype=np.int64)
    market = DeliveryMarket(
        values,
        fields.get("costs"),
        cost_parts=fields.get("cost_parts"),
        tips=fields.get("tips", True),
        **common,
    )
    if n_stores not in (None, market.n_stores):
        rule = f"values have {market.n_stores} stores"
        raise InstanceError(Fault("n_stores", rule, value=n_stores))
    return market


def write(market: DeliveryMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for forbidden entries."""
    fields: dict[str, Any] = {"values": market.values}
    full = market.costs.full
    if full is None:
        fields["cost_parts"] = market.costs.arrays
    elif market.costs.has_forbidden:
        opened = full.astype(object)
        opened[full < 0] = None
        fields["costs"] = opened.tolist()
    else:
        fields["costs"] = full
    if not market.n_buyers and market.n_stores:
        fields["n_stores"] = market.n_stores  # nested lists cannot tell
    if not market.tips:
        fields["tips"] = False
    return fields
