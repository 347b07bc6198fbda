"""Names that containers bring along: they put the numbers in order and become labels.

A pandas object says by its index who each number belongs to. Read by position, a Series in another
order than its frame would give ann the money of bob, and the names would be lost. What is read is
in `core.labeled`; here the fields of one instance are made to agree.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from eqsolve.core.array_likes import is_frame, plain_numbers
from eqsolve.core.edges import EdgeValues
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.graphs import graph_edges, is_graph, node_numbers
from eqsolve.core.labeled import is_labeled, labeled
from eqsolve.core.labeled_entries import Labeled, UnclearError, singular
from eqsolve.core.labeled_frames import columns_of, named_columns

__all__ = ["NamedSides", "numbers_only"]

_FROM_FILE: ContextVar[bool] = ContextVar("numbers only", default=False)


@contextmanager
def numbers_only() -> Iterator[None]:
    """Let instances made inside read no names: files hold numbers, and names in their labels."""
    token = _FROM_FILE.set(True)
    try:
        yield
    finally:
        _FROM_FILE.reset(token)


class NamedSides:
    """The members of each side as the arguments of one instance name them.

    Parameters
    ----------
    faults : faults found are appended here.
    given : the labels that the user passed, if any.

    Attributes
    ----------
    silent : whether nothing has names, see `numbers_only`.

    Examples
    --------
    >>> import pandas as pd
    >>> sides = NamedSides([])
    >>> table = pd.DataFrame([[2, 1], [1, 2]], ["ann", "bob"], ["tea", "rice"])
    >>> sides.read(table, "utilities", "buyers", "goods").tolist()
    [[2, 1], [1, 2]]
    >>> sides.read({"bob": 1, "ann": 3}, "budgets", "buyers")
    [3, 1]
    >>> sides.labels(None)
    {'buyers': ['ann', 'bob'], 'goods': ['tea', 'rice']}
    """

    def __init__(self, faults: list[Fault], given: Any = None) -> None:
        self._faults = faults
        self._given = given
        self.silent = _FROM_FILE.get()
        self._names: dict[str, list[str]] = {}
        self._given_by: dict[str, str] = {}
        self._nodes: dict[str, list[Any]] = {}
        self._spots: dict[str, dict[str, int]] = {}

    def know(self, side: str, names: Iterable[str], field: str) -> None:
        """Take the names of a side from elsewhere; what comes with names is put in their order."""
        self._names[side] = list(names)
        self._given_by[side] = field

    def refuse(self, field: str, rule: str) -> None:
        """Add that a field is not understood: what else seems wrong with it is not told."""
        self._faults.append(Fault(field, rule, explains=(field,)))

    def members(self, side: str) -> Collection[str]:
        """Return the names of a side that are known so far."""
        return self._known(side)

    def read(self, value: Any, field: str, *sides: str) -> Any:
        """Return what has names as plain numbers in the order of the sides; others unchanged.

        Parameters
        ----------
        value : what the user passed.
        field : its name in faults.
        sides : the side along each axis; empty text: names along it say nothing, numbers from 0 do.
        """
        found = self._found(value, field, sides)
        if found is None:
            return plain_numbers(value) if is_frame(value) else value
        return plain_numbers(found.table())

    def edges(self, value: Any, field: str, rows: str, columns: str) -> EdgeValues | None:
        """Return numbers on edges, or None after adding faults.

        Parameters
        ----------
        value : `EdgeValues`, a matrix, a list of named pairs, a sparse matrix, or a graph of
            networkx whose edges have a ``weight``.
        field, rows, columns : as for `read`.
        """
        if isinstance(value, EdgeValues):
            return value
        if is_graph(value):
            found: Labeled | None = self._graph(value, field, (rows, columns))
            if found is None:
                return None
        else:
            before = len(self._faults)
            found = self._found(value, field, (rows, columns))
            if found is None and len(self._faults) > before:
                return None
        if found is None or not found.is_list:
            given = value if found is None else found.numbers
            return EdgeValues.from_matrix(given, field, self._faults)
        names = (f"{field}.{singular(rows)}", f"{field}.{singular(columns)}", field)
        (n, m), (row, column) = found.shape, found.places
        values = plain_numbers(found.values)
        if isinstance(values, list) and None in values:  # a listed pair without a number: no edge
            kept = [place for place, number in enumerate(values) if number is not None]
            row, column, values = row[kept], column[kept], [values[place] for place in kept]
        elif isinstance(values, np.ndarray) and values.dtype.kind == "f":
            there = ~np.isnan(values)
            row, column, values = row[there], column[there], values[there]
        return EdgeValues.from_edges(n, m, row, column, values, names, self._faults)

    def attribute(self, graph: Any, name: str, side: str, default: int) -> list[Any] | None:
        """Return an attribute of the nodes of a side of a graph that was read; None without it."""
        return node_numbers(graph, self._nodes.get(side, ()), name, default)

    def pairs(self, value: Any, field: str, *sides: str) -> Any:
        """Return pairs of names (a list, a frame with a column a side) as pairs of places.

        What holds no names is returned unchanged.
        """
        if self.silent:
            return value
        if is_frame(value):
            columns = columns_of(value)
            called = named_columns(columns, sides)
            chosen = [called[side] for side in sides] if called else list(columns)
            value = list(zip(*(_listed(columns[name]) for name in chosen), strict=True))
        entries = list(value) if isinstance(value, Set) else value
        if not isinstance(entries, list | tuple):
            return value
        texts = [pair for pair in entries if isinstance(pair, list | tuple)]
        if not any(isinstance(part, str) for pair in texts for part in pair):
            return entries
        found = []
        for place, pair in enumerate(entries):
            if not isinstance(pair, list | tuple) or len(pair) != len(sides):
                words = ", ".join(map(singular, sides))
                self._faults.append(Fault(field, f"must be a pair ({words})", (place,)))
                continue
            row = [
                self.place(name, f"{field}[{place}]", side)
                for name, side in zip(pair, sides, strict=True)
            ]
            found.append([spot for spot in row if spot is not None])
        return [row for row in found if len(row) == len(sides)]

    def place(self, name: Any, field: str, side: str) -> int | None:
        """Return the place of a name on its side, a number as it is; None after adding a fault."""
        if not isinstance(name, str):
            return int(name) if isinstance(name, int | np.integer) else name
        known = self._known(side)
        if name in known:
            return known[name]
        hint = f"; {nearest_name(name, known)}" if known else ": the side has no names"
        self._faults.append(Fault(field, f"no such {singular(side)}{hint}", value=name))
        return None

    def places(self, value: Any, field: str, side: str) -> Any:
        """Return nested lists with numbers for names of a side."""
        if self.silent:
            return value
        if isinstance(value, list | tuple):
            return [self.places(part, field, side) for part in value]
        return self.place(value, field, side) if isinstance(value, str) else value

    def lists(self, value: Any, field: str, side: str) -> Any:
        """Return a list for each member of a side, given by name; who is not named has none.

        What is no mapping, or has nobody to name, is returned unchanged.
        """
        if self.silent or not isinstance(value, Mapping) or not self._known(side):
            return value
        found: list[Any] = [[] for _ in self._known(side)]
        for name, own in value.items():
            place = self.place(str(name), field, side)
            if place is not None:
                found[place] = own
        return found

    def learn(self, names: Iterable[Any], field: str, side: str) -> list[Any]:
        """Return places of names that a list of entries uses, in which the side may be named first.

        Names are known from another field, or learned in the order of their appearance; without a
        `side` they are numbered, and forgotten.
        """
        names = list(names)
        if self.silent or not any(isinstance(name, str) for name in names):
            return names
        if not side:
            spot = {name: place for place, name in enumerate(dict.fromkeys(names))}
            return [spot[name] for name in names]
        if side not in self._names and not self._known(side):
            self._names[side] = list(dict.fromkeys(str(name) for name in names))
            self._given_by[side] = field
        return [self.place(name, f"{field}[{place}]", side) for place, name in enumerate(names)]

    def labels(self, given: Any = None) -> Any:
        """Return the labels of the instance: those given, and the names of the other sides.

        Labels that hold the same names in another order are a fault.
        """
        given = self._given if given is None else given
        if given is not None and not isinstance(given, Mapping):
            return given
        found: dict[str, Any] = dict(given or {})
        for side, names in self._names.items():
            chosen = found.setdefault(side, names)
            listed = list(chosen) if isinstance(chosen, list | tuple) else names
            if listed != names and sorted(map(str, listed)) == sorted(names):
                rule = f"the names stand in another order in {self._given_by[side]}"
                self._faults.append(Fault("labels", rule, (side,)))
        return found

    def _known(self, side: str) -> dict[str, int]:
        """Return the names of a side that are known so far, with their places."""
        names = self._names.get(side)
        if names is None and isinstance(self._given, Mapping):
            given = self._given.get(side)
            names = [str(name) for name in given] if isinstance(given, list | tuple) else []
        if side not in self._spots or len(self._spots[side]) != len(names or ()):
            self._spots[side] = {name: place for place, name in enumerate(names or ())}
        return self._spots[side]

    def _found(self, value: Any, field: str, sides: tuple[str, ...]) -> Labeled | None:
        """Return what a container says, in the order of the sides; None where it says nothing."""
        if self.silent or not is_labeled(value):
            return None
        try:
            found = labeled(value, sides, field)
        except UnclearError as error:
            self.refuse(field, str(error))
            return None
        if found is None:
            return None
        for axis, (side, names) in enumerate(zip(sides, found.names, strict=True)):
            if names is None:
                continue
            if not side:
                order = _by_number(names)
            else:
                order = self._order(names, field, side, partly=found.is_list)
            if order is not None:
                found = found.ordered(axis, order, len(order))
        return found

    def _graph(self, graph: Any, field: str, sides: tuple[str, str]) -> Labeled | None:
        """Return the weights of a graph; its nodes name the sides."""
        before = len(self._faults)
        found = graph_edges(graph, sides, None, self._faults)
        if found is None:
            return None
        for side, nodes in zip(sides, (found.rows, found.columns), strict=True):
            self._order([str(node) for node in nodes], field, side)
            self._nodes[side] = nodes
        for place, data in enumerate(found.data):
            if data.get("weight") is None:
                ends = found.rows[found.row[place]], found.columns[found.column[place]]
                rule = "the edge has no attribute 'weight'"
                self._faults.append(Fault(field, rule, tuple(map(str, ends))))
        if len(self._faults) > before:
            return None
        weights = [data["weight"] for data in found.data]
        places = (np.array(found.row, dtype=np.int64), np.array(found.column, dtype=np.int64))
        shape = (len(found.rows), len(found.columns))
        return Labeled((None, None), places=places, values=weights, shape=shape)

    def _order(
        self, index: list[Any], field: str, side: str, *, partly: bool = False
    ) -> list[int] | None:
        """Return how to reorder an axis so that it agrees with its side, None for not at all.

        `partly`: names may be missing in it, -1 then.
        """
        if set(index) == set(range(len(index))):
            return _by_number(index)  # positions, no names
        if fault := _unnamed(index, side):
            self._faults.append(Fault(field, fault))
            return None
        names = [str(name) for name in index]
        spot = {name: position for position, name in enumerate(names)}
        if len(spot) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            self._faults.append(
                Fault(field, f"the name of one of the {side} stands twice", (twice,))
            )
            return None
        known = self._names.setdefault(side, names)
        earlier = self._given_by.setdefault(side, field)
        if known == names:
            return None
        if set(known) == spot.keys() or (partly and set(known) > spot.keys()):
            return [spot.get(name, -1) for name in known]
        strange = [name for name in names if name not in set(known)]
        lacking = [name for name in known if name not in spot]
        if strange:
            rule = f"{_some(strange)} is none of the {side} of {earlier}"
            near = nearest_name(strange[0], lacking or known)
            rule += f"; {near}" if near.startswith("did") else ""
        else:
            rule = f"lacks {_some(lacking)}, of the {side} of {earlier}"
        self._faults.append(Fault(field, rule, explains=(field, earlier)))
        return None


def _some(names: list[str]) -> str:
    """Return the first of some names, and how many others there are."""
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    return f"{names[0]!r}{more}"


def _unnamed(index: list[Any], side: str) -> str:
    """Return what is wrong with names that are none; empty if nothing is."""
    for name in index:
        if name is None or name != name or not str(name).strip():
            return f"one of the {side} has no name"
        if str(name).startswith("Unnamed: "):  # pandas' word for a column without a name
            return f"the column {name!r} has no name: read the table with index_col=0, or drop it"
    return ""


def _by_number(index: list[Any]) -> list[int] | None:
    """Return how to put the numbers 0, 1, ... in order; None for names, and where they are."""
    place = {name: position for position, name in enumerate(index)}
    if place.keys() != set(range(len(index))) or index == list(range(len(index))):
        return None
    return [place[position] for position in range(len(index))]


def _listed(cells: Any) -> list[Any]:
    """Return a column as a list."""
    return cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
