"""Course bids of the fairpyx project: what students bid on courses, seats and capacities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.json_text import Unreadable
from eqsolve.formats.nested import NamedTable, named_table, read_json_object
from eqsolve.formats.text import head_of

__all__ = ["CourseBids", "is_course_bids", "read_course_bids"]


@dataclass(frozen=True, slots=True)
class CourseBids:
    """The content of a file.

    Parameters
    ----------
    bids : students x courses, points; masked where a student did not bid on a course. Students
        and courses that only the capacities name are there too.
    agent_capacities : most courses of each student, in the order of the rows.
    item_capacities : seats of each course, in the order of the columns.
    ignored : further fields of the file, such as conflicts.
    """

    bids: NamedTable
    agent_capacities: tuple[int, ...]
    item_capacities: tuple[int, ...]
    ignored: tuple[str, ...]


def is_course_bids(path: Path) -> bool:
    """Return whether a file looks like course bids."""
    return path.suffix == ".json" and '"valuations"' in head_of(path, 200)


def read_course_bids(path: Path) -> CourseBids:
    """Return the content of a file; conflicts between courses and with agents are not read.

    Raises
    ------
    FormatError : a missing field, or a capacity that is no whole number.
    """
    document = read_json_object(path)
    needed = ("valuations", "agent_capacities", "item_capacities")
    faults = [
        Fault(key, "must be an object")
        for key in needed
        if not isinstance(document.get(key), Mapping)
    ]
    if faults:
        raise FormatError(str(path), faults)
    bids = named_table(
        document["valuations"],
        path,
        "valuations",
        rows=document["agent_capacities"],
        columns=document["item_capacities"],
    )
    agents = _capacities(document, "agent_capacities", bids.rows, faults)
    items = _capacities(document, "item_capacities", bids.columns, faults)
    if faults:
        raise FormatError(str(path), faults)
    ignored = tuple(key for key, content in document.items() if key not in needed and content)
    return CourseBids(bids, agents, items, ignored)


def _capacities(
    document: Mapping[str, Any], field: str, names: tuple[str, ...], faults: list[Fault]
) -> tuple[int, ...]:
    """Return the capacity of each name, adding faults."""
    found = []
    for name in names:
        value = document[field].get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            rule = value.rule if isinstance(value, Unreadable) else "must be a whole number >= 0"
            faults.append(Fault(field, rule, index=(name,), value=value))
        else:
            found.append(value)
    return tuple(found)
