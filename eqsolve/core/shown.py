"""Records that show themselves within a screen: one way for all families.

`Shown` is the base of what a user meets in a session (solutions, their parts, certificates,
bounds): its `repr` and its view in a notebook hold each field with its first entries and, where
something is left out, the shape. Cost: O(what is shown), never O(size of the record).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set as AbstractSet
from dataclasses import fields, is_dataclass
from numbers import Number
from typing import Any

import numpy as np

from eqsolve.core.table import Table, number
from eqsolve.core.text import as_html, visible

__all__ = ["MAX_LINES", "WIDTH", "Shown", "badge", "brief", "fields_table", "within"]

WIDTH = 80
"""Characters of a line at most, those of the name of a field apart."""
MAX_LINES = 24
"""Lines of a view at most."""


class Shown:
    """Base of dataclasses with ``repr=False``; fields that are None are left out.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(repr=False)
    ... class Prices(Shown):
    ...     prices: np.ndarray
    ...     rule: str = ""
    >>> Prices(np.arange(3))
    Prices(prices=[0, 1, 2], rule='')
    >>> Prices(np.full(10**6, 12345), "least")
    Prices(
        prices=[12345, 12345, 12345, 12345, 12345, 12345, 12345, 12345, ...] of shape (1000000,),
        rule='least',
    )
    """

    __slots__ = ()

    def __repr__(self) -> str:
        name = type(self).__name__
        parts = [f"{key}={brief(value)}" for key, value in _entries(self)]
        line = f"{name}({', '.join(parts)})"
        if len(line) <= WIDTH:
            return line
        return "\n".join([f"{name}(", *within(f"    {part}," for part in parts), ")"])

    def _repr_html_(self) -> str:
        """Return HTML for notebooks: a table of the fields."""
        return fields_table(type(self).__name__, _entries(self))._repr_html_()


def fields_table(title: str, entries: Iterable[tuple[str, Any]]) -> Table:
    """Return a table of named values, each with its size and its first entries."""
    table = Table(title, ["field", "size", "entries"])
    for name, value in entries:
        table.add(name, size_of(value), brief(value, shape=False))
    return table


def brief(value: object, width: int = WIDTH, *, shape: bool = True) -> str:
    """Return a value as text of about `width` characters: what it is, and its first entries.

    Parameters
    ----------
    value : anything; only what is shown of it is looked at.
    width : characters, more or less; a single number is never cut.
    shape : whether arrays of which something is left out say their shape.

    Examples
    --------
    >>> brief([1, 2, 3]), brief({"a": 1 / 3}), brief(np.eye(200), 24)
    ('[1, 2, 3]', "{'a': 0.333333}", '[[1, ...], ...] of shape (200, 200)')
    >>> brief("x" * 100, 12), brief(range(50), 24)
    ("'xxxxxx...'", '[0, 1, 2, 3, 4, 5, ... 44 more]')
    """
    if isinstance(value, np.ndarray):
        text = _array(value, width)
        cut = "..." in text or (value.ndim > 1 and not value.size)
        return f"{text} of shape {value.shape}" if shape and cut else text
    if isinstance(value, str | bytes):
        text = repr(value)
        return text if len(text) <= width else f"{text[: max(width - 5, 4)]}...{text[-1]}"
    if isinstance(value, Number | np.generic):
        return number(value)
    if isinstance(value, Mapping):
        pairs = (f"{brief(key, 30)}: {brief(held, width)}" for key, held in value.items())
        return _listed("{", pairs, "}", len(value), width)
    if isinstance(value, list | tuple | range | AbstractSet):
        start, end = ("(", ",)" if len(value) == 1 else ")") if isinstance(value, tuple) else "[]"
        return _listed(start, (brief(held, width) for held in value), end, len(value), width)
    if is_dataclass(value) and not isinstance(value, type) and _has_no_view(value):
        parts = [f"{key}={brief(held, max(width // 3, 16))}" for key, held in _entries(value)]
        return _listed(f"{type(value).__name__}(", iter(parts), ")", len(parts), width)
    text = " ".join(visible(repr(value)).split())
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _has_no_view(record: Any) -> bool:
    """Return whether a dataclass has no `repr` of its own making."""
    generic: Any = Shown.__repr__
    return bool(type(record).__repr__ is generic or record.__dataclass_params__.repr)


def size_of(value: object) -> str:
    """Return the size of an array or collection in words, empty for anything else.

    Examples
    --------
    >>> size_of(np.zeros((2, 3))), size_of([1, 2]), size_of(5)
    ('2 x 3', '2', '')
    """
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return " x ".join(map(str, shape))
    sized = isinstance(value, Mapping | list | tuple | AbstractSet)
    return str(len(value)) if sized else ""  # type: ignore[arg-type]  # it has a length


def within(lines: Iterable[str], most: int = MAX_LINES) -> list[str]:
    """Return the first lines, long ones cut, and how many more there are.

    Examples
    --------
    >>> within(map(str, range(9)), 3)
    ['0', '1', '... and 7 more lines']
    """
    kept = [line if len(line) <= 140 else f"{line[:137]}..." for line in map(visible, lines)]
    left = len(kept) - most + 1
    return kept if left <= 1 else [*kept[: most - 1], f"... and {left} more lines"]


_COLORS = {True: "#1a7f37", False: "#cf222e", None: "#9a6700"}
"""Green, red and amber that white letters are read on, on light pages as on dark ones."""


def badge(word: str, good: bool | None) -> str:
    """Return a word as HTML: white on green, on red, or on amber for None."""
    style = f"background:{_COLORS[good]};color:#fff;border-radius:3px;padding:1px 6px"
    return f'<span style="{style}">{as_html(word)}</span>'


def _entries(record: Any) -> list[tuple[str, Any]]:
    """Return the fields of a record that hold something, with their names."""
    named = [(entry.name, getattr(record, entry.name)) for entry in fields(record) if entry.repr]
    return [(name, value) for name, value in named if value is not None]


def _array(array: Any, width: int) -> str:
    """Return the first entries of an array, row by row."""
    if array.ndim == 0:
        return number(array[()])
    if array.ndim == 1:
        parts: Iterable[str] = (brief(held, width) for held in array[:width])
        return _listed("[", iter(parts), "]", len(array), width, count=False)
    inner = width // 2 if len(array) > 1 and array.size > width // 4 else width
    rows = (_array(row, inner - 2) for row in array[:width])
    return _listed("[", rows, "]", len(array), width, count=False)


def _listed(
    start: str, parts: Any, end: str, length: int, width: int, *, count: bool = True
) -> str:
    """Return as many parts as fit, at least one, and a sign of those that do not."""
    taken: list[str] = []
    used = len(start) + len(end)
    for part in parts:
        more = length - len(taken)
        rest = 0 if more == 1 else 5
        if taken and used + len(part) + rest > width:
            left = f"... {more} more" if count else "..."
            return f"{start}{', '.join(taken)}, {left}{end}"
        taken.append(part)
        used += len(part) + 2
    return f"{start}{', '.join(taken)}{end}"
