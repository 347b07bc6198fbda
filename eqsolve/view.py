"""One view of an instance and its result for terminals (rich), notebooks (HTML) and plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from eqsolve.core.converter import left_out
from eqsolve.core.result import Result
from eqsolve.core.table import Table
from eqsolve.registry import family_of

__all__ = ["View", "view"]


@dataclass(frozen=True, slots=True)
class View:
    """Lines and tables that show themselves: ``print``, ``rich.print``, or a notebook cell.

    Parameters
    ----------
    title : what is shown.
    lines : sentences below the title.
    tables : below the lines.
    """

    title: str
    lines: Sequence[str]
    tables: Sequence[Table]

    def __str__(self) -> str:
        parts = [self.title, *(f"  {line}" for line in self.lines)]
        for table in self.tables:
            rows = [tuple(table.columns), *table.rows]
            widths = [max(len(row[k]) for row in rows) for k in range(len(table.columns))]
            parts += ["", table.title]
            parts += [
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
                for row in rows
            ]
            if table.omitted:
                parts.append(f"... and {table.omitted} more rows")
        return "\n".join(part.rstrip() for part in parts)

    def __rich__(self) -> Any:
        """Return a renderable for rich."""
        from rich import box
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        parts: list[Any] = [Text(self.title, style="bold")]
        parts += [Text(f"  {line}") for line in self.lines]
        for table in self.tables:
            shown = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD)
            for column in table.columns:
                shown.add_column(column)
            for row in table.rows:
                shown.add_row(*(Text(cell) for cell in row))
            if table.omitted:
                shown.caption = f"... and {table.omitted} more rows"
            parts.append(shown)
        return Group(*parts)

    def _repr_html_(self) -> str:
        """Return HTML for notebooks."""
        parts = [f"<p><b>{escape(self.title)}</b>"]
        parts += [f"<br>{escape(line)}" for line in self.lines]
        parts.append("</p>")
        for table in self.tables:
            head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
                for row in table.rows
            )
            parts.append(
                f"<table><caption>{escape(table.title)}</caption>"
                f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            )
            if table.omitted:
                parts.append(f"<p>... and {table.omitted} more rows</p>")
        return "".join(parts)


def view(instance: Any, result: Result[Any] | None = None) -> View:
    """Return a view of an instance, and of its result if one is given.

    Parameters
    ----------
    instance : an instance of any kind.
    result : what ``eqsolve.solve`` returned for it.

    Raises
    ------
    OptionError : `instance` is of no kind, or `result` is none of an instance of its kind.

    Notes
    -----
    Cost O(size of the instance); tables are cut, and say so.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> print(view(AssignmentMarket([[5, 3], [4, 1]])))
    AssignmentMarket: 2 buyers, 2 sellers
      buyers: 2
      sellers: 2
      edges: 4 (100% of the pairs)
      values: 1 to 5
      numbers: whole, solved exactly
    """
    family = family_of(instance)
    show = family.module("show")
    lines = [f"{key}: {text}" for key, text in show.facts(instance).items()]
    lines += [f"left out by the converter: {line}" for line in left_out(instance, most=10)]
    tables: list[Table] = []
    if result is not None:
        family.require_result(result)
        lines += [show.headline(instance, result), *result.summary()]
        tables = show.tables(instance, result)
    return View(repr(instance).strip("<>"), lines, tables)
