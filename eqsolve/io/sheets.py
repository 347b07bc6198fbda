"""CSV tables as instances of the kind that the user names: a matrix, or a list with a row an entry.

An instance class says in ``axes`` which of its fields are numbers along which sides. In a
**matrix** the first of them with two sides fills the table, with the names of one side in the first
column and those of the other in the header; fields along one side are a further column or row. In
a **list** every side has a column of names, and every field one of numbers. A family whose tables
look otherwise has a room ``sheets`` with ``read``. What was guessed stands in the metadata.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eqsolve.core.converter import READ_AS, file_stem
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import (
    FamilyError,
    Fault,
    FormatError,
    InstanceError,
    OptionError,
    nearest_name,
)
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.core.log import note
from eqsolve.formats.sheet import Sheet, read_sheet
from eqsolve.formats.totals import leave_out_totals
from eqsolve.io.sheet_layouts import Layout
from eqsolve.io.sheet_list import list_layout
from eqsolve.io.sheet_matrix import matrix_layout
from eqsolve.registry import families, get_family

__all__ = [
    "SHEET_OPTIONS",
    "fits_no_table",
    "kinds_of_sheets",
    "read_table",
    "reading_words",
    "table_of_what",
]

SHEET_OPTIONS: Mapping[str, str] = {
    "kind": "of the instance, required",
    "layout": "matrix | list; default guessed",
    "encoding": "default guessed",
    "separator": "semicolon | tab | comma | bar or a character; default guessed",
    "quote": "default guessed",
    "decimal": "point | comma; default guessed",
    "skip": "columns to leave out, with commas between",
    "totals": "keep; default: rows and columns called totals or means that hold them are left out",
    "name": "of the instance; default that of the file",
}
"""Options of every table; further ones name columns, rows and settings of the kind."""

_TRUE = {"true": True, "yes": True, "false": False, "no": False}


def read_table(path: str | Path, texts: Mapping[str, str]) -> Instance:
    """Return the instance in a CSV file.

    Parameters
    ----------
    path : the file.
    texts : options as texts: those of `SHEET_OPTIONS`; ``SIDE=COLUMN`` and ``FIELD=COLUMN`` (in a
        matrix also a row, or one number for all) choose columns; others are settings of the kind,
        such as ``n_platforms=3``.

    Raises
    ------
    FormatError : with a line for every fault: file, line, column, value, rule.
    OptionError : no such kind or option.

    Notes
    -----
    Cost O(size of the file).
    """
    options = dict(texts)
    if "kind" not in options:
        raise OptionError(f"a table needs kind=KIND; {', '.join(kinds_of_sheets())}")
    family = get_family(options.pop("kind"))
    marks = {key: options.pop(key, None) for key in ("encoding", "separator", "quote", "decimal")}
    given = {"name": options.pop("name", file_stem(Path(path)))}
    sheet = read_sheet(Path(path), **marks)
    _leave_out(sheet, options.pop("skip", ""))
    totals = options.pop("totals", None)
    if totals not in (None, "keep"):
        raise OptionError(f"option totals = {totals!r}: must be keep")
    if totals is None:
        leave_out_totals(sheet)
    if family.has("sheets"):
        made, words = family.module("sheets").read(sheet, options, given)
    else:
        made, words = _made(sheet, family.instance_type, options, given)
    words = "; ".join([words, *sheet.notes])
    note("%s: read as %s (%s)", sheet.source, words, sheet.dialect)
    object.__setattr__(made, "metadata", _told(made.metadata, sheet, words))
    instance: Instance = made
    return instance


def kinds_of_sheets() -> list[str]:
    """Return the kinds that fit a table."""
    found = []
    for family in families():
        try:
            if family.has("sheets") or family.instance_type.axes:
                found.append(family.kind)
        except (FamilyError, AttributeError):  # somebody else's that cannot be used, or an old one
            continue
    return found


def fits_no_table(kind: str) -> OptionError:
    """Return the refusal of a kind whose instances are no tables."""
    rule = f"instances of kind {kind!r} do not fit a table; those that do: "
    return OptionError(rule + ", ".join(kinds_of_sheets()))


def reading_words(settings: Mapping[str, str]) -> list[str]:
    """Return the words by which a command line says how a table is read.

    Examples
    --------
    >>> " ".join(reading_words({"kind": "model_market", "n_platforms": "2"}))
    '--kind model_market --table n_platforms=2'
    """
    words = []
    for key, text in settings.items():
        words += ["--kind", text] if key == "kind" else ["--table", f"{key}={text}"]
    return words


def table_of_what(source: str, option: str, otherwise: str = "") -> FormatError:
    """Return the refusal of a table whose kind nobody has said.

    Parameters
    ----------
    source : the file.
    option : how the kind is said: ``--kind KIND`` or ``kind=KIND``.
    otherwise : what else would do.
    """
    rule = f"is a table of what? say {option} ({', '.join(kinds_of_sheets())}){otherwise}"
    return FormatError(source, Fault("", rule))


def _told(metadata: Mapping[str, Any], sheet: Sheet, words: str) -> Mapping[str, Any]:
    """Return metadata with how the table was read."""
    from types import MappingProxyType

    said = {READ_AS: [f"{words} ({sheet.dialect})"]}
    return MappingProxyType({**metadata, "source": Path(sheet.source).name, **said})


def _leave_out(sheet: Sheet, skip: str) -> None:
    """Take columns away that the user does not want."""
    for name in [part.strip() for part in skip.split(",") if part.strip()]:
        sheet.leave_out_column(sheet.column(name))


def _made(
    sheet: Sheet, owner: Any, options: dict[str, str], given: dict[str, Any]
) -> tuple[Instance, str]:
    """Return the instance of a class that has ``axes``, and how the table was read."""
    if not owner.axes:
        raise fits_no_table(owner.kind)
    wanted = options.pop("layout", None)
    if wanted not in (None, "matrix", "list"):
        raise OptionError(f"option layout = {wanted!r}: must be matrix or list")
    layout = None
    if wanted != "matrix":
        layout = list_layout(sheet, owner, options, sure=wanted == "list")
    if layout is None:
        layout = matrix_layout(sheet, owner, options)
    sheet.settle()
    settings = _settings(owner, options, layout)
    _require(owner, {**layout.fields, **settings}, sheet)
    try:
        made = owner(**layout.fields, **settings, **given, labels=layout.labels)
    except InstanceError as error:
        raise FormatError(
            sheet.source, [layout.located(sheet, it) for it in error.faults]
        ) from None
    return made, layout.words


def _settings(owner: type[Instance], options: Mapping[str, str], layout: Layout) -> dict[str, Any]:
    """Return the options that are left as settings of the kind."""
    signature = inspect.signature(owner)
    known = [key for key in signature.parameters if key not in ("labels", "metadata", "name")]
    sides = dict.fromkeys(singular(side) for sides in owner.axes.values() for side in sides)
    found: dict[str, Any] = {}
    for key, text in options.items():
        if key not in known or key in owner.axes or key in owner.marks:
            where = [*SHEET_OPTIONS, *sides, *known]
            raise OptionError(
                f"a table of this kind has no option {key!r}; {nearest_name(key, where)}"
            )
        found[key] = value_of(text)
    return found


def value_of(text: str) -> Any:
    """Return an option of a kind as a value: a number, true or false, JSON, or the text.

    Examples
    --------
    >>> value_of("0.5"), value_of("no"), value_of('{"ces": 0.5}'), value_of("leontief")
    (0.5, False, {'ces': 0.5}, 'leontief')
    """
    if text.lower() in _TRUE:
        return _TRUE[text.lower()]
    try:
        return read_number(text)
    except NumberError:
        pass
    if text[:1] in "{[":
        try:
            return json.loads(text)
        except ValueError:
            pass
    return text


def _require(owner: type[Instance], fields: Mapping[str, Any], sheet: Sheet) -> None:
    """Raise where the kind needs something that the table does not have."""
    faults = []
    for key, parameter in inspect.signature(owner).parameters.items():
        if parameter.default is inspect.Parameter.empty and key not in fields:
            along = owner.axes.get(key)
            hint = f"option {key}=VALUE"
            if along is not None:
                places = "column" if len(along) > 1 else "column or row"
                hint = f"a {places} named {singular(key)}, or option {key}=NAME"
            faults.append(Fault(key, f"is missing: {hint}"))
    if faults:
        raise FormatError(sheet.source, faults)
