"""Runs of the Course Match preference simulator: three files beside each other.

``true_student_lists_X.pkl`` holds for each run a list of students, each a tuple: base values,
substitutes and complements (lists of courses with the shares that each further one adds), three
time preferences that the published runs leave at 0, and the budget. ``timetables_X.pkl`` holds for
each run days of slots of lists of courses, ``capacities_all_runs_X.npy`` a row of seats.
Pickles are read as data, without running what they name.
Source: Soumalias, Zamanlooy, Weissteiner and Seuken (2022), preference simulator.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.pickled_numbers import is_pickle, read_pickled_numbers

__all__ = ["SimulatorRun", "is_course_simulator", "read_course_simulator"]

_STUDENTS, _TIMES, _SEATS = "true_student_lists_", "timetables_", "capacities_all_runs_"
_LARGEST = 10**7
"""Bytes of the file of seats."""


@dataclass(frozen=True, slots=True)
class SimulatorRun:
    """One run.

    Parameters
    ----------
    number : of the run, from 0.
    values : students x courses, base values.
    groups : for each student, groups of courses and, by how many of them it has, the share of
        their base values that is added; substitutes first.
    budgets : of each student.
    capacities : seats of each course.
    timetable : days of slots of lists of courses.
    """

    number: int
    values: tuple[tuple[float, ...], ...]
    groups: tuple[tuple[tuple[tuple[int, ...], tuple[float, ...]], ...], ...]
    budgets: tuple[float, ...]
    capacities: tuple[int, ...]
    timetable: tuple[tuple[tuple[int, ...], ...], ...]


def is_course_simulator(path: Path) -> bool:
    """Return whether a file is the list of students of a simulator."""
    named = path.name.startswith(_STUDENTS) and path.suffix == ".pkl"
    return named and path.is_file() and is_pickle(path)


def read_course_simulator(path: Path, run: int | None = None) -> list[SimulatorRun]:
    """Return the runs of a file of students and of the two files beside it.

    Parameters
    ----------
    path : the file of students.
    run : the only run wanted; None: all.

    Raises
    ------
    FormatError : a file is missing or no pickle of numbers; faults name run, student and part.
    """
    stem = path.name.removeprefix(_STUDENTS).removesuffix(".pkl")
    students = read_pickled_numbers(path)
    tables = read_pickled_numbers(path.with_name(f"{_TIMES}{stem}.pkl"))
    seats = _seats(path.with_name(f"{_SEATS}{stem}.npy"))
    for what, found in (("students", students), ("timetables", tables)):
        if not isinstance(found, list):
            raise FormatError(str(path), Fault(what, "must be a list with an entry for each run"))
    if not len(students) == len(tables) == len(seats):
        rule = f"{len(students)} runs of students, {len(tables)} timetables, {len(seats)} of seats"
        raise FormatError(str(path), Fault("", rule))
    if run is not None and not 0 <= run < len(students):
        raise FormatError(str(path), Fault("run", f"must be from 0 to {len(students) - 1}", (run,)))
    faults: list[Fault] = []
    found = [
        _run(k, students[k], tables[k], seats[k], faults)
        for k in (range(len(students)) if run is None else [run])
    ]
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return found


def _seats(path: Path) -> np.ndarray[Any, Any]:
    """Return runs x courses."""
    try:
        if path.stat().st_size > _LARGEST:
            raise FormatError(str(path), Fault("", f"is larger than {_LARGEST} bytes"))
        found = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise FormatError(str(path), Fault("", rule)) from None
    except (ValueError, EOFError):
        raise FormatError(str(path), Fault("", "is no array of numbers")) from None
    if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind not in "iuf":
        raise FormatError(str(path), Fault("", "must hold numbers, a row of seats for each run"))
    odd = np.argwhere(~((found >= 0) & (found == np.floor(found)) & (found < 2**31)))
    if len(odd):
        rule = "must be a whole number >= 0"
        faults = [
            Fault("capacities", rule, index=(int(k), int(j)), value=found[k, j].item())
            for k, j in odd[:MAX_FAULTS]
        ]
        raise FormatError(str(path), faults)
    return found.astype(np.int64)


def _run(
    number: int, students: Any, days: Any, seats: np.ndarray[Any, Any], faults: list[Fault]
) -> SimulatorRun:
    """Return one run, adding faults."""
    n_courses = len(seats)
    values, groups, budgets = [], [], []
    if not isinstance(students, list):
        faults.append(Fault("students", "must be a list", (number,)))
        students = []
    for i, student in enumerate(students):
        place = (number, i)
        if not isinstance(student, tuple) or len(student) != 7:
            faults.append(Fault("students", "must be a tuple of seven parts", place))
            continue
        base, substitutes, complements, overload, gaps, free, budget = student
        if not _numbers(base, n_courses):
            faults.append(Fault("students", f"must have {n_courses} base values", place))
            continue
        if any(np.any(np.asarray(part) != 0) for part in (overload, gaps, free)):
            faults.append(Fault("students", "has time preferences, which are not read", place))
        if not _numbers([budget], 1):
            faults.append(Fault("students", "must have a budget", place))
            continue
        values.append(tuple(float(value) for value in base))
        groups.append(_groups(substitutes, complements, n_courses, place, faults))
        budgets.append(float(budget))
    return SimulatorRun(
        number,
        tuple(values),
        tuple(groups),
        tuple(budgets),
        tuple(seats.tolist()),
        _timetable(number, days, n_courses, faults),
    )


def _groups(
    substitutes: Any, complements: Any, n_courses: int, place: tuple[int, int], faults: list[Fault]
) -> tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]:
    """Return the groups of a student, adding faults."""
    found = []
    for what, listed in (("substitutes", substitutes), ("complements", complements)):
        if not isinstance(listed, list):
            faults.append(Fault(what, "must be a list", place))
            continue
        for k, group in enumerate(listed):
            courses, bonus = group if isinstance(group, tuple) and len(group) == 2 else ((), ())
            if _courses(courses, n_courses) and _numbers(bonus, len(courses)):
                found.append((tuple(courses), tuple(float(share) for share in bonus)))
            else:
                rule = "must be different courses and as many numbers"
                faults.append(Fault(what, rule, (*place, k)))
    return tuple(found)


def _timetable(
    number: int, days: Any, n_courses: int, faults: list[Fault]
) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Return days of slots of courses, adding faults."""
    found = []
    for d, day in enumerate(days if isinstance(days, list) else [None]):
        slots = []
        for s, slot in enumerate(day if isinstance(day, list) else [None]):
            if isinstance(slot, list) and (not slot or _courses(slot, n_courses)):
                slots.append(tuple(slot))
            else:
                rule = "must be a list of different courses"
                faults.append(Fault("timetable", rule, (number, d, s)))
        found.append(tuple(slots))
    return tuple(found)


def _courses(listed: Any, n_courses: int) -> bool:
    """Return whether something lists different courses by number, one at least."""
    if not isinstance(listed, list) or not listed:
        return False
    good = all(type(j) is int and 0 <= j < n_courses for j in listed)
    return good and len(set(listed)) == len(listed)


def _numbers(listed: Any, length: int) -> bool:
    """Return whether something lists so many finite numbers."""
    if isinstance(listed, np.ndarray):
        return (
            listed.shape == (length,)
            and listed.dtype.kind in "iuf"
            and bool(np.isfinite(listed).all())
        )
    return (
        isinstance(listed, list)
        and len(listed) == length
        and all(type(x) in (int, float) and np.isfinite(x) for x in listed)
    )
