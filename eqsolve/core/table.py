"""Plain tables: what a family's ``show`` module hands to the command line and to notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Table", "number"]

MAX_ROWS = 30


@dataclass(slots=True)
class Table:
    """A titled table of text.

    Parameters
    ----------
    title : what it shows.
    columns : headings, with units where there are any.
    rows : cells as text; build them with `add`.
    omitted : rows left out for length.
    limit : rows kept at most; None keeps all.
    """

    title: str
    columns: Sequence[str]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    omitted: int = 0
    limit: int | None = MAX_ROWS

    def add(self, *cells: object) -> None:
        """Append a row; numbers short, None as a dash, rows past the limit only counted."""
        if self.limit is not None and len(self.rows) >= self.limit:
            self.omitted += 1
        else:
            self.rows.append(tuple(number(cell) for cell in cells))

    def extend(self, rows: Iterable[Sequence[object]]) -> Table:
        """Append many rows and return the table."""
        for row in rows:
            self.add(*row)
        return self


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
