"""Run a foreign solver in a thread of its own, so that Ctrl-C and deadlines act at once.

A call that does not come back in time is told to stop and left behind. Python may not end while
foreign code still runs in one of its threads (the process would abort), so at exit those threads
get a few seconds; the command line, which is in a hurry, asks `anything_left` and leaves without
that ceremony.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["anything_left", "run_apart"]

T = TypeVar("T")

_WAIT = 0.05
"""Seconds between two looks at the clock."""

_PATIENCE = 20.0
"""Seconds that threads left behind get at exit."""

_left: list[threading.Thread] = []


def run_apart(
    call: Callable[[], T], stop: Callable[[], bool], interrupt: Callable[[], None] | None = None
) -> T | None:
    """Return what `call` returns, or None when `stop` said so first.

    Parameters
    ----------
    call : runs in a thread; may not return None.
    stop : asked some twenty times a second.
    interrupt : tells a call that is left behind to end soon.

    Raises
    ------
    Exception : whatever `call` raised.

    Examples
    --------
    >>> run_apart(lambda: 6 * 7, lambda: False)
    42
    """
    found: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            found.append(call())
        except BaseException as error:  # handed to the caller, who raises it
            raised.append(error)

    thread = threading.Thread(target=work, name="eqsolve-backend", daemon=True)
    thread.start()
    while thread.is_alive() and not stop():
        thread.join(_WAIT)
    if raised:
        raise raised[0]
    if found:
        return found[0]
    if interrupt is not None:
        interrupt()
    _left.append(thread)
    return None


def anything_left() -> bool:
    """Return whether a call that was left behind still runs."""
    _left[:] = [thread for thread in _left if thread.is_alive()]
    return bool(_left)


@atexit.register
def _wait_at_exit() -> None:
    """Give threads left behind some time to end."""
    end = time.monotonic() + _PATIENCE
    for thread in _left:
        thread.join(max(0.0, end - time.monotonic()))
