"""Instances as CSV tables, in the form in which `sheets` reads them.

Kinds of two sides become a matrix with names, further fields as columns and rows; where pairs are
marked (``known``) or there are three sides, a list with a row for every entry, so that the order of
all names is kept. A family whose tables look otherwise has ``write`` in its room ``sheets``. What
was written is read back before it leaves: a table that would be another instance is refused.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import EqsolveError, OptionError
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.io.instances import instance_document
from eqsolve.io.sheets import fits_no_table, kinds_of_sheets, read_table
from eqsolve.registry import Family, family_of

__all__ = ["is_same", "reading_options", "table_text"]

_COMMON = frozenset({"eqsolve", "kind", "name", "labels", "metadata"})
_FORMS = frozenset({"n_buyers", "n_sellers", "edges", "cost_parts"})
"""Fields of files that are another form of a field with axes."""

_MOST = 1_000_000
"""Cells up to which a table is a table."""


def table_text(instance: Instance) -> str:
    r"""Return an instance as CSV.

    Parameters
    ----------
    instance : of a kind that fits a table.

    Raises
    ------
    OptionError : the kind has no table, or this instance would be another one once read.

    Notes
    -----
    Cost O(size of the table), twice, since it is read back.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> names = {"buyers": ["Ann", "Bob"], "sellers": ["mill", "manor"]}
    >>> print(table_text(AssignmentMarket([[5, 8], [7, None]], [1, 0], labels=names)), end="")
    buyer,mill,manor
    Ann,5,8
    Bob,7,
    reserves,1,0
    """
    family = family_of(instance)
    if family.kind not in kinds_of_sheets():
        raise fits_no_table(family.kind)
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(_rows(instance, family))
    text = written.getvalue()
    if not _comes_back(instance, text):
        name = f" {instance.name!r}" if instance.name else ""
        raise OptionError(
            f"the instance{name} does not fit a table: read back, it would be another one; "
            "write .json"
        )
    return text


def reading_options(instance: Instance) -> dict[str, str]:
    """Return the options with which the table of an instance is read: its kind and settings.

    Examples
    --------
    >>> from eqsolve import ModelMarket
    >>> reading_options(ModelMarket([[3, 1], [1, 3]], [1, 1], n_platforms=2))
    {'kind': 'model_market', 'n_platforms': '2'}
    """
    from eqsolve.io import as_text

    family = family_of(instance)
    if family.has("sheets"):
        told = getattr(family.module("sheets"), "settings", None)
        settings: Mapping[str, Any] = {} if told is None else told(instance)
    else:
        held = {*_COMMON, *_FORMS, *instance.axes, *instance.marks}
        document = instance_document(instance)
        settings = {key: value for key, value in document.items() if key not in held}
    return {"kind": family.kind} | {key: as_text(value) for key, value in settings.items()}


def _rows(instance: Instance, family: Family) -> list[list[Any]]:
    """Return header and rows of the table."""
    if family.has("sheets"):
        rows: list[list[Any]] = family.module("sheets").write(instance)
        return rows
    sizes = instance.side_sizes()
    fields = {name: _numbers(instance, name, len(axes)) for name, axes in instance.axes.items()}
    fields = {name: array for name, array in fields.items() if array is not None}
    sides = list(dict.fromkeys(side for name in fields for side in instance.axes[name]))
    names = {side: [instance.label(side, k) for k in range(sizes[side])] for side in sides}
    if int(np.prod([len(own) for own in names.values()], dtype=object)) > _MOST:
        raise OptionError(f"a table would have more than {_MOST} cells; write .json")
    if len(sides) == 2 and not instance.marks:
        return _matrix(instance, fields, names)
    return _list(instance, fields, names)


def _numbers(instance: Instance, name: str, depth: int) -> Any:
    """Return the entries of a field as an array of objects, None for gaps; None if not given."""
    given: Any = instance_document(instance).get(name)
    if given is None and depth > 1:
        given = getattr(instance, name, None)  # in files it may have another form
    if given is None:
        return None
    if depth == 1 and isinstance(given, int | float):  # one number for all
        given = getattr(instance, name)
    if isinstance(given, EdgeValues):
        given, gaps = given.dense(), True
    elif hasattr(given, "tensor"):  # costs in parts
        given, gaps = given.tensor(), True
    else:
        gaps = False
    array: Any = np.asarray(given)
    entries: Any = np.array(array.tolist(), dtype=object).reshape(array.shape)
    if gaps:
        entries[array < 0] = None
    while entries.ndim > depth and entries.shape[0] == 1:  # of the only state
        entries = entries[0]
    if entries.ndim != depth:
        raise OptionError(f"{name} has {entries.ndim} axes, a table holds {depth}; write .json")
    return entries


def _matrix(
    instance: Instance, fields: Mapping[str, Any], names: Mapping[str, list[str]]
) -> list[list[Any]]:
    """Return a matrix with names, and fields along one side as further columns and rows."""
    main = next(name for name in fields if len(instance.axes[name]) == 2)
    rows, columns = instance.axes[main]
    beside = [name for name in fields if instance.axes[name] == (rows,)]
    below = [name for name in fields if instance.axes[name] == (columns,)]
    table: list[list[Any]] = [[singular(rows), *names[columns], *beside]]
    for i, name in enumerate(names[rows]):
        table.append([name, *fields[main][i], *(fields[field][i] for field in beside)])
    table += [[field, *fields[field], *[None] * len(beside)] for field in below]
    return table


def _list(
    instance: Instance, fields: Mapping[str, Any], names: Mapping[str, list[str]]
) -> list[list[Any]]:
    """Return a list with a row for every entry of all sides."""
    sides = list(names)
    marks = {
        name: {tuple(pair) for pair in np.asarray(getattr(instance, name)).tolist()}
        for name in instance.marks
        if getattr(instance, name) is not None
    }
    table: list[list[Any]] = [[*map(singular, sides), *map(singular, fields), *marks]]
    for entry in itertools.product(*(range(len(names[side])) for side in sides)):
        place = dict(zip(sides, entry, strict=True))
        row: list[Any] = [names[side][k] for side, k in place.items()]
        for name, array in fields.items():
            row.append(array[tuple(place[side] for side in instance.axes[name])])
        for name, pairs in marks.items():
            own = tuple(place[side] for side in instance.marks[name])
            row.append("yes" if own in pairs else "")
        table.append(row)
    return table


def _comes_back(instance: Instance, text: str) -> bool:
    """Return whether a table is read as the instance, with the same names."""
    with TemporaryDirectory(prefix="eqsolve-") as folder:
        path = Path(folder, "table.csv")
        path.write_text(text, encoding="utf-8", newline="")
        try:
            made = read_table(path, {**reading_options(instance), "totals": "keep"})
        except EqsolveError:
            return False
    return is_same(made, instance)


def is_same(made: Instance, instance: Instance) -> bool:
    """Return whether an instance that was read back is the one that was written, names too."""
    return made == instance and all(
        made.label(side, k) == instance.label(side, k)
        for side, size in instance.side_sizes().items()
        for k in range(size)
    )
