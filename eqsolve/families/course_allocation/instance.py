"""Course allocation: who gets which seats, when nobody pays with money.

There are n students and m courses, course j with ``capacities[j]`` seats; a student takes at most
one seat of a course. A bundle is **permissible** for student i if it holds only courses allowed to
i, at most ``max_courses[i]`` of them with at most ``max_credits[i]`` credits, and no two that
conflict. The empty bundle always is, and is worth 0. Student i's **utility** of a bundle S is

    u_i(S) = sum of values[i, j] over S + sum of adjustments over pairs inside S
             + for each group g: bonus_g[t - 1] * (sum of values[i, j] over S and g),

t being the number of courses of g in S. Utilities need not be monotone; nobody takes a bundle that
is worse than nothing. Numbers are the decimals that the user wrote.

Sources: Budish (2011); Budish, Cachon, Kessler and Othman (2017) for pairwise adjustments;
Soumalias, Zamanlooy, Weissteiner and Seuken (2022) for groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray, NumberArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, as_whole, report_entries
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.families.course_allocation.reading import (
    LARGEST,
    Group,
    Incomes,
    Timetable,
    is_rule,
    length_of,
    named_adjustments,
    named_groups,
    named_timetable,
    read_adjustments,
    read_budgets,
    read_conflicts,
    read_credits,
    read_groups,
    read_limits,
    read_timetable,
)

if TYPE_CHECKING:
    from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["CourseAllocation", "with_utilities"]

MOST_SEATS = 10**8


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class CourseAllocation(Instance["CourseAllocationSolution"]):
    """Students' preferences over bundles of courses, seats, and budgets of artificial money.

    Parameters
    ----------
    values : shape (n, m), utility units >= 0; None or NaN: the student may not take the course. A
        list of named pairs will do; what it does not list, the student may not take.
    capacities : shape (m,), seats, whole.
    max_courses : one limit or one per student, default m.
    credits : shape (m,), > 0, default 1.
    max_credits : one limit or one per student, >= 0, default none.
    conflicts : pairs of courses that nobody takes together.
    timetable : instead of `conflicts`: for each day and slot the courses taught then.
    adjustments : for each student a list of (a, b, delta): what having both adds, any sign.
    groups : for each student a list of ``{"courses": [...], "bonus": [...]}``, as many bonuses as
        courses.
    budgets : shape (n,), > 0; or ``{"base": 1, "spread": 0.04, "order": "index" | "random"}``: the
        student of rank r in the order has ``base * (1 + spread * r / n)``. That is the default,
        with order random.
    name, labels, metadata : see `Instance`; sides are ``"students"`` and ``"courses"``. What comes
        with names is put in order by them; courses may be named wherever their numbers stand, and
        adjustments and groups be given by student.

    Attributes
    ----------
    values : 0 where a student may not take a course.
    allowed : shape (n, m), where it may.
    max_courses : shape (n,).
    max_credits : shape (n,), infinite where there is no limit.
    conflicts : shape (c, 2), rising pairs.
    incomes : the rule by which budgets are drawn, or None where they are given.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(size of the input). Sources: Budish (2011). The combinatorial assignment problem.
    Journal of Political Economy; Budish, Cachon, Kessler and Othman (2017). Course Match.
    Operations Research.

    Examples
    --------
    >>> market = CourseAllocation([[5, 3], [4, None]], [1, 1], max_courses=1)
    >>> market, market.allowed.tolist()
    (<CourseAllocation: 2 students, 2 courses>, [[True, True], [True, False]])
    >>> wishes = {"Ann": {"law": 5, "art": 3}, "Bob": {"law": 4, "art": 2}}
    >>> seats, both = {"art": 1, "law": 1}, {"Ann": [("law", "art", -1)]}
    >>> named = CourseAllocation(wishes, seats, adjustments=both, conflicts=[("art", "law")])
    >>> named.labels["courses"], named.adjustments, named.conflicts.tolist()
    (('law', 'art'), (((0, 1, -1.0),), ()), [[0, 1]])
    """

    kind: ClassVar[str] = "course_allocation"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "values": ("students", "courses"),
        "capacities": ("courses",),
        "credits": ("courses",),
        "max_courses": ("students",),
        "max_credits": ("students",),
        "budgets": ("students",),
    }

    values: NumberArray
    allowed: BoolArray
    capacities: IntArray
    max_courses: IntArray
    credits: FloatArray
    max_credits: FloatArray
    conflicts: IntArray
    timetable: Timetable | None
    adjustments: tuple[tuple[tuple[int, int, float], ...], ...]
    groups: tuple[tuple[Group, ...], ...]
    budgets: FloatArray | None
    incomes: Incomes | None

    def __init__(
        self,
        values: object,
        capacities: object,
        *,
        max_courses: object = None,
        credits: object = None,
        max_credits: object = None,
        conflicts: object = None,
        timetable: object = None,
        adjustments: object = None,
        groups: object = None,
        budgets: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        values = sides.read(values, "values", "students", "courses")
        capacities = sides.read(capacities, "capacities", "courses")
        max_courses = sides.read(max_courses, "max_courses", "students")
        loads = sides.read(credits, "credits", "courses")
        max_credits = sides.read(max_credits, "max_credits", "students")
        if not is_rule(budgets, sides):
            budgets = sides.read(budgets, "budgets", "students")
        conflicts = sides.pairs(conflicts, "conflicts", "courses", "courses")
        timetable = named_timetable(timetable, sides, faults)
        adjustments = named_adjustments(adjustments, sides, faults)
        groups = named_groups(groups, sides, faults)
        labels = sides.labels(labels)
        seats = as_whole(capacities, "capacities", (None,), faults)
        if seats is not None:
            rule = f"must be at most {MOST_SEATS}: squares of errors are summed in 64 bits"
            report_entries(faults, "capacities", seats, seats > MOST_SEATS, rule)
        m = len(seats) if seats is not None else length_of(capacities)
        table = as_numbers(values, "values", (None, None), faults, missing=True)
        if table is not None:
            rule = f"must be at most {LARGEST:g}, so that sums of utilities are finite"
            report_entries(faults, "values", table, table > LARGEST, rule)
        n = len(table) if table is not None else length_of(values)
        if table is not None and len(table) == 0:
            table = np.zeros((0, m or 0), dtype=np.int64)
        elif table is not None and m is not None and table.shape[1] != m:
            rule = f"has length {table.shape[1]} along axis 1, expected {m} as in capacities"
            faults.append(Fault("values", rule))
        slots = read_timetable(timetable, m, faults)
        if timetable is not None and conflicts is not None:
            faults.append(Fault("timetable", "must be left out where conflicts are given"))
        incomes, money = read_budgets(budgets, n, faults)
        fields: dict[str, Any] = {
            "capacities": seats,
            "max_courses": read_limits(max_courses, "max_courses", n, m, faults, whole=True),
            "credits": read_credits(loads, m, faults),
            "max_credits": read_limits(max_credits, "max_credits", n, np.inf, faults),
            "conflicts": read_conflicts(conflicts, slots, m, faults),
            "timetable": slots,
            "adjustments": read_adjustments(adjustments, n, m, faults),
            "groups": read_groups(groups, n, m, faults),
            "budgets": money,
            "incomes": incomes,
        }
        if table is not None:
            fields["allowed"] = read_only(table >= 0)
            fields["values"] = read_only(np.maximum(table, 0))
        _names_once(labels, faults)
        self._settle(faults, name, labels, metadata, **fields)

    @property
    def n_students(self) -> int:
        """Number of students, n."""
        return len(self.values)

    @property
    def n_courses(self) -> int:
        """Number of courses, m."""
        return len(self.capacities)

    @property
    def is_additive(self) -> bool:
        """Whether no student has adjustments or groups."""
        return not any(self.adjustments) and not any(self.groups)

    @property
    def scale(self) -> float:
        """The largest value or adjustment."""
        largest = float(self.values.max(initial=0))
        return max([largest, *(abs(d) for pairs in self.adjustments for _, _, d in pairs)])

    def initial_budgets(self, rng: np.random.Generator) -> FloatArray:
        """Return the budgets before any perturbation: given, or drawn by the rule of `incomes`.

        Parameters
        ----------
        rng : decides the order of the students where that is random.
        """
        if self.incomes is None:
            assert self.budgets is not None
            return self.budgets
        n = self.n_students
        rank = rng.permutation(n) if self.incomes.order == "random" else np.arange(n)
        return read_only(self.incomes.ladder(n)[rank])

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers; a timetable is the conflicts that it stands for."""
        yield "values", np.where(self.allowed, self.values, -1)
        yield "capacities", self.capacities
        yield "max_courses", self.max_courses
        yield "credits", self.credits
        yield "max_credits", self.max_credits
        yield "conflicts", self.conflicts
        yield "adjustments", self.adjustments
        yield "groups", [[astuple(group) for group in own] for own in self.groups]
        yield "budgets", self.budgets if self.incomes is None else astuple(self.incomes)

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of students and courses."""
        return {"students": self.n_students, "courses": self.n_courses}


def with_utilities(
    market: CourseAllocation,
    values: FloatArray,
    adjustments: Iterable[Iterable[tuple[int, int, float]]],
    groups: Iterable[Iterable[Group]] | None = None,
) -> CourseAllocation:
    """Return a market with other utilities; all else stays.

    Parameters
    ----------
    market : whose seats, limits, conflicts and budgets these are.
    values : shape (n, m); below 0 counts as 0, courses that a student may not take stay so.
    adjustments, groups : by student; None: no groups.

    Raises
    ------
    InstanceError : with the faults of values, adjustments and groups.
    """
    return CourseAllocation(
        np.where(market.allowed, np.maximum(values, 0.0), np.nan),
        market.capacities,
        max_courses=market.max_courses,
        credits=market.credits,
        max_credits=market.max_credits if np.isfinite(market.max_credits).all() else None,
        conflicts=market.conflicts.tolist(),
        adjustments=[list(own) for own in adjustments],
        groups=None if groups is None else [list(own) for own in groups],
        budgets=market.budgets if market.incomes is None else market.incomes,
        name=market.name,
        labels=market.labels,
    )


def _names_once(labels: object, faults: list[Fault]) -> None:
    """Add a fault for each name that two members of a side share."""
    if not isinstance(labels, Mapping):
        return
    for side, names in labels.items():
        first: dict[object, int] = {}
        for place, text in enumerate(names if isinstance(names, list | tuple) else ()):
            if isinstance(text, str) and first.setdefault(text, place) != place:
                rule = f"is the name of number {first[text]} already"
                faults.append(Fault("labels", rule, (side, place), text))
