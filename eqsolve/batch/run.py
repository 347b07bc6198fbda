"""Solve many instances: plan, dispatch, commit each result as it comes, survive anything."""

from __future__ import annotations

import contextlib
import os
import platform
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from eqsolve.batch.stamp import Desk, write_stamp
from eqsolve.batch.store import RETRIES, Store
from eqsolve.batch.supervisor import Supervisor
from eqsolve.batch.task import Outcome, Question, State, raw_digest
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.core.log import note
from eqsolve.core.machine import open_files, total_memory
from eqsolve.io.sheets import reading_words
from eqsolve.io.sources import PassedOver, Source, find_sources
from eqsolve.version import __version__

__all__ = ["BatchProgress", "Executor", "batch_command", "most_workers", "run_batch"]

_FLUSH = 0.05
"""Seconds that a finished result may wait for others to share its transaction."""
_PER_PROCESSOR = 8
"""Workers beyond this only wait for each other."""
_LEAST_MEMORY = 256 * 2**20
"""Bytes that a worker takes before it has seen an instance, with room for a small one."""
_OTHER_FILES, _FILES_PER_WORKER = 20, 3
"""Descriptors of this process itself, and of each worker (pipe, watch, one while it starts)."""


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
    sources : the instances' absolute names, as the store has them.
    passed_over : what the folders hold beside instances.
    workers : processes at work.
    command : what goes on with the run if it is cut short.
    """

    total: int = 0
    skipped: int = 0
    done: int = 0
    failed: int = 0
    timeout: int = 0
    sources: frozenset[str] = field(default=frozenset(), repr=False)
    passed_over: PassedOver = field(default_factory=PassedOver, repr=False)
    workers: int = 0
    command: str = ""

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
    table: Mapping[str, str] | None = None,
    executor: Callable[[], Executor] | None = None,
    command: str = "",
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
    table : how tables of text are read, their kind first; None or empty: they are passed over.
    executor : makes another executor than local processes.
    command : what goes on with the run, for the record; by default made from the arguments.
    on_progress : called after each commit.
    stopped : asked several times a second; True ends the run, finished items being safe.

    Returns
    -------
    progress : final counts.

    Raises
    ------
    FormatError : a name that leads nowhere, or a store that is none.
    OptionError : a negative number of jobs, or a memory limit that is not positive.
    OSError : the store is locked or cannot be written; the disk is full.
    """
    if jobs < 0:
        raise OptionError(f"jobs = {jobs}: must be >= 0")
    if memory_limit is not None and memory_limit <= 0:
        raise OptionError(f"memory limit = {memory_limit}: must be > 0")
    progress = BatchProgress(passed_over=PassedOver(store_path))
    # A wrong name should not leave an empty store behind; what is named twice is one item.
    found = find_sources(names, progress.passed_over, table)
    sources = {_place(source): source for source in found}
    progress.total, progress.sources = len(sources), frozenset(sources)
    with Store(store_path) as store:
        plan = _plan(sources, store, question, retry)
        todo = [sources[place] for place, _ in plan.todo]
        workers = min(most_workers(jobs), max(1, len(todo)))
        share = memory_limit or _share_of_memory(workers)
        command = command or batch_command(
            names, store_path, question, jobs=jobs, retry=retry, memory_limit=memory_limit,
            table=table,
        )  # fmt: skip
        progress.workers, progress.command = workers, command
        settings = _settings(question, workers, share) | {"passed_over": str(progress.passed_over)}
        run = store.begin(question, retry, settings, command, __version__, plan.todo, plan.known)
        progress.skipped = len(plan.known)
        on_progress(progress)
        make = executor or (
            lambda: Supervisor(
                workers,
                str(Path(store_path).resolve()),
                question,
                retry,
                time_limit=question.time_limit,
                memory_limit=share,
            )
        )
        commit = partial(store.add, question, version=__version__, run=run)
        if not todo or _drive(make(), todo, plan.desk, commit, progress, on_progress, stopped):
            store.end(run)
    return progress


def batch_command(
    names: Sequence[str],
    store_path: str | Path,
    question: Question,
    *,
    jobs: int,
    retry: str,
    memory_limit: int | None,
    table: Mapping[str, str] | None = None,
    scheduler: str | None = None,
) -> str:
    """Return the command line that asks the same, from whatever folder it is called."""
    words = ["eqsolve", "batch", *(_from_anywhere(name) for name in names)]
    words += ["--store", _from_anywhere(str(store_path))]
    words += reading_words(table or {})
    words += ["--jobs", str(jobs)] if jobs else []
    words += ["--method", question.method] if question.method != "auto" else []
    words += [word for key, text in question.options for word in ("--option", f"{key}={text}")]
    words += ["--time-limit", f"{question.time_limit:g}"] if question.time_limit else []
    words += ["--memory-limit", str(-(-memory_limit // 2**20))] if memory_limit else []
    words += ["--seed", str(question.seed)] if question.seed else []
    words += ["--retry", retry] if retry != "none" else []
    words += ["--executor", "dask", "--scheduler", scheduler] if scheduler else []
    return shlex.join(words)


def most_workers(jobs: int) -> int:
    """Return how many workers this machine carries when `jobs` are asked for; 0: one a processor.

    Beyond some per processor they only wait for each other; each takes memory by itself, and
    descriptors of the process that watches them.
    """
    processors = os.cpu_count() or 1
    total = total_memory()
    room = [jobs or processors, _PER_PROCESSOR * processors]
    room += [] if total is None else [int(total * 0.8) // _LEAST_MEMORY]
    room += [(open_files() - _OTHER_FILES) // _FILES_PER_WORKER]
    return max(1, min(room))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run must do: absolute names with the stamps that still hold; see `Store.begin`.

    The desk remembers how each file looked.
    """

    todo: list[tuple[str, str | None]]
    known: list[tuple[str, str]]
    desk: Desk


def _plan(sources: Mapping[str, Source], store: Store, question: Question, retry: str) -> _Plan:
    """Return what must be asked and what is known; sources in doubt are read, others not."""
    answered = store.answered(question)
    plan = _Plan([], [], Desk())
    for place, source in sources.items():
        stamp, state = answered.get(place, ("", State.OPEN))
        confirmed = plan.desk.confirmed(source, stamp)
        if confirmed is None or state in RETRIES[retry]:
            plan.todo.append((place, confirmed))
        else:
            plan.known.append((place, confirmed))
    return plan


def _drive(
    running: Executor,
    todo: list[Source],
    desk: Desk,
    commit: Callable[[list[tuple[str, str, Outcome]]], None],
    progress: BatchProgress,
    on_progress: Callable[[BatchProgress], None],
    stopped: Callable[[], bool],
) -> bool:
    """Commit outcomes as they come in; return whether all are there, or the run was stopped."""
    ready: list[tuple[str, str, Outcome]] = []
    flushed = 0.0

    def flush() -> None:
        nonlocal flushed
        flushed = time.monotonic()
        if ready:
            commit(ready)
            ready.clear()
            on_progress(progress)

    try:
        for event in running.run(iter(enumerate(todo))):
            if event is not None:
                number, outcome = event
                stamp, outcome = _witnessed(todo[number], outcome, desk)
                progress.count(outcome.state)
                note("%s: %s", todo[number], outcome.state)
                ready.append((_place(todo[number]), stamp, outcome))
            if event is None or time.monotonic() - flushed > _FLUSH:
                flush()
            if stopped():
                return False
        return True
    finally:
        try:
            flush()
        finally:
            running.stop()


def _witnessed(source: Source, outcome: Outcome, desk: Desk) -> tuple[str, Outcome]:
    """Return the stamp of what an outcome was worked out from, and the outcome.

    A worker that died has left no digest. Without files the item is to be asked again.
    """
    if outcome.digest:
        return write_stamp(outcome.files) if outcome.files else "", outcome
    with contextlib.suppress(FormatError):
        digest = raw_digest(source, source.data())
        return desk.testify(source, outcome.files), replace(outcome, digest=digest)
    return "", replace(outcome, digest=raw_digest(source))


def _settings(question: Question, workers: int, memory_limit: int | None) -> dict[str, object]:
    """Return what the record of a run holds beside its question."""
    return {
        "options": dict(question.options),
        "seed": question.seed,
        "time_limit": question.time_limit,
        "memory_limit": memory_limit,
        "workers": workers,
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _from_anywhere(name: str) -> str:
    """Return a name of instances that does not depend on the current folder."""
    return name if name.startswith("catalog:") else os.path.abspath(name)  # noqa: PTH100


def _place(source: Source) -> str:
    """Return a source's absolute name, the same from whatever folder it is called."""
    path = _from_anywhere(source.path)
    return path if source.line < 0 else f"{path}#{source.line}"


def _share_of_memory(workers: int) -> int | None:
    """Return 80 % of the machine's memory divided by the workers, None where unknown."""
    total = total_memory()
    return None if total is None else int(total * 0.8) // workers
