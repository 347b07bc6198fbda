"""`Limits` (what the user allows) and `Deadline` (a running clock with a cancel button).

A solver asks its deadline at every outer step; compiled kernels, which cannot call back into
Python, watch `Deadline.flag` instead, one byte that a timer thread or Ctrl-C sets.
"""

from __future__ import annotations

import math
import numbers
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.compilation import COMPILATION
from eqsolve.core.errors import OptionError
from eqsolve.core.status import Limit

__all__ = ["Deadline", "Limits", "Progress", "grace_after"]

_LEAST_GRACE = 1.0
_GRACE_SHARE = 0.1


def grace_after(limit: float) -> float:
    """Return the seconds beyond a time limit in which its answer is checked.

    Examples
    --------
    >>> grace_after(2.0), grace_after(60.0)
    (1.0, 6.0)
    """
    return max(_LEAST_GRACE, _GRACE_SHARE * limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use; None means no limit.

    Parameters
    ----------
    time : seconds of wall time, > 0; when it is over the best solution so far comes back as
        ``FEASIBLE`` with limit ``TIME``, or ``UNKNOWN`` when there is none.

    Examples
    --------
    >>> Limits(time=2.5).time
    2.5
    """

    time: float | None = None

    def __post_init__(self) -> None:
        given: Any = self.time  # also what is no number
        if given is None:
            return
        number = isinstance(given, numbers.Real) and not isinstance(given, bool)
        if not (number and given > 0 and math.isfinite(given)):
            raise OptionError(f"time limit = {self.time!r}: must be a finite number of seconds > 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an anytime solver knows at some moment.

    Parameters
    ----------
    message : what the solver is doing, a few words.
    objective : objective of the best solution so far, or None.
    bound : best proved bound so far, or None.
    done, total : steps finished and steps in all, where the solver can tell.
    incumbent : the outcome to return if the run stopped now, or None.
    """

    message: str = ""
    objective: float | None = None
    bound: float | None = None
    done: int | None = None
    total: int | None = None
    incumbent: object = None


class Deadline:
    """A clock that runs from its creation, can be canceled, and carries progress outwards.

    Parameters
    ----------
    limits : what the user allows.
    on_progress : called with each `Progress`, from the solver's thread.

    Attributes
    ----------
    flag : uint8 array of shape (1,); nonzero as soon as the run should stop. Compiled kernels
        poll it. It is set by `cancel` at once, and by the clock only inside `watching`.

    Notes
    -----
    The clock stands still while kernels are compiled, see `core.compilation`.

    Examples
    --------
    >>> deadline = Deadline(Limits(time=60.0))
    >>> deadline.expired()
    False
    >>> deadline.cancel()
    >>> deadline.expired(), deadline.limit
    (True, <Limit.INTERRUPTED: 'interrupted'>)
    """

    __slots__ = (
        "_allowed", "_canceled", "_compiled", "_follower", "_on_progress", "_start", "flag",
        "latest",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        allowed = limits or Limits()
        self._start = time.monotonic()
        self._compiled = COMPILATION.seconds
        self._allowed = math.inf if allowed.time is None else allowed.time
        self._canceled = False
        self._follower: Deadline | None = None
        self._on_progress = on_progress
        self.flag: npt.NDArray[np.uint8] = np.zeros(1, dtype=np.uint8)
        self.latest = Progress()

    @property
    def elapsed(self) -> float:
        """Seconds since the clock started, those of compiling kernels apart."""
        return time.monotonic() - self._start - (COMPILATION.seconds - self._compiled)

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when over or canceled, infinity without a limit."""
        return 0.0 if self._canceled else max(0.0, self._allowed - self.elapsed)

    @property
    def limit(self) -> Limit | None:
        """The limit that was hit, or None while the run may go on."""
        if self._canceled:
            return Limit.INTERRUPTED
        return Limit.TIME if self.elapsed >= self._allowed else None

    def expired(self) -> bool:
        """Return whether the run should stop now."""
        return self.limit is not None

    def spent(self, share: float) -> bool:
        """Return whether this share of the time is over, for work that others have to follow.

        Examples
        --------
        >>> Deadline().spent(0.5), Deadline(Limits(time=1e-9)).spent(0.5)
        (False, True)
        """
        elapsed, remaining = self.elapsed, self.remaining
        return remaining == 0.0 or elapsed >= share * (elapsed + remaining)

    def cancel(self) -> None:
        """Ask the run to stop; safe from any thread and from a signal handler."""
        self._canceled = True
        self.flag[0] = 1
        if self._follower is not None:
            self._follower.cancel()

    def grace(self) -> Deadline:
        """Return a new clock under which what a run found is checked.

        It runs as long as this one, and for `grace_after` the limit if that is longer. Canceling
        this one cancels it as well.

        Examples
        --------
        >>> deadline = Deadline(Limits(time=30.0))
        >>> 29 < deadline.grace().remaining <= 30
        True
        """
        time = None
        if math.isfinite(self._allowed):
            time = max(self.remaining, grace_after(self._allowed))
        self._follower = Deadline(Limits(time=time))
        if self._canceled:
            self._follower.cancel()
        return self._follower

    def publish(self, progress: Progress) -> None:
        """Tell the outside what is known now; `latest` keeps it, and the last incumbent."""
        if progress.incumbent is None:
            progress = replace(progress, incumbent=self.latest.incumbent)
        self.latest = progress
        if self._on_progress is not None:
            self._on_progress(progress)

    def compiling(self, busy: bool) -> None:
        """Tell the outside when kernels are compiled, which the clock does not count."""
        message = "compiling, once per machine" if busy else "solving"
        if self._on_progress is not None:
            self.publish(replace(self.latest, message=message))

    @contextmanager
    def watching(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield `flag` and set it when the time is over: wrap calls of long compiled kernels."""
        if math.isinf(self._allowed):
            yield self.flag
            return
        done = threading.Event()

        def watch() -> None:
            while self.remaining > 0 and not done.wait(self.remaining):
                pass  # the clock may have stood still in the meantime
            if not done.is_set():
                self.flag[0] = 1

        threading.Thread(target=watch, name="eqsolve-clock", daemon=True).start()
        try:
            yield self.flag
        finally:
            done.set()
