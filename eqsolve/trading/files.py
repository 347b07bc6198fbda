"""Trading networks as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema, check_names, take_object
from eqsolve.trading.instance import TradingNetwork

__all__ = ["FIELDS", "read", "write"]

_EDGE_NAMES = {"buyer": True, "seller": True, "value": True}
_SPARSE = ("n_buyers", "n_sellers", "edges")
_OWN = ("known", "candidates", "commission")

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
    Field(
        "known",
        array_schema("pairs [buyer, seller] that trade without the platform", 2, integer=True),
        required=True,
    ),
    Field(
        "candidates",
        array_schema("pairs that may be introduced, default all others", 2, integer=True),
    ),
    Field(
        "commission",
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 1,
            "description": "share of the price earned by the platform, default 1",
        },
    ),
)


def read(fields: Mapping[str, Any], common: Mapping[str, Any]) -> TradingNetwork:
    """Return the network of a file.

    Parameters
    ----------
    fields : the kind's own fields, file references already replaced by arrays.
    common : ``name``, ``labels`` and ``metadata``, passed on.

    Raises
    ------
    InstanceError : with every fault.
    """
    sparse = [key for key in _SPARSE if key in fields]
    own = {key: fields[key] for key in _OWN if key in fields}
    if "values" in fields and sparse:
        rule = f"give either values or the sparse form, not both (found {', '.join(sparse)})"
        raise InstanceError(Fault("values", rule))
    if "values" in fields:
        return TradingNetwork(fields["values"], **own, **common)
    faults: list[Fault] = []
    if sparse:
        given = {key: fields[key] for key in sparse}
        check_names(given, dict.fromkeys(_SPARSE, True), "", faults)
    else:
        faults.append(Fault("values", "required field is missing (or n_buyers, n_sellers, edges)"))
    edges = take_object(fields, "edges", _EDGE_NAMES, faults) if "edges" in fields else None
    if faults or edges is None:
        raise InstanceError(faults)
    return TradingNetwork.from_edges(
        fields["n_buyers"],
        fields["n_sellers"],
        edges["buyer"],
        edges["seller"],
        edges["value"],
        **own,
        **common,
    )


def write(network: TradingNetwork) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for missing edges."""
    fields: dict[str, Any]
    if network.values.is_sparse or not network.n_buyers:  # no rows: a matrix would lose the sellers
        indptr, indices, data = network.values.csr()
        buyers = np.repeat(np.arange(network.n_buyers), np.diff(indptr))
        edges = {"buyer": buyers, "seller": indices, "value": data}
        fields = {"n_buyers": network.n_buyers, "n_sellers": network.n_sellers, "edges": edges}
    else:
        fields = {"values": network.values}
    fields["known"] = network.known
    if network.candidates is not None:
        fields["candidates"] = network.candidates
    if network.commission != 1:
        fields["commission"] = network.commission
    return fields
