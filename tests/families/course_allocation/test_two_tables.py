"""Course allocations go out as the two tables from which they are read."""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given, strategies as st

import eqsolve
from eqsolve import CourseAllocation, OptionError
from eqsolve.cli.__main__ import main
from eqsolve.formats.course_lists import read_course_lists

NAMES = {"students": ["Ann", "Zoë, jr."], "courses": ["law; II", 'the "art"', "gym"]}
MARKET = CourseAllocation(
    [[5, 0, 2.5], [0, 0, 0]],
    [1, 2, 0],
    max_courses=2,
    credits=[1, 0.5, 2],
    max_credits=2.5,
    conflicts=[(0, 2), (1, 2)],
    labels=NAMES,
    name="autumn",
)


@st.composite
def markets(draw: st.DrawFn) -> CourseAllocation:
    """Return markets that fit two tables, with any conflicts, also as a timetable."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    worth = st.integers(0, 3) if draw(st.booleans()) else st.sampled_from([0.0, 0.1, 2.5, 4.0])
    fields: dict[str, Any] = {}
    if draw(st.booleans()):
        courses = st.lists(st.integers(0, m - 1), max_size=4, unique=True)
        days = st.lists(st.lists(courses, min_size=1, max_size=3), min_size=1, max_size=2)
        fields["timetable"] = draw(days)
    else:
        pairs = st.tuples(st.integers(0, m - 1), st.integers(0, m - 1))
        fields["conflicts"] = draw(st.lists(pairs.filter(lambda p: p[0] != p[1]), max_size=9))
    if draw(st.booleans()):
        fields["max_credits"] = draw(st.sampled_from([0.5, 2, 7.25]))
        fields["credits"] = draw(st.lists(st.sampled_from([0.5, 1, 3]), min_size=m, max_size=m))
    return CourseAllocation(
        draw(st.lists(st.lists(worth, min_size=m, max_size=m), min_size=n, max_size=n)),
        draw(st.lists(st.integers(0, 3), min_size=m, max_size=m)),
        max_courses=draw(st.integers(0, m)),
        **fields,
    )


@given(markets())
@example(MARKET)
def test_what_is_written_is_read_as_the_same(market: CourseAllocation) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "wishes.csv")
        eqsolve.save(market, Path(folder, "market.json"))
        eqsolve.convert(Path(folder, "market.json"), path, to="course_lists")
        beside = Path(folder, "wishes-courses.csv")
        pairs = read_course_lists(path, beside).conflicts()
        limits = {"max_courses": int(market.max_courses[0])}
        if np.isfinite(market.max_credits[0]):
            limits["max_credits"] = market.max_credits[0].item()
        (again,) = eqsolve.convert(path, **limits)
    assert [list(pair) for pair in pairs] == market.conflicts.tolist()
    assert again == market
    for side, size in market.side_sizes().items():
        for place in range(size):
            assert again.label(side, place) == market.label(side, place)


def test_the_tables_are_those_of_a_spreadsheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell = CliRunner()
    eqsolve.save(MARKET, "autumn.json")
    made = shell.invoke(
        main, ["convert", "autumn.json", "autumn.csv", "--option", "to=course_lists"]
    )
    assert made.exit_code == 0, made.output
    words = "--option from=course_lists --option max_courses=2 --option max_credits=2.5"
    assert made.stdout.splitlines()[-1] == f"read it with {words}"
    first, second = (
        list(csv.reader(Path(name).read_text(encoding="utf-8").splitlines()))
        for name in ("autumn.csv", "autumn-courses.csv")
    )
    assert first == [
        ["student", "course", "points"], ["Ann", "law; II", "5.0"], ["Ann", "gym", "2.5"],
        ["Zoë, jr.", "law; II", "0.0"],
    ]  # fmt: skip
    assert second[0] == ["course", "seats", "credits", "times"]
    assert second[3] == ["gym", "0", "2.0", "slot1 0-1; slot2 0-1"]
    back = shell.invoke(main, ["convert", "autumn.csv", "again.json", *words.split()])
    assert back.exit_code == 0, back.output
    assert eqsolve.load("again.json") == MARKET
    words = ["solve", "autumn.csv", "--method", "round_robin", "-q"]
    solved = shell.invoke(main, words)  # recognized as it is
    assert solved.exit_code == 0, solved.output


def test_many_go_into_a_folder_and_pairs_of_files_stay_apart(tmp_path: Path) -> None:
    other = CourseAllocation([[1, 2]], [3, 3])
    for number, market in enumerate((MARKET, other)):
        eqsolve.save(market, tmp_path / f"{number}.json")
    target = tmp_path / "tables"
    eqsolve.convert(str(tmp_path / "*.json"), target, to="course_lists")
    assert sorted(path.name for path in target.iterdir()) == [
        "autumn-courses.csv", "autumn.csv", "instance-courses.csv", "instance.csv",
    ]  # fmt: skip
    (again,) = eqsolve.convert(target / "instance.csv")
    assert again == other
    (target / "courses.csv").write_text("course,seats\ncourse 0,1\ncourse 1,1\n")
    (again,) = eqsolve.convert(target / "instance.csv")
    assert again == other  # its own table comes before courses.csv
    (chosen,) = eqsolve.convert(target / "instance.csv", courses="courses.csv")
    assert chosen.capacities.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"values": [[1, None]]}, "it has courses that a student may not take; write .json"),
        ({"values": [[1, 1], [1, 1]], "max_courses": [1, 2]}, "limits of courses that differ"),
        ({"values": [[1, 1], [1, 1]], "max_credits": [1, 2]}, "limits of credits that differ"),
        ({"adjustments": [[(0, 1, 2)]]}, "adjustments"),
        ({"groups": [[{"courses": [0], "bonus": [1]}]]}, "groups"),
        ({"budgets": [1]}, "budgets"),
        ({"budgets": {"order": "index"}}, "budgets"),
        ({"values": np.zeros((0, 2))}, "no students"),
        ({"labels": {"students": [" Ann"]}}, "read back, it would be another one"),
        ({"labels": {"courses": ["a", ""]}}, "read back, it would be another one"),
    ],
)
def test_what_the_tables_cannot_hold_is_refused(tmp_path: Path, fields: Any, rule: str) -> None:
    values = fields.pop("values", [[1, 2]])
    market = CourseAllocation(values, [1, 1], **fields)
    eqsolve.save(market, tmp_path / "market.json")
    with pytest.raises(OptionError, match=rule):
        eqsolve.convert(tmp_path / "market.json", tmp_path / "out.csv", to="course_lists")
    assert [path.name for path in tmp_path.iterdir()] == ["market.json"]


def test_targets_and_kinds_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    eqsolve.save(MARKET, tmp_path / "m.json")
    for target in ("out.json", "out.txt"):
        with pytest.raises(OptionError, match=r"the target is a \.csv file or a folder"):
            eqsolve.convert(tmp_path / "m.json", tmp_path / target, to="course_lists")
    with pytest.raises(OptionError, match=r"-: with to=course_lists the target is"):
        eqsolve.convert(tmp_path / "m.json", "-", to="course_lists")
    with pytest.raises(OptionError, match=r"'course_list': .* did you mean 'course_lists'"):
        eqsolve.convert(tmp_path / "m.json", tmp_path / "out.csv", to="course_list")
    with pytest.raises(OptionError, match="kind 'assignment_market' is not written so"):
        eqsolve.convert("catalog:shapley-shubik-1971", tmp_path / "o.csv", to="course_lists")
