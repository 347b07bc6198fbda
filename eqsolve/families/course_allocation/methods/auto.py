"""The default method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.aceei import Aceei
from eqsolve.families.course_allocation.methods.base import CourseMethod
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Chooser[CourseAllocation, CourseAllocationSolution], CourseMethod):
    """Takes `aceei`."""

    theorem: ClassVar[str] = "CRS-1"

    def choose_method(self, instance: CourseAllocation) -> tuple[CourseMethod, str]:
        """Return the method for an instance and the reason."""
        return Aceei(), "an equilibrium from nearly equal incomes"
