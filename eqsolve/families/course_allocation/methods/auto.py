"""The default method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.aceei import Aceei
from eqsolve.families.course_allocation.methods.base import CourseMethod
from eqsolve.families.course_allocation.methods.exact import Exact
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Auto"]

_TINY = 4
"""Students and courses up to which the least error is proved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[CourseAllocation, CourseAllocationSolution], CourseMethod):
    """Takes `exact` up to four students and four courses, else `aceei`."""

    theorem: ClassVar[str] = "CRS-1"

    def choose_method(self, instance: CourseAllocation) -> tuple[CourseMethod, str]:
        """Return the method for an instance and the reason."""
        if instance.n_students <= _TINY and instance.n_courses <= _TINY:
            return Exact(), "a tiny market: the least error is proved"
        return Aceei(), "an equilibrium from nearly equal incomes"
