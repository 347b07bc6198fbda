"""Two CSV tables of points and of courses."""

from __future__ import annotations

from pathlib import Path

import pytest

from eqsolve.core.errors import FormatError
from eqsolve.formats.course_lists import CourseLists, is_course_lists, read_course_lists

POINTS = "student,course,points\nann,art,5\nann,law,2.5\n\nbob,law,4\n"
COURSES = """course,seats,times,credits
art,2,Mon 9:00-10:30; Wed 14-16,1
law,1,mon 10-11,0.5
zoo,3,Mon 10:30-12:00,
gym,4,Wed 16-17,2
"""


def read(folder: Path, points: str = POINTS, courses: str = COURSES) -> CourseLists:
    (folder / "points.csv").write_text(points)
    (folder / "courses.csv").write_text(courses)
    return read_course_lists(folder / "points.csv", folder / "courses.csv")


def test_both_tables(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert is_course_lists(tmp_path / "points.csv")
    assert not is_course_lists(tmp_path / "courses.csv")
    assert found.students == ("ann", "bob")
    assert found.courses == ("art", "law", "zoo", "gym")
    assert found.points == {(0, 0): 5, (0, 1): 2.5, (1, 1): 4}
    assert found.seats == (2, 1, 3, 4)
    assert found.credits == (1, 0.5, 1, 2)
    assert found.meetings[0] == (("mon", 540, 630), ("wed", 840, 960))


def test_courses_conflict_where_meetings_overlap(tmp_path: Path) -> None:
    # one that begins when another ends does not
    assert read(tmp_path).conflicts() == [(0, 1), (1, 2)]
    plain = read(tmp_path, courses="course,seats\nart,1\nlaw,1\n")
    assert plain.conflicts() == []
    assert plain.credits == (1, 1)


def test_every_fault_of_the_points_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, points=POINTS + "bob,law,3\nbob,tea,1\n,art,1\nbob,art,many\n")
    lines = [line.partition("points.csv: ")[2] for line in caught.value.lines()]
    assert lines == [
        "line 6: bob and law have a row already",
        "line 7 = 'tea': is not among the courses of courses.csv",
        "line 8: names no student",
        "line 9 = 'many': points must be a number",
    ]


def test_every_fault_of_the_courses_is_named(tmp_path: Path) -> None:
    wrong = "art,1,,1\nlaw,x,tea time,1\nzoo,-1,Mon 12-9,y\n,1,Mon 9-25,1\ngym,2,Mon 9:70-11,1\n"
    with pytest.raises(FormatError) as caught:
        read(tmp_path, courses=COURSES.split("\n")[0] + "\nart,1,,1\n" + wrong)
    lines = [line.partition("courses.csv: ")[2] for line in caught.value.lines()]
    assert lines == [
        "line 3 = 'art': the course stands twice",
        "line 4 = 'x': seats must be a whole number >= 0",
        "line 4 = 'tea time': times must be like `Mon 9:00-10:30; Wed 14-16`",
        "line 5 = '-1': seats must be a whole number >= 0",
        "line 5 = 'y': credits must be a number",
        "line 5 = 'Mon 12-9': times must begin before they end",
        "line 6: names no course",
        "line 6 = 'Mon 9-25': times must begin before they end",
        "line 7 = 'Mon 9:70-11': times must begin before they end",
    ]


@pytest.mark.parametrize(
    ("points", "courses", "rule"),
    [
        ("who,what\n", COURSES, "line 1 = 'who,what': the first line must be `student,course,poi"),
        (POINTS, "course\n", "must be `course,seats`, perhaps with credits and times"),
        (POINTS, "course,seats,room\n", "must be `course,seats`"),
        (POINTS, "course,seats,times,times\n", "must be `course,seats`"),
        (POINTS + "ann\n", COURSES, "line 6: must have 3 cells, has 1"),
        ("", COURSES, "the first line must be"),
    ],
)
def test_headers_and_rows(tmp_path: Path, points: str, courses: str, rule: str) -> None:
    with pytest.raises(FormatError, match=rule):
        read(tmp_path, points, courses)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(("mark", "decimal"), [(";", ","), ("\t", "."), ("|", ",")])
def test_tables_of_any_spreadsheet(tmp_path: Path, encoding: str, mark: str, decimal: str) -> None:
    points = POINTS.replace("law", "Öl").replace(",", mark).replace(".", decimal)
    lines = [line.split(",") for line in COURSES.replace("law", "Öl").split("\n") if line]
    rows = [[cell if ";" not in cell else f'"{cell}"' for cell in line] for line in lines]
    courses = "\r\n".join(mark.join(row).replace("0.5", f"0{decimal}5") for row in rows)
    for name, text in (("points.csv", points), ("courses.csv", courses)):
        (tmp_path / name).write_bytes(text.encode(encoding))
    assert is_course_lists(tmp_path / "points.csv") == (encoding != "utf-16")
    found = read_course_lists(tmp_path / "points.csv", tmp_path / "courses.csv")
    expected = read(tmp_path, POINTS.replace("law", "Öl"), COURSES.replace("law", "Öl"))
    assert found == expected


def test_a_missing_second_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(POINTS)
    with pytest.raises(FormatError, match=r"courses.csv: cannot be read"):
        read_course_lists(tmp_path / "points.csv", tmp_path / "courses.csv")
