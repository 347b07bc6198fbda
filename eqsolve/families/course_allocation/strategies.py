"""Hypothesis strategies for course allocation: ties, zeros, empty sides, every kind of rule."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.course_allocation.instance import CourseAllocation

__all__ = [
    "course_allocations",
    "course_prices",
    "picking_course_allocations",
    "single_seat_course_allocations",
    "strict_course_allocations",
]

_VALUE = st.one_of(st.integers(0, 4), st.sampled_from([0.5, 1.25, None]))
_DELTA = st.sampled_from([-3, -1, -0.5, 0, 0.5, 2])
_BONUS = st.sampled_from([-1, -0.5, 0, 0.25, 1])
_SPREAD = st.sampled_from([0.0, 0.04, 0.5])


@st.composite
def course_allocations(
    draw: st.DrawFn, *, max_students: int = 4, max_courses: int = 4, additive: bool = False
) -> CourseAllocation:
    """Draw small markets with ties: adjustments, groups, credits, conflicts, forbidden courses.

    Parameters
    ----------
    max_students, max_courses : most of either.
    additive : without adjustments and groups.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(course_allocations(), lambda market: market.n_students == 2).n_students
    2
    """
    n, m = draw(st.integers(0, max_students)), draw(st.integers(0, max_courses))
    row = st.lists(_VALUE, min_size=m, max_size=m)
    rules: dict[str, Any] = {}
    pairs = [[a, b] for a in range(m) for b in range(a + 1, m)]
    if draw(st.booleans()):
        rules["max_courses"] = draw(st.integers(0, m))
    if draw(st.booleans()) and pairs:
        rules["conflicts"] = draw(st.lists(st.sampled_from(pairs), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        rules["credits"] = draw(st.lists(st.sampled_from([0.5, 1, 1.1]), min_size=m, max_size=m))
        rules["max_credits"] = draw(st.sampled_from([0, 1.6, 2]))
    if not additive and draw(st.booleans()) and pairs:
        one = st.lists(st.sampled_from(pairs), max_size=2, unique_by=tuple)
        rules["adjustments"] = [[[*pair, draw(_DELTA)] for pair in draw(one)] for _ in range(n)]
    if not additive and draw(st.booleans()) and m:
        rules["groups"] = [draw(_groups(m)) for _ in range(n)]
    budgets = draw(st.sampled_from(["equal", "rule", "given"]))
    if budgets == "equal":
        rules["budgets"] = {"spread": 0, "order": "index"}
    elif budgets == "rule":
        rules["budgets"] = {
            "spread": draw(_SPREAD),
            "order": draw(st.sampled_from(["index", "random"])),
        }
    else:
        rules["budgets"] = draw(
            st.lists(st.sampled_from([0.5, 1, 1.02, 3]), min_size=n, max_size=n)
        )
    seats = draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))
    return CourseAllocation(draw(st.lists(row, min_size=n, max_size=n)), seats, **rules)


@st.composite
def _groups(draw: st.DrawFn, m: int) -> list[dict[str, Any]]:
    """Draw no group or one."""
    courses = sorted(draw(st.sets(st.integers(0, m - 1), max_size=3)))
    if not courses:
        return []
    bonus = draw(st.lists(_BONUS, min_size=len(courses), max_size=len(courses)))
    return [{"courses": courses, "bonus": bonus}]


def course_prices(market: CourseAllocation) -> st.SearchStrategy[list[float]]:
    """Return a strategy for prices with ties, zeros and sums that meet budgets."""
    m = market.n_courses
    price = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, 1.5])
    return st.lists(price, min_size=m, max_size=m)


@st.composite
def strict_course_allocations(draw: st.DrawFn) -> CourseAllocation:
    """Draw small markets in which no two bundles of a student are worth the same.

    Values are different powers of two; a pair may be adjusted by less than the least of them.

    Examples
    --------
    >>> from hypothesis import find
    >>> market = find(strict_course_allocations(), lambda market: market.n_students == 1)
    >>> market.values.tolist()
    [[1, 2]]
    """
    n, m = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    powers = [2**j for j in range(m)]
    values = [draw(st.permutations(powers)) for _ in range(n)]
    pairs = [(a, b) for a in range(m) for b in range(a + 1, m)]
    deltas = st.sampled_from([0, -0.25, 0.25, 0.5, -0.75])
    adjustments = [[[*draw(st.sampled_from(pairs)), draw(deltas)]] for _ in range(n)]
    return CourseAllocation(
        values,
        draw(st.lists(st.integers(0, 2), min_size=m, max_size=m)),
        max_courses=draw(st.integers(1, m)),
        conflicts=draw(st.lists(st.sampled_from(pairs), max_size=1)),
        adjustments=adjustments,
    )


@st.composite
def picking_course_allocations(draw: st.DrawFn, *, most_seats: int = 2) -> CourseAllocation:
    """Draw additive markets for picking, full of ties, with up to so many seats a course.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(picking_course_allocations(), lambda market: True).capacities.tolist()
    [1, 1, 1]
    """
    n, m = draw(st.integers(2, 3)), draw(st.integers(3, 4))
    row = st.lists(st.integers(0, 8), min_size=m, max_size=m)
    return CourseAllocation(
        draw(st.lists(row, min_size=n, max_size=n)),
        draw(st.lists(st.integers(1, most_seats), min_size=m, max_size=m)),
        max_courses=draw(st.lists(st.integers(1, m), min_size=n, max_size=n)),
    )


def single_seat_course_allocations() -> st.SearchStrategy[CourseAllocation]:
    """Return a strategy for additive markets in which every course has one seat.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(single_seat_course_allocations(), lambda market: True).n_students
    2
    """
    return picking_course_allocations(most_seats=1)
