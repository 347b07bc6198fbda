"""JSON tables written as nested objects: row name -> column name -> number.

Used for reviewer-paper similarities and, as one field of several, for course bids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.digits import BESIDE
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.json_text import parse_json, rule_of
from eqsolve.formats.text import head_of, read_text

__all__ = ["NamedTable", "Outline", "named_table", "outline_of", "read_json_object"]

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_TOKENS = re.compile(rf"{_TEXT.pattern}|[][{{}}]")
_TABLE = re.compile(rf'\{{\s*{_TEXT.pattern}\s*:\s*\{{\s*"')


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table with named rows and columns.

    Parameters
    ----------
    rows, columns : names in the order in which they first appear.
    numbers : shape (rows, columns), int64 if all are whole, else float64; masked where the file
        has no entry.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: np.ma.MaskedArray[Any, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the beginning of a JSON object shows.

    Parameters
    ----------
    keys : texts that stand in the object itself: its keys, and values that are texts.
    is_table : whether it may be row name -> column name -> number: objects in an object, and
        neither lists nor deeper objects.
    """

    keys: frozenset[str] = frozenset()
    is_table: bool = False


def outline_of(path: Path) -> Outline:
    """Return what the first 4096 bytes of a file show, nothing where it is no ``.json`` object."""
    head = head_of(path).lstrip() if path.suffix == ".json" else ""
    if not head.startswith("{"):
        return Outline()
    keys: set[str] = set()
    depth = deepest = 0
    for token in _TOKENS.findall(head):
        if token in "{[":
            depth += 1
        elif token in "}]":
            depth -= 1
        elif depth == 1:
            keys.add(token[1:-1])
        deepest = max(deepest, depth)
    lists = "[" in _TEXT.sub("", head)
    return Outline(frozenset(keys), bool(_TABLE.match(head)) and deepest == 2 and not lists)


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; a key given twice is refused.

    Raises
    ------
    FormatError : not JSON, not an object, or a duplicate key.
    """
    document = parse_json(read_text(path), str(path))
    if not isinstance(document, dict):
        raise FormatError(str(path), Fault("", "must be a JSON object"))
    return document


def named_table(
    document: Mapping[str, Any],
    path: Path,
    field: str = "",
    *,
    rows: Iterable[str] = (),
    columns: Iterable[str] = (),
) -> NamedTable:
    """Return a nested object as a table.

    Parameters
    ----------
    document : row -> column -> number.
    path, field : named in messages.
    rows, columns : names to have even where no entry speaks of them.

    Raises
    ------
    FormatError : a row that is no object, or an entry that is no number that can be held.

    Examples
    --------
    >>> table = named_table({"ann": {"x": 1}, "bob": {"x": 2, "y": 0.5}}, Path("bids.json"))
    >>> table.columns, table.numbers.tolist()
    (('x', 'y'), [[1.0, None], [2.0, 0.5]])
    """
    faults: list[Fault] = []
    names = dict.fromkeys([*document, *rows])
    place: dict[str, int] = {}
    entries: list[dict[int, int | float]] = [{} for _ in names]
    for row, (name, cells) in enumerate(document.items()):
        if not isinstance(cells, Mapping):
            faults.append(Fault(field, "must be an object", index=(name,), value=cells))
            continue
        for column, value in cells.items():
            rule = rule_of(value)
            if rule:
                faults.append(Fault(field, rule, index=(name, column), value=value))
            else:
                entries[row][place.setdefault(column, len(place))] = value
    for column in columns:
        place.setdefault(column, len(place))
    kinds = {type(value) for cells in entries for value in cells.values()}
    if kinds == {int, float}:
        labels = list(place)
        faults += [
            Fault(field, BESIDE, index=(name, labels[spot]), value=value)
            for name, cells in zip(names, entries, strict=True)
            for spot, value in cells.items()
            if isinstance(value, int) and int(float(value)) != value
        ]
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    shape = (len(names), len(place))
    data = np.zeros(shape, dtype=np.float64 if float in kinds else np.int64)
    mask = np.ones(shape, dtype=bool)
    for row, cells in enumerate(entries):
        for spot, value in cells.items():
            data[row, spot], mask[row, spot] = value, False
    return NamedTable(tuple(names), tuple(place), np.ma.array(data, mask=mask))
