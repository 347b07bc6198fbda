"""Values of buyers for items as file fields: a matrix, or the sides and one entry per edge.

Shared by the kinds whose values are `EdgeValues`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, array_schema, check_names, take_object

__all__ = ["EDGE_FIELDS", "edge_lists", "write_edges"]

_SPARSE = ("n_buyers", "n_sellers", "edges")
_LISTS = ("buyer", "seller", "value")

EDGE_FIELDS = (
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
            "required": list(_LISTS),
            "additionalProperties": False,
        },
    ),
)
"""Declarations of the fields of both forms; one of them must be there."""


def edge_lists(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the sparse form as arguments of ``from_edges``, or None where there is a matrix.

    Parameters
    ----------
    fields : the kind's own fields; only their names are checked, numbers are for the instance.

    Raises
    ------
    InstanceError : both forms, neither, or a part of the sparse one is missing.

    Examples
    --------
    >>> edges = {"buyer": [0], "seller": [1], "value": [5]}
    >>> edge_lists({"n_buyers": 1, "n_sellers": 2, "edges": edges})
    {'n_buyers': 1, 'n_sellers': 2, 'buyer': [0], 'seller': [1], 'value': [5]}
    >>> edge_lists({"values": [[None, 5]]}) is None
    True
    """
    sparse = {key: fields[key] for key in _SPARSE if key in fields}
    if "values" in fields:
        if sparse:
            rule = f"give either values or the sparse form, not both (found {', '.join(sparse)})"
            raise InstanceError(Fault("values", rule))
        return None
    faults: list[Fault] = []
    if sparse:
        check_names(sparse, dict.fromkeys(_SPARSE, True), "", faults)
    else:
        faults.append(Fault("values", "required field is missing (or n_buyers, n_sellers, edges)"))
    lists = None
    if "edges" in sparse:
        lists = take_object(sparse, "edges", dict.fromkeys(_LISTS, True), faults)
    if faults or lists is None:
        raise InstanceError(faults)
    return {"n_buyers": sparse["n_buyers"], "n_sellers": sparse["n_sellers"], **lists}


def write_edges(values: EdgeValues) -> dict[str, Any]:
    """Return the fields of the form that is held, with arrays as numpy arrays.

    Without rows it is always the sparse form: a matrix without rows does not tell its width.
    """
    if not values.is_sparse and values.n_rows:
        return {"values": values}
    indptr, columns, data = values.csr()
    rows = np.repeat(np.arange(values.n_rows), np.diff(indptr))
    edges = dict(zip(_LISTS, (rows, columns, data), strict=True))
    return {"n_buyers": values.n_rows, "n_sellers": values.n_columns, "edges": edges}
