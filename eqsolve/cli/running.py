"""Run work so that Ctrl-C works: the solver in a thread, the main thread on watch.

Ctrl-C once asks the solver to stop; if it does not within a good second (a foreign
solver may not listen), the last published incumbent is taken, and checked if that takes no longer
than a moment. Twice: stop now.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Outcome, Result, Stats
from eqsolve.core.status import Limit, Status

if TYPE_CHECKING:
    import click

    from eqsolve.solve import Request

__all__ = ["finished_soon", "leave", "left_behind", "progress_shown", "run_interruptibly", "solved"]

GRACE = 1.3
"""Seconds that a canceled solver has to come back by itself."""
MOMENT = 0.3
"""Seconds that the check of what it left behind may take."""

T = TypeVar("T")


def run_interruptibly(work: Callable[[Deadline], T], deadline: Deadline) -> T | None:
    """Return what `work` returns, None if it would not stop and was left behind.

    Parameters
    ----------
    work : called with the deadline in a thread.
    deadline : canceled on Ctrl-C.

    Raises
    ------
    Exception : whatever `work` raised.
    """
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["result"] = work(deadline)
        except BaseException as error:  # handed to the main thread, which raises it
            box["error"] = error

    presses: list[float] = []

    def on_interrupt(signum: int, frame: FrameType | None) -> None:
        presses.append(time.monotonic())
        deadline.cancel()
        if len(presses) > 1:
            os._exit(128 + signum)

    thread = threading.Thread(target=run, name="eqsolve-solver", daemon=True)
    handlers = {
        number: signal.signal(number, on_interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        thread.start()
        while thread.is_alive():
            thread.join(0.05)
            if presses and time.monotonic() - presses[0] > GRACE:
                return None
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if "error" in box:
        raise box["error"]
    found: T = box["result"]
    return found


def solved(market: Any, request: Request, quiet: bool) -> tuple[Result[Any], bool]:
    """Return the answer of a request, and whether a solver that would not stop was left behind.

    What such a solver has published is checked if that takes no longer than a moment.
    """
    from eqsolve.cli.render import warn
    from eqsolve.registry import family_of
    from eqsolve.solve import clock, verify

    with progress_shown(quiet) as on_progress:
        deadline = clock(family_of(market), request.time_limit, on_progress)
        found = run_interruptibly(lambda running: request.solve(market, running), deadline)
    if found is not None:
        return found, False
    result = left_behind(deadline)
    if result.solution is not None:
        report = finished_soon(lambda: verify(market, result))
        result = replace(result, check=report)
        if report is None:
            warn("interrupted before the check was through; see eqsolve verify")
    return result, True


def leave(ctx: click.Context, status: int, abandoned: bool) -> None:
    """End the program; at once where a foreign solver still runs that nothing else can stop."""
    if abandoned:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    ctx.exit(status)


def finished_soon(work: Callable[[], T]) -> T | None:
    """Return what `work` returns, or None if it takes longer than a moment (it runs on)."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(MOMENT)
    return found[0] if found else None


def left_behind(deadline: Deadline) -> Result[Any]:
    """Return the last published incumbent as an unproved result."""
    incumbent = deadline.latest.incumbent
    stats = Stats(method="", seconds=deadline.elapsed)
    if not isinstance(incumbent, Outcome) or incumbent.solution is None:
        return Result(status=Status.UNKNOWN, stats=stats, limit=Limit.INTERRUPTED)
    return Result(
        status=Status.FEASIBLE,
        stats=Stats(method=incumbent.method, seconds=deadline.elapsed, counts=incumbent.counts),
        limit=Limit.INTERRUPTED,
        solution=incumbent.solution,
        objective=incumbent.objective,
        bounds=incumbent.bounds,
        certificate=incumbent.certificate,
    )


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Yield a callback that shows progress on a terminal, or None elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    start = time.monotonic()
    with console.status("solving") as status:

        def show(progress: Progress) -> None:
            parts = [progress.message or "solving", f"{time.monotonic() - start:.0f} s"]
            if progress.done is not None and progress.total:
                parts.append(f"{progress.done}/{progress.total}")
            if progress.objective is not None:
                parts.append(f"best {progress.objective:.6g}")
            if progress.bound is not None:
                parts.append(f"bound {progress.bound:.6g}")
            if progress.objective is not None and progress.bound is not None:
                gap = abs(progress.bound - progress.objective) / max(1, abs(progress.objective))
                parts.append(f"gap {gap:.2%}")
            status.update(Text(", ".join(parts)))

        yield show
