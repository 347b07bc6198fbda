"""Tables of others as CSV: a header, and lines of as many entries; a cut at the end is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.auction_experiment.convert.cut import Cut, bytes_of
from eqsolve.families.auction_experiment.solution import Number

__all__ = ["CsvTable", "number_in", "read_table"]

MISSING = ("", "NA", "NaN", "nan", "None")
"""How tables write what is missing."""


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table of texts.

    Parameters
    ----------
    names : of the columns.
    rows : line in the file and its entries by column.
    cut : where the file was cut off, or None; the last line is then left out.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]
    cut: Cut | None


def read_table(
    path: Path, needed: Sequence[str], *, keep_cut: bool = False, lower: bool = False
) -> CsvTable:
    """Return the table of a file.

    Parameters
    ----------
    path : the file.
    needed : columns that it must have.
    keep_cut : take the whole lines of a file that was cut off.
    lower : read the names of columns in small letters.

    Raises
    ------
    FormatError : it cannot be read, lacks columns, was cut off, or has lines of other lengths; with
        every fault, by line.
    """
    text, cut = bytes_of(path)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    names = tuple(name.strip() for name in lines[0]) if lines else ()
    if lower:
        names = tuple(name.lower() for name in names)
    faults = [
        Fault("line 1", f"lacks the column {name!r}; {nearest_name(name, names)}")
        for name in needed
        if name not in names
    ]
    if len(set(names)) < len(names):
        faults.append(Fault("line 1", "a column stands twice"))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    held = lines[1:]
    if cut is None and held and not text.endswith("\n") and len(held[-1]) < len(names):
        expected = f"{len(names)} entries in line {len(held) + 1}"
        cut = Cut(len(text.encode()), expected)
    if cut is not None:
        if not keep_cut:
            rule = f"{cut.rule}; --option cut=keep leaves out what is not whole"
            raise FormatError(str(path), Fault("", rule))
        held = held[:-1]
    rows = []
    for number, row in enumerate(held, start=2):
        if len(row) == len(names):
            rows.append((number, dict(zip(names, row, strict=True))))
        elif row:
            rule = f"has {len(row)} entries, expected {len(names)}"
            faults.append(Fault(f"line {number}", rule, value=",".join(row)[:60]))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return CsvTable(names, tuple(rows), cut)


def number_in(text: str) -> Number | None:
    """Return a number without a point where it is whole; None where it is none.

    Examples
    --------
    >>> number_in("4.0"), number_in(" 4.5"), number_in("NA"), number_in("1_0")
    (4, 4.5, None, None)
    """
    try:
        found = read_number(text.strip())
    except NumberError:
        return None
    return int(found) if float(found).is_integer() and abs(found) < 2**53 else found
