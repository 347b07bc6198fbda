"""Preferences as arrays of whole numbers, the form that compiled code takes."""

from __future__ import annotations

from typing import NamedTuple

from eqsolve.core.arrays import BoolArray, IntArray

__all__ = ["FORBIDDEN", "Lists", "Wishes"]

FORBIDDEN = -(2**62)
"""What a bundle that is not permissible is worth in tables."""


class Wishes(NamedTuple):
    """Everything that students want and may, in whole units.

    Parameters
    ----------
    values : shape (n, m).
    allowed : shape (n, m).
    limit : shape (n,), most courses.
    credits, max_credits : shapes (m,) and (n,), in units of their own.
    clash : shape (m, m), which courses conflict.
    pair_start, pair_other, pair_delta : the pairs of student i and course j are those from
        ``pair_start[i * m + j]`` on; each pair stands there twice.
    in_start, in_group, in_place : the same for groups: which, and the place of the course in it.
    group_start, group_courses : the courses of each group.
    gain_start, gain : with t courses of group g, the one at place k brings
        ``gain[gain_start[g] + (t - 1) * size + k]``.
    student_groups : shape (n + 1,), the groups of each student.
    """

    values: IntArray
    allowed: BoolArray
    limit: IntArray
    credits: IntArray
    max_credits: IntArray
    clash: BoolArray
    pair_start: IntArray
    pair_other: IntArray
    pair_delta: IntArray
    in_start: IntArray
    in_group: IntArray
    in_place: IntArray
    group_start: IntArray
    group_courses: IntArray
    gain_start: IntArray
    gain: IntArray
    student_groups: IntArray


class Lists(NamedTuple):
    """For each student the bundles that it may take and that are worth more than nothing.

    Parameters
    ----------
    start : shape (n + 1,).
    bundles : rows of the table of bundles, utility falling; ties in the order of the rows.
    utilities : of each.
    """

    start: IntArray
    bundles: IntArray
    utilities: IntArray
