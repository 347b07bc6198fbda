"""Tables and lines on a terminal, or plain in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from eqsolve.core.converter import left_out
from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.registry import family_of

__all__ = ["show_failures", "show_json", "show_result", "show_tables"]


def show_json(document: Any) -> None:
    """Write a JSON object to standard output."""
    from eqsolve.io.encode import encode

    sys.stdout.write(encode(document).decode())


def show_tables(tables: Iterable[Table]) -> None:
    """Print tables to standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError being handled; rich would exit with 1

    # In a pipe nothing is folded, so that other programs can read the lines.
    console = Plain(width=None if sys.stdout.isatty() else 10_000)
    for table in tables:
        shown = RichTable(
            title=table.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for position, column in enumerate(table.columns):
            cells = [row[position] for row in table.rows if position < len(row)]
            shown.add_column(
                column, justify="right" if _numeric(cells) else "left", overflow="fold"
            )
        for row in table.rows:
            shown.add_row(*(cell.replace("[", r"\[") for cell in row))
        if table.omitted:
            shown.caption = f"... and {table.omitted} more rows"
            shown.caption_justify = "left"
        console.print(shown)


def show_failures(failures: Mapping[str, str]) -> None:
    """Name the families that cannot be imported on standard error, a line each."""
    for kind, reason in failures.items():
        print(f"eqsolve: kind {kind!r} cannot be used: {reason}", file=sys.stderr)


def show_result(instance: Any, result: Result[Any]) -> None:
    """Print what was found, by which method, why it stopped, how far from optimal, verified."""
    show = family_of(instance).module("show")
    print(f"{instance!r}".strip("<>"))
    print(show.headline(instance, result))
    for line in result.summary():
        print(f"  {line}")
    for line in left_out(instance, most=10):
        print(f"  left out by the converter: {line}")
    if result.solution is not None:
        show_tables(show.tables(instance, result))


def _numeric(cells: list[str]) -> bool:
    """Return whether a column holds numbers (or dashes) only."""

    def is_number(cell: str) -> bool:
        try:
            float(cell)
        except ValueError:
            return cell == "-"
        return True

    return bool(cells) and all(is_number(cell) for cell in cells)
