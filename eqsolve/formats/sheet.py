"""A CSV file as rows of cells that know their line and column, however it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, nearest_name
from eqsolve.formats.dialect import (
    CURRENCIES,
    MISSING,
    Dialect,
    cells_of,
    decoded,
    dialect_of,
    plain_digits,
    without_percent,
)
from eqsolve.formats.text import file_bytes

__all__ = ["Sheet", "read_sheet"]

MOST_FAULTS = 100
_ERROR = re.compile(r"#\S*[!?]|#NV|#N/[AD]|##+", re.IGNORECASE)
"""What a spreadsheet shows where a formula fails or a column is too narrow: no name."""
_SHARES = "percentages are shares: 5% is 0.05"
_NUMBERED = frozenset({"", "#", "no", "no.", "nr", "nr.", "index", "row"})
"""What columns are called that number the rows, in lower case."""


@dataclass(slots=True)
class Sheet:
    """A table of text with a header.

    Parameters
    ----------
    source : how messages call it.
    dialect : how it is written.
    header : names of the columns, the first possibly empty.
    header_line : where they stand.
    rows : cells, as many as the header has.
    lines : line of each row.
    faults : collected here by `number` and `fault`.
    notes : what was left out, and other things to be said.
    """

    source: str
    dialect: Dialect
    header: list[str]
    header_line: int
    rows: list[list[str]]
    lines: list[int]
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def leave_out_column(self, place: int) -> None:
        """Take a column away."""
        self.header.pop(place)
        for row in self.rows:
            row.pop(place)

    def column(self, name: str) -> int:
        """Return the place of a column; names are compared without case.

        Raises
        ------
        FormatError : there is none; names the nearest.
        """
        low = [head.lower() for head in self.header]
        if name in self.header:
            return self.header.index(name)
        if low.count(name.lower()) == 1:
            return low.index(name.lower())
        rule = f"no such column; {nearest_name(name, [h for h in self.header if h])}"
        raise FormatError(self.source, Fault("header", rule, value=name))

    def texts(self, column: int) -> list[str]:
        """Return the cells of a column."""
        return [row[column] for row in self.rows]

    def numbers(self, column: int) -> list[int | float | None]:
        """Return a column as numbers, None where a cell holds nothing; faults are kept."""
        return [self.number(row, column) for row in range(len(self.rows))]

    def number(self, row: int, column: int) -> int | float | None:
        """Return a cell as a number, None where it holds nothing or, after a fault, none."""
        cell = self.rows[row][column]
        if cell.lower() in MISSING:
            return None
        digits = plain_digits(without_percent(cell), self.dialect.decimal)
        try:
            if not cell.endswith("%"):
                return read_number(digits)
            share = read_number(f"{digits}e-2")
            if _SHARES not in self.notes:
                self.notes.append(_SHARES)
            return share
        except NumberError as error:
            self.fault(row, column, str(error), cell)
            return None

    def is_numeric(self, column: int) -> bool:
        """Return whether a column holds numbers, at least one, and nothing else but gaps."""
        before = len(self.faults)
        found = self.numbers(column)
        numeric = len(self.faults) == before and any(number is not None for number in found)
        del self.faults[before:]
        return numeric

    def is_text(self, column: int) -> bool:
        """Return whether a column holds names: no numbers, nor all of it amounts or errors."""
        before = len(self.faults)
        numbers = self.numbers(column)
        texts = [str(fault.value) for fault in self.faults[before:]]
        del self.faults[before:]
        texts = [text for text in texts if not _ERROR.fullmatch(text)]
        named = any(text[0] not in f"0123456789+-.,([{CURRENCIES}" for text in texts)
        return named and all(number is None for number in numbers)

    def is_empty(self, column: int) -> bool:
        """Return whether a column holds nothing."""
        return all(cell.lower() in MISSING for cell in self.texts(column))

    def fault(self, row: int, column: int, rule: str, value: object = None) -> None:
        """Keep a fault of a cell: its line, its column, its value, the rule."""
        name = self.header[column] or str(column + 1)
        self.faults.append(Fault(f"line {self.lines[row]}, column {name!r}", rule, value=value))

    def settle(self) -> None:
        """Raise what was found wrong, if anything.

        Raises
        ------
        FormatError : a line for each fault.
        """
        if self.faults:
            kept = self.faults[:MOST_FAULTS]
            if len(self.faults) > MOST_FAULTS:
                kept.append(Fault("", f"{len(self.faults) - MOST_FAULTS} more faults"))
            raise FormatError(self.source, kept)


def read_sheet(
    path: Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    quote: str | None = None,
    decimal: str | None = None,
) -> Sheet:
    r"""Return the table in a CSV file.

    Parameters
    ----------
    path : the file.
    encoding, separator, quote, decimal : None: guessed as a spreadsheet does.

    Raises
    ------
    FormatError : with a line for every fault: not text, no header, rows of another length, columns
        of one name, numbers that read two ways.
    OptionError : a setting that cannot be.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "table.csv"
    ...     _ = path.write_text("who;tea;rice\nann;1,5;2\n")
    ...     sheet = read_sheet(path)
    >>> sheet.header, sheet.numbers(1)
    (['who', 'tea', 'rice'], [1.5])
    """
    source = str(path)
    text, name = decoded(file_bytes(path), source, encoding)
    dialect, text = dialect_of(
        text, source, name, separator=separator, quote=quote, decimal=decimal
    )
    currencies: set[str] = set()
    rows = cells_of(text, source, dialect.separator, dialect.quote, currencies)
    if len(currencies) > 1:
        rule = f"amounts stand in {' and in '.join(sorted(currencies))}: must be one currency"
        raise FormatError(source, Fault("", rule))
    notes = [f"amounts in {sign}" for sign in currencies]
    rows = _without_titles(rows, notes)
    rows = _without_remarks(rows, text.split("\n"), dialect, notes)
    if len(rows) < 2:
        raise FormatError(source, Fault("", "needs a header and a row"))
    line, header = rows[0]
    while header and not header[-1] and all(len(r) < len(header) or not r[-1] for _, r in rows):
        header = header[:-1]  # a separator at the end of every line
        rows = [(n, r[: len(header)]) for n, r in rows]
    faults = _widths(line, header, rows[1:])
    faults += [
        Fault(f"line {line}", "the column stands twice", value=head) for head in _twice(header)
    ]
    faults += [
        Fault(f"line {line}", f"column {place + 1} has no name")
        for place, head in enumerate(header)
        if not head and place
    ]
    sheet = Sheet(
        source, dialect, header, line, [r for _, r in rows[1:]], [n for n, _ in rows[1:]], faults,
        notes,
    )  # fmt: skip
    _look_at_header(sheet)
    sheet.settle()
    _leave_out_numbers(sheet)
    return sheet


Rows = list[tuple[int, list[str]]]
"""Line and cells of each row."""


def _without_titles(rows: Rows, notes: list[str]) -> Rows:
    """Return the rows from the header on: what stands above it has one cell, and no numbers."""
    found = next((k for k, (_, row) in enumerate(rows) if sum(map(bool, row)) > 1), 0)
    if not found or len(rows) < found + 2 or not all(row[0] for _, row in rows[:found]):
        return rows
    header = list(rows[found][1])
    while not header[-1]:
        header.pop()
    counted = header[0] and any(cell[0].isdigit() for cell in header if cell)
    if counted or not all(header[1:]):
        return rows
    notes += [f"the title in line {line} is left out" for line, _ in rows[:found]]
    return rows[found:]


def _without_remarks(rows: Rows, lines: list[str], dialect: Dialect, notes: list[str]) -> Rows:
    """Return the rows without what stands below an empty line at the end, in the first column."""
    end = len(rows)
    while end > 2 and not any(rows[end - 1][1][1:]):
        end -= 1
    nothing = dialect.separator + dialect.quote + " \t"
    for k in range(max(end, 2), len(rows)):
        if not lines[rows[k][0] - 2].strip(nothing):
            notes += [f"the remark in line {line} is left out" for line, _ in rows[k:]]
            return rows[:k]
    return rows


def _widths(line: int, header: Sequence[str], rows: Rows) -> list[Fault]:
    """Return a fault for each row of another width than the header, one if that is all of them."""
    wrong = [(number, len(row)) for number, row in rows if len(row) != len(header)]
    if len(wrong) == len(rows) > 1 and len({width for _, width in wrong}) == 1:
        rule = f"has {len(header)} cells and every row below {wrong[0][1]}: must name each column"
        return [Fault(f"line {line}", f"{rule}; a title above is put in quotes or left out")]
    return [
        Fault(f"line {number}", f"has {width} cells, expected {len(header)} as in the header")
        for number, width in wrong
    ]


def _look_at_header(sheet: Sheet) -> None:
    """Refuse a header of decimals, which is a row of numbers; say that names are numbers."""
    heads = [plain_digits(head, sheet.dialect.decimal) for head in sheet.header[1:]]
    try:
        numbers = [read_number(head) for head in heads]
    except NumberError:
        return
    line = f"line {sheet.header_line}"
    if any(isinstance(number, float) for number in numbers):
        rule = "must hold names, not numbers: is the header missing?"
        sheet.faults.append(Fault(line, rule, value=", ".join(sheet.header)))
    elif numbers:
        sheet.notes.append(f"the names in {line} are numbers")


def _leave_out_numbers(sheet: Sheet) -> None:
    """Take a first column away that numbers the rows, or is empty, before one of names."""
    if len(sheet.header) < 3 or sheet.header[0].lower() not in _NUMBERED or not sheet.is_text(1):
        return
    cells = sheet.texts(0)
    counts = [[str(k + first) for k in range(len(cells))] for first in (0, 1)]
    if not any(cells) and not sheet.header[0]:
        sheet.notes.append("the empty first column is left out")
    elif cells in counts:
        sheet.notes.append("the numbers of the rows in the first column are left out")
    else:
        return
    sheet.leave_out_column(0)


def _twice(names: Sequence[str]) -> list[str]:
    """Return the names that stand more than once."""
    return [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
