"""What each further query brings, and how answers depend on what is at stake.

The queries of a record are asked one after the other and do not depend on how many follow, so that
one record holds those of every smaller number of queries. Cost: one run of the mechanism per point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.asking.menu import Menu, menus_of
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.learning.learners import belief_of
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.placing import placed, utility_of
from eqsolve.families.course_elicitation.recording import learned_market
from eqsolve.families.course_elicitation.solution import (
    ElicitationRecord,
    Placement,
    Query,
    Utilities,
    utilities_of,
)

__all__ = ["Point", "Stake", "even_counts", "learning_curve", "stakes_of"]

_POINTS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """What the first queries lead to.

    Parameters
    ----------
    queries : how many of each student count.
    told : the utilities that the mechanism was told.
    placement : the allocation, by true utilities.
    """

    queries: int
    told: Utilities
    placement: Placement


@dataclass(frozen=True, slots=True)
class Stake:
    """Answers to queries whose bundles differ by about as much.

    Parameters
    ----------
    low, high : the least and the greatest difference of true utilities.
    answers, right : how many, and how many of them were right.
    """

    low: float
    high: float
    answers: int
    right: int

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.right / self.answers


def even_counts(queries: int) -> list[int]:
    """Return a few numbers of queries, from none to all.

    Examples
    --------
    >>> even_counts(20), even_counts(3), even_counts(0)
    ([0, 5, 10, 15, 20], [0, 1, 2, 3], [0])
    """
    return sorted({round(share * queries / (_POINTS - 1)) for share in range(_POINTS)})


def learning_curve(
    record: ElicitationRecord, counts: Sequence[int] | None = None, deadline: Deadline | None = None
) -> list[Point]:
    """Return what the mechanism makes of the first queries, for some numbers of them.

    Parameters
    ----------
    record : of an elicitation.
    counts : numbers of queries per student, at most those of the plan; by default a few from none
        to all.
    deadline : ends it; points that it left no time for are missing.

    Raises
    ------
    OptionError : a number that is none, or beyond those of the plan.
    """
    plan = record.plan
    chosen = even_counts(plan.queries) if counts is None else list(counts)
    for count in chosen:
        if not 0 <= count <= plan.queries:
            raise OptionError(f"option counts: {count} is not between 0 and {plan.queries}")
    clock = Deadline() if deadline is None else deadline
    reports, menus = reports_of(plan), menus_of(plan.market)
    found = []
    for count in chosen:
        if clock.expired():
            break
        beliefs = [
            _belief(plan, i, reports, menus[i], own[:count]) for i, own in enumerate(record.queries)
        ]
        market = learned_market(plan, beliefs)
        placement = placed(plan, market, clock)
        if placement is not None:
            found.append(Point(count, utilities_of(market), placement))
    return found


def _belief(
    plan: CourseElicitation, i: int, reports: CourseAllocation, menu: Menu,
    queries: Sequence[Query],
) -> Belief:  # fmt: skip
    """Return the belief after some answers."""
    belief = belief_of(plan, i, reports, menu)
    for query in queries:
        belief.learn(query.bundles[query.answer], query.bundles[1 - query.answer])
    return belief


def stakes_of(record: ElicitationRecord, parts: int = 8) -> list[Stake]:
    """Return how many answers were right, by how much the two bundles differ.

    Parameters
    ----------
    record : of an elicitation.
    parts : of as many answers each, sorted by the difference.
    """
    market = record.plan.market
    held = []
    for i, own in enumerate(record.queries):
        for query in own:
            first, second = (utility_of(market, i, bundle) for bundle in query.bundles)
            held.append((abs(first - second), query.right))
    held.sort()
    chunks = np.array_split(np.arange(len(held)), max(1, min(parts, len(held))))
    return [
        Stake(held[part[0]][0], held[part[-1]][0], len(part), sum(held[int(k)][1] for k in part))
        for part in chunks
        if len(part)
    ]
