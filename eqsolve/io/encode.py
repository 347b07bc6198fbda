"""Python objects and arrays to JSON text; refuses NaN and infinities, which JSON cannot hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from eqsolve.core.edges import EdgeValues

__all__ = ["encode", "plain"]


def plain(value: Any) -> Any:
    """Return arrays, edge values, tuples and mappings as lists and dictionaries.

    Missing edges become None.

    Raises
    ------
    ValueError : a number that is not finite.
    """
    if isinstance(value, EdgeValues):
        matrix = value.dense()
        rows = matrix.tolist()
        if (matrix < 0).any():
            rows = [[None if entry < 0 else entry for entry in row] for row in rows]
        return rows
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError("an array holds a number that is not finite")
        return value.tolist()
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return value


def encode(document: Mapping[str, Any]) -> bytes:
    """Return a JSON object with one line per field, and one per row of a matrix.

    Raises
    ------
    ValueError : a number that is not finite.

    Examples
    --------
    >>> print(encode({"a": [[1, 2], [3, None]], "b": 0.5}).decode(), end="")
    {
      "a": [
        [1,2],
        [3,null]
      ],
      "b": 0.5
    }
    """
    import msgspec

    to_json = msgspec.json.encode
    lines = []
    for key, value in plain(document).items():
        if isinstance(value, list) and value and isinstance(value[0], list | dict):
            rows = b",\n    ".join(to_json(row) for row in value)
            text = b"[\n    " + rows + b"\n  ]"
        else:
            text = to_json(value)
        lines.append(b"  " + to_json(key) + b": " + text)
    return b"{\n" + b",\n".join(lines) + b"\n}\n"
