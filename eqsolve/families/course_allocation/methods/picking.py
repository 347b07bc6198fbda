"""Picking: one course a turn, by base values, in rounds (CRS-10).

Whose turn it is takes the course of the greatest base value > 0 that is open to it: allowed, with
a seat left, within its limits and in conflict with nothing that it has; ties go to the first
course. Who finds none is out. Round robin repeats one order of the students, the snake draft turns
it round after each round. Seats only go, and bundles only grow, so that what is closed to a student
stays closed and each looks through its list once: cost O(n m log m).

Source: Budish and Cantillon (2012). The multi-unit assignment problem: theory and evidence from
course allocation at Harvard. American Economic Review.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from eqsolve.core.bid_table import exact
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.ordered import Ordered

__all__ = ["Draft", "RoundRobin", "pick", "pick_all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRobin(Ordered):
    """One course a turn, the same order in every round."""

    name: ClassVar[str] = "round_robin"
    summary: ClassVar[str] = "one course a turn by base values, the same order in every round"
    theorem: ClassVar[str] = "CRS-10"
    cost: ClassVar[str] = "O(n m log m)"
    source: ClassVar[str] = (
        "Caragiannis, I., Kurokawa, D., Moulin, H., Procaccia, A. D., Shah, N. and Wang, J. "
        "(2019). The unreasonable fairness of maximum Nash welfare. ACM Transactions on "
        "Economics and Computation."
    )

    def bundles(self, instance: CourseAllocation, order: Sequence[int]) -> list[list[int]]:
        """Return the bundle of each student."""
        return pick(instance, order, snake=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Ordered):
    """One course a turn, the order turned round after each round."""

    name: ClassVar[str] = "draft"
    summary: ClassVar[str] = "snake draft: one course a turn, the order turned round each round"
    theorem: ClassVar[str] = "CRS-10"
    cost: ClassVar[str] = "O(n m log m)"
    source: ClassVar[str] = (
        "Budish, E. and Cantillon, E. (2012). The multi-unit assignment problem: theory and "
        "evidence from course allocation at Harvard. American Economic Review."
    )

    def bundles(self, instance: CourseAllocation, order: Sequence[int]) -> list[list[int]]:
        """Return the bundle of each student."""
        return pick(instance, order, snake=True)


def pick(market: CourseAllocation, order: Sequence[int], *, snake: bool) -> list[list[int]]:
    """Return the bundle of each student, rising.

    Parameters
    ----------
    order : of the students in the first round.
    snake : whether every second round goes the other way.

    Examples
    --------
    >>> market = CourseAllocation([[4, 5, 5], [7, 1, 7]], [1, 2, 1])
    >>> pick(market, [1, 0], snake=False)
    [[1], [0, 1, 2]]
    """
    students = _Pickers(market)
    going = list(order)
    forward = True
    while going:
        turns = going if forward or not snake else going[::-1]
        done = {i for i in turns if not students.take(i)}
        going = [i for i in going if i not in done]
        forward = not forward
    return [sorted(bundle) for bundle in students.bundles]


def pick_all(market: CourseAllocation, order: Sequence[int]) -> list[list[int]]:
    """Return the bundles where each in turn picks all its courses before the next does.

    Examples
    --------
    >>> pick_all(CourseAllocation([[4, 5, 5], [7, 1, 7]], [1, 2, 1]), [1, 0])
    [[1], [0, 1, 2]]
    """
    students = _Pickers(market)
    for i in order:
        while students.take(i):
            pass
    return [sorted(bundle) for bundle in students.bundles]


class _Pickers:
    """The students at the table, with what is left for each."""

    def __init__(self, market: CourseAllocation) -> None:
        wanted = np.where(market.allowed, market.values, 0)
        ranked = np.argsort(-wanted, axis=1, kind="stable")
        counts = (wanted > 0).sum(axis=1)
        self.lists: list[Iterator[int]] = [
            iter(row[:count]) for row, count in zip(ranked.tolist(), counts, strict=True)
        ]
        self.seats = market.capacities.tolist()
        self.room = market.max_courses.tolist()
        self.credits = [exact(credit) for credit in market.credits.tolist()]
        self.spare: list[Fraction | None] = [
            exact(limit) if np.isfinite(limit) else None for limit in market.max_credits.tolist()
        ]
        self.clashes: list[set[int]] = [set() for _ in self.seats]
        for a, b in market.conflicts.tolist():
            self.clashes[a].add(b)
            self.clashes[b].add(a)
        self.barred: list[set[int]] = [set() for _ in self.room]
        self.bundles: list[list[int]] = [[] for _ in self.room]

    def take(self, i: int) -> bool:
        """Give student i its best open course; return whether there was one."""
        if not self.room[i]:
            return False
        for j in self.lists[i]:
            spare = self.spare[i]
            if (
                self.seats[j]
                and j not in self.barred[i]
                and (spare is None or self.credits[j] <= spare)
            ):
                self.seats[j] -= 1
                self.room[i] -= 1
                self.barred[i] |= self.clashes[j]
                self.bundles[i].append(j)
                if spare is not None:
                    self.spare[i] = spare - self.credits[j]
                return True
        return False
