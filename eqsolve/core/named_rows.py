"""What tables say about a name: the rows in which it stands, found by ``named["Ann"]``.

A name that two sides have (a buyer and a courier called Kim) is nobody's alone: it is refused, and
``named["courier", "Kim"]`` says which by the column in which it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eqsolve.core.errors import nearest_name
from eqsolve.core.table import Table

__all__ = ["Named", "Rows"]

_SEARCHED, _LISTED = 10_000, 40
"""Names among which a near one is looked for, and that are listed where none is near, at most."""


class Rows(tuple[Mapping[str, Any], ...]):
    """The rows of all tables in which a name stands, each column -> cell.

    ``rows[0]["price"]`` is the price in the first of them, ``rows["price"]`` the one price that
    stands in any. There is none where tables list only those who got something.
    """

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, str):
            return super().__getitem__(place)
        having = [row for row in self if place in row]
        if not having:
            columns = dict.fromkeys(column for row in self for column in row)
            raise KeyError(
                f"no column {place!r}; {nearest_name(place, columns)}"
                if columns
                else f"no column {place!r}: the name stands in no table"
            )
        values = [row[place] for row in having]
        if any(value != values[0] for value in values):
            raise KeyError(f"column {place!r} has several values; read the rows one by one")
        return values[0]


class Named(Mapping[str, Rows]):
    """What tables say about each name; made by ``eqsolve.by_name`` and `Result.named`.

    It lists the names that stand in a table or belong to a side, but for those of several sides.

    Parameters
    ----------
    tables : their cells are kept, see `eqsolve.core.table.whole_tables`.
    sides : side -> names of its members.

    Examples
    --------
    >>> from eqsolve.core.table import whole_tables
    >>> with whole_tables():
    ...     table = Table("Trips", ["buyer", "courier"]).extend([("Kim", "Lee"), ("Ann", "Kim")])
    >>> named = Named({"trips": table}, {"buyers": ["Ann", "Kim"], "couriers": ["Kim", "Lee"]})
    >>> named["Ann"]["courier"], named["courier", "Kim"]["buyer"], sorted(named)
    ('Kim', 'Ann', ['Ann', 'Lee'])
    >>> named["Kim"]
    Traceback (most recent call last):
    KeyError: "'Kim' is one of the buyers and of the couriers; say ['buyer', 'Kim'] or ..."
    """

    def __init__(
        self, tables: Mapping[str, Table], sides: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._sides: dict[str, list[str]] = {}
        for side, names in (sides or {}).items():
            for name in names:
                self._sides.setdefault(name, []).append(side)
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in self._sides}
        for table in tables.values():
            for cells in table.cells:
                row = dict(zip(table.columns, cells, strict=True))
                for name in dict.fromkeys(cell for cell in cells if self._is_name(cell)):
                    self._rows.setdefault(name, []).append(row)

    def __getitem__(self, name: str | tuple[str, str]) -> Rows:
        if isinstance(name, tuple):
            return self._in_column(*name)
        if name not in self._rows:
            raise KeyError(f"nobody is called {name!r}; {self._near(str(name))}")
        sides = self._sides.get(name, ())
        if len(sides) > 1:
            places = " or ".join(f"[{column!r}, {name!r}]" for column in self._columns(name))
            say = f"say {places}" if places else "it stands in no table"
            raise KeyError(f"{name!r} is one of the {' and of the '.join(sides)}; {say}")
        return Rows(self._rows[name])

    def _is_name(self, cell: Any) -> bool:
        """Return whether a cell may be somebody's name, and no list of them or plain answer."""
        if not isinstance(cell, str) or cell in self._sides:
            return isinstance(cell, str)
        return bool(cell) and cell not in ("yes", "no") and ", " not in cell

    def _near(self, name: str) -> str:
        """Return a hint: the nearest name, or some of those that there are."""
        names = list(self._rows)
        near = nearest_name(name, names[:_SEARCHED])
        return near if near.startswith("did") else nearest_name(name, names[:_LISTED])

    def _in_column(self, column: str, name: str) -> Rows:
        """Return the rows in which a name stands in one column."""
        found = Rows(row for row in self._rows.get(name, ()) if row.get(column) == name)
        if not found:
            hint = nearest_name(column, self._columns(name))
            raise KeyError(f"no column {column!r} holds {name!r}; {hint}")
        return found

    def _columns(self, name: str) -> list[str]:
        """Return the columns in which a name stands."""
        rows = self._rows.get(name, ())
        return list(dict.fromkeys(key for row in rows for key, cell in row.items() if cell == name))

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._rows if len(self._sides.get(name, ())) < 2)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        shown = ", ".join(list(self)[:6])
        return f"<Named: {shown}{', ...' if len(self) > 6 else ''}>"
