"""What users pass for arrays, as numpy arrays or as nested lists of plain Python numbers.

numpy takes nearly everything for an array, and rounds while it does: int64 beside uint64 or beside
fractions becomes float64, nullable columns become floats, masks inside lists are dropped, true is
1. Here each value keeps its own nature, so that `input_arrays` can hold it exactly or name it.
Arrays and frames of one numeric type pass without a look at their entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

__all__ = ["is_frame", "kinds_of", "plain_numbers"]

_PLAIN = frozenset({int, float, type(None)})
_NO_LISTS = (np.generic, str, bytes, bytearray, Mapping, Set)


def plain_numbers(value: Any) -> Any:
    """Return a numpy array as it is, nested sequences as lists of int, float, None, and the rest.

    Parameters
    ----------
    value : numpy arrays (masks inside lists count), nested sequences and iterators, pandas, polars
        and pyarrow columns and frames, or whatever has ``__array__``.

    Returns
    -------
    value : what is no number (text, dates, true) is left where it stands.

    Examples
    --------
    >>> plain_numbers([np.int64(2**53 + 1), 0.5, np.ma.masked])
    [9007199254740993, 0.5, None]
    >>> plain_numbers(range(k) for k in (1, 2))
    [[0], [0, 1]]
    """
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, list | tuple):
        return value if type(value) is list and kinds_of(value) <= _PLAIN else _listed(value)
    if is_frame(value):
        return _rows(value)
    if isinstance(getattr(value, "dtype", None), np.dtype) and hasattr(value, "__array__"):
        return np.asarray(value)
    return _listed(value)


def kinds_of(value: list[Any] | tuple[Any, ...]) -> set[type]:
    """Return the types of all entries of nested lists and tuples."""
    kinds = set(map(type, value))
    if kinds & {list, tuple}:
        for part in value:
            if type(part) is list or type(part) is tuple:
                kinds |= kinds_of(part)
    return kinds - {list, tuple}


def is_frame(value: Any) -> bool:
    """Return whether a value is a table with columns: a data frame of pandas, polars, pyarrow."""
    return hasattr(value, "columns") and hasattr(value, "shape") and len(value.shape) == 2


def _rows(frame: Any) -> Any:
    """Return a data frame as one array where its columns have one type, else as lists of rows."""
    if hasattr(frame, "iloc"):
        types = set(frame.dtypes)
        if len(types) == 1 and isinstance(next(iter(types)), np.dtype):
            return np.asarray(frame)
        columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    elif hasattr(frame, "get_columns"):
        columns = frame.get_columns()
    else:
        columns = list(frame.columns)
    if not columns:
        return np.empty(frame.shape)
    return [list(row) for row in zip(*map(_listed, columns), strict=True)]


def _listed(value: Any) -> Any:
    """Return a value with every sequence in it as a list and every number as int or float."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list | tuple):
        return [_listed(part) for part in value]
    if isinstance(value, np.ma.MaskedArray):
        return _listed(value.tolist())
    if isinstance(value, np.ndarray):
        dates = value.dtype.kind in "mM"  # their list would be one of whole numbers
        return _listed([*value] if dates and value.ndim else value[()] if dates else value.tolist())
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, np.timedelta64):  # numpy calls it an integer
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if number == value or value != value else value
    if isinstance(value, _NO_LISTS):
        return value
    if type(value).__name__ == "NAType":
        return None
    for method in ("to_list", "to_pylist", "tolist"):
        if hasattr(value, method):
            return _listed(getattr(value, method)())
    if hasattr(value, "__array__"):
        return _listed(np.asarray(value))
    return [_listed(part) for part in value] if isinstance(value, Iterable) else value
