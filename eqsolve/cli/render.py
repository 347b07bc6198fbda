"""Tables and lines on a terminal, or plain in a pipe."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from eqsolve.core.converter import left_out, read_as, source_faults
from eqsolve.core.question import Answer
from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.core.text import visible
from eqsolve.registry import family_of

__all__ = [
    "show_answer",
    "show_failures",
    "show_json",
    "show_line",
    "show_lines",
    "show_result",
    "show_tables",
    "warn",
    "warn_left_out",
    "warn_lines",
    "warn_read_as",
]


def show_json(document: Any) -> None:
    """Write a JSON object to standard output, with escapes where its encoding lacks characters."""
    from eqsolve.io.encode import encode

    text = encode(document).decode()
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = _escaped(text)
    sys.stdout.write(text)


def show_tables(tables: Iterable[Table]) -> None:
    """Print tables to standard output."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError being handled; rich would exit with 1

    # In a pipe nothing is folded, so that other programs can read the lines.
    console = Plain(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    for table in tables:
        console.print(_in_encoding(table, sys.stdout.encoding or "utf-8"))


def _in_encoding(table: Table, encoding: str) -> Table:
    """Return a table with escapes for what an encoding lacks, before columns are measured."""

    def fit(text: str) -> str:
        return text.encode(encoding, "backslashreplace").decode(encoding)

    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        return table
    return replace(
        table,
        title=fit(table.title),
        columns=[fit(column) for column in table.columns],
        rows=[tuple(map(fit, row)) for row in table.rows],
    )


def show_line(text: str) -> None:
    """Print a line to standard output; what is no text in it is shown, not executed."""
    print(visible(text))


def warn_left_out(instance: Any) -> None:
    """Say on standard error what a converter left out or found wrong, a line each."""
    for line in left_out(instance):
        warn(f"{instance.name}: left out: {line}")
    for line in source_faults(instance, most=20):
        warn(f"{instance.name}: wrong in the source: {line}")


def warn_read_as(instance: Any) -> None:
    """Say on standard error how a table was read."""
    for line in read_as(instance):
        warn(f"{instance.name}: read as {line}")


def show_failures(failures: Mapping[str, str]) -> None:
    """Name the families that cannot be imported on standard error, a line each."""
    for kind, reason in failures.items():
        warn(f"eqsolve: kind {kind!r} cannot be used: {reason}")


def warn(text: str) -> None:
    """Print a line to standard error; what is no text in it is shown, not executed."""
    print(visible(text), file=sys.stderr)


def warn_lines(text: str) -> None:
    """Print a text of several lines to standard error, each as `warn` does."""
    for line in text.split("\n"):
        warn(line)


def show_result(instance: Any, result: Result[Any]) -> None:
    """Print what was found, by which method, why it stopped, how far from optimal, verified."""
    show = family_of(instance).module("show")
    show_line(f"{instance!r}".strip("<>"))
    show_line(show.headline(instance, result))
    for line in result.summary():
        show_lines(f"  {line}")
    for line in left_out(instance, most=10):
        show_line(f"  left out by the converter: {line}")
    for line in source_faults(instance, most=10):
        show_line(f"  wrong in the source: {line}")
    if result.solution is not None:
        show_tables(show.tables(instance, result))


def show_answer(instance: Any, answer: Answer) -> None:
    """Print what a question found out, and what was checked of it."""
    show_line(f"{instance!r}".strip("<>"))
    for line in answer.summary():
        show_lines(f"  {line}")
    show_tables(answer.tables)


def show_lines(text: str) -> None:
    """Print a text of several lines, each as `show_line` does."""
    for line in text.split("\n"):
        show_line(line)


def _escaped(text: str) -> str:
    """Return JSON with everything that is not ASCII as escapes."""
    return re.sub(r"[^\x00-\x7f]+", lambda found: json.dumps(found[0])[1:-1], text)
