"""Course elicitation: reports with mistakes, comparisons, and courses by what was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eqsolve.core.lazy import lazy_names

if TYPE_CHECKING:
    from eqsolve.families.course_elicitation.instance import CourseElicitation
    from eqsolve.families.course_elicitation.solution import ElicitationRecord
    from eqsolve.families.course_elicitation.solve import elicit

__all__ = ["CourseElicitation", "ElicitationRecord", "elicit"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "instance": ("CourseElicitation",),
        "solution": ("ElicitationRecord",),
        "solve": ("elicit",),
    },
)
