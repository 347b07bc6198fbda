"""A call in a fresh Python process, for what cannot be loaded in this one.

Where somebody has imported highspy (cvxpy does), OR-tools cannot be loaded any more, see
`ortools_first`. The call then travels to another process, which loads OR-tools first, and its
answer travels back; both are pickled. Costs about a second to start; a call that is to end is
killed.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import TypeVar

from eqsolve.core.errors import BackendError

__all__ = ["run_elsewhere"]

T = TypeVar("T")

_WAIT = 0.05
"""Seconds between two looks at the clock."""


def run_elsewhere(call: Callable[[], T], stop: Callable[[], bool]) -> T | None:
    """Return what `call` returns in another process, or None when `stop` said so first.

    Parameters
    ----------
    call : can be pickled, as a `functools.partial` of a function at the top of a module.
    stop : asked some twenty times a second.

    Raises
    ------
    BackendError : the process died.
    Exception : whatever `call` raised there.

    Examples
    --------
    >>> from functools import partial
    >>> run_elsewhere(partial(divmod, 85, 2), lambda: False)
    (42, 1)
    """
    words: bytes | None = pickle.dumps(call)
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"from {__name__} import _serve; _serve()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        try:
            while not stop():
                try:
                    answer, said = process.communicate(words, timeout=_WAIT)
                except subprocess.TimeoutExpired:
                    words = None  # they are under way
                    continue
                if process.returncode:
                    last = said.decode(errors="replace").strip().rpartition("\n")[2]
                    ended = f"a solver's own process ended with {process.returncode}"
                    raise BackendError(f"{ended}: {last}" if last else ended)
                found: T | Exception = pickle.loads(answer)
                if isinstance(found, Exception):
                    raise found
                return found
            return None
        finally:
            process.kill()


def _serve() -> None:
    """Answer the one call on standard input; solvers may chat on descriptor 1 meanwhile."""
    own = os.dup(1)
    os.dup2(2, 1)
    call = pickle.load(sys.stdin.buffer)
    try:
        answer = call()
    except Exception as error:
        answer = error
    with os.fdopen(own, "wb") as channel:
        pickle.dump(answer, channel)
