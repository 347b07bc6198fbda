"""Tables: what a family's ``show`` module hands to the command line, to notebooks and to pages.

All that is shown anywhere goes through here: as text, as HTML, and for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from html import escape
from typing import Any

from eqsolve.core.text import as_html, visible

__all__ = ["Table", "number", "whole_tables"]

MAX_ROWS = 30
_WHOLE: ContextVar[bool] = ContextVar("whole tables", default=False)


@contextmanager
def whole_tables() -> Iterator[None]:
    """Let tables made inside keep every row in `cells`, with numbers as numbers.

    Examples
    --------
    >>> with whole_tables():
    ...     table = Table("Prices", ["seller", "price"]).extend(("mill", k) for k in range(40))
    >>> table.cells[-1], table.rows[-1], table.omitted
    (('mill', 39), ('mill', '29'), 10)
    """
    token = _WHOLE.set(True)
    try:
        yield
    finally:
        _WHOLE.reset(token)


@dataclass(slots=True, repr=False)
class Table:
    """A titled table of text.

    Parameters
    ----------
    title : what it shows.
    columns : headings, with units where there are any.
    rows : cells as text; build them with `add`.
    omitted : rows left out for length.
    limit : rows kept at most; None keeps all.
    cells : all rows with numbers as they are; only if made inside `whole_tables`, else empty.
    """

    title: str
    columns: Sequence[str]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    omitted: int = 0
    limit: int | None = MAX_ROWS
    cells: list[tuple[Any, ...]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Append a row; numbers short, None as a dash, rows past the limit only counted."""
        if _WHOLE.get():
            self.cells.append(tuple(map(_plain, cells)))
        if self.limit is not None and len(self.rows) >= self.limit:
            self.omitted += 1
        else:
            self.rows.append(tuple(number(cell) for cell in cells))

    def extend(self, rows: Iterable[Sequence[object]]) -> Table:
        """Append many rows and return the table."""
        for row in rows:
            self.add(*row)
        return self

    @property
    def remark(self) -> str:
        """How many rows were left out, or empty."""
        return f"... and {self.omitted} more rows" if self.omitted else ""

    def _shown(self) -> tuple[list[str], list[list[str]], list[bool]]:
        """Return headings, rows and, for each column, whether it holds numbers, safe to print."""
        heads = [visible(column) for column in self.columns]
        rows = [[visible(cell) for cell in row] for row in self.rows]
        numeric = [_numeric([row[k] for row in self.rows]) for k in range(len(heads))]
        return heads, rows, numeric

    def __str__(self) -> str:
        """Return the table as text; columns of numbers stand to the right."""
        heads, rows, numeric = self._shown()
        widths = [max(len(row[k]) for row in [heads, *rows]) for k in range(len(heads))]
        lines = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip(" ")
            for row in [heads, *rows]
        ]
        return "\n".join(part for part in [visible(self.title), *lines, self.remark] if part)

    def __repr__(self) -> str:
        rows = len(self.rows) + self.omitted
        return f"<Table {self.title!r}: {rows} rows, {len(self.columns)} columns>"

    def html(self, *, caption: bool = True) -> str:
        """Return the table as HTML; its title is left to the page without `caption`.

        It has no colors of its own, and so is as readable on dark pages as on light ones.
        """
        heads, rows, numeric = self._shown()
        sides = ["right" if right else "left" for right in numeric]
        head = "".join(
            f'<th scope="col" style="text-align:{side}">{escape(column)}</th>'
            for column, side in zip(heads, sides, strict=True)
        )
        marks = [
            f'{" class=n" * right} style="text-align:{side}"'
            for right, side in zip(numeric, sides, strict=True)
        ]
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{mark}>{escape(cell)}</td>" for cell, mark in zip(row, marks, strict=True)
            )
            + "</tr>"
            for row in rows
        )
        remark = f"<p>{self.remark}</p>" if self.remark else ""
        style = "text-align:left;font-weight:bold"
        title = f'<caption style="{style}">{as_html(self.title)}</caption>' if caption else ""
        return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{remark}"

    def _repr_html_(self) -> str:
        """Return HTML for notebooks, where a wide table scrolls by itself."""
        style = "overflow-x:auto;max-width:100%;margin:0.5em 0"
        return f'<div style="{style}">{self.html()}</div>'

    def markdown(self) -> str:
        """Return the rows as a Markdown table, without the title; numbers stand to the right."""
        heads, rows, numeric = self._shown()
        cells = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in [heads, *rows]]
        lines = [f"| {row} |" for row in cells]
        sides = "".join("| ---: " if right else "| --- " for right in numeric)
        return "\n".join([lines[0], sides + "|", *lines[1:]]) + "\n"

    def __rich__(self) -> Any:
        """Return the table for a terminal."""
        from rich import box
        from rich.table import Table as RichTable
        from rich.text import Text

        heads, rows, numeric = self._shown()
        made = RichTable(
            title=Text(visible(self.title)),
            title_justify="left",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            caption=self.remark or None,
            caption_justify="left",
        )
        for column, right in zip(heads, numeric, strict=True):
            made.add_column(Text(column), justify="right" if right else "left", overflow="fold")
        for row in rows:
            made.add_row(*map(Text, row))  # as text, never as markup
        return made


def _plain(cell: object) -> Any:
    """Return a number of numpy as one of Python, anything else as it is."""
    item = getattr(cell, "item", None)
    return cell if item is None else item()


def number(cell: object) -> str:
    """Return a cell as text.

    Examples
    --------
    >>> number(2.0), number(1 / 3), number(None), number(10**15)
    ('2', '0.333333', '-', '1000000000000000')
    """
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.6g}"
    item = getattr(cell, "item", None)
    return number(item()) if item is not None else str(cell)


def _numeric(cells: list[str]) -> bool:
    """Return whether a column holds numbers (or dashes) only."""

    def is_number(cell: str) -> bool:
        try:
            float(cell)
        except ValueError:
            return cell == "-"
        return True

    return bool(cells) and all(is_number(cell) for cell in cells)
