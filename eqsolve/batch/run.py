"""Solve many instances: plan, dispatch, commit each result as it comes, survive anything."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from eqsolve.batch.store import Store
from eqsolve.batch.supervisor import Supervisor
from eqsolve.batch.task import Outcome, Question, Record, State
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.core.machine import total_memory
from eqsolve.io.sources import Source, find_sources
from eqsolve.version import __version__

__all__ = ["BatchProgress", "Executor", "run_batch"]

_FLUSH = 0.05
"""Seconds that a finished result may wait for others to share its transaction."""


class Executor(Protocol):
    """What runs the tasks: worker processes here, or a Dask cluster."""

    def run(self, tasks: Iterator[tuple[int, Source]]) -> Iterator[tuple[int, Outcome] | None]:
        """Yield (number, record or known digest) in any order, None when nothing happened."""
        ...

    def stop(self) -> None:
        """Give up what is running."""
        ...


@dataclass(slots=True)
class BatchProgress:
    """Where a run stands.

    Parameters
    ----------
    total : instances found; skipped : already answered in the store; done, failed, timeout :
        finished in this run, by state.
    """

    total: int = 0
    skipped: int = 0
    done: int = 0
    failed: int = 0
    timeout: int = 0

    @property
    def finished(self) -> int:
        """Items that need no further work in this run."""
        return self.skipped + self.done + self.failed + self.timeout

    def count(self, state: str) -> None:
        """Count one finished item."""
        if state == State.DONE:
            self.done += 1
        elif state == State.TIMEOUT:
            self.timeout += 1
        else:
            self.failed += 1


def run_batch(
    names: list[str],
    store_path: str | Path,
    question: Question,
    *,
    jobs: int = 0,
    retry: str = "none",
    memory_limit: int | None = None,
    executor: Callable[[], Executor] | None = None,
    on_progress: Callable[[BatchProgress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> BatchProgress:
    """Solve every instance that the store does not answer yet.

    Parameters
    ----------
    names : files, folders, globs, ``.jsonl`` collections, catalog names.
    store_path : the run store; made if need be.
    question : method, options, time limit, seed.
    jobs : worker processes; 0 takes one per processor.
    retry : ``"none"``, ``"failed"``, ``"timeout"`` or ``"all"``.
    memory_limit : bytes per worker; None takes 80 % of the machine's, shared by the workers.
    executor : makes another executor than local processes.
    on_progress : called after each commit.
    stopped : asked several times a second; True ends the run, finished items being safe.

    Returns
    -------
    progress : final counts.

    Raises
    ------
    FormatError : a name that leads nowhere, or a store that is none.
    OptionError : a negative number of jobs.
    """
    if jobs < 0:
        raise OptionError(f"jobs = {jobs}: must be >= 0")
    workers = jobs or os.cpu_count() or 1
    progress = BatchProgress()
    sources = list(find_sources(names))  # a wrong name should not leave an empty store behind
    with Store(store_path) as store:
        finished = store.finished(question, retry)
        progress.total = len(sources)
        todo = [source for source in sources if finished.get(_place(source)) != _stamp(source)]
        progress.skipped = len(sources) - len(todo)
        on_progress(progress)
        if not todo:
            return progress
        make = executor or (
            lambda: Supervisor(
                min(workers, len(todo)),
                str(Path(store_path).resolve()),
                question,
                retry,
                time_limit=question.time_limit,
                memory_limit=memory_limit or _share_of_memory(workers),
            )
        )
        _drive(make(), todo, store, question, progress, on_progress, stopped)
    return progress


def _drive(
    running: Executor,
    todo: list[Source],
    store: Store,
    question: Question,
    progress: BatchProgress,
    on_progress: Callable[[BatchProgress], None],
    stopped: Callable[[], bool],
) -> None:
    """Commit outcomes as they come in, until all are there or the run is stopped."""
    ready: list[tuple[str, str, Outcome]] = []
    flushed = 0.0

    def flush() -> None:
        nonlocal flushed
        flushed = time.monotonic()
        if ready:
            store.add(question, ready, __version__)
            ready.clear()
            on_progress(progress)

    try:
        for event in running.run(iter(enumerate(todo))):
            if event is not None:
                number, outcome = event
                source = todo[number]
                if isinstance(outcome, Record) and not outcome.digest:
                    outcome = replace(outcome, digest=_digest_of(source))
                progress.count(outcome.state)
                ready.append((_place(source), _stamp(source), outcome))
            if event is None or time.monotonic() - flushed > _FLUSH:
                flush()
            if stopped():
                break
    finally:
        flush()
        running.stop()


def _place(source: Source) -> str:
    """Return a source's absolute name, the same from whatever folder it is called."""
    path = os.path.abspath(source.path)  # noqa: PTH100  # resolve() would follow links
    return path if source.line < 0 else f"{path}#{source.line}"


def _stamp(source: Source) -> str:
    """Return size and time of change: a file that kept both need not be read again."""
    try:
        found = Path(source.path).stat()
    except OSError:
        return "absent"
    return f"{found.st_size}:{found.st_mtime_ns}:{source.offset}:{source.length}"


def _digest_of(source: Source) -> str:
    """Return a digest for an item whose worker died: of its bytes, not opened any further."""
    try:
        data = source.data()
    except FormatError:
        data = str(source).encode()
    return "raw:" + hashlib.sha256(data).hexdigest()


def _share_of_memory(workers: int) -> int | None:
    """Return 80 % of the machine's memory divided by the workers, None where unknown."""
    total = total_memory()
    return None if total is None else int(total * 0.8) // workers
