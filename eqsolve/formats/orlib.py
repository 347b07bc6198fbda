"""OR-Library assignment problems: n, then the n x n costs row by row.

Numbers are separated by blanks and line breaks; rows of the matrix do not coincide with lines.
Source: J. E. Beasley, OR-Library (1990).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.text import head_of, read_text, whole

__all__ = ["is_orlib_assignment", "read_orlib_assignment"]


def is_orlib_assignment(path: Path) -> bool:
    """Return whether a file begins with a line that holds one whole number, then numbers."""
    lines = head_of(path).split("\n")
    if len(lines) < 2 or whole(lines[0].strip()) is None:
        return False
    return bool(lines[1].split()) and all(_is_number(word) for word in lines[1].split())


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
    kind = np.int64 if all(whole(word) is not None for word in words) else np.float64
    try:
        return np.array(words[1:], dtype=kind).reshape(size, size)
    except (ValueError, OverflowError):
        place, word = next((k, w) for k, w in enumerate(words[1:]) if not _is_number(w))
        index = (place // size, place % size)
        raise FormatError(str(path), Fault("costs", "must be a number", index, word)) from None


def _is_number(word: str) -> bool:
    """Return whether a word is a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True
