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
    "owned",
    "read_only",
    "sealed",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
NumberArray = npt.NDArray[Any]
"""int64 or float64."""

_ArrayT = TypeVar("_ArrayT", bound=npt.NDArray[Any])


def read_only(array: _ArrayT) -> _ArrayT:
    """Return `array`, or a copy if it can be written to, with writing switched off.

    For arrays made inside the package; what a caller hands over goes through `owned`.
    """
    if array.flags.writeable:
        copy = array.copy()
        copy.flags.writeable = False
        return copy
    return array


def sealed(array: _ArrayT) -> _ArrayT:
    """Return `array` itself with writing switched off: for large ones that nobody else holds."""
    array.flags.writeable = False
    return array


def owned(array: npt.NDArray[Any], given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return `array` read-only, copied where it shares memory that the owner of `given` can change.

    A read-only array is no promise: it may be a view of a writable one (pandas hands out such
    views), or its owner switches writing on again. Memory that nobody can write to, as a file
    mapped for reading, is shared.
    """
    if array is given and array.flags.writeable:
        array = array.copy()
    elif np.may_share_memory(array, given):
        root: Any = given
        while isinstance(root, np.ndarray) and root.base is not None:
            root = root.base
        try:
            changeable = isinstance(root, np.ndarray) or not memoryview(root).readonly
        except TypeError:
            changeable = True
        if changeable:
            array = array.copy()
    if array.flags.writeable:
        array.flags.writeable = False
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
