"""Course allocations as the two CSV tables from which the converter ``course_lists`` reads them.

Conflicts become meetings: two courses are taught at the same time exactly where they conflict. With
a timetable these are its slots; else every slot is a set of courses that all conflict, grown from a
pair that no slot has yet, as large as it gets in the order of the courses.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.reading import Incomes
from eqsolve.formats.course_lists import COURSES_BESIDE, course_rows, csv_text, point_rows

__all__ = ["two_tables"]


def two_tables(market: CourseAllocation, stem: str) -> tuple[dict[str, str], dict[str, str]]:
    r"""Return the texts of both files by name, and the options with which they are read.

    Parameters
    ----------
    market : with equal limits of all students, budgets by the default rule, and neither courses
        that a student may not take nor adjustments and groups.
    stem : of the name of the first file; the second is ``STEM-courses.csv``.

    Raises
    ------
    OptionError : what the tables cannot hold.

    Notes
    -----
    Cost O(n m + c m) for c conflicts.

    Examples
    --------
    >>> market = CourseAllocation([[5, 0], [4, 2]], [1, 2], max_courses=1, conflicts=[(0, 1)])
    >>> files, options = two_tables(market, "wishes")
    >>> files["wishes.csv"].splitlines()[1:]
    ['student 0,course 0,5', 'student 1,course 0,4', 'student 1,course 1,2']
    >>> files["wishes-courses.csv"].splitlines()[1], options
    ('course 0,1,slot1 0-1', {'max_courses': '1'})
    """
    reasons = _what_does_not_fit(market)
    if reasons:
        name = f" {market.name!r}" if market.name else ""
        rule = f"does not fit two tables: it has {', '.join(reasons)}; write .json"
        raise OptionError(f"the instance{name} {rule}")
    students = [market.label("students", i) for i in range(market.n_students)]
    courses = [market.label("courses", j) for j in range(market.n_courses)]
    meetings = _of_timetable(market) if market.timetable is not None else _of_conflicts(market)
    files = {
        f"{stem}.csv": csv_text(point_rows(students, courses, market.values.tolist())),
        COURSES_BESIDE.format(stem): csv_text(
            course_rows(courses, market.capacities.tolist(), market.credits.tolist(), meetings)
        ),
    }
    options = {}
    if market.n_students and market.max_courses[0] != market.n_courses:
        options["max_courses"] = str(market.max_courses[0])
    if market.n_students and np.isfinite(market.max_credits[0]):
        options["max_credits"] = repr(market.max_credits[0].item())
    return files, options


def _what_does_not_fit(market: CourseAllocation) -> list[str]:
    """Return what the tables have no place for."""
    found = {
        "no students": not market.n_students,
        "courses that a student may not take": not market.allowed.all(),
        "limits of courses that differ": len(np.unique(market.max_courses)) > 1,
        "limits of credits that differ": len(np.unique(market.max_credits)) > 1,
        "adjustments": any(market.adjustments),
        "groups": any(market.groups),
        "budgets": market.incomes != Incomes(),
    }
    return [what for what, has in found.items() if has]


def _of_timetable(market: CourseAllocation) -> list[list[str]]:
    """Return the meetings of each course: the slots of a timetable, an hour each."""
    meetings: list[list[str]] = [[] for _ in range(market.n_courses)]
    for day, slots in enumerate(market.timetable or (), 1):
        for slot, courses in enumerate(slots):
            word = f"day{day} {slot}-{slot + 1}" if slot < 24 else f"day{day}.{slot + 1} 0-1"
            for course in dict.fromkeys(courses):
                meetings[course].append(word)
    return meetings


def _of_conflicts(market: CourseAllocation) -> list[list[str]]:
    """Return meetings of each course that overlap exactly where courses conflict."""
    m = market.n_courses
    apart = np.zeros((m, m), dtype=bool)
    for a, b in market.conflicts.tolist():
        apart[a, b] = apart[b, a] = True
    uncovered = apart.copy()
    meetings: list[list[str]] = [[] for _ in range(m)]
    slot = 0
    for a, b in market.conflicts.tolist():
        if not uncovered[a, b]:
            continue
        together, common = [a, b], apart[a] & apart[b]
        while common.any():
            together.append(int(common.argmax()))
            common &= apart[together[-1]]
        slot += 1
        for course in together:
            meetings[course].append(f"slot{slot} 0-1")
        uncovered[np.ix_(together, together)] = False
    return meetings
