"""Assignment markets as files: the fields of the kind, reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.edge_fields import EDGE_FIELDS, edge_lists, write_edges
from eqsolve.core.schema import Field, array_schema
from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["FIELDS", "read", "write"]

FIELDS = (*EDGE_FIELDS, Field("reserves", array_schema("least price of each seller, default 0", 1)))


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
    if lists is None:
        return AssignmentMarket(fields["values"], reserves, **common)
    return AssignmentMarket.from_edges(**lists, reserves=reserves, **common)


def write(market: AssignmentMarket) -> dict[str, Any]:
    """Return the kind's own fields, with arrays as numpy arrays and None for missing edges."""
    fields = write_edges(market.values)
    if market.reserves.any():
        fields["reserves"] = market.reserves
    return fields
