"""Where the fields of an instance stand in a table: in a matrix, or in a list of entries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.formats.dialect import MISSING
from eqsolve.formats.sheet import Sheet

__all__ = ["Layout", "list_layout", "matrix_layout"]

_MARKS = frozenset({"1", "x", "yes", "y", "true", "ja", "j", "oui", "si", "known"})
_NO_MARKS = MISSING | {"0", "no", "n", "false", "nein", "non"}


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table says.

    Parameters
    ----------
    fields : arguments of the class.
    labels : names of the sides.
    words : how the table was read.
    where : (field, index) -> row and column of a number in the table, or None.
    """

    fields: dict[str, Any]
    labels: dict[str, list[str]]
    words: str
    where: Callable[[str, tuple[Any, ...]], tuple[int, int] | None]

    def located(self, sheet: Sheet, fault: Fault) -> Fault:
        """Return a fault with the line and the column instead of field and index."""
        place = self.where(fault.field, fault.index)
        if place is None:
            return fault
        row, column = place
        name = sheet.header[column] or str(column + 1)
        return replace(fault, field=f"line {sheet.lines[row]}, column {name!r}", index=())


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
        asked = _asked(owner, options, name)
        where = _called(name, asked, sheet.header if axes[0] == rows else firsts)
        if where is not None and axes[0] == rows and where != keys:
            beside[name] = where
        elif where is not None and axes[0] == columns:
            below[name] = where
        elif asked is not None:
            size = len(sheet.rows) - len(below) if axes[0] == rows else None
            fields[name] = (_same(asked, name, sheet), axes[0], size)
    left = [c for c in range(len(sheet.header)) if c != keys and c not in beside.values()]
    body = [r for r in range(len(sheet.rows)) if r not in below.values()]
    if not left or not body:
        raise FormatError(sheet.source, Fault("", "no numbers are left for the matrix"))
    names = [sheet.rows[r][keys] for r in body]
    for r, name in zip(body, names, strict=True):
        if not name:
            sheet.fault(r, keys, f"one of the {rows} has no name")
        elif names.count(name) > 1:
            sheet.fault(r, keys, f"one of the {rows} stands twice", name)
    heads = [sheet.header[c] for c in left]
    fields[main] = [[sheet.number(r, c) for c in left] for r in body]
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
            fields.setdefault(mark, [] if _needed(owner, mark) else None)
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

    return Layout(fields, {rows: names, columns: heads}, words, where)


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
        asked = _asked(owner, dict(options), name)
        where = _called(name, asked, sheet.header)
        if where is None and asked is not None and len(fields[name]) > 1:
            where = sheet.column(asked)  # refused, with the nearest name
        if where is not None:
            found[name] = where
    sides = dict.fromkeys(side for axes in owner.axes.values() for side in axes)
    keys: dict[str, int] = {}
    for side in sides:
        asked = options.get(singular(side), options.get(side))
        where = sheet.column(asked) if asked is not None else _called(side, None, sheet.header)
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
    return _entries(sheet, owner, options, keys, found)


def _by_position(
    sheet: Sheet, wanted: Sequence[str], main: str, keys: dict[str, int], found: dict[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return columns of a list whose header says nothing: names first, then one of numbers."""
    free = [c for c in range(len(sheet.header)) if c not in (*keys.values(), *found.values())]
    texts = [c for c in free if not sheet.is_numeric(c) and not sheet.is_empty(c)]
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
        asked = _asked(owner, options, name)
        if name not in found and asked is not None and len(axes) == 1 and axes[0] in names:
            value = _same(asked, name, sheet)
            fields[name] = dict.fromkeys(names[axes[0]], value)
    for mark in owner.marks:
        options.pop(mark, None)
        if mark not in found and _needed(owner, mark):
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


def _asked(owner: type[Instance], options: MutableMapping[str, str], name: str) -> str | None:
    """Return what an option says of a field, taking it out; a setting of its name is none."""
    one = singular(name)
    short = None if one in inspect.signature(owner).parameters else options.pop(one, None)
    return options.pop(name, short)


def _called(name: str, asked: str | None, names: Sequence[str]) -> int | None:
    """Return the place of a name: the one asked for, else what is called like the field."""
    low = [head.lower() for head in names]
    words = [asked.lower()] if asked is not None else [name, singular(name), name.replace("_", " ")]
    return next((low.index(word) for word in words if low.count(word) == 1), None)


def _same(asked: str, name: str, sheet: Sheet) -> int | float:
    """Return the number that an option gives to everybody.

    Raises
    ------
    FormatError : neither a number nor a column or row.
    """
    try:
        return read_number(asked)
    except NumberError:
        rule = "is neither a column or row of the table, nor a number for all"
        raise FormatError(sheet.source, Fault(f"option {name}", rule, value=asked)) from None


def _needed(owner: type[Instance], name: str) -> bool:
    """Return whether an argument has no default."""
    return inspect.signature(owner).parameters[name].default is inspect.Parameter.empty
