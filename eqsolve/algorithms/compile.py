"""The one place where kernels are compiled.

Every kernel is compiled by numba for the argument types it meets, without the interpreter lock
(so that another thread can raise a stop flag), and cached on disk: only the first run ever pays.

`kernel` keeps strict floating point. `scan_kernel` lets the compiler assume that no NaN occurs and
that the sign of zero does not matter; both hold for validated input, no result changes by a bit,
and maxima over rows are then computed in vector registers (about eight times faster).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event
from numpy.typing import NDArray

from eqsolve.core.compilation import COMPILATION

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` without the interpreter lock, with strict floating point, cached."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def scan_kernel(function: F) -> F:
    """Compile `function` like `kernel`, for data without NaN (maxima become vector code)."""
    return cast("F", numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})(function))


class _Clock(event.Listener):
    """Tells the clock of compilation when numba is at work, so that no time limit counts it."""

    def on_start(self, event: Any) -> None:
        """Compiling begins."""
        COMPILATION.begin()

    def on_end(self, event: Any) -> None:
        """Compiling ends."""
        COMPILATION.end()


cast("Any", event).register("numba:compile", _Clock())


class _Alias:
    """Memory of an array, offered to numpy as writable."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        interface = dict(array.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of a contiguous array that numba types like any other.

    Numba compiles a kernel anew for read-only arrays, which doubles compile time. Pass arrays
    through `plain` only to kernels that do not write to them.
    """
    return array if array.flags.writeable else np.asarray(_Alias(array))
