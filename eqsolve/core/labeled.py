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

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eqsolve.core.array_likes import is_frame, plain_numbers
from eqsolve.core.labeled_entries import (
    Labeled,
    Names,
    UnclearError,
    listed,
    plain_names,
    singular,
    taken,
)
from eqsolve.core.labeled_frames import read_frame

__all__ = ["is_labeled", "labeled", "levels_of"]


def is_labeled(value: Any) -> bool:
    """Return whether `labeled` can read a value, or something in a list of its first level."""
    if type(value) is np.ndarray:  # the usual case: plain numbers
        return False
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
        return read_frame(value, axes, field)
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


def _mapping(value: Mapping[Any, Any], axes: Sequence[str], field: str) -> Labeled:
    """Read a dictionary: name -> number, name -> what is read on its own, or tuple -> number."""
    keys = list(value)
    if len(axes) > 1 and any(isinstance(key, tuple) for key in keys):
        odd = next((k for k in keys if not isinstance(k, tuple) or len(k) != len(axes)), None)
        if odd is not None:
            raise UnclearError(f"the key {odd!r} is no ({', '.join(map(singular, axes))})")
        columns = [plain_names(column) for column in zip(*keys, strict=True)]
        return listed(columns, list(value.values()), axes)
    if len(axes) == 1:
        return Labeled((plain_names(keys),), list(value.values()))
    parts = [
        labeled(part, axes[1:], field) or Labeled((None,) * (len(axes) - 1), part)
        for part in value.values()
    ]
    loose = all(isinstance(part, Mapping) for part in value.values())
    return _stacked(plain_names(keys), parts, [f"{field}[{key!r}]" for key in keys], loose=loose)


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
            table = taken(table, axis, [spot.get(name, -1) for name in known])
        tables.append(plain_numbers(table))
    return Labeled((outer, *names), tables)


def _xarray(value: Any, axes: Sequence[str]) -> Labeled | None:
    """Read a DataArray; dimensions that bear the names of the sides stand in any order."""
    if len(value.dims) != len(axes):
        return None
    sides = {word: side for side in axes for word in (side, singular(side))}
    found = [sides.get(str(dim)) for dim in value.dims]
    if sorted(map(str, found)) == sorted(axes) and found != list(axes):
        value = value.transpose(*(value.dims[found.index(side)] for side in axes))
    names = [
        plain_names(value.coords[dim].values.tolist()) if dim in value.coords else None
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
        return Labeled((plain_names(value.index),), plain_numbers(value))
    columns = [plain_names(value.index.get_level_values(level)) for level in range(levels)]
    return listed(columns, plain_numbers(value), axes)
