"""``eqsolve batch``: many instances; kill it at any moment, start it again, the rest is solved."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from eqsolve.cli.failures import ANSWER_NO, INTERRUPTED
from eqsolve.cli.parameters import key_values, output_options, question_options, table_options
from eqsolve.core.text import counted

if TYPE_CHECKING:
    from eqsolve.batch.run import BatchProgress

__all__ = ["command"]


@click.command("batch", epilog="Example: eqsolve batch instances/ --store run.sqlite --jobs 2")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--store", required=True, metavar="RUN.sqlite", help="Made if it does not exist.")
@table_options
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    help="Worker processes; default one per processor, at most 8 per processor.",
)
@question_options("Per instance, also enforced from outside the worker.")
@click.option(
    "--memory-limit",
    type=click.IntRange(min=1),
    metavar="MIB",
    help="Per worker; default a share of 80 %.",
)
@click.option(
    "--retry",
    type=click.Choice(["none", "failed", "timeout", "all"]),
    default="none",
    help="Run unanswered items again.",
)
@click.option(
    "--executor",
    type=click.Choice(["process", "dask"]),
    default="process",
    show_default=True,
    help="Local processes, or a Dask cluster that sees the same files.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler: tcp://HOST:8786.")
@output_options
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    store: str,
    table: dict[str, str],
    jobs: int,
    method: str,
    options: tuple[str, ...],
    time_limit: float | None,
    memory_limit: int | None,
    seed: int,
    retry: str,
    executor: str,
    scheduler: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Solve every instance in PATH... (folders, globs, .jsonl files, -) that the store lacks.

    With --kind the .csv, .tsv and .tab files there are instances too, one each.

    What comes from standard input (-) is kept in a file beside the store: the run can go on.

    Exit status 0: every item has an answer, if only the best found in time; 1: some failed or ran
    out of time with nothing to show; 2: unusable input; 130: interrupted, what was finished is in
    the store.
    """
    from eqsolve.batch import verb
    from eqsolve.batch.run import most_workers
    from eqsolve.batch.task import Question
    from eqsolve.cli.render import show_failures, show_json, show_tables, warn
    from eqsolve.io.opening import STANDARD

    paths = tuple(_kept_input(Path(store)) if path == STANDARD else path for path in paths)
    texts = key_values(options)
    show_failures(verb.check_question(Question(method, tuple(sorted(texts.items())))))
    with _interruptible() as stopped, _progress(quiet) as on_progress:
        report = verb.batch(
            paths,
            store,
            kind=table.pop("kind", None),
            table=table,
            jobs=jobs,
            method=method,
            time_limit=time_limit,
            memory_limit=memory_limit,
            seed=seed,
            retry=retry,
            executor=executor,
            scheduler=scheduler,
            on_progress=on_progress,
            stopped=stopped,
            **texts,
        )
        interrupted = stopped()
    progress, document = report.progress, report.document
    if progress.passed_over and not quiet:
        warn(f"passed over: {progress.passed_over}")
    if progress.workers == most_workers(jobs) < jobs and executor == "process":
        text = f"--jobs {jobs}: more than this machine carries; {progress.workers} at work"
        warn(text)
    if as_json:
        show_json(document)
    elif not quiet:
        show_tables(report.tables)
        click.echo(
            f"{counted(progress.total, 'instance')}: "
            f"{progress.skipped} were known, {progress.done} answered now, "
            f"{progress.timeout} out of time, {progress.failed} failed"
        )
    if interrupted:
        text = f"interrupted; what was finished is safe. To go on: {progress.command}"
        warn(text)
        ctx.exit(INTERRUPTED)
    unanswered = [trouble for trouble in document["troubles"] if not trouble["answered"]]
    ctx.exit(ANSWER_NO if unanswered or document["open"] else 0)


def _kept_input(store: Path) -> str:
    """Write standard input to a file beside the store, named by its content, and return its name.

    Raises
    ------
    FormatError : it is empty or in a foreign form.
    """
    import hashlib

    from eqsolve.core.errors import Fault, FormatError
    from eqsolve.io.atomic import write_atomic
    from eqsolve.io.opening import INPUT, form_of

    data = sys.stdin.buffer.read()
    form = form_of(data)
    if not form:
        raise FormatError(INPUT, Fault("", "holds no instance; eqsolve convert reads foreign ones"))
    path = store.with_name(f"{store.stem}-{hashlib.sha256(data).hexdigest()[:12]}{form}")
    write_atomic(path, data)
    return str(path)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Yield a function that tells whether Ctrl-C was pressed; the second press stops at once."""
    presses: list[int] = []

    def on_interrupt(signum: int, frame: FrameType | None) -> None:
        presses.append(signum)
        if len(presses) > 1:
            raise KeyboardInterrupt

    handlers = {
        number: signal.signal(number, on_interrupt) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(presses)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[BatchProgress], None]]:
    """Yield a callback that draws a bar with the remaining time, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("solving"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)

        def show(progress: BatchProgress) -> None:
            troubles = f"{progress.failed} failed, {progress.timeout} out of time"
            description = troubles if progress.failed or progress.timeout else ""
            bar.update(
                task, total=progress.total, completed=progress.finished, description=description
            )

        yield show
