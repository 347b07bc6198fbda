"""Lists of values: a file that begins with ``LONE``, then a number on each line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eqsolve.core.converter import Converter
from lone_seller.instance import LoneSeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Converter):
    """One market to a file."""

    name: ClassVar[str] = "lone_list"
    summary: ClassVar[str] = "a value on each line"
    kind: ClassVar[str] = "lone_seller"

    def recognizes(self, path: Path) -> bool:
        """Look at the first word."""
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(5) == b"LONE\n"

    def read(self, path: Path) -> Iterator[LoneSeller]:
        """Yield the market."""
        yield LoneSeller([int(line) for line in path.read_text().split()[1:]], name=path.stem)


CONVERTERS = (Listed,)
