"""Foreign files as course allocations."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve.core.converter import left_out
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.families.course_allocation.convert import (
    CourseBidding,
    Rankings,
    SimulatorRuns,
    TwoTables,
)
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.io.converting import convert

BIDS = {
    "valuations": {"ann": {"art": 5, "law": 3}, "bob": {"law": 2, "zoo": 1}},
    "agent_capacities": {"ann": 23, "bob": 1},
    "item_capacities": {"art": 3, "law": 10, "zoo": 0},
    "agent_conflicts": {"bob": ["art"]},
    "item_conflicts": {"law": ["art"]},
    "agent_priorities": {"ann": 1},
}


def only(path: Path, **texts: str) -> CourseAllocation:
    (market,) = convert(str(path), texts)
    assert isinstance(market, CourseAllocation)
    return market


@pytest.fixture
def bids(tmp_path: Path) -> Path:
    path = tmp_path / "bids.json"
    path.write_text(json.dumps(BIDS))
    return path


def test_course_bids_become_values_and_conflicts(bids: Path) -> None:
    market = only(bids, **{"from": "course_market"})
    assert market.values.tolist() == [[5, 3, 0], [0, 2, 1]]
    assert market.allowed.tolist() == [[True] * 3, [False, True, True]]
    assert market.capacities.tolist() == [3, 10, 0]
    assert market.max_courses.tolist() == [23, 1]
    assert market.conflicts.tolist() == [[0, 1]]
    assert market.labels == {"students": ("ann", "bob"), "courses": ("art", "law", "zoo")}
    assert left_out(market) == ["field 'agent_priorities': is not part of this kind of market"]


def test_seats_are_scaled_and_students_taken_in_turn(bids: Path) -> None:
    texts = {"from": "course_market", "capacity_scale": "0.25", "students": "5"}
    market = only(bids, **texts)
    assert market.capacities.tolist() == [1, 3, 0]  # 0.75, 2.5 and 0, rounded
    assert market.labels["students"] == ("ann", "bob", "ann (2)", "bob (2)", "ann (3)")
    assert market.values.tolist() == [[5, 3, 0], [0, 2, 1]] * 2 + [[5, 3, 0]]
    assert market.max_courses.tolist() == [23, 1, 23, 1, 23]
    assert only(bids, **{"from": "course_market", "students": "1"}).n_students == 1


@pytest.mark.parametrize("option", ["capacity_scale=-1", "capacity_scale=1e300", "students=-1"])
def test_settings_that_cannot_be(bids: Path, option: str) -> None:
    key, _, value = option.partition("=")
    with pytest.raises(OptionError, match=f"option {key} = "):
        only(bids, **{"from": "course_market", key: value})


def test_negative_bids_are_faults_of_the_file(bids: Path) -> None:
    bids.write_text(json.dumps({**BIDS, "valuations": {"ann": {"art": -1}}}))
    with pytest.raises(
        FormatError, match=r"bids.json: values\[0, 0\] \(ann, art\) = -1: must be >= 0"
    ):
        only(bids, **{"from": "course_market"})


def test_simulator_runs(tmp_path: Path) -> None:
    group = ([np.int64(0), np.int64(1)], np.array([0.0, 0.4]))
    student = (np.array([5.5, 2.25]), [], [group], 0, 0, [0, 0], 1.04)
    path = tmp_path / "true_student_lists_x.pkl"
    path.write_bytes(pickle.dumps([[student], [student]], 4))
    (tmp_path / "timetables_x.pkl").write_bytes(pickle.dumps([[[[0], [0, 1]]], [[[1]]]], 4))
    np.save(tmp_path / "capacities_all_runs_x.npy", np.array([[2.0, 1.0], [1.0, 1.0]]))
    first, second = convert(str(path), {})
    assert first.name == "true_student_lists_x_0"
    assert (first.conflicts.tolist(), second.conflicts.tolist()) == ([[0, 1]], [])
    assert first.groups[0][0].bonus == (0.0, 0.4)
    assert first.budgets.tolist() == [1.04]
    assert second.capacities.tolist() == [1, 1]
    assert only(path, run="1") == second
    assert only(path, run="0", max_courses="2").max_courses.tolist() == [2]


def test_a_malicious_pickle_is_refused_by_the_command_s_way(tmp_path: Path) -> None:
    path = tmp_path / "true_student_lists_x.pkl"
    mark = tmp_path / "ran"
    path.write_bytes(f"\x80\x02cos\nsystem\nX\x00\x00\x00\x00touch {mark}".encode("latin1"))
    path.write_bytes(b"\x80\x02cposix\nsystem\n(Vtouch " + str(mark).encode() + b"\ntR.")
    with pytest.raises(FormatError, match=r"names posix.system; only numbers, lists and numpy"):
        only(path)
    assert not mark.exists()


RANKS = """# DATA TYPE: soi
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 4
# ALTERNATIVE NAME 2: law
3: 2,1,3
1: 3
"""


def test_rankings_become_values_by_a_scale(tmp_path: Path) -> None:
    path = tmp_path / "1.soi"
    path.write_text(RANKS)
    market = only(path, max_courses="2")
    assert market.values.tolist() == [[1, 2, 0]] * 3 + [[0, 0, 2]]
    assert market.capacities.tolist() == [3, 3, 3]  # 1.25 * 4 * 2 seats over three courses
    assert market.labels["courses"] == ("alternative 1", "law", "alternative 3")
    assert market.labels["students"][3] == "voter 4"
    other = only(path, scale="9,4.5,1", unlisted="forbidden", supply_ratio="0.5")
    assert other.values.tolist()[0] == [4.5, 9, 1]
    assert other.allowed.tolist()[3] == [False, False, True]
    assert other.capacities.tolist() == [2, 2, 2]
    with pytest.raises(OptionError, match=r"option scale = '9,4': must be 3 numbers >= 0"):
        only(path, scale="9,4")
    with pytest.raises(OptionError, match="option supply_ratio = -1"):
        only(path, supply_ratio="-1")


def test_categories_are_courses_only_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.cat"
    path.write_text(
        "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 2\n"
        "# NUMBER CATEGORIES: 2\n2: {1, 2},3\n"
    )
    assert not Rankings().recognizes(path)
    market = only(path, **{"from": "course_rankings", "scale": "7,1"})
    assert market.values.tolist() == [[7, 7, 1]] * 2


def test_two_tables(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("student,course,points\nann,law,4\nbob,art,1\n")
    (tmp_path / "courses.csv").write_text(
        "course,seats,credits,times\nart,1,2,Mon 9-10\nlaw,2,1,Mon 9:30-11\n"
    )
    market = only(tmp_path / "points.csv", max_courses="1", max_credits="2.5")
    assert market.values.tolist() == [[0, 4], [1, 0]]
    assert market.credits.tolist() == [2, 1]
    assert market.max_credits.tolist() == [2.5, 2.5]
    assert market.conflicts.tolist() == [[0, 1]]
    assert market.labels == {"students": ("ann", "bob"), "courses": ("art", "law")}
    (tmp_path / "courses.csv").rename(tmp_path / "other.csv")
    assert only(tmp_path / "points.csv", courses="other.csv").max_courses.tolist() == [2, 2]


@pytest.mark.parametrize("kind", [CourseBidding, SimulatorRuns, Rankings, TwoTables])
def test_what_is_converted_is_written_and_read_again(kind: Any, bids: Path, tmp_path: Path) -> None:
    market = only(bids, **{"from": "course_market"})
    eqsolve.save(market, tmp_path / "again.json")
    assert eqsolve.load(tmp_path / "again.json") == market
    assert kind.name not in {"course_bids", "preflib", "preflib_shares"}  # others have those


def test_the_ariel_bids(real_data: Path) -> None:
    path = real_data / "course_bids" / "ariel_5783_input.json"
    market = only(path, **{"from": "course_market"})
    assert (market.n_students, market.n_courses) == (26, 23)
    assert market.max_courses.sum() == 134
    assert len(market.conflicts) == 6  # each told from both sides
    document = json.loads(path.read_text())
    assert (~market.allowed).sum() == sum(map(len, document["agent_conflicts"].values()))
    solution = eqsolve.solve(market).require()
    assert not any(solution.prices)  # nothing is scarce
    assert solution.clearing_error == 0
    naor = only(path.with_name("naor_input.json"), **{"from": "course_market"})
    assert eqsolve.solve(naor, method="draft").require().oversubscribed == 0
