"""The learner that a plan names, as it begins with a student."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.asking.menu import Menu
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.learning.bayes import BayesBelief
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.learning.logistic import LogisticBelief
from eqsolve.families.course_elicitation.learning.mvnn import MvnnBelief
from eqsolve.families.course_elicitation.learning.prior import Prior, prior_of
from eqsolve.families.course_elicitation.mistakes import stream

__all__ = ["belief_of"]

_BELIEFS: Mapping[str, Callable[[Prior, np.random.Generator], Belief]] = {
    "bayes": lambda prior, rng: BayesBelief(prior),
    "logistic": lambda prior, rng: LogisticBelief(prior),
    "mvnn": MvnnBelief,
}
"""Word in files -> what it believes at first, by the student's numbers where it draws any."""


def belief_of(plan: CourseElicitation, i: int, reports: CourseAllocation, menu: Menu) -> Belief:
    """Return what a plan's learner believes about a student from its report alone.

    Parameters
    ----------
    plan : whose learner it is.
    i : the student.
    reports : of all students.
    menu : its permissible bundles.
    """
    prior = prior_of(plan, i, reports, menu)
    return _BELIEFS[plan.learner.rule](prior, stream(plan.seed, 3, i))
