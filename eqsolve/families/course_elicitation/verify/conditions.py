"""Checks a record: everything in it is recomputed from the plan, its seed and the store of answers.

Reports come from the seed and the noise, truthful answers from the true utilities, noisy ones from
the seed, those of models from the store, learned utilities from reports and answers, by code of its
own; of ``mvnn`` only that values and pairs are those nearest to the recorded networks, training is
not repeated. The three allocations are checked by the verifier of course allocation, for the
utilities that the mechanism was told. Which pairs a rule asks about is recomputed on request
(``recheck=["learner"]``). What a model or a function would have answered nobody can check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.result import Result, claim_of
from eqsolve.core.status import Status
from eqsolve.core.tolerances import Tolerances
from eqsolve.core.transcript import LostError, Transcript
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.verify.conditions import verify as check_allocation
from eqsolve.families.course_elicitation.instance import (
    EQUILIBRIA,
    Chat,
    CourseElicitation,
    Function,
    Mvnn,
    Noisy,
    Truthful,
    with_utilities,
)
from eqsolve.families.course_elicitation.solution import (
    USAGE,
    ElicitationRecord,
    Placement,
    Utilities,
)
from eqsolve.families.course_elicitation.verify.choice import Replay
from eqsolve.families.course_elicitation.verify.definitions import (
    fault_of,
    numbers,
    replayed_report,
    utility,
)
from eqsolve.families.course_elicitation.verify.learner import posterior_of
from eqsolve.families.course_elicitation.verify.networks import Networks
from eqsolve.families.course_elicitation.verify.transcript import choice

__all__ = ["RECHECKS", "verify"]

RECHECKS: Mapping[str, str] = {"learner": "that each query is the one that the rule asks about"}
"""What is recomputed on request only."""

_NEAR = 1e-9
"""Relative: how far a replayed number may lie from the recorded one."""


def verify(
    plan: CourseElicitation,
    claimed: Result[ElicitationRecord] | ElicitationRecord,
    *,
    tolerance: float = 1e-6,
    deadline: Deadline | None = None,
    recheck: Collection[str] = (),
) -> Report:
    """Recheck a record from the plan alone.

    Parameters
    ----------
    plan : the instance.
    claimed : a result, or a bare record. Answers of models are looked for where the result's
        options say (``cache``).
    tolerance : relative, for utilities and demand; replayed numbers are compared within 1e-9.
    deadline : the clock of what is recomputed on request.
    recheck : names of `RECHECKS`.

    Returns
    -------
    report : one check per condition.

    Notes
    -----
    Cost: that of checking three allocations, and O(d^2) per query; O(bundles) per query on request.
    """
    result = claim_of(claimed)
    builder = ReportBuilder(Tolerances(tolerance), max(1.0, plan.market.scale), deadline)
    record = result.solution
    if record is None:
        problems = ["that nothing can be elicited is no proof"]
        problems *= result.status is Status.NO_EQUILIBRIUM
        builder.require("elicitation.status", "a plan can always be carried out", problems)
        return builder.finish()
    sound = builder.require(
        "elicitation.queries",
        "queries are pairs of different permissible bundles, none asked twice",
        _wrong_queries(plan, result, record),
    )
    if not sound:
        return builder.finish()
    _Checker(plan, result, record, builder).run(recheck)
    return builder.finish()


def _wrong_queries(
    plan: CourseElicitation, result: Result[ElicitationRecord], record: ElicitationRecord
) -> Iterator[str]:
    """Yield what is wrong with the form of the queries."""
    if record.plan is not plan and record.plan != plan:
        yield "the record is that of another plan"
        return
    if len(record.queries) != plan.n_students:
        yield f"there are queries of {len(record.queries)} students, of {plan.n_students}"
        return
    for i, own in enumerate(record.queries):
        who = plan.label("students", i)
        if len(own) > plan.queries:
            yield f"{who} was asked {len(own)} times, the plan has {plan.queries}"
        seen: set[frozenset[tuple[int, ...]]] = set()
        for t, query in enumerate(own):
            for bundle in query.bundles:
                fault = fault_of(plan.market, i, bundle)
                if fault:
                    yield f"{who}, query {t}: {list(bundle)}: {fault}"
            pair = frozenset(query.bundles)
            if len(pair) < 2 or pair in seen:
                yield f"{who}, query {t}: the bundles are equal, or were compared before"
            seen.add(pair)
    if result.status is Status.SOLVED and not record.is_settled:
        yield "it is called solved, and queries or allocations that clear are missing"
    if result.limit is not None and record.is_settled:
        yield "all was asked and settled, and a limit is claimed"


class _Checker:
    """The conditions of one record whose queries have their form."""

    def __init__(
        self, plan: CourseElicitation, result: Result[ElicitationRecord],
        record: ElicitationRecord, builder: ReportBuilder,
    ) -> None:  # fmt: skip
        self.plan, self.result, self.record, self.builder = plan, result, record, builder
        self.tolerance = builder.tolerances.relative
        self.worth = [
            [tuple(utility(plan.market, i, bundle) for bundle in query.bundles) for query in own]
            for i, own in enumerate(record.queries)
        ]

    def run(self, recheck: Collection[str]) -> None:
        """Check everything."""
        require = self.builder.require
        require("elicitation.reports", "reports are those of seed and noise", self._reports())
        require(
            "elicitation.right", "an answer is right where the other bundle is no better",
            self._right(),
        )  # fmt: skip
        require("elicitation.answers", "answers are those of the answerer", self._answers())
        require(
            "elicitation.learner", "what is learned follows from reports and answers",
            self._learned(), theorem="CRS-11",
        )  # fmt: skip
        told = {"reported": self.record.reports, "learned": self.record.learned_utilities}
        for name, part in self.record.placements.items():
            if part is not None:
                own = self.plan.market if name == "true" else self._market(told[name])
                require(
                    f"elicitation.{name}", f"the allocation by {name} utilities is what it says",
                    self._placement(name, part, own),
                )  # fmt: skip
        require("elicitation.figures", "gains and accuracy follow", self._figures())
        require("elicitation.failures", "failures are those of students", self._failures())
        require("elicitation.usage", "what was asked fits the answers", self._usage())
        require("elicitation.objective", "the objective is the mean utility", self._objective())
        if "learner" in recheck:
            self._choices()

    def _market(self, told: Utilities) -> CourseAllocation:
        import numpy as np

        values = np.array(told.values, dtype=float).reshape(self.plan.market.values.shape)
        return with_utilities(self.plan.market, values, told.adjustments)

    def _reports(self) -> Iterator[str]:
        """Yield students whose report is another."""
        said = self.record.reports
        for i in range(self.plan.n_students):
            values, pairs = replayed_report(self.plan, i)
            for j, (own, right) in enumerate(zip(said.values[i], values, strict=True)):
                if not _near(own, right):
                    yield f"student {i} reports {own} for course {j}, {right} follows"
            yield from _other_pairs(i, said.adjustments[i], pairs)

    def _right(self) -> Iterator[str]:
        """Yield answers that are called right or wrong and are not; ties may be called either."""
        for i, own in enumerate(self.record.queries):
            for t, query in enumerate(own):
                worth = self.worth[i][t]
                more = worth[query.answer] - worth[1 - query.answer]
                if query.right != (more >= 0) and not self._tie(worth):
                    yield f"student {i}, query {t}: right is {query.right}, worth {worth}"

    def _tie(self, worth: tuple[float, ...]) -> bool:
        """Return whether two bundles are equally good within rounding."""
        return abs(worth[0] - worth[1]) <= _NEAR * max(map(abs, worth)) and worth[0] != worth[1]

    def _answers(self) -> Iterator[str]:
        """Yield answers that the answerer does not give; leave those that nobody can check."""
        answerer = self.plan.answerer
        if isinstance(answerer, Function):
            if self.record.n_queries:
                name = answerer.name
                self.builder.leave(f"that {name}, a Python function, answered as recorded")
        elif isinstance(answerer, Chat):
            yield from self._said(answerer)
        else:
            yield from self._by_rule(answerer)

    def _by_rule(self, answerer: object) -> Iterator[str]:
        """Yield answers of students, and of noisy ones, that are others."""
        for i, own in enumerate(self.record.queries):
            noisy = isinstance(answerer, Noisy)
            lots = numbers(self.plan.seed, 2, i).random(len(own)).tolist() if noisy else []
            for t, query in enumerate(own):
                worth = self.worth[i][t]
                true = int(worth[1] > worth[0])
                told = true
                if isinstance(answerer, Noisy) and not lots[t] < answerer.accuracy:
                    told = 1 - true
                assert isinstance(answerer, Noisy | Truthful)
                if query.answer != told and not self._tie(worth):
                    yield f"student {i}, query {t}: the answer is {query.answer}, not {told}"

    def _said(self, answerer: Chat) -> Iterator[str]:
        """Yield answers of a model that the store has otherwise."""
        transcript = self._transcript()
        lost = 0
        for i, own in enumerate(self.record.queries):
            for t, query in enumerate(own):
                if transcript is None:
                    lost += 1
                    continue
                try:
                    named = choice(transcript, self.plan, i, *query.bundles)
                except LostError as error:
                    lost += 1
                    missing = f"student {i}, query {t}: key {error}"
                    if lost == 1:
                        self.builder.leave(f"what {answerer.title} answered to {missing}")
                    continue
                if named != query.answer:
                    yield f"student {i}, query {t}: the answer is {query.answer}, it said {named}"
        if lost and transcript is None:
            name = answerer.title
            self.builder.leave(f"that {name} answered as recorded: its answers are not at hand")
        asked = self.record.usage.get("requests")
        whole = not lost and self.record.is_complete
        if transcript is not None and whole and asked != len(transcript.used):
            yield f"{asked} answers were used, the store holds {len(transcript.used)}"

    def _transcript(self) -> Transcript | None:
        """Return the answers in the store that the result's options name, if it is there."""
        path = self.result.stats.options.get("cache")
        if not isinstance(path, str) or not Path(path).is_file():
            return None
        try:
            return Transcript(Path(path))
        except sqlite3.Error as error:
            self.builder.leave(f"what models answered: {path} cannot be read ({error})")
            return None

    def _learned(self) -> Iterator[str]:
        """Yield students of whom something else is learned."""
        said = self.record.learned_utilities
        trained = isinstance(self.plan.learner, Mvnn) and self.plan.n_students > 0
        if trained != (self.record.networks is not None):
            rule = self.plan.learner.rule
            yield f"it has {'no ' if trained else ''}networks, and the learner is {rule}"
            return
        if trained:
            yield from self._trained()
            return
        for i, own in enumerate(self.record.queries):
            posterior = posterior_of(self.plan, self._report(i))
            for query in own:
                posterior.hear(query.bundles[query.answer], query.bundles[1 - query.answer])
            for j, (told, right) in enumerate(zip(said.values[i], posterior.values, strict=True)):
                right = right if self.plan.market.allowed[i, j] else 0.0
                if not self._close(told, right):
                    yield f"student {i}: {told} is learned for course {j}, {right} follows"
            pairs = {(a, b): delta for a, b, delta in posterior.adjustments}
            yield from _other_pairs(i, said.adjustments[i], pairs, self._close)

    def _trained(self) -> Iterator[str]:
        """Yield what is wrong with networks; leave that training leads to them."""
        scale = max(1.0, float(self.plan.market.scale))
        networks = Networks(self.plan, self.record, max(self.tolerance, _NEAR) * scale)
        for i in range(self.plan.n_students):
            yield from networks.wrong(i, self._report(i))
        if self.record.n_queries:
            agreeing = f"they agree with {networks.agreeing} of {self.record.n_queries} answers"
            self.builder.leave(f"that training leads to these networks; {agreeing}")

    def _close(self, told: float, right: float) -> bool:
        """Return whether learned numbers agree: rounding grows with the number of answers."""
        scale = max(1.0, abs(right), float(self.plan.market.scale))
        return abs(told - right) <= max(self.tolerance, _NEAR) * scale

    def _report(self, i: int) -> tuple[list[float], dict[tuple[int, int], float]]:
        """Return what a student reports, as recorded."""
        said = self.record.reports
        return list(said.values[i]), {(a, b): delta for a, b, delta in said.adjustments[i]}

    def _placement(self, name: str, part: Placement, told: CourseAllocation) -> Iterator[str]:
        """Yield what is wrong with one of the three allocations."""
        asked = None if self.plan.mechanism in EQUILIBRIA else self.plan.mechanism
        priced, staged = part.outcome.prices is not None, part.outcome.stages is not None
        fits = priced == (asked is None) and staged == (self.plan.mechanism == "course_match")
        if part.outcome.mechanism != asked or not fits:
            yield f"it is not an allocation of {self.plan.mechanism}"
            return
        report = check_allocation(
            told, part.outcome, tolerance=self.tolerance, deadline=self.builder.deadline
        )
        yield from (f"{check.id}: {check.worst or check.condition}" for check in report.failures)
        for sentence in report.unchecked:
            self.builder.leave(f"of the allocation by {name} utilities: {sentence}")
        if report.failures:
            return
        worth = [utility(self.plan.market, i, own) for i, own in enumerate(part.outcome.allocation)]
        mean = sum(worth) / len(worth) if worth else 0.0
        for figure, said, right in (
            ("mean", part.mean_utility, mean),
            ("least", part.least_utility, min(worth, default=0.0)),
        ):
            if not _near(said, right):
                yield f"the {figure} true utility is {right}, not {said}"

    def _figures(self) -> Iterator[str]:
        """Yield gains and shares that do not follow."""
        record = self.record
        before, after = record.reported, record.learned
        right = [query.right for own in record.queries for query in own]
        wanted: dict[str, float | None] = {"gain": None, "gain_least": None}
        if before is not None and after is not None:
            if before.mean_utility > 0:
                wanted["gain"] = after.mean_utility / before.mean_utility - 1
            if before.least_utility > 0:
                wanted["gain_least"] = after.least_utility / before.least_utility - 1
        wanted["accuracy"] = right.count(True) / len(right) if right else None
        for name, follows in wanted.items():
            said = getattr(record, name)
            if (said is None) != (follows is None) or (
                said is not None and follows is not None and not _near(said, follows)
            ):
                yield f"{name} is {said}, {follows} follows"

    def _failures(self) -> Iterator[str]:
        """Yield failures that cannot be, or are missing."""
        queries, plan = self.record.queries, self.plan
        may_fail = isinstance(plan.answerer, Chat | Function)
        for failure in self.record.failures:
            known = 0 <= failure.student < plan.n_students
            if not may_fail or not known or failure.query != len(queries[failure.student]):
                yield f"student {failure.student} cannot fail at query {failure.query}"
        listed = {failure.student for failure in self.record.failures}
        for i, own in enumerate(queries):
            if i in listed and len(own) == plan.queries:
                yield f"student {i} answered everything"
            unsaid = i not in listed and self.result.limit is None and self.result.stats.method
            if len(own) < plan.queries and unsaid:
                yield f"student {i} was asked {len(own)} times, and nothing says why"

    def _usage(self) -> Iterator[str]:
        """Yield counts that cannot be."""
        usage = self.record.usage
        if set(usage) != set(USAGE):
            yield f"has the names {sorted(usage)}"
            return
        for name, count in usage.items():
            if count < 0:
                yield f"{name} is {count}"
        if not isinstance(self.plan.answerer, Chat):
            asked = {name: count for name, count in usage.items() if count}
            if asked:
                yield f"no model was to be asked, and {asked} is recorded"
        elif usage["from_cache"] > usage["requests"]:
            yield f"{usage['from_cache']} of {usage['requests']} answers came from the cache"

    def _objective(self) -> Iterator[str]:
        """Yield how objective and bound are not those of the record."""
        after, told = self.record.learned, self.result.objective
        if told is not None and (after is None or not _near(told, after.mean_utility)):
            yield f"is {told}, and {None if after is None else after.mean_utility} follows"
        if self.result.bound is not None:
            yield f"a bound of {self.result.bound} is claimed, and there is none"

    def _choices(self) -> None:
        """Check that each query is the one that the rule asks about."""
        if isinstance(self.plan.learner, Mvnn) and self.record.n_queries:
            self.builder.leave("which pairs are asked about: it depends on networks in training")
            return
        before, problems = self.record.reported, list[str]()
        with self.builder.search(RECHECKS["learner"]) as poll:
            for i, own in enumerate(self.record.queries):
                if before is None or not own:
                    continue
                posterior = posterior_of(self.plan, self._report(i))
                replay = Replay(self.plan, i, before, posterior)
                for t, query in enumerate(own):
                    poll()
                    wrong = replay.wrong(*query.bundles)
                    if wrong:
                        problems.append(f"student {i}, query {t}: {wrong}")
                        break  # what follows was chosen after another answer
                    replay.told(query.answer)
                    posterior.hear(query.bundles[query.answer], query.bundles[1 - query.answer])
        self.builder.require(
            "elicitation.choices", "each query is the one that the rule asks about", problems
        )


def _near(one: float, other: float) -> bool:
    """Return whether two numbers agree within rounding; NaN agrees with nothing."""
    return abs(one - other) <= _NEAR * max(1.0, abs(one), abs(other))


def _other_pairs(
    i: int,
    said: tuple[tuple[int, int, float], ...],
    right: Mapping[tuple[int, int], float],
    agree: Callable[[float, float], bool] = _near,
) -> Iterator[str]:
    """Yield pairs that are not those that follow."""
    told = {(a, b): delta for a, b, delta in said}
    if set(told) != set(right) or len(told) < len(said):
        yield f"student {i} has the pairs {sorted(told)}, {sorted(right)} follow"
        return
    for pair, delta in told.items():
        if not agree(delta, right[pair]):
            yield f"student {i}: pair {pair} adds {delta}, {right[pair]} follows"
