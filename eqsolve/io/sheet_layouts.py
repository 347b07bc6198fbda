"""Where the fields of an instance stand in a table, whatever its layout."""

from __future__ import annotations

import inspect
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular
from eqsolve.formats.sheet import Sheet

__all__ = ["Layout", "asked_for", "called", "called_capacity", "is_needed", "same_for_all"]

_CAPACITIES = frozenset(
    {"capacity", "capacities", "cap", "kapazit\u00e4t", "kapazit\u00e4ten", "capacit\u00e9",
     "capacit\u00e9s", "capacidad", "capacit\u00e0", "capaciteit"}
)  # fmt: skip
_PLACES = frozenset(
    {"seats", "places", "slots", "quota", "pl\u00e4tze", "anzahl pl\u00e4tze", "pl\u00e4tze gesamt",
     "plazas", "cupo", "posti", "plaatsen", "platser", "miejsca"}
)  # fmt: skip
"""What people call capacities, in lower case; the second might be goods as well."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a table says.

    Parameters
    ----------
    fields : arguments of the class.
    labels : names of the sides.
    words : how the table was read.
    where : (field, index) -> row and column of a number in the table, or None.
    """

    fields: dict[str, Any]
    labels: dict[str, list[str]]
    words: str
    where: Callable[[str, tuple[Any, ...]], tuple[int, int] | None]

    def located(self, sheet: Sheet, fault: Fault) -> Fault:
        """Return a fault with the line and the column instead of field and index."""
        place = self.where(fault.field, fault.index)
        if place is None:
            return fault
        row, column = place
        name = sheet.header[column] or str(column + 1)
        return replace(fault, field=f"line {sheet.lines[row]}, column {name!r}", index=(), names=())


def asked_for(owner: type[Instance], options: MutableMapping[str, str], name: str) -> str | None:
    """Return what an option says of a field, taking it out; a setting of its name is none."""
    one = singular(name)
    short = None if one in inspect.signature(owner).parameters else options.pop(one, None)
    return options.pop(name, short)


def called(name: str, asked: str | None, names: Sequence[str]) -> int | None:
    """Return the place of a name: the one asked for, else what is called like the field."""
    low = [head.lower() for head in names]
    words = [asked.lower()] if asked is not None else [name, singular(name), name.replace("_", " ")]
    return next((low.index(word) for word in words if low.count(word) == 1), None)


def called_capacity(
    owner: type[Instance], name: str, names: Sequence[str], *, goods: bool = False
) -> int | None:
    """Return the place of the one name that stands for capacities, if the field holds such.

    Parameters
    ----------
    names : the header, or the first cells of the rows.
    goods : goods may be among the names, so that ``seats`` could be one.
    """
    if not name.endswith("capacities") or name not in owner.axes:
        return None
    words = _CAPACITIES if goods else _CAPACITIES | _PLACES
    found = [place for place, head in enumerate(names) if head.lower().rstrip(" :") in words]
    return found[0] if len(found) == 1 else None


def same_for_all(asked: str, name: str, sheet: Sheet) -> int | float:
    """Return the number that an option gives to everybody.

    Raises
    ------
    FormatError : neither a number nor a column or row.
    """
    try:
        return read_number(asked)
    except NumberError:
        rule = "is neither a column or row of the table, nor a number for all"
        raise FormatError(sheet.source, Fault(f"option {name}", rule, value=asked)) from None


def is_needed(owner: type[Instance], name: str) -> bool:
    """Return whether an argument has no default."""
    return inspect.signature(owner).parameters[name].default is inspect.Parameter.empty
