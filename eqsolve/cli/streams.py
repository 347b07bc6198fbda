"""Standard streams of the program: none is closed, and the result has one of them to itself."""

from __future__ import annotations

import io
import os
import sys

__all__ = ["fill_closed_streams", "keep_standard_output", "show_anything"]


def show_anything() -> None:
    """Let the standard streams write escapes for characters that their encoding lacks.

    In the locale C their handler is ``surrogateescape``, which knows no more characters.
    """
    for stream in (sys.stdout, sys.stderr):
        lacking = ("strict", "surrogateescape")
        if isinstance(stream, io.TextIOWrapper) and stream.errors in lacking:
            stream.reconfigure(errors="backslashreplace")


def fill_closed_streams() -> None:
    """Put something in the place of standard streams that are closed (``>&-``).

    Otherwise the next file to be opened gets their number, and foreign prints with it. Closed
    input is empty, what goes to closed errors is lost, and closed output has no reader: writing
    there ends as with a pipe that `head` has left.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, this one
            os.set_inheritable(number, True)
            if number == 1:
                reader, writer = os.pipe()
                os.dup2(writer, number)
                os.close(reader)
                os.close(writer)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


def keep_standard_output() -> None:
    """Let `sys.stdout` alone reach a pipe or file; what else writes to descriptor 1 goes to 2.

    Foreign solvers print a line now and then (HiGHS), also from a thread left behind. Done once,
    by the program: around each call, the lines of a user's other threads would be led astray.
    """
    old = sys.stdout
    if not isinstance(old, io.TextIOWrapper) or old.isatty():
        return
    try:
        old.flush()
        own = os.dup(old.fileno())
        os.dup2(2, 1)
    except OSError:  # no file: nothing to keep apart
        return
    bare = os.fdopen(own, "wb", 0 if old.write_through else -1)
    sys.stdout = io.TextIOWrapper(
        bare, old.encoding, old.errors, line_buffering=old.line_buffering,
        write_through=old.write_through,
    )  # fmt: skip
