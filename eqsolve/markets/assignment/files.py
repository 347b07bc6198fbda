"""Assignment markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema, check_names, take_object
from eqsolve.markets.assignment.instance import AssignmentMarket

__all__ = ["FIELDS", "read", "write"]

_EDGE_NAMES = {"buyer": True, "seller": True, "value": True}

FIELDS = (
    Field("values", array_schema("value of each buyer for each item, null: no edge", 2, null=True)),
    Field("n_buyers", {"type": "integer", "minimum": 0, "description": "sparse form: buyers"}),
    Field("n_sellers", {"type": "integer", "minimum": 0, "description": "sparse form: sellers"}),
    Field(
        "edges",
        {
            "type": "object",
            "description": "sparse form: one entry per edge in each of the three arrays",
            "properties": {
                "buyer": array_schema("buyer of each edge", 1, integer=True),
                "seller": array_schema("seller of each edge", 1, integer=True),
                "value": array_schema("value of each edge", 1),
            },
            "required": ["buyer", "seller", "value"],
            "additionalProperties": False,
        },
    ),
    Field("reserves", array_schema("least price of each seller, default 0", 1)),
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
    sparse = [key for key in ("n_buyers", "n_sellers", "edges") if key in fields]
    if "values" in fields and sparse:
        rule = f"give either values or the sparse form, not both (found {', '.join(sparse)})"
        raise InstanceError(Fault("values", rule))
    if "values" in fields:
        return AssignmentMarket(fields["values"], fields.get("reserves"), **common)
    faults: list[Fault] = []
    if sparse:
        check_names(
            fields,
            dict.fromkeys(("n_buyers", "n_sellers", "edges"), True) | {"reserves": False},
            "",
            faults,
        )
    else:
        faults.append(Fault("values", "required field is missing (or n_buyers, n_sellers, edges)"))
    edges = take_object(fields, "edges", _EDGE_NAMES, faults) if "edges" in fields else None
    if faults or edges is None:
        raise InstanceError(faults)
    return AssignmentMarket.from_edges(
        fields["n_buyers"],
        fields["n_sellers"],
        edges["buyer"],
        edges["seller"],
        edges["value"],
        fields.get("reserves"),
        **common,
    )


def write(market: AssignmentMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for missing edges."""
    fields: dict[str, Any]
    if market.values.is_sparse:
        indptr, indices, data = market.values.csr()
        buyers = [i for i in range(market.n_buyers) for _ in range(indptr[i], indptr[i + 1])]
        edges = {"buyer": buyers, "seller": indices, "value": data}
        fields = {"n_buyers": market.n_buyers, "n_sellers": market.n_sellers, "edges": edges}
    else:
        fields = {"values": market.values}
    if market.reserves.any():
        fields["reserves"] = market.reserves
    return fields
