"""Worker processes under watch: time and memory are enforced from outside, deaths are noticed.

A task whose worker hangs is killed with its whole process group after its time limit plus a
grace period; one whose worker dies is reported with the signal. Neither stops the rest.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

from eqsolve.batch.stamp import FileState
from eqsolve.batch.task import Outcome, Question, State, unfinished
from eqsolve.batch.worker import COMPILING, READY, RESUMED, work
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import grace_after
from eqsolve.io.sources import Source

__all__ = ["Supervisor"]

GRACE = 2.0
"""Seconds beyond the time limit and the grace of the check before a worker is killed: both stop
by themselves first."""
COMPILE_LIMIT = 900.0
"""Seconds that compiling kernels may take, which no time limit counts."""
START_LIMIT = 120.0
"""Seconds that a worker may take to start."""
_POLL = 0.2


@dataclass(slots=True)
class _Worker:
    """One process, its pipe and what it is busy with."""

    process: BaseProcess
    connection: Connection
    started: float
    ready: bool = False
    number: int = -1
    source: Source | None = None
    compiling: float = 0.0
    files: list[FileState] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        return self.ready and self.source is None


class Supervisor:
    """Runs tasks on worker processes.

    Parameters
    ----------
    jobs : number of workers.
    store, question, retry : handed to every worker.
    time_limit : seconds per task enforced from outside, or None.
    memory_limit : bytes of resident memory per worker, or None.
    target : what a worker process runs.
    """

    def __init__(
        self,
        jobs: int,
        store: str,
        question: Question,
        retry: str,
        *,
        time_limit: float | None,
        memory_limit: int | None,
        target: Callable[..., None] = work,
    ) -> None:
        self._target = target
        self._context = multiprocessing.get_context("spawn")
        self._arguments = (store, question, retry)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._failed_starts = 0
        self._workers = [self._start() for _ in range(jobs)]

    def run(self, tasks: Iterator[tuple[int, Source]]) -> Iterator[tuple[int, Outcome] | None]:
        """Yield (number, outcome) as tasks finish, in any order; None when nothing happened.

        The None comes a few times per second, so that the caller can flush and look at signals.

        Raises
        ------
        BackendError : workers die again and again before they can start.
        """
        pending = next(tasks, None)
        while pending is not None or any(worker.source for worker in self._workers):
            for worker in self._workers:
                if pending is not None and worker.idle:
                    self._give(worker, pending)
                    pending = next(tasks, None)
            finished = list(self._collect())
            yield from finished
            if not finished:
                yield None

    def stop(self) -> None:
        """Let idle workers go and kill the busy ones."""
        for worker in self._workers:
            if worker.idle:
                with contextlib.suppress(OSError):
                    worker.connection.send(None)
            else:
                self._kill(worker)
        for worker in self._workers:
            worker.process.join(1.0)
            if worker.process.is_alive():
                self._kill(worker)
            worker.connection.close()

    def _start(self) -> _Worker:
        """Start a worker; it reports `READY` when it can take tasks."""
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=self._target, args=(theirs, *self._arguments), daemon=True
        )
        ours_alone = self._target.__module__ != "__main__"
        with _without_main() if ours_alone else contextlib.nullcontext():
            process.start()
        theirs.close()
        return _Worker(process, ours, time.monotonic())

    def _give(self, worker: _Worker, task: tuple[int, Source]) -> None:
        """Send a task to an idle worker."""
        worker.number, worker.source = task
        worker.files.clear()
        worker.started, worker.compiling = time.monotonic(), 0.0
        with contextlib.suppress(OSError):  # a dead worker is noticed in `_collect`
            worker.connection.send(task)

    def _collect(self) -> Iterator[tuple[int, Outcome]]:
        """Yield what has finished, was killed or has died."""
        by_connection = {worker.connection: worker for worker in self._workers}
        for connection in wait(list(by_connection), _POLL):
            worker = by_connection[connection]  # type: ignore[index]  # only connections were given
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._bury(worker, *self._cause_of_death(worker))
                continue
            if message == READY:
                worker.ready, self._failed_starts = True, 0
            elif message == COMPILING:
                worker.compiling = time.monotonic()
            elif message == RESUMED:
                worker.started += time.monotonic() - worker.compiling
                worker.compiling = 0.0
            elif isinstance(message, FileState):
                worker.files.append(message)
            else:
                worker.source = None
                yield message
        for worker in list(self._workers):
            reason = self._overstepped(worker)
            if reason is not None:
                self._kill(worker)
                yield from self._bury(worker, *reason)

    def _overstepped(self, worker: _Worker) -> tuple[str, str] | None:
        """Return state and reason if the worker uses too much time or memory."""
        elapsed = time.monotonic() - worker.started
        if not worker.ready:
            return (State.FAILED, "the worker did not start") if elapsed > START_LIMIT else None
        if worker.source is None:
            return None
        if worker.compiling and time.monotonic() - worker.compiling > COMPILE_LIMIT:
            return State.FAILED, f"killed after compiling kernels for {COMPILE_LIMIT:g} s"
        limit = self._time_limit
        out_of_time = limit is not None and elapsed > limit + grace_after(limit) + GRACE
        if out_of_time and not worker.compiling:
            return State.TIMEOUT, f"killed after {elapsed:.1f} s: time limit {limit:g} s"
        if self._memory_limit is not None:
            used = _resident_bytes(worker.process.pid)
            if used > self._memory_limit:
                mebi = 2**20
                return (
                    State.FAILED,
                    f"killed at {used // mebi} MiB: memory limit {self._memory_limit // mebi} MiB",
                )
        return None

    def _cause_of_death(self, worker: _Worker) -> tuple[str, str]:
        """Return state and reason for a worker whose pipe has closed."""
        worker.process.join(5.0)
        code = worker.process.exitcode
        if code is not None and code < 0:
            return State.FAILED, f"the worker was killed by {signal.Signals(-code).name}"
        return State.FAILED, f"the worker ended with exit code {code}"

    def _bury(self, worker: _Worker, state: str, reason: str) -> Iterator[tuple[int, Outcome]]:
        """Replace a worker that is gone; report the task it had."""
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts > 3:
                raise BackendError(f"workers cannot start: {reason}")
        elapsed = time.monotonic() - worker.started
        number, source = worker.number, worker.source
        worker.connection.close()
        self._workers[self._workers.index(worker)] = self._start()
        if source is not None:
            yield number, unfinished(reason, state, elapsed, tuple(worker.files))

    @staticmethod
    def _kill(worker: _Worker) -> None:
        """Kill the worker with everything it has started."""
        pid = worker.process.pid
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid is not None and os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                worker.process.kill()
        worker.process.join(5.0)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the program that runs: a new process would run it again, and workers need none of it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _resident_bytes(pid: int | None) -> int:
    """Return the resident memory of a process, 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
