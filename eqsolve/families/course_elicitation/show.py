"""How elicitations and their records are shown: facts, tables and one sentence."""

from __future__ import annotations

from eqsolve.core.result import Result
from eqsolve.core.table import Table, number
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.solution import ElicitationRecord

__all__ = ["facts", "headline", "tables", "tidy"]

_MOST = 20
"""Students and failures that are listed."""


def facts(plan: CourseElicitation) -> dict[str, str]:
    """Return a few lines about a plan."""
    mistakes = "given reports"
    if plan.noise is not None:
        mistakes = plan.noise.word or ", ".join(
            f"{name} {number(value)}" for name, value in plan.noise.to_dict().items()
        )
    lines = {
        "students": str(plan.n_students),
        "courses": f"{plan.n_courses}, {int(plan.market.capacities.sum())} seats",
        "reports": mistakes,
        "queries": f"{plan.queries} per student, {plan.acquisition}",
        "answers": plan.answerer.title,
        "learner": plan.learner.rule,
        "mechanism": plan.mechanism,
    }
    if plan.texts is not None:
        lines["texts"] = plan.texts if isinstance(plan.texts, str) else "given"
    return lines


def headline(plan: CourseElicitation, result: Result[ElicitationRecord]) -> str:
    """Return what the queries brought in one sentence."""
    record = result.solution
    if record is None:
        return "nothing was asked before the run was stopped"
    asked = f"{record.n_queries} of {plan.queries * plan.n_students} queries"
    right = "" if record.accuracy is None else f", {record.accuracy:.0%} right"
    if record.gain is None:
        return f"{asked}{right}"
    least = "" if record.gain_least is None else f", of the worst-off {record.gain_least:+.1%}"
    return f"{asked}{right}: mean utility {record.gain:+.1%}{least}"


def tidy(plan: CourseElicitation, result: Result[ElicitationRecord]) -> list[Table]:
    """Return who gets which seat by which utilities, a row for each seat that is taken."""
    record = result.solution
    if record is None:
        return []
    table = Table("Seats", ["utilities", "student", "course", "true value"])
    for name, part in record.placements.items():
        for i, bundle in enumerate(() if part is None else part.outcome.allocation):
            for j in bundle:
                names = plan.label("students", i), plan.label("courses", j)
                table.add(name, *names, plan.market.values[i, j].item())
    return [table]


def tables(plan: CourseElicitation, result: Result[ElicitationRecord]) -> list[Table]:
    """Return the three allocations, what was asked, and students one by one."""
    record = result.solution
    if record is None:
        return []
    shown = [_placements(record), _students(plan, record)]
    if record.usage["requests"]:
        usage = Table("Asked", ["what", "number"])
        usage.extend((name, value) for name, value in record.usage.items())
        shown.append(usage)
    if record.failures:
        failures = Table("Failures", ["student", "query", "reason"], limit=_MOST)
        for failure in record.failures:
            failures.add(plan.label("students", failure.student), failure.query, failure.reason)
        shown.append(failures)
    return shown


def _placements(record: ElicitationRecord) -> Table:
    """Return what the mechanism makes of reports, of what was learned and of the truth."""
    heads = ["utilities", "mean", "least", "of the truth", "over reports", "clearing error", "envy"]
    table = Table("Allocations, by true utility", heads)
    first, best = record.reported, record.true
    for name, part in record.placements.items():
        if part is None:
            table.add(name, *[None] * (len(heads) - 1))
            continue
        share = part.mean_utility / best.mean_utility if best and best.mean_utility > 0 else None
        more = None
        if first is not None and first.mean_utility > 0:
            more = part.mean_utility / first.mean_utility - 1
        table.add(
            name, part.mean_utility, part.least_utility, share, more,
            part.outcome.clearing_error, part.outcome.envy.pairs,
        )  # fmt: skip
    return table


def _students(plan: CourseElicitation, record: ElicitationRecord) -> Table:
    """Return each student's answers, and its courses before and after them."""
    table = Table(
        "Students",
        ["student", "queries", "right", "by reports", "by what was learned"],
        limit=_MOST,
    )
    for i, own in enumerate(record.queries):
        right = sum(query.right for query in own)
        names = [
            None if part is None else _names(plan, part.outcome.allocation[i])
            for part in (record.reported, record.learned)
        ]
        table.add(plan.label("students", i), len(own), right, *names)
    return table


def _names(plan: CourseElicitation, bundle: tuple[int, ...]) -> str:
    """Return the names of courses in a row."""
    return ", ".join(plan.label("courses", j) for j in bundle)
