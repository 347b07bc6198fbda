"""What can be asked of an elicitation beside carrying it out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.method import lacking
from eqsolve.core.question import Answer, Means, Question, whole_numbers
from eqsolve.core.report import ReportBuilder
from eqsolve.core.table import Table
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.course_elicitation.curve import Point, Stake, learning_curve, stakes_of
from eqsolve.families.course_elicitation.instance import CourseElicitation, with_utilities
from eqsolve.families.course_elicitation.solution import ElicitationRecord
from eqsolve.families.course_elicitation.solve import solve

__all__ = ["QUESTIONS", "AskAnswers", "AskCurve"]

_NEAR = 1e-9
_SOURCE = (
    "Soumalias, E., Jiang, Y., Zhu, K., Curry, M., Seuken, S. and Parkes, D. C. (2025). "
    "LLM-Powered Preference Elicitation in Combinatorial Assignment."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCurve(Question[CourseElicitation]):
    """What each further query brings: mean and least utility against the number of queries.

    Parameters
    ----------
    counts : numbers of queries per student; None: a few from none to all.
    """

    name: ClassVar[str] = "curve"
    summary: ClassVar[str] = "utility by the first queries, between reports and truth"
    theorem: ClassVar[str] = "CRS-11"
    cost: ClassVar[str] = "one run of the mechanism per number"
    source: ClassVar[str] = _SOURCE
    about_result: ClassVar[bool] = True

    counts: Sequence[float] | None = None

    def supports(self, instance: CourseElicitation) -> str | None:
        """Return what its learner lacks here, or None."""
        return lacking(type(instance.learner))

    def answer(self, instance: CourseElicitation, means: Means) -> Answer:
        """Run the mechanism on what the first queries tell, and check each allocation."""
        record = _record(instance, means)
        points = learning_curve(record, whole_numbers(self.counts, "counts"), means.deadline)
        builder = means.builder(Tolerances(), max(1.0, instance.market.scale))
        _check_points(builder, record, points)
        first, best = record.reported, record.true
        table = Table("Utility by number of queries", ["queries", "mean", "least", "over reports"])
        for point in points:
            mean = point.placement.mean_utility
            more = (
                None if first is None or first.mean_utility <= 0 else mean / first.mean_utility - 1
            )
            table.add(point.queries, mean, point.placement.least_utility, more)
        ends = [("by reports", first), ("by the truth", best)]
        for name, part in ends:
            if part is not None:
                table.add(name, part.mean_utility, part.least_utility, None)
        words = [f"{p.placement.mean_utility:.6g} with {p.queries}" for p in points]
        return Answer(
            value=points,
            sentence=f"mean utility by number of queries: {', '.join(words) or 'none in time'}",
            fields={
                "points": [{"queries": p.queries, **p.placement.to_dict()} for p in points],
                **{
                    name: None if part is None else part.mean_utility
                    for name, part in (("reported", first), ("true", best))
                },
            },
            tables=[table],
            check=builder.finish(),
            limit=means.deadline.limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAnswers(Question[CourseElicitation]):
    """How often answers are right, by how much the two bundles differ.

    Parameters
    ----------
    parts : groups of as many answers each.
    """

    name: ClassVar[str] = "answers"
    summary: ClassVar[str] = "share of right answers by the difference of the bundles"
    cost: ClassVar[str] = "O(queries log queries)"
    source: ClassVar[str] = _SOURCE
    about_result: ClassVar[bool] = True

    parts: int = 8

    def __post_init__(self) -> None:
        require_count(self.parts, "option parts", 1)

    def answer(self, instance: CourseElicitation, means: Means) -> Answer:
        """Sort the answers by what was at stake, and compare with the record's own share."""
        record = _record(instance, means)
        stakes = stakes_of(record, self.parts)
        builder = means.builder(Tolerances(), 1.0)
        builder.require(
            "answers.share", "all parts together have the record's accuracy", _apart(record, stakes)
        )
        table = Table("Answers", ["difference from", "to", "answers", "right", "share"])
        table.extend((s.low, s.high, s.answers, s.right, s.accuracy) for s in stakes)
        share = record.accuracy
        sentence = "nothing was asked" if share is None else f"{share:.1%} of the answers are right"
        if len(stakes) > 1:
            near, far = stakes[0].accuracy, stakes[-1].accuracy
            sentence += f", {near:.1%} where least is at stake, {far:.1%} where most is"
        return Answer(
            value=stakes,
            sentence=sentence,
            fields={
                "accuracy": share,
                "parts": [
                    {"low": s.low, "high": s.high, "answers": s.answers, "right": s.right}
                    for s in stakes
                ],
            },
            tables=[table],
            check=builder.finish(),
        )


def _record(plan: CourseElicitation, means: Means) -> ElicitationRecord:
    """Return the record that is asked about, or a new one."""
    result = means.result
    if result is None:
        result = solve(plan, deadline=means.deadline)
    if result.solution is None:
        raise NoSolutionError("nothing was asked before the time was over")
    record: ElicitationRecord = result.solution
    return record


def _check_points(builder: ReportBuilder, record: ElicitationRecord, points: list[Point]) -> None:
    """Check each allocation by the verifier, and the last one by the record."""
    from eqsolve.families.course_allocation.verify.conditions import verify as check_allocation

    problems = []
    plan = record.plan
    for point in points:
        values = np.array(point.told.values, dtype=float).reshape(plan.market.values.shape)
        market = with_utilities(plan.market, values, point.told.adjustments)
        report = check_allocation(market, point.placement.outcome, deadline=builder.deadline)
        problems += [f"{point.queries} queries: {it.id}: {it.worst}" for it in report.failures]
        for sentence in report.unchecked:
            builder.leave(f"of the allocation after {point.queries} queries: {sentence}")
    builder.require("curve.allocations", "every allocation is what it says", problems)
    builder.require("curve.end", "all queries lead to the record", _other_end(record, points))


def _other_end(record: ElicitationRecord, points: list[Point]) -> Iterator[str]:
    """Yield how the point with all queries is not the record's allocation."""
    asked = max(map(len, record.queries), default=0)
    for point in points:
        if record.learned is not None and point.queries >= asked:
            found, held = point.placement.mean_utility, record.learned.mean_utility
            if abs(found - held) > _NEAR * max(1.0, abs(held)):
                yield f"the mean is {found} after {point.queries} queries, {held} in the record"


def _apart(record: ElicitationRecord, stakes: list[Stake]) -> Iterator[str]:
    """Yield how the parts do not add up to the record's accuracy."""
    answers, right = sum(s.answers for s in stakes), sum(s.right for s in stakes)
    held = record.accuracy or 0.0
    if answers != record.n_queries or abs(right - held * answers) > 0.5:
        yield f"{right} of {answers} answers are right, {held} of {record.n_queries} in the record"


QUESTIONS: tuple[type[Question[CourseElicitation]], ...] = (AskCurve, AskAnswers)
"""Questions about this kind."""
