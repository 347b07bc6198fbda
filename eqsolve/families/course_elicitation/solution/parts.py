"""The parts of a record: queries with their answers, utilities, outcomes, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eqsolve.core.shown import Shown
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import (
    CourseAllocationSolution,
)
from eqsolve.families.course_elicitation.instance import Pair
from eqsolve.families.course_elicitation.solution.schema import OUTSIDE

__all__ = ["Failure", "Placement", "Query", "Utilities", "utilities_of"]


@dataclass(frozen=True, slots=True, repr=False)
class Query(Shown):
    """One comparison.

    Parameters
    ----------
    bundles : the two, courses rising.
    answer : 0 or 1, the one that was called better.
    right : whether it is no worse than the other by true preferences.
    """

    bundles: tuple[tuple[int, ...], tuple[int, ...]]
    answer: int
    right: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {
            "bundles": [list(bundle) for bundle in self.bundles],
            "answer": self.answer,
            "right": self.right,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Utilities(Shown):
    """Base values and pairs of all students.

    Parameters
    ----------
    values : by student and course.
    adjustments : by student, (a, b, delta) with a < b, rising.
    """

    values: tuple[tuple[float, ...], ...]
    adjustments: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Placement(Shown):
    """What the mechanism makes of some utilities, valued by the true ones.

    Parameters
    ----------
    outcome : the allocation with prices and all else, its own figures being those of the utilities
        that the mechanism was told.
    mean_utility, least_utility : by true preferences.
    """

    outcome: CourseAllocationSolution
    mean_utility: float
    least_utility: float

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is what the mechanism promises, with nothing left to a bound.

        An equilibrium that clears, or what a mechanism does in an order that can be replayed; not
        what Course Match makes of an equilibrium.
        """
        clears = self.outcome.clearing_error == 0 and self.outcome.stages is None
        return clears or self.outcome.order is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        fields = self.outcome.to_dict()
        return {
            "allocation": fields["allocation"],
            "prices": fields["prices"],
            "mean_utility": self.mean_utility,
            "least_utility": self.least_utility,
            "clearing_error": fields["clearing_error"],
            "details": {name: part for name, part in fields.items() if name not in OUTSIDE},
        }


@dataclass(frozen=True, slots=True, repr=False)
class Failure(Shown):
    """A student whose queries ended early.

    Parameters
    ----------
    student : which.
    query : number of the query that was not answered, from 0.
    reason : why, one line.
    """

    student: int
    query: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the form of files."""
        return {"student": self.student, "query": self.query, "reason": self.reason}


def utilities_of(market: CourseAllocation) -> Utilities:
    """Return the values and pairs of a market without groups."""
    values = tuple(tuple(map(float, row)) for row in market.values.tolist())
    return Utilities(values, market.adjustments)
