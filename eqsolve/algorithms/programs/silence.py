"""Silence for what foreign solvers print past every option.

HiGHS has a `printf` left in where it repairs a solution of a mixed-integer program
(``HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();``), a line each time.
It goes to `stdout` of the C library, which is a variable: while a solver runs it is a stream to
nowhere. Descriptor 1 and `sys.stdout` stay what they are, so what other threads of Python print
arrives. Where the C library has no such variable nothing is done. Cost O(1).
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["silence"]

_NAMES = ("stdout", "__stdoutp")
"""Of the variable: in the C libraries of Linux, and of macOS."""


class _Switch:
    """The variable, turned to nowhere by the first of several threads and back by the last."""

    def __init__(self, library: Any, variable: ctypes.c_void_p) -> None:
        library.fopen.restype = ctypes.c_void_p
        self._variable = variable
        self._nowhere = library.fopen(os.devnull.encode(), b"w")
        self._own = variable.value
        self._running = 0
        self._lock = threading.Lock()

    def turn(self, change: int) -> None:
        """Count one solver more or less."""
        with self._lock:
            if not self._running:
                self._own = self._variable.value
            self._running += change
            self._variable.value = self._nowhere if self._running else self._own


@cache
def _switch() -> _Switch | None:
    """Return the switch of this process, None where there is none."""
    for name in _NAMES:
        try:
            library = ctypes.CDLL(None)
            return _Switch(library, ctypes.c_void_p.in_dll(library, name))
        except (ValueError, TypeError, OSError, AttributeError):
            continue
    return None


@contextmanager
def silence() -> Iterator[None]:
    """Let nothing that C code prints through its `stdout` appear while the block runs."""
    switch = _switch()
    if switch is None:
        yield
        return
    switch.turn(1)
    try:
        yield
    finally:
        switch.turn(-1)
