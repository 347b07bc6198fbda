"""From exceptions to exit statuses: 2 for unusable input, without a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from eqsolve.core.errors import (
    BackendError,
    CertificateError,
    EqsolveError,
    InstanceError,
    NoSolutionError,
)

__all__ = [
    "ANSWER_NO",
    "INTERRUPTED",
    "NOTHING_FOUND",
    "NOT_PROVED",
    "UNUSABLE_INPUT",
    "reported",
]

ANSWER_NO = 1
"""Violations found, some batch items failed, a theorem was refuted."""
UNUSABLE_INPUT = 2
NOTHING_FOUND = 3
"""Stopped by a limit with nothing to show."""
NOT_PROVED = 4
"""Nothing is refuted, but a claim rests on evidence that is missing or cannot be rechecked."""
INTERRUPTED = 130
READER_GONE = 141
"""The program that reads our output has closed it, like `head`: 128 + SIGPIPE."""


@contextmanager
def reported(ctx: click.Context) -> Iterator[None]:
    """Turn our own errors into lines on standard error: status 2 for input, 1 for a failed run.

    Ctrl-C outside a solve is 130; a closed pipe ends the program without a word.
    """
    from eqsolve.cli.render import warn, warn_lines

    try:
        yield
    except InstanceError as error:
        for line in error.lines():
            warn(line)
        ctx.exit(UNUSABLE_INPUT)
    except (BackendError, CertificateError) as error:
        warn_lines(f"eqsolve: {error}")
        ctx.exit(ANSWER_NO)
    except NoSolutionError as error:
        warn_lines(f"eqsolve: {error}")
        ctx.exit(NOTHING_FOUND)
    except EqsolveError as error:
        warn_lines(f"eqsolve: {error}")
        ctx.exit(UNUSABLE_INPUT)
    except MemoryError as error:
        warn(f"eqsolve: not enough memory on this machine: {error}")
        ctx.exit(UNUSABLE_INPUT)
    except KeyboardInterrupt:
        warn("interrupted")
        ctx.exit(INTERRUPTED)
    except BrokenPipeError:
        # What is left in the buffer has no reader; without this Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        ctx.exit(READER_GONE)
    except OSError as error:
        hint = "; allow more: ulimit -n 256" if error.errno == errno.EMFILE else ""
        warn(f"{error.filename or 'eqsolve'}: {error.strerror or error}{hint}")
        ctx.exit(UNUSABLE_INPUT)
