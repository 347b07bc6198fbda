"""Two plain CSV tables: what students give for courses, and when courses are taught.

The first has the header ``student,course,points``, a row for each course that a student wants.
The second has the header ``course,seats`` and may have ``credits`` and ``times``: meetings
separated by ``;``, each a day, a begin and an end, such as ``Mon 9:00-10:30; Wed 14-16``. Two
courses whose meetings overlap on a day cannot both be taken; one that begins when another ends can.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.dialect import SEPARATORS, cells_of, decoded, dialect_of, plain_digits
from eqsolve.formats.text import file_bytes, head_of, whole

__all__ = [
    "COURSES_BESIDE",
    "CourseLists",
    "course_rows",
    "csv_text",
    "is_course_lists",
    "point_rows",
    "read_course_lists",
]

COURSES_BESIDE = "{}-courses.csv"
"""The second table of ``STEM.csv``, where it is not called otherwise."""

_POINTS = ["student", "course", "points"]
_MEETING = re.compile(r"(\S+)\s+(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?")

Meeting = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class CourseLists:
    """The content of both tables.

    Parameters
    ----------
    students : names, in the order of the first table.
    courses : names, in the order of the second table.
    points : (student, course) -> number; who is not there did not ask.
    seats, credits : of each course.
    meetings : of each course, each the day, and begin and end in minutes.
    """

    students: tuple[str, ...]
    courses: tuple[str, ...]
    points: dict[tuple[int, int], int | float]
    seats: tuple[int, ...]
    credits: tuple[int | float, ...]
    meetings: tuple[tuple[Meeting, ...], ...]

    def conflicts(self) -> list[tuple[int, int]]:
        """Return the pairs of courses that overlap somewhere."""
        return [
            (a, b)
            for a, b in combinations(range(len(self.courses)), 2)
            if any(
                day == other and start < stop and begin < end
                for day, start, end in self.meetings[a]
                for other, begin, stop in self.meetings[b]
            )
        ]


def point_rows(
    students: Sequence[str], courses: Sequence[str], points: Sequence[Sequence[int | float]]
) -> list[list[object]]:
    """Return the rows of the first table: what is worth something, and everybody at least once."""
    rows: list[list[object]] = [list(_POINTS)]
    for student, own in zip(students, points, strict=True):
        pairs = list(zip(courses, own, strict=True))
        wanted = [(course, worth) for course, worth in pairs if worth] or pairs[:1]
        rows += ([student, course, worth] for course, worth in wanted)
    return rows


def course_rows(
    courses: Sequence[str],
    seats: Sequence[int],
    credits: Sequence[float],
    meetings: Sequence[Sequence[str]],
) -> list[list[object]]:
    """Return the rows of the second table; a column in which nothing stands is left out."""
    columns: dict[str, list[object]] = {"course": list(courses), "seats": list(seats)}
    if any(credit != 1 for credit in credits):
        columns["credits"] = list(credits)
    if any(meetings):
        columns["times"] = ["; ".join(own) for own in meetings]
    return [[*columns], *map(list, zip(*columns.values(), strict=True))]


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as text, separated by commas."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def is_course_lists(path: Path) -> bool:
    """Return whether a file begins with the header of the first table."""
    return path.is_file() and _separator(head_of(path).split("\n")[0], _POINTS) is not None


def read_course_lists(path: Path, courses: Path) -> CourseLists:
    """Return the content of both tables.

    Raises
    ------
    FormatError : a line for each fault: a wrong header, a course twice or unknown, a student with
        two rows for a course, seats that are no whole number, points or credits that are no
        number, meetings that cannot be read or end before they begin.
    """
    names, seats, credit, meetings = _read_courses(courses)
    place = {name: k for k, name in enumerate(names)}
    students: dict[str, int] = {}
    points: dict[tuple[int, int], int | float] = {}
    faults: list[Fault] = []
    decimal, rows = _rows(path, _POINTS, ())
    for line, row in rows:
        where = f"line {line}"
        student, course = row["student"], row["course"]
        if not student:
            faults.append(Fault(where, "names no student"))
        elif course not in place:
            rule = f"is not among the courses of {courses.name}"
            faults.append(Fault(where, rule, value=course))
        else:
            pair = students.setdefault(student, len(students)), place[course]
            if pair in points:
                faults.append(Fault(where, f"{student} and {course} have a row already"))
            try:
                points[pair] = read_number(plain_digits(row["points"], decimal))
            except NumberError as error:
                faults.append(Fault(where, f"points {error}", value=row["points"]))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return CourseLists(tuple(students), names, points, seats, credit, meetings)


def _read_courses(
    path: Path,
) -> tuple[
    tuple[str, ...], tuple[int, ...], tuple[int | float, ...], tuple[tuple[Meeting, ...], ...]
]:
    """Return names, seats, credits and meetings of the second table."""
    names: list[str] = []
    seats, credit, meetings = [], [], []
    faults: list[Fault] = []
    decimal, rows = _rows(path, ["course", "seats"], ("credits", "times"))
    for line, row in rows:
        where = f"line {line}"
        if not row["course"] or row["course"] in names:
            rule = "the course stands twice" if row["course"] else "names no course"
            faults.append(Fault(where, rule, value=row["course"] or None))
        names.append(row["course"])
        count = whole(row["seats"])
        if count is None:
            faults.append(Fault(where, "seats must be a whole number >= 0", value=row["seats"]))
        seats.append(count or 0)
        try:
            credit.append(read_number(plain_digits(row.get("credits") or "1", decimal)))
        except NumberError as error:
            faults.append(Fault(where, f"credits {error}", value=row["credits"]))
        meetings.append(tuple(_meetings(row.get("times", ""), where, faults)))
    if faults:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return tuple(names), tuple(seats), tuple(credit), tuple(meetings)


def _meetings(text: str, where: str, faults: list[Fault]) -> Iterator[Meeting]:
    """Yield the meetings of a course, adding faults."""
    for word in filter(None, (part.strip() for part in text.split(";"))):
        match = _MEETING.fullmatch(word)
        if match is None:
            rule = "times must be like `Mon 9:00-10:30; Wed 14-16`"
            faults.append(Fault(where, rule, value=word))
            continue
        day, *clock = match.groups()
        h1, m1, h2, m2 = (int(part or 0) for part in clock)
        if not (60 * h1 + m1 < 60 * h2 + m2 <= 1440 and max(m1, m2) < 60):
            faults.append(Fault(where, "times must begin before they end", value=word))
            continue
        yield day.casefold(), 60 * h1 + m1, 60 * h2 + m2


def _rows(
    path: Path, needed: list[str], optional: tuple[str, ...]
) -> tuple[str, list[tuple[int, dict[str, str]]]]:
    """Return the decimal mark, and line number and cells of each row that is not blank.

    The first line tells the separator: with the right one it has the names that are needed.
    """
    source = str(path)
    text, encoding = decoded(file_bytes(path), source)
    first = text.partition("\n")[0]
    mark = _separator(first, needed)
    extra = _words(first, mark or ",")[len(needed) :]
    if mark is None or set(extra) - set(optional) or len(set(extra)) < len(extra):
        rule = f"the first line must be `{','.join(needed)}`"
        rule += f", perhaps with {' and '.join(optional)}" if optional else ""
        raise FormatError(source, Fault("line 1", rule, value=first[:60]))
    dialect, text = dialect_of(text, source, encoding, separator=mark)
    header = [*needed, *extra]
    faults, rows = [], []
    for line, cells in cells_of(text, source, mark, dialect.quote)[1:]:
        if len(cells) != len(header):
            rule = f"must have {len(header)} cells, has {len(cells)}"
            faults.append(Fault(f"line {line}", rule))
        else:
            rows.append((line, dict(zip(header, cells, strict=True))))
    if faults:
        raise FormatError(source, faults[:MAX_FAULTS])
    return dialect.decimal, rows


def _separator(line: str, needed: list[str]) -> str | None:
    """Return the separator with which a first line has the names that are needed, if any."""
    return next((mark for mark in SEPARATORS if _words(line, mark)[: len(needed)] == needed), None)


def _words(line: str, mark: str) -> list[str]:
    """Return the words of a first line, in lower case."""
    return [word.strip(' \t\r"').lower() for word in line.removeprefix("\ufeff").split(mark)]
