"""``elicit``: reports, prices, queries student by student, and the mechanism on what was learned.

Students do not depend on each other once prices stand, so that models may be asked about several at
once; the record is the same. A student whose model gives no answer is asked no more, the others go
on. Answers are kept before they are used: a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method, lacking, make_method, obstacle
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.endpoints.asking import Asking, unused_remarks
from eqsolve.endpoints.errors import MissingAnswerError
from eqsolve.endpoints.store import Store
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.answering import Voice, voice_of
from eqsolve.families.course_elicitation.asking.menu import menus_of
from eqsolve.families.course_elicitation.instance import CourseElicitation, Function
from eqsolve.families.course_elicitation.interview import Asked, interview
from eqsolve.families.course_elicitation.mistakes import reports_of
from eqsolve.families.course_elicitation.placing import placed
from eqsolve.families.course_elicitation.recording import kept_of, learned_market, record_of
from eqsolve.families.course_elicitation.solution import USAGE, ElicitationRecord, Placement

__all__ = ["Elicit"]

_MOST_BUNDLES = 2_000_000
"""Permissible bundles that are listed for all students together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicit(Asking, Method[CourseElicitation, ElicitationRecord]):
    """Carry out the plan of an elicitation.

    Parameters
    ----------
    cache, offline, fresh, max_cost, max_requests, requests_at_once : see `Asking`.
    """

    name: ClassVar[str] = "elicit"
    summary: ClassVar[str] = (
        "reports, queries student by student, and the mechanism on what they say"
    )
    theorem: ClassVar[str] = "CRS-11"
    cost: ClassVar[str] = "O(bundles) a query, one request each to a model, and 3 x the mechanism"
    source: ClassVar[str] = (
        "Soumalias, E., Jiang, Y., Zhu, K., Curry, M., Seuken, S. and Parkes, D. C. (2025). "
        "LLM-Powered Preference Elicitation in Combinatorial Assignment."
    )

    def supports(self, plan: CourseElicitation) -> str | None:
        """Return that function or packages are missing, the mechanism does not apply, or None."""
        from eqsolve.families.course_allocation.bundles import count_at_most
        from eqsolve.families.course_allocation.solve import METHODS

        if isinstance(plan.answerer, Function) and plan.answerer.call is None:
            return (
                f"the answerer is the Python function {plan.answerer.name!r}, which no file holds"
            )
        if count_at_most(plan.market) > _MOST_BUNDLES:
            return f"there may be more than {_MOST_BUNDLES} permissible bundles"
        if (why := lacking(type(plan.learner))) is not None:
            return f"its learner is {plan.learner.rule}: {why}"
        why = obstacle(make_method(METHODS, plan.mechanism, {}), plan.market)
        return None if why is None else f"its mechanism {plan.mechanism} does not apply: {why}"

    def run(
        self, plan: CourseElicitation, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ElicitationRecord]:
        """Carry out; see the module. Nothing is drawn from `rng`: the plan has its own seed."""
        held: Incumbent[ElicitationRecord] = Incumbent(method=self.name)
        reports = reports_of(plan)
        before = placed(plan, reports, deadline)
        truth = placed(plan, plan.market, deadline)
        if before is None or deadline.expired():
            return held.outcome(answered=False, limit=deadline.limit)
        with self.client(deadline, needed=plan.asks_models) as client:
            asked = self._ask(plan, reports, before, voice_of(plan, client), deadline)
        missing = [part.missing for part in asked if part.missing]
        if missing:
            raise MissingAnswerError("; ".join(missing))
        beliefs = [part.belief for part in asked]
        learned = learned_market(plan, beliefs)
        after = placed(plan, learned, deadline)
        usage = client.usage.to_dict()
        record = record_of(
            plan, reports, learned, tuple(tuple(part.queries) for part in asked),
            (before, after, truth),
            usage={name: usage[name] for name in USAGE},
            failures=tuple(part.failure for part in asked if part.failure is not None),
            networks=kept_of(beliefs),
        )  # fmt: skip
        return self._outcome(held, record, asked, client.store, deadline)

    def _ask(
        self, plan: CourseElicitation, reports: CourseAllocation, before: Placement,
        voice: Voice, deadline: Deadline,
    ) -> list[Asked]:  # fmt: skip
        """Return what came of each student, in their order."""
        menus = menus_of(plan.market)
        done = 0

        def ask(i: int) -> Asked:
            nonlocal done
            part = interview(plan, i, reports, menus[i], before, voice, deadline)
            done += 1
            message = "asking students"
            deadline.publish(Progress(message=message, done=done, total=plan.n_students))
            return part

        if self.requests_at_once == 1 or not plan.asks_models:
            return [ask(i) for i in range(plan.n_students)]
        with ThreadPoolExecutor(self.requests_at_once) as pool:
            return list(pool.map(ask, range(plan.n_students)))

    def _outcome(
        self, held: Incumbent[ElicitationRecord], record: ElicitationRecord,
        asked: Iterable[Asked], store: Store, deadline: Deadline,
    ) -> Outcome[ElicitationRecord]:  # fmt: skip
        """Return the outcome: solved where all was asked and every allocation is settled."""
        held.counts = {"queries": record.n_queries, "failures": len(record.failures)}
        for failure in record.failures:
            where = f"{record.plan.label('students', failure.student)}, query {failure.query}"
            held.remarks += (f"{where}: {failure.reason}",)
        for name, part in record.placements.items():
            if part is not None and not part.is_settled:
                error = part.outcome.clearing_error
                why = "is no equilibrium" if error == 0 else f"clears within {error}"
                why = "rests on a solver's bound" if error is None else why
                held.remarks += (f"the allocation by {name} utilities {why}",)
        held.remarks += unused_remarks(store)
        # What stopped all says more than that the model failed one student.
        limits = [part.limit for part in asked if part.limit is not None]
        others = [limit for limit in limits if limit is not Limit.BACKEND]
        limit = next(iter((*others, *limits)), deadline.limit)
        held.offer(record, None if record.learned is None else record.learned.mean_utility)
        return held.outcome(answered=record.is_settled, limit=limit)
