"""``auto``: there is one way to carry out a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.method import Chooser, Method
from eqsolve.endpoints.asking import Asking
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.methods.elicit import Elicit
from eqsolve.families.course_elicitation.solution import ElicitationRecord

__all__ = ["Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(Asking, Chooser[CourseElicitation, ElicitationRecord]):
    """Carries the plan out.

    Parameters
    ----------
    cache, offline, fresh, max_cost, max_requests, requests_at_once : see `elicit`.
    """

    source: ClassVar[str] = Elicit.source

    def choose_method(
        self, plan: CourseElicitation
    ) -> tuple[Method[CourseElicitation, ElicitationRecord], str]:
        """Return `elicit`."""
        return Elicit(), "a plan is carried out"
