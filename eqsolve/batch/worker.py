"""A worker process: reads tasks from a pipe, sends records back, knows nothing else.

Runs in a process group of its own, so that the supervisor can kill it with all its children,
and offers itself to the kernel first when memory runs out.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from eqsolve.batch.task import Question, execute
from eqsolve.core.compilation import COMPILATION

__all__ = ["COMPILING", "READY", "RESUMED", "work"]

READY = "ready"
COMPILING, RESUMED = "compiling", "resumed"
"""Sent when a kernel is compiled and when it is done: that time counts against no limit."""


def work(connection: Connection, store: str, question: Question, retry: str) -> None:
    """Serve tasks until None arrives or the pipe closes.

    Parameters
    ----------
    connection : receives ``(number, source)``; sends `READY` once, then ``(number, outcome)``, and
        `COMPILING`, `RESUMED` and the `FileState` of each array file in between.
    store : path of the run store, where known answers are looked up; empty: nowhere.
    question, retry : as for the run.
    """
    os.setsid()
    _die_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # dumping a crash takes seconds
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    from eqsolve.batch.store import Store

    _warm_up()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.suppress(EOFError, OSError))
        answers = stack.enter_context(Store(store)) if store else None

        def known(digest: str) -> str | None:
            try:
                return None if answers is None else answers.state(digest, question, retry)
            except OSError:  # a store that cannot be asked costs a second answer, no failed item
                return None

        COMPILATION.on_change = lambda busy: connection.send(COMPILING if busy else RESUMED)
        connection.send(READY)
        while (task := connection.recv()) is not None:
            number, source = task
            connection.send((number, execute(source, question, known, connection.send)))


def _die_with_parent() -> None:
    """Ask the kernel to kill this process when the supervisor is gone (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1 is PR_SET_PDEATHSIG


def _warm_up() -> None:
    """Import what every task needs, so that start-up does not count against the first one."""
    import msgspec

    import eqsolve

    assert msgspec is not None
    assert eqsolve is not None
