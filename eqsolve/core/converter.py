"""Converters: foreign files to instances, as frozen values whose fields are their parameters.

A family has one tuple ``CONVERTERS`` in its ``convert`` module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

__all__ = ["Converter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """Base of every converter.

    Attributes
    ----------
    name : how users select it (``--option from=NAME``); also the default for files it recognizes.
    summary : one line: format, and how its numbers become values.
    source : where such files come from.
    kind : the kind of instance made.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str] = ""
    kind: ClassVar[str]

    def recognizes(self, path: Path) -> bool:
        """Return whether the file or folder looks like this format; reads at most its head."""
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[Any]:
        """Yield the instances in the file.

        Raises
        ------
        FormatError : names the file, the line and the rule.
        """
        raise NotImplementedError
