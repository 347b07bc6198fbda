"""Runs of the preference simulator: three files, read without running what pickles name."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsolve.core.errors import FormatError
from eqsolve.formats.course_simulator import is_course_simulator, read_course_simulator

TIMES = [[[[0], [0, 1]], [[], [2]]], [[[0, 1, 2]]]]
SEATS = np.array([[2.0, 1.0, 3.0], [4.0, 4.0, 0.0]])


def student(budget: Any) -> tuple[Any, ...]:
    substitutes = [([np.int64(0), np.int64(2)], np.array([0.0, -0.4]))]
    complements = [([1, 2, 0], np.array([0.0, 0.4, 0.72]))]
    return (np.array([5.5, 2.25, 1.0]), substitutes, complements, 0, 0, [0, 0], budget)


def write(folder: Path, students: Any = None, times: Any = TIMES, seats: Any = SEATS) -> Path:
    path = folder / "true_student_lists_x.pkl"
    runs = [[student(1.0), student(1.04)], [student(1.0)]] if students is None else students
    path.write_bytes(pickle.dumps(runs, 4))
    (folder / "timetables_x.pkl").write_bytes(pickle.dumps(times, 4))
    np.save(folder / "capacities_all_runs_x.npy", seats)
    return path


def test_all_runs_and_one(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert is_course_simulator(path)
    assert not is_course_simulator(path.with_name("timetables_x.pkl"))
    first, second = read_course_simulator(path)
    assert read_course_simulator(path, 1) == [second]
    assert first.values == ((5.5, 2.25, 1.0),) * 2
    assert first.groups[0] == (((0, 2), (0.0, -0.4)), ((1, 2, 0), (0.0, 0.4, 0.72)))
    assert first.budgets == (1.0, 1.04)
    assert (first.capacities, second.capacities) == ((2, 1, 3), (4, 4, 0))
    assert first.timetable == (((0,), (0, 1)), ((), (2,)))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"students": [[student(1.0)]]}, "1 runs of students, 2 timetables, 2 of seats"),
        ({"students": {"a": 1}}, "students: must be a list with an entry for each run"),
        ({"students": [5, []]}, r"students\[0\]: must be a list"),
        ({"students": [[(1, 2)], []]}, r"students\[0, 0\]: must be a tuple of seven parts"),
        (
            {"students": [[(np.ones(2), *student(1)[1:])], []]},
            r"students\[0, 0\]: must have 3 base values",
        ),
        (
            {"students": [[(np.full(3, np.nan), *student(1)[1:])], []]},
            r"students\[0, 0\]: must have 3 base values",
        ),
        (
            {"students": [[(*student(1)[:3], -7, *student(1)[4:])], []]},
            r"students\[0, 0\]: has time preferences, which are not read",
        ),
        ({"students": [[student("x")], []]}, r"students\[0, 0\]: must have a budget"),
        (
            {"students": [[(student(1)[0], [([0, 0], [0, 1])], *student(1)[2:])], []]},
            r"substitutes\[0, 0, 0\]: must be different courses and as many numbers",
        ),
        (
            {"students": [[(*student(1)[:2], [([0, 1], [0])], *student(1)[3:])], []]},
            r"complements\[0, 0, 0\]: must be different courses and as many numbers",
        ),
        ({"times": [[[[3]]], []]}, r"timetable\[0, 0, 0\]: must be a list of different courses"),
        ({"seats": SEATS + 0.5}, r"capacities\[0, 0\] = 2.5: must be a whole number >= 0"),
        ({"seats": -SEATS}, r"capacities\[0, 0\] = -2.0: must be a whole number >= 0"),
        ({"seats": SEATS[0]}, "must hold numbers, a row of seats for each run"),
        ({"seats": np.array([["a"]])}, "must hold numbers, a row of seats for each run"),
    ],
)
def test_faults_name_run_and_student(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(FormatError, match=rule):
        read_course_simulator(write(tmp_path, **changes))


def test_missing_files_and_pickled_seats_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    np.save(tmp_path / "capacities_all_runs_x.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(FormatError, match=r"capacities_all_runs_x.npy: is no array of numbers"):
        read_course_simulator(path)
    (tmp_path / "capacities_all_runs_x.npy").unlink()
    with pytest.raises(FormatError, match=r"capacities_all_runs_x.npy: cannot be read"):
        read_course_simulator(path)
    (tmp_path / "timetables_x.pkl").unlink()
    with pytest.raises(FormatError, match=r"timetables_x.pkl: cannot be read"):
        read_course_simulator(path)


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"run\[2\]: must be from 0 to 1"):
        read_course_simulator(write(tmp_path), 2)
