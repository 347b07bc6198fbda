"""OR-Library assignment problems: n, then the n x n costs row by row.

Numbers are separated by blanks and line breaks; rows of the matrix do not coincide with lines.
Source: J. E. Beasley, OR-Library (1990).
"""

from __future__ import annotations

from pathlib import Path

from eqsolve.core.arrays import NumberArray
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers
from eqsolve.formats.text import head_of, read_text, whole

__all__ = ["is_orlib_assignment", "read_orlib_assignment"]


def is_orlib_assignment(path: Path) -> bool:
    """Return whether a file begins with a line that holds one whole number, then numbers."""
    lines = head_of(path).split("\n")
    if len(lines) < 2 or whole(lines[0].strip()) is None:
        return False
    return bool(lines[1].split()) and all(_looks_numeric(word) for word in lines[1].split())


def read_orlib_assignment(path: Path) -> NumberArray:
    """Return the cost matrix, shape (n, n), int64 or float64.

    Raises
    ------
    FormatError : a word that is no number, or not n * n of them.
    """
    words = read_text(path).split()
    size = whole(words[0]) if words else None
    if size is None:
        rule = "the file must begin with the size of the problem"
        raise FormatError(str(path), Fault("", rule, value=words[0] if words else None))
    if len(words) - 1 != size * size:
        rule = f"expected {size} x {size} = {size * size} costs, found {len(words) - 1}"
        raise FormatError(str(path), Fault("costs", rule))
    faults: list[Fault] = []
    costs: list[int | float] = []
    for place, word in enumerate(words[1:]):
        try:
            costs.append(read_number(word))
        except NumberError as error:
            index = (place // size, place % size)
            faults.append(Fault("costs", str(error), index, word))
    rows = [costs[start : start + size] for start in range(0, len(costs), size or 1)]
    table = None if faults else as_numbers(rows, "costs", (size, None), faults, signed=True)
    if table is None:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return table


def _looks_numeric(word: str) -> bool:
    """Return whether a word is meant to be a number; reading it decides whether it is one."""
    try:
        float(word)
    except ValueError:
        return False
    return True
