"""A CSV file as rows of cells that know their line and column, however it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, nearest_name
from eqsolve.formats.dialect import MISSING, Dialect, cells_of, decoded, dialect_of, plain_digits

__all__ = ["Sheet", "read_sheet"]

MOST_FAULTS = 100


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
        try:
            return read_number(plain_digits(cell, self.dialect.decimal))
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
        """Return whether a column holds names: something, and nowhere a number."""
        before = len(self.faults)
        numbers = self.numbers(column)
        texts = len(self.faults) > before
        del self.faults[before:]
        return texts and all(number is None for number in numbers)

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
    try:
        data = path.read_bytes()
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise FormatError(source, Fault("", rule)) from None
    text, name = decoded(data, source, encoding)
    dialect, text = dialect_of(
        text, source, name, separator=separator, quote=quote, decimal=decimal
    )
    currencies: set[str] = set()
    rows = cells_of(text, source, dialect.separator, dialect.quote, currencies)
    if len(currencies) > 1:
        rule = f"amounts stand in {' and in '.join(sorted(currencies))}: must be one currency"
        raise FormatError(source, Fault("", rule))
    notes = [f"amounts in {sign}" for sign in currencies]
    while len(rows) > 2 and _is_title(rows[0][1], rows[1][1]):
        notes.append(f"the title in line {rows[0][0]} is left out")
        rows = rows[1:]
    if len(rows) < 2:
        raise FormatError(source, Fault("", "needs a header and a row"))
    line, header = rows[0]
    while header and not header[-1] and all(len(r) < len(header) or not r[-1] for _, r in rows):
        header = header[:-1]  # a separator at the end of every line
        rows = [(n, r[: len(header)]) for n, r in rows]
    faults = [
        Fault(f"line {number}", f"has {len(row)} cells, expected {len(header)} as in the header")
        for number, row in rows[1:]
        if len(row) != len(header)
    ]
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
    sheet.settle()
    return sheet


def _is_title(row: Sequence[str], below: Sequence[str]) -> bool:
    """Return whether a row has a title alone and the one below looks like a header: no numbers."""
    if not row[0] or any(row[1:]) or len(below) < 2 or not all(below[1:]):
        return False
    return not any(cell[0].isdigit() for cell in below if cell)


def _twice(names: Sequence[str]) -> list[str]:
    """Return the names that stand more than once."""
    return [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
