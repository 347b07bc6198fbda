"""`Labeled`: numbers with a name for each place along each axis, as a table or as a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers

__all__ = ["Labeled", "Names", "UnclearError", "listed", "plain_names", "singular", "taken"]

Names = list[Any] | None


class UnclearError(ValueError):
    """A container that does not say which number belongs to whom; the text is the rule broken."""


@dataclass(frozen=True, slots=True)
class Labeled:
    """Numbers with names.

    Parameters
    ----------
    names : for each axis the names in order, None where places are all there is.
    numbers : the table, nested lists or an array; None in the other form.
    places : of a list: for each axis the place of each number.
    values : of a list: the numbers.
    whole : of a list: whether what is not listed is 0 (scipy.sparse), and not missing.
    """

    names: tuple[Names, ...]
    numbers: Any = None
    places: tuple[Any, ...] = ()
    values: Any = None
    shape: tuple[int, ...] = ()
    whole: bool = False

    @property
    def is_list(self) -> bool:
        """Whether it is a list of entries."""
        return bool(self.places)

    def ordered(self, axis: int, order: list[int], length: int) -> Labeled:
        """Return the numbers with place k of an axis at place ``order.index(k)``.

        Parameters
        ----------
        order : for each new place the old one, -1 where only a list may have nothing.
        length : number of new places.
        """
        if not self.is_list:
            return replace(self, numbers=taken(self.numbers, axis, order))
        inverse = np.zeros(self.shape[axis], dtype=np.int64)
        for place, old in enumerate(order):
            if old >= 0:
                inverse[old] = place
        places = list(self.places)
        places[axis] = inverse[places[axis]]
        shape = (*self.shape[:axis], length, *self.shape[axis + 1 :])
        return replace(self, places=tuple(places), shape=shape)

    def table(self) -> Any:
        """Return the numbers as a table; what a list does not have is None, or 0."""
        if not self.is_list:
            return self.numbers
        held = np.full(self.shape, 0 if self.whole else None, dtype=object)
        values = plain_numbers(self.values)
        for place, number in zip(zip(*self.places, strict=True), values, strict=True):
            held[tuple(int(part) for part in place)] = number
        return held.tolist()


def taken(table: Any, axis: int, order: list[int]) -> Any:
    """Return a table with its places along an axis in another order, None where there is none."""
    if isinstance(table, np.ndarray) and -1 not in order:
        return np.take(table, np.array(order, dtype=np.int64), axis=axis)
    rows = plain_numbers(table)
    rows = rows.tolist() if isinstance(rows, np.ndarray) else rows
    if axis:
        return [taken(row, axis - 1, order) for row in rows]
    return [None if place < 0 else rows[place] for place in order]


def plain_names(names: Iterable[Any]) -> list[Any]:
    """Return names as Python objects."""
    return [name.item() if isinstance(name, np.generic) else name for name in names]


def listed(keys: Sequence[list[Any]], values: Any, axes: Sequence[str]) -> Labeled:
    """Return a list of entries; names stand in the order in which they first appear."""
    names: list[Names] = []
    places = []
    for column, side in zip(keys, axes, strict=True):
        if any(key is None or key != key for key in column):
            raise UnclearError(f"a name of the {side} is missing")
        known = list(dict.fromkeys(column))
        if all(type(name) is int for name in known) and set(known) == set(range(len(known))):
            known = list(range(len(known)))
        spot = {name: place for place, name in enumerate(known)}
        names.append(known)
        places.append(np.array([spot[key] for key in column], dtype=np.int64))
    shape = tuple(len(known or ()) for known in names)
    seen: set[tuple[Any, ...]] = set()
    for entry in zip(*keys, strict=True):
        if entry in seen:
            raise UnclearError(f"the entry {', '.join(map(str, entry))} stands twice")
        seen.add(entry)
    return Labeled(tuple(names), places=tuple(places), values=values, shape=shape)


def singular(side: str) -> str:
    """Return what a column is called that holds one member of a side in each row.

    Examples
    --------
    >>> singular("buyers"), singular("utilities"), singular("strategies of player 0")
    ('buyer', 'utility', 'strategies of player 0')
    """
    if side.endswith("ies"):
        return side[:-3] + "y"
    return side[:-1] if side.endswith("s") and not side.endswith("ss") else side
