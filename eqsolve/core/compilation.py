"""How long this process has spent on compiling kernels: time that no limit of a user counts.

A kernel is compiled when it is first called and cached on disk, so that only the first solve on
a machine ever pays. A time limit is about solving; were the compilation counted, a short limit
could never be met and nothing would ever be cached.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["COMPILATION", "Compilation"]


class Compilation:
    """A clock that runs while kernels are compiled; one per process.

    Attributes
    ----------
    on_change : called with True when compiling begins and False when it ends; the batch's
        workers tell their supervisor.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._since = 0.0
        self._total = 0.0
        self.on_change: Callable[[bool], None] | None = None

    @property
    def seconds(self) -> float:
        """Seconds spent on compiling so far, the present moment included."""
        with self._lock:
            running = time.monotonic() - self._since if self._depth else 0.0
            return self._total + running

    @contextmanager
    def told(self, listener: Callable[[bool], None]) -> Iterator[None]:
        """Tell `listener`, too, whenever compiling begins or ends meanwhile."""
        before = self.on_change

        def both(busy: bool) -> None:
            if before is not None:
                before(busy)
            listener(busy)

        self.on_change = both
        try:
            yield
        finally:
            self.on_change = before

    def begin(self) -> None:
        """Note that compiling begins; calls may be nested, as kernels call kernels."""
        with self._lock:
            self._depth += 1
            if self._depth > 1:
                return
            self._since = time.monotonic()
        if self.on_change is not None:
            self.on_change(True)

    def end(self) -> None:
        """Note that compiling ends."""
        with self._lock:
            self._depth -= 1
            if self._depth:
                return
            self._total += time.monotonic() - self._since
        if self.on_change is not None:
            self.on_change(False)


COMPILATION = Compilation()
