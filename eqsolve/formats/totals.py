"""The sums and means that spreadsheets have in rows and columns of their own: nobody's values.

Only what is called a total and is the sum of the numbers above or before it counts as one, and what
was left out is said. The same goes for means. O(cells).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from eqsolve.formats.sheet import Sheet

__all__ = ["leave_out_totals"]

_SUMS = frozenset(
    {"total", "totals", "grand total", "sum", "summe", "gesamt", "insgesamt", "gesamtsumme",
     "somme", "total g\u00e9n\u00e9ral", "suma", "totale", "somma", "totaal", "totalt", "razem"}
)  # fmt: skip
_MEANS = frozenset(
    {"average", "averages", "avg", "mean", "means", "mittelwert", "durchschnitt", "schnitt",
     "moyenne", "promedio", "media", "gemiddelde", "medel", "\u015brednia"}
)  # fmt: skip
"""What sums and means are called, in lower case."""


def leave_out_totals(sheet: Sheet) -> None:
    """Take rows and columns of sums and means away, and note it.

    Examples
    --------
    >>> from eqsolve.formats.dialect import Dialect
    >>> rows = [["ann", "1", "2"], ["bob", "3", "4"], ["Total", "4", "6"]]
    >>> dialect, header = Dialect("utf-8", ",", '"', "."), ["who", "tea", "rice"]
    >>> sheet = Sheet("a.csv", dialect, header, 1, rows, lines=[2, 3, 4])
    >>> leave_out_totals(sheet)
    >>> [row[0] for row in sheet.rows], sheet.notes
    (['ann', 'bob'], ["the row 'Total' in line 4 is left out: it holds the sums"])
    """
    before, notes = len(sheet.faults), len(sheet.notes)
    for row in reversed(range(1, len(sheet.rows))):
        name = sheet.rows[row][0]
        where = f"the row {name!r} in line {sheet.lines[row]}"
        if _is_left_out(sheet, name, where, _sums_above(sheet, row)):
            sheet.rows.pop(row)
            sheet.lines.pop(row)
    for column in reversed(range(2, len(sheet.header))):
        name = sheet.header[column]
        if _is_left_out(sheet, name, f"the column {name!r}", _sums_before(sheet, column)):
            sheet.leave_out_column(column)
    sheet.notes[notes:] = reversed(sheet.notes[notes:])
    del sheet.faults[before:]  # cells that are no numbers are another's concern


Holds = Callable[[Callable[[Sequence[float]], float], int], bool]


def _is_left_out(sheet: Sheet, name: str, where: str, holds: Holds) -> bool:
    """Return whether a row or column is one of sums or means by name and numbers; note it."""
    if _is_called(name, _SUMS):
        found = holds(math.fsum, 1)
        what = "is left out: it holds the sums" if found else "is kept: it does not hold the sums"
        sheet.notes.append(f"{where} {what}")
        return found
    if _is_called(name, _MEANS) and holds(_mean, 2):
        sheet.notes.append(f"{where} is left out: it holds the means")
        return True
    return False


def _is_called(name: str, words: frozenset[str]) -> bool:
    """Return whether a name is one of some words."""
    return name.lower().rstrip(": ") in words


def _is_figure(name: str) -> bool:
    """Return whether a name is one of sums or means."""
    return _is_called(name, _SUMS | _MEANS)


def _mean(parts: Sequence[float]) -> float:
    """Return the mean of what is there, as spreadsheets do."""
    return math.fsum(parts) / len(parts) if parts else 0.0


def _sums_above(sheet: Sheet, row: int) -> Holds:
    """Return a test of whether a row has a figure of the numbers above it, and nothing else."""
    above = [r for r in range(row) if not _is_figure(sheet.rows[r][0])]

    def holds(figure: Callable[[Sequence[float]], float], least: int) -> bool:
        found = False
        for column in range(1, len(sheet.header)):
            total = sheet.number(row, column)
            if total is None and not sheet.is_numeric(column):
                continue
            if total is None and not found:
                return False
            parts = [sheet.number(r, column) for r in above]
            if not _same(total, figure([part for part in parts if part is not None])):
                return False
            found = True
        return found and len(above) >= least

    return holds


def _sums_before(sheet: Sheet, column: int) -> Holds:
    """Return a test of whether a column has a figure of the numbers before it, if any."""
    before = [c for c in range(1, column) if not _is_figure(sheet.header[c])]

    def holds(figure: Callable[[Sequence[float]], float], least: int) -> bool:
        found = False
        for row in range(len(sheet.rows)):
            total = sheet.number(row, column)
            parts = [sheet.number(row, c) for c in before]
            kept = [part for part in parts if part is not None]
            if total is None and (found or row):
                continue  # a row of something else, such as reserves
            if not _same(total, figure(kept)):
                return False
            found = True
        return found and len(before) >= least

    return holds


def _same(total: int | float | None, amount: float) -> bool:
    """Return whether a total is an amount, but for the digits that a spreadsheet shows."""
    return total is not None and math.isclose(total, amount, rel_tol=1e-6, abs_tol=0.01)
