"""A list with a row for each entry: a column of names for each side, one of numbers a field."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.formats.dialect import MISSING
from eqsolve.formats.sheet import Sheet
from eqsolve.io.sheet_layouts import (
    Layout,
    asked_for,
    called,
    called_capacity,
    is_needed,
    same_for_all,
)

__all__ = ["list_layout"]

_MARKS = frozenset({"1", "x", "yes", "y", "true", "ja", "j", "oui", "si", "known"})
_NO_MARKS = MISSING | {"0", "no", "n", "false", "nein", "non"}


def list_layout(
    sheet: Sheet, owner: type[Instance], options: MutableMapping[str, str], *, sure: bool
) -> Layout | None:
    """Return a list with a row for each entry, None where the table looks like none.

    Parameters
    ----------
    sure : the user says that it is a list.

    Raises
    ------
    FormatError : columns that are asked for are missing.
    """
    fields = {**owner.axes, **owner.marks}
    found: dict[str, int] = {}
    for name in fields:
        asked = asked_for(owner, dict(options), name)
        where = called(name, asked, sheet.header)
        if where is None and asked is not None and len(fields[name]) > 1:
            where = sheet.column(asked)  # refused, with the nearest name
        if where is not None:
            found[name] = where
    claims = _capacities(sheet, owner, options, found)
    found |= claims if len(claims) == 1 else {}
    sides = dict.fromkeys(side for axes in owner.axes.values() for side in axes)
    keys: dict[str, int] = {}
    for side in sides:
        asked = options.get(singular(side), options.get(side))
        where = sheet.column(asked) if asked is not None else called(side, None, sheet.header)
        if where is not None:
            keys[side] = where
    main = next((name for name, axes in owner.axes.items() if len(axes) > 1), None)
    if main is None:
        return None
    wanted = owner.axes[main]
    if not all(side in keys for side in wanted):
        keys, found = _by_position(sheet, wanted, main, keys, found)
    elif main not in found:
        rest = [c for c in range(len(sheet.header)) if c not in keys.values()]
        numeric = [c for c in rest if c not in found.values() and sheet.is_numeric(c)]
        if len(numeric) == 1:
            found[main] = numeric[0]
    if not all(side in keys for side in wanted) or main not in found:
        if not sure:
            return None
        rule = (
            f"a list needs columns {', '.join(map(singular, wanted))} and {singular(main)}; "
            f"choose them with options such as {singular(wanted[0])}=COLUMN"
        )
        raise FormatError(sheet.source, Fault("header", rule))
    if len(claims) > 1:
        head = sheet.header[next(iter(claims.values()))]
        choices = " or ".join(f"{name}={head}" for name in claims)
        raise FormatError(sheet.source, Fault(f"column {head!r}", f"is whose? say {choices}"))
    return _entries(sheet, owner, options, keys, found)


def _capacities(
    sheet: Sheet, owner: type[Instance], options: Mapping[str, str], found: Mapping[str, int]
) -> dict[str, int]:
    """Return the fields that a column called capacity, seats or the like could be."""
    said = [name for name in owner.axes if asked_for(owner, dict(options), name) is not None]
    return {
        name: place
        for name in owner.axes
        if name not in found
        and name not in said
        and (place := called_capacity(owner, name, sheet.header)) is not None
        and place not in found.values()
    }


def _by_position(
    sheet: Sheet, wanted: Sequence[str], main: str, keys: dict[str, int], found: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return columns of a list whose header says nothing: names first, then one of numbers."""
    free = [c for c in range(len(sheet.header)) if c not in (*keys.values(), *found.values())]
    texts = [c for c in free if sheet.is_text(c)]
    numbers = [c for c in free if c not in texts and not sheet.is_empty(c)]
    open_sides = [side for side in wanted if side not in keys]
    if len(texts) == len(open_sides) and (main in found or len(numbers) == 1):
        keys = {**keys, **dict(zip(open_sides, texts, strict=True))}
        found = {main: numbers[0], **found} if main not in found else found
    return keys, found


def _entries(
    sheet: Sheet,
    owner: type[Instance],
    options: MutableMapping[str, str],
    keys: Mapping[str, int],
    found: Mapping[str, int],
) -> Layout:
    """Return what the rows of a list say."""
    fields: dict[str, Any] = {}
    places: dict[tuple[str, tuple[Any, ...]], tuple[int, int]] = {}
    names = {side: sheet.texts(column) for side, column in keys.items()}
    used = [side for side in keys if any(side in owner.axes.get(f, ()) for f in found)]
    for side in used:
        for row, name in enumerate(names[side]):
            if not name:
                sheet.fault(row, keys[side], f"one of the {side} has no name")
    labels = {side: list(dict.fromkeys(names[side])) for side in used}
    spots = {side: {name: k for k, name in enumerate(own)} for side, own in labels.items()}
    axes_of = {**owner.axes, **owner.marks}
    for name, column in found.items():
        axes = axes_of[name]
        if not all(side in keys for side in axes):
            rule = f"column {sheet.header[column]!r} needs one of {' and '.join(axes)}"
            raise FormatError(sheet.source, Fault("header", rule))
        rows = list(zip(*(names[side] for side in axes), strict=True))
        if name in owner.marks:
            fields[name] = _marked(sheet, column, rows)
        else:
            fields[name] = _numbers(sheet, name, column, rows, places, axes, spots)
    for name, axes in owner.axes.items():
        asked = asked_for(owner, options, name)
        if name not in found and asked is not None and len(axes) == 1 and axes[0] in names:
            value = same_for_all(asked, name, sheet)
            fields[name] = dict.fromkeys(names[axes[0]], value)
    for mark in owner.marks:
        options.pop(mark, None)
        if mark not in found and is_needed(owner, mark):
            fields[mark] = []
    for side in dict.fromkeys(side for axes in axes_of.values() for side in axes):
        options.pop(singular(side), None)
        options.pop(side, None)
    chosen = {*(keys[side] for side in used), *found.values()}
    spare = [sheet.header[c] for c in range(len(sheet.header)) if c not in chosen]
    words = f"a list of {len(sheet.rows)} rows: "
    words += ", ".join(
        f"{what} in column {sheet.header[c]!r}"
        for what, c in [*((singular(side), keys[side]) for side in used), *found.items()]
    )
    if spare:
        words += f"; not used: {', '.join(map(repr, spare))}"
    return Layout(fields, labels, words, lambda name, index: places.get((name, index)))


def _numbers(
    sheet: Sheet,
    name: str,
    column: int,
    rows: Sequence[tuple[str, ...]],
    places: dict[tuple[str, tuple[Any, ...]], tuple[int, int]],
    axes: Sequence[str],
    spots: Mapping[str, Mapping[str, int]],
) -> dict[Any, Any]:
    """Return entry -> number; what stands in several rows must be the same number."""
    depth = len(axes)
    found: dict[Any, Any] = {}
    line: dict[Any, int] = {}
    for row, entry in enumerate(rows):
        number = sheet.number(row, column)
        key = entry if depth > 1 else entry[0]
        if key in line and number is not None and found.get(key) is not None:
            if found[key] != number:
                rule = f"{', '.join(entry)} has {found[key]} in line {sheet.lines[line[key]]}"
                sheet.fault(row, column, rule, sheet.rows[row][column])
        elif number is not None or key not in found:
            line[key] = row
            found[key] = number
    filled = 0
    for key, number in found.items():
        entry = key if depth > 1 else (key,)
        where = (line[key], column)
        places[name, tuple(spots[side][part] for side, part in zip(axes, entry, strict=True))] = (
            where
        )
        if number is not None and depth > 1:
            places[name, (filled,)] = where
            filled += 1
    return found


def _marked(sheet: Sheet, column: int, rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the entries whose row has a mark."""
    found = []
    for row, entry in enumerate(rows):
        cell = sheet.rows[row][column].lower()
        if cell in _MARKS:
            found.append(entry)
        elif cell not in _NO_MARKS:
            sheet.fault(row, column, "must be yes or no", sheet.rows[row][column])
    return list(dict.fromkeys(found))
