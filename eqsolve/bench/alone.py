"""One number from a process of its own, so that nothing this one has loaded counts in it."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["measured_alone"]


def measured_alone(measure: Callable[..., float], *arguments: Any) -> float | None:
    """Return ``measure(*arguments)``, called in a new process; None if it ended without an answer.

    Parameters
    ----------
    measure : a function of a module, which the new process imports.
    arguments : what can be pickled.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, measure, *arguments))
    process.start()
    theirs.close()
    try:
        found: float = ours.recv()
    except EOFError:
        return None
    finally:
        process.join()
        ours.close()
    return found


def _send(connection: Connection, measure: Callable[..., float], *arguments: Any) -> None:
    connection.send(measure(*arguments))
