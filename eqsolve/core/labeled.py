"""What labelled containers say: numbers, and a name for each place along each axis.

Frames and columns of pandas, polars and pyarrow, arrays of xarray and scipy.sparse, dictionaries,
and lists of them are read by what they have, not by their type: no package is imported here that
the user's object does not come from. There are two forms:

* a **table** has a place for every combination of names: a frame with an index, a dictionary of
  dictionaries, a frame whose first column holds the names of its rows;
* a **list** has a row for each number, with the names in columns of their own: a frame with one
  column per axis and one of numbers, a dictionary with tuples as keys, a sparse matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eqsolve.core.array_likes import is_frame, plain_numbers

__all__ = ["Labeled", "UnclearError", "columns_of", "is_labeled", "labeled", "levels_of", "singular"]

Names = list[Any] | None


class UnclearError(ValueError):
    """A container that does not say which number belongs to whom; the text is the rule broken."""


@dataclass(frozen=True, slots=True)
class Labeled:
    """Numbers with names.

    Parameters
    ----------
    names : for each axis the names in order, None where places are all there is.
    numbers : the table, nested lists or an array; None in the other form.
    places : of a list: for each axis the place of each number.
    values : of a list: the numbers.
    whole : of a list: whether what is not listed is 0 (scipy.sparse), and not missing.
    """

    names: tuple[Names, ...]
    numbers: Any = None
    places: tuple[Any, ...] = ()
    values: Any = None
    shape: tuple[int, ...] = ()
    whole: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it is a list of entries."""
        return bool(self.places)

    def ordered(self, axis: int, order: list[int], length: int) -> Labeled:
        """Return the numbers with place k of an axis at place ``order.index(k)``.

        Parameters
        ----------
        order : for each new place the old one, -1 where only a list may have nothing.
        length : number of new places.
        """
        if not self.is_list:
            return replace(self, numbers=_taken(self.numbers, axis, order))
        inverse = np.zeros(self.shape[axis], dtype=np.int64)
        for place, old in enumerate(order):
            if old >= 0:
                inverse[old] = place
        places = list(self.places)
        places[axis] = inverse[places[axis]]
        shape = (*self.shape[:axis], length, *self.shape[axis + 1 :])
        return replace(self, places=tuple(places), shape=shape)

    def table(self) -> Any:
        """Return the numbers as a table; what a list does not have is None, or 0."""
        if not self.is_list:
            return self.numbers
        held = np.full(self.shape, 0 if self.whole else None, dtype=object)
        values = plain_numbers(self.values)
        for place, number in zip(zip(*self.places, strict=True), values, strict=True):
            held[tuple(int(part) for part in place)] = number
        return held.tolist()


def is_labeled(value: Any) -> bool:
    """Return whether `labeled` can read a value, or something in a list of its first level."""
    if isinstance(value, Mapping) or is_frame(value) or _is_sparse(value) or _is_xarray(value):
        return True
    if hasattr(value, "iloc"):
        return True
    return isinstance(value, list | tuple) and any(
        isinstance(part, Mapping) or is_frame(part) or hasattr(part, "iloc") or _is_xarray(part)
        for part in value
    )


def levels_of(value: Any) -> int:
    """Return how many axes a value has, by its first entries.

    Examples
    --------
    >>> levels_of({"ann": {"tea": 2}}), levels_of([[1, 2], [3, 4]]), levels_of(7)
    (2, 2, 0)
    """
    if isinstance(value, Mapping):
        first = next(iter(value.items()), None)
        if first is None:
            return 1
        return len(first[0]) if isinstance(first[0], tuple) else 1 + levels_of(first[1])
    if hasattr(value, "iloc") and not is_frame(value):
        return int(getattr(value.index, "nlevels", 1))
    if is_frame(value) and hasattr(value, "iloc"):
        return int(getattr(value.index, "nlevels", 1)) + 1
    if hasattr(value, "shape"):
        return len(value.shape)
    if isinstance(value, list | tuple):
        return 1 + max(map(levels_of, value), default=0)
    return 0


def labeled(value: Any, axes: Sequence[str], field: str) -> Labeled | None:
    """Return a labelled container as numbers with names, None for anything else.

    Parameters
    ----------
    value : what the user passed.
    axes : the side along each axis; a frame may name its columns, an array its dimensions so.
    field : a frame may name its column of numbers so.

    Raises
    ------
    UnclearError : it does not say which number belongs to whom.

    Examples
    --------
    >>> labeled({"ann": {"tea": 2}, "bob": {"rice": 3}}, ("buyers", "goods"), "values")
    Labeled(names=(['ann', 'bob'], ['tea', 'rice']), numbers=[[2, None], [None, 3]], ...)
    """
    if isinstance(value, Mapping):
        return _mapping(value, axes, field)
    if _is_sparse(value):
        return _sparse(value, axes)
    if _is_xarray(value):
        return _xarray(value, axes)
    if is_frame(value):
        return _frame(value, axes, field)
    if hasattr(value, "iloc") and hasattr(value, "index"):
        return _series(value, axes)
    if isinstance(value, list | tuple) and len(axes) > 1 and is_labeled(value):
        parts = [labeled(part, axes[1:], field) or Labeled((None,) * (len(axes) - 1), part)
                 for part in value]  # fmt: skip
        return _stacked(None, parts, [f"{field}[{k}]" for k in range(len(parts))])
    return None


def _is_sparse(value: Any) -> bool:
    return hasattr(value, "tocoo") and hasattr(value, "nnz")


def _is_xarray(value: Any) -> bool:
    return hasattr(value, "dims") and hasattr(value, "coords") and hasattr(value, "transpose")


def _plain(names: Iterable[Any]) -> list[Any]:
    """Return names as Python objects."""
    return [name.item() if isinstance(name, np.generic) else name for name in names]


def _mapping(value: Mapping[Any, Any], axes: Sequence[str], field: str) -> Labeled:
    """Read a dictionary: name -> number, name -> what is read on its own, or tuple -> number."""
    keys = list(value)
    if len(axes) > 1 and any(isinstance(key, tuple) for key in keys):
        odd = next((k for k in keys if not isinstance(k, tuple) or len(k) != len(axes)), None)
        if odd is not None:
            raise UnclearError(f"the key {odd!r} is no ({', '.join(map(singular, axes))})")
        columns = [_plain(column) for column in zip(*keys, strict=True)]
        return _listed(columns, list(value.values()), axes)
    if len(axes) == 1:
        return Labeled((_plain(keys),), list(value.values()))
    parts = [
        labeled(part, axes[1:], field) or Labeled((None,) * (len(axes) - 1), part)
        for part in value.values()
    ]
    loose = all(isinstance(part, Mapping) for part in value.values())
    return _stacked(_plain(keys), parts, [f"{field}[{key!r}]" for key in keys], loose=loose)


def _stacked(
    outer: Names, parts: list[Labeled], words: list[str], *, loose: bool = False
) -> Labeled:
    """Put tables over each other along a new first axis, each in the order of the first.

    `loose`: names that one of them lacks are missing entries, not a mistake.
    """
    depth = len(parts[0].names) if parts else 0
    names: list[Names] = []
    for axis in range(depth):
        known: Names = None
        for part in parts:
            own = part.names[axis]
            if own is None:
                continue
            known = list(own) if known is None else known
            if loose:
                seen = set(known)
                known += [name for name in own if name not in seen]
        names.append(known)
    tables = []
    for part, word in zip(parts, words, strict=True):
        table = part.table()
        for axis, known in enumerate(names):
            own = part.names[axis]
            if known is None or own is None or own == known:
                continue
            spot = {name: place for place, name in enumerate(own)}
            odd = [*(set(own) - set(known)), *([] if loose else set(known) - set(own))]
            if odd or len(spot) < len(own):
                raise UnclearError(f"{word} and {words[0]} have other names: {odd[0]!r}"
                                   if odd else f"{word} has a name twice")  # fmt: skip
            table = _taken(table, axis, [spot.get(name, -1) for name in known])
        tables.append(plain_numbers(table))
    return Labeled((outer, *names), tables)


def _taken(table: Any, axis: int, order: list[int]) -> Any:
    """Return a table with its places along an axis in another order, None where there is none."""
    if isinstance(table, np.ndarray) and -1 not in order:
        return np.take(table, np.array(order, dtype=np.int64), axis=axis)
    rows = plain_numbers(table)
    rows = rows.tolist() if isinstance(rows, np.ndarray) else rows
    if axis:
        return [_taken(row, axis - 1, order) for row in rows]
    return [None if place < 0 else rows[place] for place in order]


def _xarray(value: Any, axes: Sequence[str]) -> Labeled | None:
    """Read a DataArray; dimensions that bear the names of the sides stand in any order."""
    if len(value.dims) != len(axes):
        return None
    sides = {word: side for side in axes for word in (side, singular(side))}
    found = [sides.get(str(dim)) for dim in value.dims]
    if sorted(map(str, found)) == sorted(axes) and found != list(axes):
        value = value.transpose(*(value.dims[found.index(side)] for side in axes))
    names = [
        _plain(value.coords[dim].values.tolist()) if dim in value.coords else None
        for dim in value.dims
    ]
    return Labeled(tuple(names), np.asarray(value.values))


def _sparse(value: Any, axes: Sequence[str]) -> Labeled | None:
    """Read a sparse matrix; entries that stand several times are summed, as scipy means them."""
    if len(axes) != 2 or len(value.shape) != 2:
        return None
    entries = value.tocsr().copy()
    entries.sum_duplicates()
    entries = entries.tocoo()
    places = (entries.row.astype(np.int64), entries.col.astype(np.int64))
    return Labeled((None, None), places=places, values=entries.data, shape=value.shape, whole=True)


def _series(value: Any, axes: Sequence[str]) -> Labeled | None:
    """Read a Series of pandas; an index of several levels names several axes."""
    levels = getattr(value.index, "nlevels", 1)
    if levels != len(axes):
        return None
    if levels == 1:
        return Labeled((_plain(value.index),), plain_numbers(value))
    columns = [_plain(value.index.get_level_values(level)) for level in range(levels)]
    return _listed(columns, plain_numbers(value), axes)


def _frame(value: Any, axes: Sequence[str], field: str) -> Labeled | None:
    """Read a data frame as a table or as a list, by its columns and its index."""
    index = getattr(value, "index", None) if hasattr(value, "iloc") else None
    levels = getattr(index, "nlevels", 1)
    silent = index is None or _is_positions(index)
    counted = not silent and levels == 1 and getattr(index.dtype, "kind", "") in "iu"
    if not silent and not counted and levels == 1 and len(axes) == 2:
        return Labeled((_plain(index), _plain(value.columns)), plain_numbers(value))
    columns = columns_of(value)
    if counted and (_named(columns, axes) or any(map(_is_text, columns.values()))):
        silent = True  # rows were left out or shuffled: the names stand in columns
    if not silent:
        if levels == len(axes) - 1 > 1:
            rows = [_plain(index.get_level_values(level)) for level in range(levels)]
            spread = [name for name in columns for _ in range(len(index))]
            keys = [[*column] * len(columns) for column in rows]
            return _listed([*keys, spread], _chained(columns.values()), axes)
        if levels == len(axes) and len(columns) == 1 and levels > 1:
            rows = [_plain(index.get_level_values(level)) for level in range(levels)]
            return _listed(rows, next(iter(columns.values())), axes)
        if levels != 1:
            return None
        if len(axes) == 1 and len(columns) == 1:
            return Labeled((_plain(index),), next(iter(columns.values())))
        if len(axes) == 2:
            return Labeled((_plain(index), _plain(columns)), plain_numbers(value))
    return _by_columns(value, columns, axes, field)


def _by_columns(
    value: Any, columns: Mapping[Any, Any], axes: Sequence[str], field: str
) -> Labeled | None:
    """Read a frame whose names, if it has any, stand in columns."""
    named = _named(columns, axes)
    texts = [name for name, cells in columns.items() if _is_text(cells)]
    if named:
        texts = [named[side] for side in axes]
    rest = [name for name in columns if name not in texts]
    if len(texts) == len(axes):
        wanted = [name for name in rest if str(name) in (field, singular(field))] or rest
        if len(wanted) != 1:
            listed = ", ".join(repr(str(name)) for name in rest)
            raise UnclearError(
                f"needs one column of numbers beside {', '.join(map(str, texts))}, found "
                f"{listed or 'none'}"
            )
        keys = [_plain(columns[name]) for name in texts]
        return _listed(keys, columns[wanted[0]], axes)
    if len(axes) == 2 and len(texts) == 1:
        return Labeled((_plain(columns[texts[0]]), _plain(rest)), _rows(columns, rest))
    if len(axes) == 2 and not texts:
        return Labeled((None, _plain(columns)), plain_numbers(value))
    if len(axes) == 1 and len(columns) == 1 and not texts:
        return Labeled((None,), next(iter(columns.values())))
    if texts:
        listed = ", ".join(repr(str(name)) for name in texts)
        raise UnclearError(
            f"has columns of text ({listed}); a table has one with the names of its rows, a list "
            f"one for each of {', '.join(axes)}"
        )
    return None


def _named(columns: Iterable[Any], axes: Sequence[str]) -> dict[str, Any]:
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
        cells, names = frame.getcolumns_of(), list(frame.columns)
    else:
        cells, names = list(frame.columns), list(frame.column_names)
    names = _plain(names)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UnclearError(f"the column {twice!r} stands twice")
    return {name: plain_numbers(cell) for name, cell in zip(names, cells, strict=True)}


def _is_positions(index: Any) -> bool:
    """Return whether an index says nothing: 0, 1, 2, ..."""
    return getattr(index, "nlevels", 1) == 1 and _plain(index) == list(range(len(index)))


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


def _listed(keys: Sequence[list[Any]], values: Any, axes: Sequence[str]) -> Labeled:
    """Return a list of entries; names stand in the order in which they first appear."""
    names: list[Names] = []
    places = []
    for column, side in zip(keys, axes, strict=True):
        if any(key is None or key != key for key in column):
            raise UnclearError(f"a name of the {side} is missing")
        known = list(dict.fromkeys(column))
        if all(type(name) is int for name in known) and set(known) == set(range(len(known))):
            known = list(range(len(known)))
        spot = {name: place for place, name in enumerate(known)}
        names.append(known)
        places.append(np.array([spot[key] for key in column], dtype=np.int64))
    shape = tuple(len(known or ()) for known in names)
    seen: set[tuple[Any, ...]] = set()
    for entry in zip(*keys, strict=True):
        if entry in seen:
            raise UnclearError(f"the entry {', '.join(map(str, entry))} stands twice")
        seen.add(entry)
    return Labeled(tuple(names), places=tuple(places), values=values, shape=shape)


def singular(side: str) -> str:
    """Return what a column is called that holds one member of a side in each row.

    Examples
    --------
    >>> singular("buyers"), singular("utilities"), singular("strategies of player 0")
    ('buyer', 'utility', 'strategies of player 0')
    """
    if side.endswith("ies"):
        return side[:-3] + "y"
    return side[:-1] if side.endswith("s") and not side.endswith("ss") else side
