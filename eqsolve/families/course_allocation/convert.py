"""Foreign files as course allocations: what their numbers mean is stated per converter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from eqsolve.core.converter import Converter, file_name, file_stem, named
from eqsolve.core.errors import OptionError
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.formats.course_bids import read_course_bids
from eqsolve.formats.course_lists import COURSES_BESIDE, is_course_lists, read_course_lists
from eqsolve.formats.course_simulator import is_course_simulator, read_course_simulator
from eqsolve.formats.preflib import (
    is_categorical,
    is_ranking,
    read_categorical,
    read_ranking,
    worth_of_places,
)

__all__ = ["CONVERTERS", "CourseBidding", "Rankings", "SimulatorRuns", "TwoTables"]

_MOST = 10**6
"""Students made from one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToCourses(Converter):
    """Base: the record of how a market was made."""

    kind: ClassVar[str] = "course_allocation"

    def metadata(self, path: Path, **more: Any) -> dict[str, Any]:
        """Return the record that goes into the market's metadata."""
        record = {"converter": self.name, "options": asdict(self), "file": file_name(path)}
        return {"source": self.source, **record, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseBidding(_ToCourses):
    """Course bids of the fairpyx project: points are values.

    A course that a student did not bid on is worth nothing to it; one in its conflicts is
    forbidden. Two courses conflict if the file says so from either side.

    Parameters
    ----------
    capacity_scale : what the seats of every course are multiplied by, rounded to whole seats.
    students : how many students there are; None: those of the file. The file's students are taken
        in turn, again from the first where there are too few.
    """

    name: ClassVar[str] = "course_market"
    summary: ClassVar[str] = "course bids with conflicts; points are values of courses"
    source: ClassVar[str] = "fairpyx project, course bids of Ariel University (2023)"

    capacity_scale: float = 1.0
    students: int | None = None

    def recognizes(self, path: Path) -> bool:
        """Return False: such files are Fisher markets unless ``from=course_market`` is said."""
        return False

    def read(self, path: Path) -> Iterator[CourseAllocation]:
        """Yield the market of the file."""
        if not 0 <= self.capacity_scale <= _MOST:
            raise OptionError(
                f"option capacity_scale = {self.capacity_scale}: must be from 0 to {_MOST}"
            )
        file = read_course_bids(path)
        points = file.bids.numbers.filled(0).tolist()
        for i, j in file.agent_conflicts:
            points[i][j] = None
        chosen = _in_turn(self.students, len(points))
        others = [key for key in file.ignored if key not in ("agent_conflicts", "item_conflicts")]
        gone = named("field", others, "is not part of this kind of market")
        yield CourseAllocation(
            [points[i] for i in chosen],
            [int(self.capacity_scale * seats + 0.5) for seats in file.item_capacities],
            max_courses=[file.agent_capacities[i] for i in chosen],
            conflicts=file.item_conflicts,
            name=file_stem(path),
            labels={
                "students": _numbered([file.bids.rows[i] for i in chosen], len(points)),
                "courses": list(file.bids.columns),
            },
            metadata=self.metadata(path, **self.leaving(gone)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorRuns(_ToCourses):
    """Runs of the Course Match preference simulator, with the true preferences of the students.

    Parameters
    ----------
    run : the only run wanted, from 0; None: all of them, a market each.
    max_courses : most courses a student takes.
    """

    name: ClassVar[str] = "course_simulator"
    summary: ClassVar[str] = "simulator pickles, read without running them; groups and timetable"
    source: ClassVar[str] = (
        "Soumalias, Zamanlooy, Weissteiner and Seuken (2022), Course Match preference simulator"
    )

    run: int | None = None
    max_courses: int = 5

    def recognizes(self, path: Path) -> bool:
        """Return whether the file is called as the simulator's students are and is a pickle."""
        return is_course_simulator(path)

    def read(self, path: Path) -> Iterator[CourseAllocation]:
        """Yield the market of each run, from the file of students and the two beside it."""
        for run in read_course_simulator(path, self.run):
            yield CourseAllocation(
                run.values,
                run.capacities,
                max_courses=self.max_courses,
                timetable=run.timetable,
                groups=[
                    [{"courses": courses, "bonus": bonus} for courses, bonus in own]
                    for own in run.groups
                ],
                budgets=run.budgets,
                name=f"{file_stem(path)}_{run.number}",
                metadata=self.metadata(path, run=run.number),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rankings(_ToCourses):
    """PrefLib rankings and categories of courses: places become values by a scale.

    Such files hold no seats: every course has as many.

    Parameters
    ----------
    scale : value of each place, the best first, as numbers with commas between; the default counts
        down to 0 for the last place.
    unlisted : what a course is that a student does not list: worth ``"nothing"``, or
        ``"forbidden"``.
    max_courses : most courses a student takes.
    supply_ratio : seats beside courses that may be taken in all, spread evenly and rounded.
    """

    name: ClassVar[str] = "course_rankings"
    summary: ClassVar[str] = "PrefLib .soc, .soi, .toc, .toi, .cat; places become values by a scale"
    source: ClassVar[str] = "Mattei and Walsh, PrefLib: a library for preferences (2013)"

    scale: str = "count-down"
    unlisted: Literal["nothing", "forbidden"] = "nothing"
    max_courses: int = 5
    supply_ratio: float = 1.25

    def recognizes(self, path: Path) -> bool:
        """Return whether the header says that it holds orders; categories have to be asked for."""
        return path.is_file() and is_ranking(path)

    def read(self, path: Path) -> Iterator[CourseAllocation]:
        """Yield the market of the file; a line of several voters becomes several students."""
        if not 0 <= self.supply_ratio <= _MOST:
            raise OptionError(
                f"option supply_ratio = {self.supply_ratio}: must be from 0 to {_MOST}"
            )
        file = read_categorical(path) if is_categorical(path) else read_ranking(path)
        m = len(file.alternatives)
        places = getattr(file, "categories", range(m))
        worth = worth_of_places(self.scale, len(places))
        none: int | None = 0 if self.unlisted == "nothing" else None
        values = [
            [worth[ballot[j]] if j in ballot else none for j in range(m)]
            for count, ballot in file.ballots
            for _ in range(count)
        ]
        wanted = len(values) * min(self.max_courses, m)
        seats = int(wanted * self.supply_ratio / m + 0.5) if m else 0
        yield CourseAllocation(
            values,
            [seats] * m,
            max_courses=self.max_courses,
            name=file_stem(path),
            labels={
                "students": [f"voter {place + 1}" for place in range(len(values))],
                "courses": list(file.alternatives),
            },
            metadata=self.metadata(path, title=file.title, worth=worth),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoTables(_ToCourses):
    """Two spreadsheets: student, course, points; and course, seats, perhaps credits and times.

    A course that a student has no row for is worth nothing to it. Courses that meet at the same
    time conflict.

    Parameters
    ----------
    courses : the second table, as a file beside the first; empty: ``STEM-courses.csv`` beside
        ``STEM.csv`` where there is one, else ``courses.csv``.
    max_courses : most courses a student takes; None: all.
    max_credits : most credits a student takes; None: no limit.
    """

    name: ClassVar[str] = "course_lists"
    summary: ClassVar[str] = "CSV `student,course,points` beside CSV `course,seats,credits,times`"
    source: ClassVar[str] = "any two spreadsheets"

    courses: str = ""
    max_courses: int | None = None
    max_credits: float | None = None

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line names student, course and points."""
        return is_course_lists(path)

    def read(self, path: Path) -> Iterator[CourseAllocation]:
        """Yield the market of both tables."""
        beside = path.with_name(COURSES_BESIDE.format(path.stem))
        if self.courses or not beside.is_file():
            beside = path.parent / (self.courses or "courses.csv")
        file = read_course_lists(path, beside)
        values: list[list[int | float]] = [[0] * len(file.courses) for _ in file.students]
        for (i, j), number in file.points.items():
            values[i][j] = number
        yield CourseAllocation(
            values,
            file.seats,
            max_courses=self.max_courses,
            credits=file.credits,
            max_credits=self.max_credits,
            conflicts=file.conflicts(),
            name=file_stem(path),
            labels={"students": list(file.students), "courses": list(file.courses)},
            metadata=self.metadata(path),
        )


def _in_turn(wanted: int | None, given: int) -> list[int]:
    """Return which of the given students there are."""
    count = given if wanted is None else wanted
    if not 0 <= count <= _MOST or (count and not given):
        raise OptionError(f"option students = {count}: must be from 0 to {_MOST}")
    return [i % given for i in range(count)]


def _numbered(names: Sequence[str], given: int) -> list[str]:
    """Return names that differ: later copies of a student get a number."""
    return [name if k < given else f"{name} ({k // given + 1})" for k, name in enumerate(names)]


CONVERTERS: tuple[type[Converter], ...] = (CourseBidding, SimulatorRuns, Rankings, TwoTables)
