"""The one place where kernels are compiled.

Every kernel is compiled by numba for the argument types it meets, without the interpreter lock
(so that another thread can raise a stop flag), and cached on disk: only the first run ever pays,
and of several processes that need the same kernel one compiles while the others wait for the cache.
A cache that is damaged is made anew; without a folder to write to, every process compiles for
itself (`eqsolve doctor` says so).

`kernel` keeps strict floating point. `scan_kernel` lets the compiler assume that no NaN occurs and
that the sign of zero does not matter; both hold for validated input, no result changes by a bit,
and maxima over rows are then computed in vector registers (about eight times faster).
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event
from numba.core.dispatcher import Dispatcher
from numba.extending import overload
from numpy.typing import NDArray

from eqsolve.core.compilation import COMPILATION

try:
    import fcntl
except ImportError:  # not on Windows, where two processes may compile the same kernel
    fcntl = None  # type: ignore[assignment]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile `function` without the interpreter lock, with strict floating point, cached."""
    return _compiled(function)


def scan_kernel(function: F) -> F:
    """Compile `function` like `kernel`, for data without NaN (maxima become vector code)."""
    return _compiled(function, fastmath=_NO_NAN)


def part(function: F) -> F:
    """Compile `function` into the kernels that call it; Python has only its `interpreted` twin.

    Without what lets Python call it: unpacking a record of arrays takes as much code as a search.
    It must not allocate.
    """
    return _inside(function)


def scan_part(function: F) -> F:
    """Compile `function` like `part`, for data without NaN as `scan_kernel` does."""
    return _inside(function, fastmath=_NO_NAN)


def few_lines(function: F) -> F:
    """Compile `function` like `part`, as if its lines stood in each kernel that calls it."""
    return _inside(function, inline="always")


_NO_NAN = {"nnan", "nsz"}


def zeros(size: int, kind: type[Any]) -> Any:
    """Return zeros for a kernel to write to: an array, or a list where it is interpreted."""
    return [0] * size


def space(size: int, kind: type[Any]) -> Any:
    """Return room that a kernel fills before it reads: an array, or a list as `zeros` does."""
    return [0] * size


overload(zeros)(lambda size, kind: lambda size, kind: np.zeros(size, kind))
overload(space)(lambda size, kind: lambda size, kind: np.empty(size, kind))


def _inside(function: F, **options: Any) -> F:
    """Return the lazily compiled part of kernels; each of them keeps it in its own file."""
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
    dispatcher = numba.njit(**options)(function)
    original = dispatcher.compile
    unliteral: Any = numba.types.unliteral

    def compile_once(signature: tuple[Any, ...]) -> Any:
        """Compile for any number where the caller gives a constant."""
        return original(tuple(unliteral(kind) for kind in signature))

    def refuse(*_: Any, **__: Any) -> Any:
        """Say what would otherwise be a crash."""
        raise TypeError(f"{function.__name__} is a part of kernels: only they can call it")

    dispatcher.compile = compile_once
    dispatcher._insert = lambda *_: None  # no entrance that Python could take
    dispatcher._compile_for_args = refuse
    return cast("F", dispatcher)


def _compiled(function: F, **options: Any) -> F:
    """Return the lazily compiled function, cached where a folder for that can be written."""
    options |= {"nogil": True, "no_cfunc_wrapper": True}
    try:
        dispatcher = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # numba finds no folder: read-only installation, no home
        dispatcher = numba.njit(**options)(function)
    original = dispatcher.compile

    def compile_once(signature: Any) -> Any:
        """Compile, or load what another process has compiled in the meantime."""
        if signature in dispatcher.overloads or is_compiled(dispatcher):
            return _undamaged(dispatcher, original, signature)
        with _alone_on_this_machine(cache_folder(dispatcher)):
            return _undamaged(dispatcher, original, signature)

    dispatcher.compile = compile_once
    return cast("F", dispatcher)


def _undamaged(dispatcher: Any, compile_now: Callable[[Any], Any], signature: Any) -> Any:
    """Compile or load a kernel; a cache that cannot be read is emptied first."""
    try:
        return compile_now(signature)
    except numba.core.errors.NumbaError:
        raise
    except Exception:  # pickle raises nearly anything when a file is cut off
        dispatcher._cache.flush()
        return compile_now(signature)


def cache_folder(compiled: Callable[..., Any]) -> str | None:
    """Return where a kernel is cached on disk, or None where nothing can be written."""
    dispatcher: Any = compiled
    folder: str | None = dispatcher.stats.cache_path
    return folder


_turn = threading.RLock()
_locked = [0]


@contextmanager
def _alone_on_this_machine(folder: str | None) -> Iterator[None]:
    """Wait until no other process compiles for the cache in `folder`; waiting is no solving time.

    Kernels call kernels, so a process that holds the lock takes it again.
    """
    with _turn:
        _locked[0] += 1
        try:
            if _locked[0] > 1 or folder is None or fcntl is None:
                yield
                return
            COMPILATION.begin()
            try:
                with _file_lock(Path(folder) / "eqsolve-compiling.lock"):
                    yield
            finally:
                COMPILATION.end()
        finally:
            _locked[0] -= 1


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which the system drops when the process ends; none if read-only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def interpreted(compiled: F) -> F:
    """Return the Python function behind a kernel, its calls of other kernels interpreted, too.

    The same code step by step, some hundred times slower and with nothing to compile: for searches
    that are over before a compiler would have finished.

    Examples
    --------
    >>> step = interpreted(kernel(lambda x: x + 1))
    >>> step(1)
    2
    """
    return cast("F", _interpreted(compiled, {}))


def _interpreted(compiled: Any, done: dict[int, Any]) -> Any:
    """Return the twin of a kernel; `done` holds those already made, by the kernel's identity."""
    if id(compiled) not in done:
        function = compiled.py_func
        names: dict[str, Any] = {}
        twin = FunctionType(
            function.__code__, names, function.__name__, function.__defaults__, function.__closure__
        )
        done[id(compiled)] = twin
        for name, value in function.__globals__.items():
            is_kernel = isinstance(value, Dispatcher)
            names[name] = _interpreted(value, done) if is_kernel else value
    return done[id(compiled)]


_SHORT = 1_000_000
"""Steps that the interpreter does in about a second."""

_PATIENCE = 4.0
"""Seconds of processor time after which a process compiles the next kernel it needs."""

_ready: dict[int, bool] = {}
_twins: dict[int, Any] = {}
_interpreting = [0.0]


def fitting(compiled: F, steps: float) -> F:
    """Return a kernel, or its interpreted twin where compiling would take longer than the call.

    Both give the same bits, so that no answer depends on what is compiled already.

    Parameters
    ----------
    compiled : a kernel.
    steps : about how often its innermost statements will run.

    Notes
    -----
    A kernel that was compiled before is always taken; so is compiling once a process has
    interpreted for a few seconds in all.
    """
    key = id(compiled)
    if steps > _SHORT or _interpreting[0] > _PATIENCE or _ready.get(key):
        return compiled
    if key not in _ready:
        _ready[key] = is_compiled(compiled)
        return fitting(compiled, steps)
    if key not in _twins:
        _twins[key] = _timed(interpreted(compiled))
    return cast("F", _twins[key])


def compile_at_once() -> None:
    """Interpret nothing from now on in this process: to fill the cache ahead."""
    _interpreting[0] = math.inf


def _timed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function`, its run time added to the time spent on interpreting."""

    def run(*arguments: Any) -> Any:
        start = time.thread_time()  # a busy machine is no reason to compile
        with np.errstate(over="ignore", invalid="ignore"):  # as compiled code does
            result = function(*arguments)
        _interpreting[0] += time.thread_time() - start
        return result

    return run


def is_compiled(compiled: Callable[..., Any]) -> bool:
    """Return whether a kernel was compiled before, in this process or for the cache on disk."""
    dispatcher: Any = compiled
    if dispatcher.signatures:
        return True
    try:
        return bool(dispatcher._cache._cache_file._load_index())
    except Exception:  # a damaged or unreadable cache, or other insides of numba: not compiled
        return False


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


_COPIED = 1 << 14
"""Bytes up to which a copy is made faster than a view."""


def plain(array: NDArray[Any]) -> NDArray[Any]:
    """Return a contiguous array that numba types like any other: itself, a view, or a short copy.

    Numba compiles a kernel anew for read-only arrays, which doubles compile time. Pass arrays
    through `plain` only to kernels that do not write to them.
    """
    if array.flags.writeable:
        return array
    return array.copy() if array.nbytes <= _COPIED else np.asarray(_Alias(array))
