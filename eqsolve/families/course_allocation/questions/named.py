"""The questions of course allocation, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.status import Limit
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import utility
from eqsolve.families.course_allocation.questions.comparing import (
    MechanismRow,
    compare_mechanisms,
)
from eqsolve.families.course_allocation.questions.misreporting import (
    profitable_misreport,
    reporting,
)
from eqsolve.families.course_allocation.verify import verify

__all__ = ["QUESTIONS", "CompareMechanisms", "ProfitableMisreport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareMechanisms(Question[CourseAllocation]):
    """What each mechanism gives the average and the worst student.

    Parameters
    ----------
    seeds : runs of mechanisms that draw something.
    """

    name: ClassVar[str] = "compare_mechanisms"
    summary: ClassVar[str] = "mean, least, deciles, envy and seats left, by mechanism"
    theorem: ClassVar[str] = "CRS-3, CRS-9, CRS-10"
    cost: ClassVar[str] = "a solve for each mechanism and seed"
    source: ClassVar[str] = (
        "Budish, E. and Cantillon, E. (2012). The multi-unit assignment problem: Theory and "
        "evidence from course allocation at Harvard. American Economic Review 102(5), 2237-2271."
    )

    seeds: int = 10

    def answer(self, instance: CourseAllocation, means: Means) -> Answer:
        """Run all mechanisms."""
        rows = compare_mechanisms(
            instance,
            seeds=self.seeds,
            first_seed=int(means.rng.integers(2**31)),
            deadline=means.deadline,
        )
        table = Table(
            "Mechanisms",
            ["mechanism", "runs", "mean", "least", "envy", "EF1", "left", "over", "error", "s"],
        )
        shares = Table("Deciles of utility", ["mechanism", *(f"{10 * k} %" for k in range(1, 10))])
        for row in rows:
            table.add(
                row.mechanism, row.runs, row.mean, row.least, row.envy, row.ef1_violations,
                row.unfilled, row.oversubscribed, row.error,
                None if row.seconds is None else f"{row.seconds:.2g}",
            )  # fmt: skip
            if row.deciles:
                shares.add(row.mechanism, *row.deciles)
        reports = {
            f"{row.mechanism}, run {k}": report
            for row in rows
            for k, report in enumerate(row.reports)
        }
        return Answer(
            value=rows,
            sentence=_sentence(rows),
            fields={"mechanisms": [_document(row) for row in rows]},
            tables=(table, shares),
            check=together(reports),
            limit=means.deadline.limit,
        )


def _sentence(rows: tuple[MechanismRow, ...]) -> str:
    """Return which mechanism gives most on average, and which to the worst-off."""
    ran = [row for row in rows if row.mean is not None and row.least is not None]
    if not ran:
        return "no mechanism ran: " + "; ".join(row.reason for row in rows if row.reason)
    best = max(ran, key=lambda row: row.mean or 0.0)
    fair = max(ran, key=lambda row: row.least or 0.0)
    return (
        f"{best.mechanism} gives most on average ({number(best.mean)}), "
        f"{fair.mechanism} most to the worst-off ({number(fair.least)})"
    )


def _document(row: MechanismRow) -> dict[str, object]:
    """Return a row as JSON: its utilities are left to the deciles, seconds to the table."""
    names = (
        "mechanism", "runs", "mean", "least", "deciles", "envy", "ef1_violations", "unfilled",
        "oversubscribed", "error", "reason",
    )  # fmt: skip
    fields = {name: getattr(row, name) for name in names}
    return {**fields, "deciles": list(row.deciles)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitableMisreport(Question[CourseAllocation]):
    """Whether a student gains by reporting other values.

    Parameters
    ----------
    student : its number.
    mechanism : name of a method.
    """

    name: ClassVar[str] = "profitable_misreport"
    summary: ClassVar[str] = "whether a student gains by reporting other values (a search)"
    theorem: ClassVar[str] = "CRS-9, CRS-10"
    cost: ClassVar[str] = "about 4 m solves for each round of the search"
    source: ClassVar[str] = CompareMechanisms.source

    student: int = 0
    mechanism: str = "draft"

    def supports(self, instance: CourseAllocation) -> str | None:
        """Return why it cannot be asked, or None."""
        return None if instance.n_students else "there are no students"

    def answer(self, instance: CourseAllocation, means: Means) -> Answer:
        """Search."""
        found = profitable_misreport(
            instance, self.student, self.mechanism,
            seed=int(means.rng.integers(2**31)), deadline=means.deadline,
        )  # fmt: skip
        who = instance.label("students", self.student)
        changed = [
            (instance.label("courses", j), float(own), told)
            for j, (own, told) in enumerate(
                zip(instance.values[self.student].tolist(), found.values.tolist(), strict=True)
            )
            if own != told
        ]
        sentence = f"{found.tried} reports of {who} tried, none of which gains"
        if changed:
            sentence = (
                f"{who} gains {number(found.gain)} in {self.mechanism} by another report: "
                f"{number(found.lying)} instead of {number(found.truthful)}"
            )
        if found.limit is Limit.TIME:
            sentence += "; the time was over"
        table = Table("What it reports", ["course", "value", "reported"])
        lied = reporting(instance, self.student, found.values.tolist())
        checks = {
            "truthful": verify(instance, found.results[0]),
            "misreport": verify(lied, found.results[1]),
        }
        builder = means.builder(Tolerances(1e-6), max(instance.scale, 1e-300))
        for name, told, result in (
            ("truthful", found.truthful, found.results[0]),
            ("misreport", found.lying, found.results[1]),
        ):
            assert result.solution is not None
            right = utility(instance, self.student, result.solution.allocation[self.student])
            builder.compare(
                f"misreport.{name}", "the true utility is that of the bundle", abs(told - right),
                instance.scale, lambda told=told, right=right: f"{told:g}, not {right:g}",
            )  # fmt: skip
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "student": found.student, "mechanism": found.mechanism,
                "values": found.values.tolist(), "truthful": found.truthful,
                "lying": found.lying, "gain": found.gain, "tried": found.tried,
            },
            tables=(table.extend(changed),) if changed else (),
            check=together({**checks, "utility": builder.finish()}),
            limit=found.limit,
        )  # fmt: skip


QUESTIONS = (CompareMechanisms, ProfitableMisreport)
