"""A matrix with names of rows in a column and names of columns in the header."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.formats.sheet import Sheet
from eqsolve.io.sheet_layouts import (
    Layout,
    asked_for,
    called,
    called_capacity,
    is_needed,
    same_for_all,
)

__all__ = ["matrix_layout"]


def matrix_layout(sheet: Sheet, owner: type[Instance], options: MutableMapping[str, str]) -> Layout:
    """Return a matrix with names of rows and columns; takes its options out of `options`.

    Raises
    ------
    FormatError : no matrix.
    """
    main = next((name for name, axes in owner.axes.items() if len(axes) == 2), None)
    if main is None:
        needs = " or ".join(name for name in owner.axes)
        rule = f"{owner.kind} has no matrix: give a list with columns for {needs}"
        raise FormatError(sheet.source, Fault("", rule))
    rows, columns = owner.axes[main]
    options.pop(main, None)
    named = options.pop(singular(rows), options.pop(rows, None))
    keys = 0 if named is None else sheet.column(named)
    fields: dict[str, Any] = {}
    beside: dict[str, int] = {}  # field along the rows -> column
    below: dict[str, int] = {}  # field along the columns -> row
    firsts = [row[keys].lower() for row in sheet.rows]
    for name, axes in owner.axes.items():
        if name == main or len(axes) != 1:
            continue
        asked = asked_for(owner, options, name)
        heads = sheet.header if axes[0] == rows else firsts
        place = called(name, asked, heads)
        if place is None and asked is None:
            place = called_capacity(owner, name, heads, goods=axes[0] == rows)
        if place is not None and axes[0] == rows and place != keys:
            beside[name] = place
        elif place is not None and axes[0] == columns:
            below[name] = place
        elif asked is not None:
            size = len(sheet.rows) - len(below) if axes[0] == rows else None
            fields[name] = (same_for_all(asked, name, sheet), axes[0], size)
    left = [c for c in range(len(sheet.header)) if c != keys and c not in beside.values()]
    body = [r for r in range(len(sheet.rows)) if r not in below.values()]
    if not left or not body:
        raise FormatError(sheet.source, Fault("", "no numbers are left for the matrix"))
    names = _names(sheet, body, keys, rows)
    texts = _texts(sheet, left)
    goods = [sheet.header[c] for c in left]
    fields[main] = [[None if c in texts else sheet.number(r, c) for c in left] for r in body]
    sheet.notes += [
        f"{name!r} in line {sheet.lines[r]} has no numbers"
        for name, r, row in zip(names, body, fields[main], strict=True)
        if name and not any(sheet.rows[r][c] for c in left)
    ]
    for name, c in beside.items():
        fields[name] = [sheet.number(r, c) for r in body]
    for name, r in below.items():
        fields[name] = [sheet.number(r, c) for c in left]
    sizes = {rows: len(body), columns: len(left)}
    for name, entry in list(fields.items()):
        if isinstance(entry, tuple):
            fields[name] = [entry[0]] * sizes[entry[1]]
    for mark in owner.marks:
        if mark not in options:
            fields.setdefault(mark, [] if is_needed(owner, mark) else None)
    words = f"a matrix of {len(body)} {rows} and {len(left)} {columns}"
    more = [f"{name} in column {sheet.header[c]!r}" for name, c in beside.items()]
    more += [f"{name} in line {sheet.lines[r]}" for name, r in below.items()]
    words = ", ".join([words, *more])

    def where(name: str, index: tuple[Any, ...]) -> tuple[int, int] | None:
        if name == main and len(index) == 2:
            return body[index[0]], left[index[1]]
        if name in beside and len(index) == 1:
            return body[index[0]], beside[name]
        if name in below and len(index) == 1:
            return below[name], left[index[0]]
        return None

    return Layout(fields, {rows: names, columns: goods}, words, where)


def _names(sheet: Sheet, body: list[int], keys: int, rows: str) -> list[str]:
    """Return the names of the rows; who has none, or stands twice, is a fault."""
    names = [sheet.rows[r][keys] for r in body]
    first: dict[str, int] = {}
    for r, name in zip(body, names, strict=True):
        if not name:
            sheet.fault(r, keys, f"one of the {rows} has no name")
        elif name in first:
            rule = f"one of the {rows} stands in line {sheet.lines[first[name]]} already"
            sheet.fault(r, keys, rule, name)
        else:
            first[name] = r
    return names


def _texts(sheet: Sheet, columns: list[int]) -> set[int]:
    """Return the columns that hold texts where numbers must be, each of them a fault."""
    found = set()
    for c in columns:
        cells = [cell for cell in sheet.texts(c) if cell]
        if len(cells) > 1 and sheet.is_text(c):
            name = sheet.header[c]
            rule = f"holds texts, must hold numbers; skip={name} leaves the column out"
            sheet.faults.append(Fault(f"column {name!r}", rule, value=cells[0]))
            found.add(c)
    return found
