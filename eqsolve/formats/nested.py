"""JSON tables written as nested objects: row name -> column name -> number.

Used for reviewer-paper similarities and, as one field of several, for course bids.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.text import read_text

__all__ = ["NamedTable", "named_table", "read_json_object"]


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table with named rows and columns.

    Parameters
    ----------
    rows, columns : names in the order in which they first appear.
    numbers : shape (rows, columns), NaN where the file has no entry.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: FloatArray


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; a key given twice is refused.

    Raises
    ------
    FormatError : not JSON, not an object, or a duplicate key.
    """
    twice: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [key for key, _ in pairs]
            twice.extend(key for key in found if names.count(key) > 1)
        return found

    try:
        document = json.loads(read_text(path), object_pairs_hook=collect)
    except json.JSONDecodeError as error:
        rule = f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise FormatError(str(path), Fault("", rule)) from None
    if twice:
        raise FormatError(str(path), [Fault(key, "key is given twice") for key in twice])
    if not isinstance(document, dict):
        raise FormatError(str(path), Fault("", "must be a JSON object"))
    return document


def named_table(document: Mapping[str, Any], path: Path, field: str = "") -> NamedTable:
    """Return a nested object as a table.

    Parameters
    ----------
    document : row -> column -> number.
    path, field : named in messages.

    Raises
    ------
    FormatError : a row that is no object, or an entry that is no finite number.

    Examples
    --------
    >>> table = named_table({"ann": {"x": 1}, "bob": {"x": 2, "y": 0.5}}, Path("bids.json"))
    >>> table.columns, table.numbers.tolist()
    (('x', 'y'), [[1.0, nan], [2.0, 0.5]])
    """
    faults: list[Fault] = []
    place: dict[str, int] = {}
    entries = []
    for row, (name, cells) in enumerate(document.items()):
        if not isinstance(cells, Mapping):
            faults.append(Fault(field, "must be an object", index=(name,), value=cells))
            continue
        for column, value in cells.items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value):
                rule = "must be a finite number"
                faults.append(Fault(field, rule, index=(name, column), value=value))
                continue
            entries.append((row, place.setdefault(column, len(place)), float(value)))
    if faults:
        raise FormatError(str(path), faults[:100])
    numbers = np.full((len(document), len(place)), np.nan)
    for row, spot, value in entries:
        numbers[row, spot] = value
    return NamedTable(tuple(document), tuple(place), numbers)
