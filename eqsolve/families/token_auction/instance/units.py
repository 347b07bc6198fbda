"""Units of text, characters or words, and the numbers that stand for them.

The vocabulary of texts is the sorted union of their units; a unit outside of it has the number -1,
a context in which no model has ever seen anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from eqsolve.core.arrays import IntArray, read_only

__all__ = ["joined", "numbered", "units_of", "vocabulary_of", "written_in_characters"]


def units_of(text: str, unit: str) -> list[str]:
    """Return the characters of a text, or its words, which white space separates.

    Examples
    --------
    >>> units_of("to be", "word"), units_of("to", "char")
    (['to', 'be'], ['t', 'o'])
    """
    return list(text) if unit == "char" else text.split()


def vocabulary_of(texts: Iterable[str], unit: str) -> tuple[str, ...]:
    """Return the sorted union of the units of texts."""
    return tuple(sorted(set().union(*(units_of(text, unit) for text in texts))))


def numbered(units: Sequence[str], vocabulary: Sequence[str]) -> IntArray:
    """Return the numbers of units, -1 for those outside the vocabulary; read-only.

    Examples
    --------
    >>> numbered(["b", "x", "a"], ["a", "b"]).tolist()
    [1, -1, 0]
    """
    place = {token: k for k, token in enumerate(vocabulary)}
    return read_only(np.array([place.get(unit, -1) for unit in units], dtype=np.int64))


def written_in_characters(vocabulary: Sequence[str]) -> bool:
    """Return whether every token is one character, so that texts are written without blanks."""
    return all(len(token) == 1 for token in vocabulary)


def joined(tokens: Iterable[str], *, words: bool) -> str:
    """Return tokens as a text: words with blanks between, all else as it stands."""
    return (" " if words else "").join(tokens)
