"""The sums that spreadsheets have in a last row or column: nobody's values, so they are left out.

Only what is called a total and is the sum of the numbers beside it counts as one, and what was left
out is said. O(cells).
"""

from __future__ import annotations

import math

from eqsolve.formats.sheet import Sheet

__all__ = ["leave_out_totals"]

_NAMES = frozenset(
    {"total", "totals", "grand total", "sum", "summe", "gesamt", "insgesamt", "gesamtsumme",
     "somme", "total g\u00e9n\u00e9ral", "suma", "totale", "somma", "totaal", "totalt", "razem"}
)  # fmt: skip
"""What sums are called, in lower case."""


def leave_out_totals(sheet: Sheet) -> None:
    """Take a last row and a last column of sums away, and note it.

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
    before = len(sheet.faults)
    if len(sheet.rows) > 1 and _is_total(sheet.rows[-1][0]) and _is_sum_of_rows(sheet):
        name, line = sheet.rows.pop()[0], sheet.lines.pop()
        sheet.notes.append(f"the row {name!r} in line {line} is left out: it holds the sums")
    if len(sheet.header) > 2 and _is_total(sheet.header[-1]) and _is_sum_of_columns(sheet):
        name = sheet.header[-1]
        sheet.leave_out_column(len(sheet.header) - 1)
        sheet.notes.append(f"the column {name!r} is left out: it holds the sums")
    del sheet.faults[before:]  # cells that are no numbers are another's concern


def _is_total(name: str) -> bool:
    """Return whether sums are called so."""
    return name.lower().rstrip(": ") in _NAMES


def _is_sum_of_rows(sheet: Sheet) -> bool:
    """Return whether the last row has the sums of the columns, and nothing else."""
    found = False
    for column in range(1, len(sheet.header)):
        *parts, total = sheet.numbers(column)
        if total is None and not sheet.is_numeric(column):
            continue
        if not _same(total, math.fsum(part or 0 for part in parts)):
            return False
        found = True
    return found


def _is_sum_of_columns(sheet: Sheet) -> bool:
    """Return whether the last column has the sums of the rows."""
    for row in range(len(sheet.rows)):
        *parts, total = (sheet.number(row, column) for column in range(1, len(sheet.header)))
        if not _same(total, math.fsum(part or 0 for part in parts)):
            return False
    return True


def _same(total: int | float | None, amount: float) -> bool:
    """Return whether a total is an amount, but for the digits that a spreadsheet shows."""
    return total is not None and math.isclose(total, amount, rel_tol=1e-6, abs_tol=0.01)
