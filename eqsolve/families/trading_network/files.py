"""Trading networks as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.edge_fields import EDGE_FIELDS, edge_lists, write_edges
from eqsolve.core.schema import Field, array_schema
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = ["FIELDS", "read", "write"]

FIELDS = (
    *EDGE_FIELDS,
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
    lists = edge_lists(fields)
    own = {key: fields[key] for key in ("known", "candidates", "commission") if key in fields}
    if lists is None:
        return TradingNetwork(fields["values"], **own, **common)
    return TradingNetwork.from_edges(**lists, **own, **common)


def write(network: TradingNetwork) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for missing edges."""
    fields = write_edges(network.values)
    fields["known"] = network.known
    if network.candidates is not None:
        fields["candidates"] = network.candidates
    if network.commission != 1:
        fields["commission"] = network.commission
    return fields
