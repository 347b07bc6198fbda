"""One student's queries, one after the other: choose, ask, learn.

Cost: that of acquisition and learner, query by query.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.endpoints.errors import EndpointError, MissingAnswerError, StoppedError
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.answering import BadAnswerError, Voice
from eqsolve.families.course_elicitation.asking.acquisition import ASKING, REACH
from eqsolve.families.course_elicitation.asking.menu import Menu, Shelf
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.learning.learners import belief_of
from eqsolve.families.course_elicitation.mistakes import stream
from eqsolve.families.course_elicitation.placing import utility_of
from eqsolve.families.course_elicitation.solution import Failure, Placement, Query

__all__ = ["Asked", "interview"]


@dataclass(slots=True)
class Asked:
    """What came of one student.

    Parameters
    ----------
    belief : after its answers.
    queries : those that were answered.
    failure : why it was asked no more, or None.
    limit : what ended its queries early, or None.
    missing : the answer that the store does not hold, or empty text.
    """

    belief: Belief
    queries: list[Query] = field(default_factory=list)
    failure: Failure | None = None
    limit: Limit | None = None
    missing: str = ""


def interview(
    plan: CourseElicitation, i: int, reports: CourseAllocation, menu: Menu, before: Placement,
    voice: Voice, deadline: Deadline,
) -> Asked:  # fmt: skip
    """Ask one student, query after query, for as long as it goes on."""
    belief = belief_of(plan, i, reports, menu)
    shelf = _shelf(plan, i, menu, before)
    asking = ASKING[plan.acquisition](shelf, stream(plan.seed, 1, i))
    part = Asked(belief)
    for t in range(plan.queries):
        if deadline.expired():
            part.limit = deadline.limit
            return part
        pair = asking.next(belief)
        bundles = menu.courses(pair[0]), menu.courses(pair[1])
        worth = [utility_of(plan.market, i, bundle) for bundle in bundles]
        try:
            answer = voice(i, t, *bundles, int(worth[1] > worth[0]))
        except StoppedError as error:
            part.limit = error.limit
            return part
        except MissingAnswerError as error:
            part.missing = f"student {i}, query {t}: {error}"
            return part
        except (EndpointError, BadAnswerError) as error:
            part.limit = Limit.BACKEND
            part.failure = Failure(i, t, " ".join(str(error).split()))
            return part
        asking.told(answer)
        belief.learn(bundles[answer], bundles[1 - answer])
        part.queries.append(Query(bundles, answer, worth[answer] >= worth[1 - answer]))
    return part


def _shelf(plan: CourseElicitation, i: int, menu: Menu, before: Placement) -> Shelf:
    """Return the bundles of a student with those in reach at the prices of the reports."""
    outcome = before.outcome
    if outcome.prices is None or outcome.budgets is None:
        return Shelf(menu, np.zeros(plan.n_courses), np.inf)
    money = outcome.budgets[i] * REACH[plan.acquisition]
    return Shelf(menu, np.array(outcome.prices), money)
