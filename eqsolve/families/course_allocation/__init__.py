"""Course allocation: bundles of courses, seats, and equilibria from nearly equal incomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.course_allocation.demand import student_demand
    from eqsolve.families.course_allocation.instance import CourseAllocation
    from eqsolve.families.course_allocation.questions.comparing import (
        MechanismRow,
        compare_mechanisms,
    )
    from eqsolve.families.course_allocation.questions.misreporting import (
        Misreport,
        profitable_misreport,
    )
    from eqsolve.families.course_allocation.solution import CourseAllocationSolution
    from eqsolve.families.course_allocation.solve import course_equilibrium, course_mechanism

__all__ = [
    "CourseAllocation",
    "CourseAllocationSolution",
    "MechanismRow",
    "Misreport",
    "compare_mechanisms",
    "course_equilibrium",
    "course_mechanism",
    "profitable_misreport",
    "student_demand",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "demand": ("student_demand",),
        "instance": ("CourseAllocation",),
        "questions.comparing": ("MechanismRow", "compare_mechanisms"),
        "questions.misreporting": ("Misreport", "profitable_misreport"),
        "solution": ("CourseAllocationSolution",),
        "solve": ("course_equilibrium", "course_mechanism"),
    },
)
