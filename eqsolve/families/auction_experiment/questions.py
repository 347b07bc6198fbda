"""What can be asked of an experiment beside carrying it out: what its record shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.errors import NoSolutionError
from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.report import auction_report
from eqsolve.families.auction_experiment.report.treatment import Treatment
from eqsolve.families.auction_experiment.solve import run_experiment

__all__ = ["QUESTIONS", "AskReport"]

_NEAR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReport(Question[AuctionExperiment]):
    """What the record shows: bids against types, outcomes, regressions, the curse, timing."""

    name: ClassVar[str] = "report"
    summary: ClassVar[str] = "tables of a record, with standard errors by session"
    cost: ClassVar[str] = "O(rounds x bidders x sessions)"
    source: ClassVar[str] = "Shah et al. (2025), Learning from synthetic labs"
    about_result: ClassVar[bool] = True

    def answer(self, instance: AuctionExperiment, means: Means) -> Answer:
        """Sum the record up, and compare with its own statistics."""
        result = means.result
        if result is None:
            # Solving the auction may take longer than playing it: who wants the equilibrium beside
            # the bids asks about a record that holds it.
            result = run_experiment(instance, deadline=means.deadline, benchmark="truthful")
        if result.solution is None:
            raise NoSolutionError("nothing was played, so there is nothing to report")
        report = auction_report(result)
        (entry,) = report.treatments
        builder = means.builder(Tolerances(), 1.0)
        builder.require("report.statistics", "means are those of the record", _differing(entry))
        bids = entry.statistics["mean_absolute_deviation"]
        near = "no bid beside a known type" if bids.value is None else f"mean |b - v| {bids}"
        sentence = (
            f"{len(entry.record.rounds)} rounds in {len(entry.record.sessions)} sessions; "
            f"{near}; revenue {entry.statistics['mean_revenue']}"
        )
        return Answer(
            value=report,
            sentence=sentence,
            fields=report.to_dict(),
            tables=report.tables,
            check=builder.finish(),
            limit=result.limit,
        )


def _differing(entry: Treatment) -> Iterator[str]:
    """Yield the statistics of the record that are not those of the report."""
    for name in ("share_truthful", "mean_absolute_deviation", "r_squared_truthful", "mean_revenue",
                 "efficiency", "winner_profit", "implied_rho"):  # fmt: skip
        if name not in entry.record.statistics:
            continue
        held, found = entry.record.statistics[name], entry.statistics[name].value
        apart = 0.0 if held is None or found is None else abs(held - found)
        if (held is None) != (found is None) or apart > _NEAR * max(1.0, abs(held or 0.0)):
            yield f"{name} is {held}, the rounds lead to {found}"


QUESTIONS: tuple[type[Question[AuctionExperiment]], ...] = (AskReport,)
"""Questions about this kind."""
