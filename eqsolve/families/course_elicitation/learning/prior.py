"""Where every learner begins: one student's report, and how far the truth may lie from it.

Weights: one per course, then one per reported pair; a bundle is worth the sum of those it holds.
Before any answer they are independent: a course that was reported, and a pair, lie around the
report, a course that was forgotten lies around a common mean. Cost: O(courses + pairs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.asking.menu import Menu
from eqsolve.families.course_elicitation.instance import CourseElicitation, Learner, Pair

__all__ = ["Bundle", "Prior", "prior_of"]

Bundle = tuple[int, ...]
"""Courses, rising."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """Independent normal weights of one student.

    Parameters
    ----------
    menu : its permissible bundles.
    pairs : those that it reported.
    mean, spread : of the weights, shape (m + pairs,), in the units of values.
    learner : its numbers, in the same units.
    error : share of wrong answers, below 1/2.
    """

    menu: Menu
    pairs: tuple[tuple[int, int], ...]
    mean: FloatArray
    spread: FloatArray
    learner: Learner
    error: float

    @classmethod
    def around(
        cls, menu: Menu, values: FloatArray, pairs: Iterable[Pair], learner: Learner, error: float
    ) -> Prior:
        """Return the prior around a report.

        Parameters
        ----------
        menu : the student's permissible bundles.
        values : by course, shape (m,); 0 where forgotten.
        pairs : (a, b, what both add).
        learner : its numbers, in the units of values.
        error : share of wrong answers.
        """
        pairs = list(pairs)
        forgotten = values <= 0
        deltas = np.array([delta for _, _, delta in pairs], dtype=np.float64)
        mean = np.concatenate([np.where(forgotten, learner.forgotten_mean, values), deltas])
        around = np.where(forgotten, learner.forgotten_sd, learner.reported_sd)
        spread = np.concatenate([around, np.full(len(pairs), learner.pair_sd)])
        return cls(menu, tuple((a, b) for a, b, _ in pairs), mean, spread, learner, error)

    def features(self, bundle: Bundle) -> FloatArray:
        """Return which courses and reported pairs a bundle holds, as 0 and 1.

        Examples
        --------
        >>> from eqsolve.families.course_elicitation.instance import Bayes
        >>> menu = Menu(np.array([[-1, -1], [0, 2]]), 3)
        >>> report = np.array([5.0, 0.0, 4.0]), [(0, 1, 1.0), (0, 2, -1.0)]
        >>> Prior.around(menu, *report, Bayes(), 0.0).features((0, 2)).tolist()
        [1.0, 0.0, 1.0, 0.0, 1.0]
        """
        held = set(bundle)
        courses = (j in held for j in range(self.menu.n_courses))
        both = (a in held and b in held for a, b in self.pairs)
        return np.array([*courses, *both], dtype=np.float64)


def prior_of(plan: CourseElicitation, i: int, reports: CourseAllocation, menu: Menu) -> Prior:
    """Return what is believed about a student from its report alone."""
    values = reports.values[i].astype(np.float64)
    top = float(values.max(initial=0.0))
    learner = plan.learner.scaled(top / 100 if top > 0 else 1.0)
    return Prior.around(menu, values, reports.adjustments[i], learner, plan.error)
