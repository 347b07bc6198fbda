"""One view of an instance and its result for terminals (rich), notebooks (HTML) and plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from eqsolve.core.converter import left_out, read_as, source_faults
from eqsolve.core.instance import Instance
from eqsolve.core.result import Result, Solution
from eqsolve.core.table import Table
from eqsolve.core.text import as_html, visible
from eqsolve.registry import family_of

__all__ = ["View", "view"]

S = TypeVar("S", bound=Solution)


@dataclass(frozen=True, slots=True, repr=False)
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
        lines = [visible(self.title), *(f"  {visible(line)}" for line in self.lines)]
        return "\n\n".join(["\n".join(lines), *map(str, self.tables)])

    def __repr__(self) -> str:
        return str(self)

    def __rich__(self) -> Any:
        """Return a renderable for rich."""
        from rich.console import Group
        from rich.text import Text

        lines = [Text(f"  {visible(line)}") for line in self.lines]
        return Group(Text(visible(self.title), style="bold"), *lines, *self.tables)

    def _repr_html_(self) -> str:
        """Return HTML for notebooks."""
        lines = "".join(f"<br>{as_html(line)}" for line in self.lines)
        title = f"<p><b>{as_html(self.title)}</b>{lines}</p>"
        return title + "".join(table._repr_html_() for table in self.tables)


def view(instance: Instance[S], result: Result[S] | None = None) -> View:
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
    lines += [f"read as {line}" for line in read_as(instance)]
    lines += [f"left out by the converter: {line}" for line in left_out(instance, most=10)]
    lines += [f"wrong in the source: {line}" for line in source_faults(instance, most=10)]
    tables: list[Table] = []
    if result is not None:
        family.require_result(result)
        lines += [show.headline(instance, result), *result.summary()]
        tables = show.tables(instance, result)
    return View(repr(instance).strip("<>"), lines, tables)
