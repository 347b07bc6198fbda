"""Assignment markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.edge_fields import EDGE_FIELDS, edge_lists, write_edges
from eqsolve.core.schema import Field, array_schema
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["FIELDS", "read", "write"]

_CAPACITIES = ("buyer_capacities", "seller_capacities")

FIELDS = (
    *EDGE_FIELDS,
    Field("reserves", array_schema("least price of each seller, default 0", 1)),
    Field(
        "buyer_capacities",
        array_schema("different sellers that each buyer may take, default 1", 1, integer=True),
    ),
    Field("seller_capacities", array_schema("units of each seller, default 1", 1, integer=True)),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> AssignmentMarket:
    """Return the market of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    lists, reserves = edge_lists(fields), fields.get("reserves")
    limits: dict[str, Any] = {field: fields.get(field) for field in _CAPACITIES}
    if lists is None:
        return AssignmentMarket(fields["values"], reserves, **limits, **common)
    return AssignmentMarket.from_edges(**lists, reserves=reserves, **limits, **common)


def write(market: AssignmentMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for missing edges."""
    fields = write_edges(market.values)
    if market.reserves.any():
        fields["reserves"] = market.reserves
    for field in _CAPACITIES:
        if getattr(market, field) is not None:
            fields[field] = getattr(market, field)
    return fields
