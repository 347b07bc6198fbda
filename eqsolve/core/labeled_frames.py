"""Data frames of pandas, polars and pyarrow as tables or lists of named numbers.

The names of rows stand in the index of a pandas frame, or in columns: those that are called like
the sides, else those that hold text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.labeled_entries import Labeled, UnclearError, listed, plain_names, singular

__all__ = ["columns_of", "named_columns", "read_frame"]


def read_frame(value: Any, axes: Sequence[str], field: str) -> Labeled | None:
    """Read a data frame as a table or as a list, by its columns and its index."""
    index: Any = getattr(value, "index", None) if hasattr(value, "iloc") else None
    levels = getattr(index, "nlevels", 1)
    silent = index is None or _is_positions(index)
    counted = not silent and levels == 1 and getattr(index.dtype, "kind", "") in "iu"
    if not silent and not counted and levels == 1 and len(axes) == 2:
        return Labeled((plain_names(index), plain_names(value.columns)), plain_numbers(value))
    columns = columns_of(value)
    if counted and (named_columns(columns, axes) or any(map(_is_text, columns.values()))):
        silent = True  # rows were left out or shuffled: the names stand in columns
    if not silent:
        if levels == len(axes) - 1 > 1:
            rows = [plain_names(index.get_level_values(level)) for level in range(levels)]
            spread = [name for name in columns for _ in range(len(index))]
            keys = [[*column] * len(columns) for column in rows]
            return listed([*keys, spread], _chained(columns.values()), axes)
        if levels == len(axes) and len(columns) == 1 and levels > 1:
            rows = [plain_names(index.get_level_values(level)) for level in range(levels)]
            return listed(rows, next(iter(columns.values())), axes)
        if levels != 1:
            return None
        if len(axes) == 1 and len(columns) == 1:
            return Labeled((plain_names(index),), next(iter(columns.values())))
        if len(axes) == 2:
            return Labeled((plain_names(index), plain_names(columns)), plain_numbers(value))
    return _by_columns(value, columns, axes, field)


def _by_columns(
    value: Any, columns: Mapping[Any, Any], axes: Sequence[str], field: str
) -> Labeled | None:
    """Read a frame whose names, if it has any, stand in columns."""
    named = named_columns(columns, axes)
    texts = [name for name, cells in columns.items() if _is_text(cells)]
    if named:
        texts = [named[side] for side in axes]
    rest = [name for name in columns if name not in texts]
    if len(texts) == len(axes):
        wanted = [name for name in rest if str(name) in (field, singular(field))] or rest
        if len(wanted) != 1:
            shown = ", ".join(repr(str(name)) for name in rest)
            raise UnclearError(
                f"needs one column of numbers beside {', '.join(map(str, texts))}, found "
                f"{shown or 'none'}"
            )
        keys = [plain_names(columns[name]) for name in texts]
        return listed(keys, columns[wanted[0]], axes)
    if len(axes) == 2 and len(texts) == 1:
        return Labeled((plain_names(columns[texts[0]]), plain_names(rest)), _rows(columns, rest))
    if len(axes) == 2 and not texts:
        return Labeled((None, plain_names(columns)), plain_numbers(value))
    if len(axes) == 1 and len(columns) == 1 and not texts:
        return Labeled((None,), next(iter(columns.values())))
    if texts:
        shown = ", ".join(repr(str(name)) for name in texts)
        raise UnclearError(
            f"has columns of text ({shown}); a table has one with the names of its rows, a list "
            f"one for each of {', '.join(axes)}"
        )
    return None


def named_columns(columns: Iterable[Any], axes: Sequence[str]) -> dict[str, Any]:
    """Return side -> column where every side has a column of its name, else nothing."""
    words = {word: side for side in axes for word in (side, singular(side))}
    found = {words[str(name)]: name for name in columns if str(name) in words}
    return found if len(found) == len(axes) and "" not in axes else {}


def columns_of(frame: Any) -> dict[Any, Any]:
    """Return name -> cells of a data frame."""
    if hasattr(frame, "iloc"):
        cells = [frame.iloc[:, place] for place in range(frame.shape[1])]
        names = list(frame.columns)
    elif hasattr(frame, "get_columns"):
        cells, names = frame.get_columns(), list(frame.columns)
    else:
        cells, names = list(frame.columns), list(frame.column_names)
    names = plain_names(names)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UnclearError(f"the column {twice!r} stands twice")
    return {name: plain_numbers(cell) for name, cell in zip(names, cells, strict=True)}


def _is_positions(index: Any) -> bool:
    """Return whether an index says nothing: 0, 1, 2, ..."""
    return getattr(index, "nlevels", 1) == 1 and plain_names(index) == list(range(len(index)))


def _is_text(cells: Any) -> bool:
    """Return whether a column holds text, beside what is missing."""
    if isinstance(cells, np.ndarray):
        if cells.dtype.kind != "O":
            return cells.dtype.kind in "US"
        cells = cells.tolist()
    found = [cell for cell in cells if cell is not None and cell == cell]
    return bool(found) and all(isinstance(cell, str) for cell in found)


def _rows(columns: Mapping[Any, Any], names: Sequence[Any]) -> list[list[Any]]:
    """Return columns as rows."""
    cells = [plain_numbers(columns[name]) for name in names]
    listed = [cell.tolist() if isinstance(cell, np.ndarray) else cell for cell in cells]
    return [list(row) for row in zip(*listed, strict=True)]


def _chained(columns: Iterable[Any]) -> list[Any]:
    """Return columns one after the other."""
    return [
        cell
        for column in columns
        for cell in (column.tolist() if isinstance(column, np.ndarray) else column)
    ]
