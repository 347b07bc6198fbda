"""Names that frames and columns bring along: they put the numbers in order and become labels.

A pandas object says by its index who each number belongs to. Read by position, a Series in another
order than its frame would give ann the money of bob, and the names would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.errors import Fault

__all__ = ["NamedSides"]


class NamedSides:
    """The members of each side as the arguments of one instance name them.

    Parameters
    ----------
    faults : faults found are appended here.

    Examples
    --------
    >>> import pandas as pd
    >>> sides = NamedSides([])
    >>> table = pd.DataFrame([[2, 1], [1, 2]], ["ann", "bob"], ["tea", "rice"])
    >>> sides.read(table, "utilities", "buyers", "goods").tolist()
    [[2, 1], [1, 2]]
    >>> sides.read(pd.Series({"bob": 1, "ann": 3}), "budgets", "buyers").tolist()
    [3, 1]
    >>> sides.labels(None)
    {'buyers': ['ann', 'bob'], 'goods': ['tea', 'rice']}
    """

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._names: dict[str, list[str]] = {}
        self._given_by: dict[str, str] = {}

    def read(self, value: Any, field: str, *sides: str) -> Any:
        """Return a pandas object as plain numbers in the order of the sides; others unchanged.

        Parameters
        ----------
        value : what the user passed.
        field : its name in faults.
        sides : the side along each axis.
        """
        axes = getattr(value, "axes", None)
        if not hasattr(value, "iloc") or not isinstance(axes, list) or len(axes) != len(sides):
            return value
        for axis, (side, index) in enumerate(zip(sides, axes, strict=True)):
            order = self._order(list(index), field, side)
            if order is not None:
                value = value.iloc[order] if axis == 0 else value.iloc[:, order]
        return plain_numbers(value)

    def labels(self, given: Any) -> Any:
        """Return the labels of the instance: those given, and the names of the other sides.

        Labels that hold the same names in another order are a fault.
        """
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

    def _order(self, index: list[Any], field: str, side: str) -> list[int] | None:
        """Return how to reorder an axis so that it agrees with its side, None for not at all."""
        if index == list(range(len(index))):
            return None  # positions, no names
        place = {name: position for position, name in enumerate(index)}
        if place.keys() == set(range(len(index))):
            return [place[position] for position in range(len(index))]
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
        if set(known) == spot.keys():
            return [spot[name] for name in known]
        for name in [*spot.keys() - set(known), *set(known) - spot.keys()][:1]:
            missing, other = (field, earlier) if name not in spot else (earlier, field)
            rule = f"the {side} {name!r} of {other} is not among those of {missing}"
            self._faults.append(Fault(field, rule))
        return None
