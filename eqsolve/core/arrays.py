"""Array aliases used in every signature, and read-only arrays."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "NumberArray",
    "extent",
    "is_integral",
    "read_only",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
NumberArray = npt.NDArray[Any]
"""int64 or float64."""

_ArrayT = TypeVar("_ArrayT", bound=npt.NDArray[Any])


def read_only(array: _ArrayT) -> _ArrayT:
    """Return `array`, or a copy if others could write to it, with writing switched off."""
    if array.flags.writeable:
        copy = array.copy()
        copy.flags.writeable = False
        return copy
    return array


_IN_CACHE = 1 << 16
"""Numbers looked at twice while they stay in the cache."""


def extent(array: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Return the least and greatest number of a nonempty array, read once; NaN if there is one."""
    if not array.flags.c_contiguous or array.size <= _IN_CACHE:
        return array.min(), array.max()
    flat = array.ravel()
    parts = [flat[start : start + _IN_CACHE] for start in range(0, flat.size, _IN_CACHE)]
    ends = np.array([(part.min(), part.max()) for part in parts])
    return ends[:, 0].min(), ends[:, 1].max()


def is_integral(array: npt.NDArray[Any]) -> bool:
    """Return whether the array holds integers."""
    return array.dtype.kind == "i"
