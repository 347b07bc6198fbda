"""Course bids of the fairpyx project: what students bid on courses, seats and capacities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.json_text import Unreadable
from eqsolve.formats.nested import NamedTable, named_table, outline_of, read_json_object

__all__ = ["CourseBids", "is_course_bids", "read_course_bids"]

_NEEDED = ("valuations", "agent_capacities", "item_capacities")


@dataclass(frozen=True, slots=True)
class CourseBids:
    """The content of a file.

    Parameters
    ----------
    bids : students x courses, points; masked where a student did not bid on a course. Students
        and courses that only the capacities name are there too.
    agent_capacities : most courses of each student, in the order of the rows.
    item_capacities : seats of each course, in the order of the columns.
    agent_conflicts : pairs (row, column): the student may not have the course.
    item_conflicts : pairs of columns a < b of which a student may have one; the file may name a
        pair from one side or from both.
    ignored : fields of the file beside valuations and capacities, those of conflicts included.
    """

    bids: NamedTable
    agent_capacities: tuple[int, ...]
    item_capacities: tuple[int, ...]
    agent_conflicts: tuple[tuple[int, int], ...]
    item_conflicts: tuple[tuple[int, int], ...]
    ignored: tuple[str, ...]


def is_course_bids(path: Path) -> bool:
    """Return whether a file begins like course bids: with one of the fields that they need."""
    return not outline_of(path).keys.isdisjoint(_NEEDED)


def read_course_bids(path: Path) -> CourseBids:
    """Return the content of a file.

    Raises
    ------
    FormatError : a missing field, a capacity that is no whole number, a conflict with a name that
        is not there or of a course with itself.
    """
    document = read_json_object(path)
    faults = [
        Fault(key, "must be an object")
        for key in _NEEDED
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
    forbidden = _conflicts(document, "agent_conflicts", bids.rows, bids.columns, faults)
    apart = _conflicts(document, "item_conflicts", bids.columns, bids.columns, faults)
    for column in sorted(a for a, b in apart if a == b):
        name = bids.columns[column]
        faults.append(Fault("item_conflicts", "conflicts with itself", index=(name,)))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    ignored = tuple(key for key, content in document.items() if key not in _NEEDED and content)
    pairs = {(min(pair), max(pair)) for pair in apart}
    return CourseBids(bids, agents, items, tuple(sorted(forbidden)), tuple(sorted(pairs)), ignored)


def _conflicts(
    document: Mapping[str, Any],
    field: str,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    faults: list[Fault],
) -> set[tuple[int, int]]:
    """Return the pairs of an optional object name -> list of courses, adding faults."""
    table = document.get(field) or {}
    if not isinstance(table, Mapping):
        faults.append(Fault(field, "must be an object"))
        return set()
    row, column = ({name: k for k, name in enumerate(names)} for names in (rows, columns))
    found = set()
    for name, listed in table.items():
        if name not in row:
            faults.append(Fault(field, "is not among the capacities", index=(name,)))
        elif not isinstance(listed, list):
            faults.append(Fault(field, "must be a list of courses", index=(name,)))
        else:
            for place, course in enumerate(listed):
                if isinstance(course, str) and course in column:
                    found.add((row[name], column[course]))
                else:
                    rule = "must be one of the courses"
                    faults.append(Fault(field, rule, index=(name, place), value=course))
    return found


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
