"""File names for things that have names of their own: safe everywhere, none twice, none hidden."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FreeNames"]

_LONGEST = 180
"""Bytes of a stem; file systems take 255 for the whole name."""


class FreeNames:
    """Hands out file stems, each once, also where the file system ignores case.

    Parameters
    ----------
    default : stem of what has no name.

    Examples
    --------
    >>> names = FreeNames("instance")
    >>> [names.take(text) for text in ("a/b", "A/B", "a_b-2", "a b", ".5 eps", "")]
    ['a_b', 'A_B-2', 'a_b-2-2', 'a_b-3', '_.5_eps', 'instance']
    """

    def __init__(self, default: str) -> None:
        self._default = default
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def take(self, text: str) -> str:
        """Return a stem like `text` that has not been given out yet; O(length), amortized."""
        stem = re.sub(r"[^\w.=-]+", "_", text) or self._default
        if stem[0] in ".-":  # hidden, or an option to other programs
            stem = f"_{stem}"
        stem = stem.encode()[:_LONGEST].decode(errors="ignore")
        key = _folded(stem)
        number = self._last.get(key, 0)
        name = stem
        while True:
            number += 1
            name = stem if number == 1 else f"{stem}-{number}"
            if _folded(name) not in self._taken:
                break
        self._last[key] = number
        self._taken.add(_folded(name))
        return name


def _folded(name: str) -> str:
    """Return what two names have in common that some file system holds for one."""
    return unicodedata.normalize("NFC", name).casefold()
