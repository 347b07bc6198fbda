"""`batch`: many instances into a store, what ``eqsolve batch`` and the library both call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.batch.run import BatchProgress, batch_command, run_batch
from eqsolve.batch.store import Store
from eqsolve.batch.summary import summary_document, summary_tables
from eqsolve.batch.task import Question
from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.core.instance import Instance
from eqsolve.core.table import Table
from eqsolve.io.opening import require_form
from eqsolve.registry import from_each, get_family

__all__ = ["BatchReport", "batch", "check_question", "report_on"]

RETRY = ("none", "failed", "timeout", "all")
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a run has done and what its items' answers are.

    Parameters
    ----------
    progress : counts of this run, and the command line that goes on with it.
    document : the summary as JSON, as ``eqsolve batch --json`` shows it.
    tables : the same as tables.
    """

    progress: BatchProgress
    document: Mapping[str, Any]
    tables: tuple[Table, ...]

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.tables))


def batch(
    paths: str | Path | Iterable[str | Path],
    store: str | Path,
    *,
    kind: str | None = None,
    table: Mapping[str, Any] | None = None,
    jobs: int = 0,
    method: str = "auto",
    time_limit: float | None = None,
    memory_limit: int | None = None,
    seed: int = 0,
    retry: str = "none",
    executor: str = "process",
    scheduler: str | None = None,
    on_progress: Callable[[BatchProgress], None] | None = None,
    stopped: Callable[[], bool] | None = None,
    **options: Any,
) -> BatchReport:
    """Solve every instance that a store does not answer yet; killed at any moment, it goes on.

    Parameters
    ----------
    paths : files, folders, globs, ``.jsonl`` collections, catalog names.
    store : the SQLite file; made if need be.
    kind : what CSV files hold, one instance each; None: those in folders are passed over.
    table : how they are read, as ``--table`` says it: ``{"decimal": "comma"}``; only with `kind`.
    jobs : worker processes; 0 takes one per processor.
    method, seed : of every solve.
    time_limit : seconds per instance, also enforced from outside the worker.
    memory_limit : MiB per worker; None takes a share of 80 % of the machine's.
    retry : ``"none"``, ``"failed"``, ``"timeout"`` or ``"all"``: which unanswered items run again.
    executor : ``"process"``, or ``"dask"`` with the address of a `scheduler`.
    on_progress : called with the counts after each commit.
    stopped : asked several times a second; True ends the run, finished items being safe.
    **options : settings of the method.

    Raises
    ------
    FormatError : a path that leads nowhere, a table named without `kind`, a store that is none.
    OptionError : an unknown kind, method or option, or an impossible value.
    OSError : the store is locked or cannot be written.

    Notes
    -----
    Cost: that of the solves. Source: each method names its own.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = batch("catalog:one-good", f"{folder}/run.sqlite", jobs=1)
    >>> report.progress.done, report.document["items"]
    (1, 1)
    """
    from eqsolve.io import as_text

    names = _names(paths)
    texts = tuple(sorted((key, as_text(value)) for key, value in options.items()))
    if retry not in RETRY:
        raise OptionError(f"retry = {retry!r}: must be one of {', '.join(RETRY)}")
    if not Path(store).exists():
        require_form(store, "a run is kept as", ".sqlite file")
    question = Question(method, texts, time_limit, seed)
    check_question(question)
    memory = None if memory_limit is None else memory_limit * _MIB
    cluster = _cluster(executor, scheduler, question, memory)
    asked: dict[str, Any] = {"jobs": jobs, "retry": retry, "memory_limit": memory}
    asked["table"] = _reading_of_tables(kind, table or {})
    progress = run_batch(
        names,
        store,
        question,
        **asked,
        executor=cluster,
        command=batch_command(names, store, question, **asked, scheduler=scheduler),
        on_progress=on_progress or (lambda progress: None),
        stopped=stopped or (lambda: False),
    )
    return report_on(progress, store, question)


def _names(paths: Any) -> list[str]:
    """Return the paths of a run as text.

    Raises
    ------
    OptionError : one is no path.
    """
    listed = [paths] if isinstance(paths, str | Path | Instance) else list(paths)
    for path in listed:
        if isinstance(path, Instance):
            raise OptionError(
                f"{path!r} is no path: write it with eqsolve.save, or solve it with eqsolve.solve"
            )
        if not isinstance(path, str | Path):
            raise OptionError(f"{path!r} is no path")
    return [str(path) for path in listed]


def _reading_of_tables(kind: str | None, table: Mapping[str, Any]) -> dict[str, str]:
    """Return how tables are read, with a kind that fits one, or refuse it before any is opened."""
    from eqsolve.io import as_text
    from eqsolve.io.sheets import fits_no_table, kinds_of_sheets

    if kind is None:
        if table:
            raise OptionError(f"table = {dict(table)!r}: says how tables are read; add kind=KIND")
        return {}
    if get_family(kind).kind not in kinds_of_sheets():
        raise fits_no_table(kind)
    return {"kind": kind} | {key: as_text(value) for key, value in table.items()}


def report_on(progress: BatchProgress, store: str | Path, question: Question) -> BatchReport:
    """Return the report on the items of one run; the store may hold others."""
    with Store(store, read_only=True) as run:
        rows = list(run.rows(question, progress.sources))
    document = summary_document(rows)
    document["go_on"] = [progress.command] * bool(document["open"])
    return BatchReport(progress, document, tuple(summary_tables(rows)))


def check_question(question: Question) -> dict[str, str]:
    """Refuse at once a method or option that no kind has; return the kinds that cannot be used.

    Raises
    ------
    OptionError : names the nearest.
    """
    by_kind, failures = from_each(lambda family: family.methods)
    names = {method.name for methods in by_kind.values() for method in methods}
    if question.method not in names:
        hint = nearest_name(question.method, names)
        raise OptionError(f"unknown method {question.method!r}; {hint}")
    request, faults = question.request, []
    for kind in by_kind:
        try:
            request.settings(get_family(kind))
        except OptionError as error:
            faults.append(error)
        else:
            return failures
    raise faults[0]


def _cluster(
    executor: str, scheduler: str | None, question: Question, memory_limit: int | None
) -> Callable[[], Any] | None:
    """Return what connects to a Dask cluster, or None for local processes."""
    if executor not in ("process", "dask"):
        raise OptionError(f"executor = {executor!r}: must be process or dask")
    if executor == "process":
        if scheduler is not None:
            raise OptionError("--scheduler goes with --executor dask")
        return None
    if scheduler is None:
        raise OptionError("--executor dask needs --scheduler ADDRESS")
    from eqsolve.batch.cluster import ClusterExecutor

    return lambda: ClusterExecutor(scheduler, question, memory_limit)
