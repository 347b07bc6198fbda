"""The questions of single-item auctions, as values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.questions.comparing import compare_formats
from eqsolve.families.single_item_auction.questions.obvious import obviously_dominant, unasked
from eqsolve.families.single_item_auction.questions.regretting import (
    auction_equilibrium,
    interim_regret,
)
from eqsolve.families.single_item_auction.regret import CELLS
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution

__all__ = ["QUESTIONS", "Formats", "ObviousDominanceQuestion", "RegretQuestion"]

_ROWS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RegretQuestion(Question[SingleItemAuction]):
    """By how much each type could gain by another bid.

    Parameters
    ----------
    cells : cells of a proved bound.
    """

    name: ClassVar[str] = "interim_regret"
    summary: ClassVar[str] = "by how much each type could gain by another bid"
    theorem: ClassVar[str] = "AUC-10"
    cost: ClassVar[str] = "O(states * types * bids), or O(cells log cells)"
    source: ClassVar[str] = (
        "Bosshard, V., Buenz, B., Lubin, B. and Seuken, S. (2020). Computing Bayes-Nash equilibria "
        "in combinatorial auctions with verification. "
        "Journal of Artificial Intelligence Research 69, 531-570."
    )
    about_result: ClassVar[bool] = True

    cells: int = CELLS

    def answer(self, instance: SingleItemAuction, means: Means) -> Answer:
        """Look at all types."""
        solution = None if means.result is None else means.result.solution
        if not isinstance(solution, SingleItemAuctionSolution):
            solution = auction_equilibrium(instance, deadline=means.deadline)
        found = interim_regret(instance, solution, cells=self.cells)
        table = Table("Regret by value", ["strategy", "value", "regret"])
        for c, (values, regrets) in enumerate(zip(found.values, found.regrets, strict=True)):
            step = max(1, len(values) // _ROWS)
            rows = zip(values[::step].tolist(), regrets[::step].tolist(), strict=True)
            table.extend((c, value, regret) for value, regret in rows)
        sentence = f"no type gains more than {number(found.epsilon)} ({found.kind})"
        if found.kind == "grid":
            sentence = f"the greatest gain found is {number(found.epsilon)}, on a grid"
        builder = means.builder(Tolerances(1e-6), max(instance.scale, 1e-300))
        short = found.epsilon - solution.epsilon if found.kind == "exact" else 0.0
        if solution.epsilon_kind == "exact":
            builder.compare(
                "regret.epsilon", "the solution's epsilon is not below it", short, instance.scale,
                lambda: f"epsilon {solution.epsilon:g}, regret {found.epsilon:g}",
            )  # fmt: skip
        fields = {
            "epsilon": found.epsilon,
            "epsilon_kind": found.kind,
            "values": [part.tolist() for part in found.values],
            "regrets": [part.tolist() for part in found.regrets],
        }
        return Answer(
            value=found, sentence=sentence, fields=fields, tables=(table,), check=builder.finish()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObviousDominanceQuestion(Question[SingleItemAuction]):
    """Whether bidding the value is obviously dominant, by all histories.

    Parameters
    ----------
    tick : the rule of a clock, ``"own"`` for that of the auction.
    """

    name: ClassVar[str] = "obviously_dominant"
    summary: ClassVar[str] = "whether bidding the value is obviously dominant, by all histories"
    theorem: ClassVar[str] = "AUC-11"
    cost: ClassVar[str] = "O(values * ticks * bidders * 2**bidders)"
    source: ClassVar[str] = (
        "Li, S. (2017). Obviously strategy-proof mechanisms. "
        "American Economic Review 107(11), 3257-3287."
    )

    tick: Literal["own", "in_turn", "at_once"] = "own"

    def supports(self, instance: SingleItemAuction) -> str | None:
        """Return why it cannot be asked, or None."""
        reason = unasked(instance)
        if reason is None and self.tick != "own" and instance.tick is None:
            reason = f"{instance.format} has no ticks"
        return reason

    def answer(self, instance: SingleItemAuction, means: Means) -> Answer:
        """Look at all histories."""
        found = obviously_dominant(instance, None if self.tick == "own" else self.tick)
        rule = "a sealed auction" if found.tick is None else f"a clock, {found.tick}"
        sentence = f"bidding the value is obviously dominant in all {found.cases} cases ({rule})"
        if not found.holds:
            sentence = (
                f"bidding the value is obviously dominant in {found.kept} of {found.cases} cases "
                f"({rule}): {found.witness}"
            )
        builder = means.builder(Tolerances(), max(instance.scale, 1e-300))
        told = found.holds == (found.kept == found.cases) == (not found.witness)
        wrong = [] if told else [f"{found.kept} of {found.cases} cases, {found.witness!r}"]
        builder.require("dominance.cases", "it holds in all cases, or a witness is named", wrong)
        builder.leave("that each case was decided right: histories are looked at once")
        return Answer(value=found, sentence=sentence, fields=asdict(found), check=builder.finish())


@dataclass(frozen=True, slots=True, kw_only=True)
class Formats(Question[SingleItemAuction]):
    """What all formats earn with the same bidders."""

    name: ClassVar[str] = "formats"
    summary: ClassVar[str] = "revenue, efficiency and utilities of all formats, side by side"
    theorem: ClassVar[str] = "AUC-5"
    cost: ClassVar[str] = "a solve each"
    source: ClassVar[str] = (
        "Vickrey, W. (1961). Counterspeculation, auctions, and competitive sealed tenders. "
        "Journal of Finance 16(1), 8-37."
    )

    def answer(self, instance: SingleItemAuction, means: Means) -> Answer:
        """Solve them all."""
        rows = compare_formats(instance, deadline=means.deadline)
        table = Table(
            "Formats", ["format", "status", "revenue", "efficiency", "utility", "epsilon", "kind"]
        )
        fields: list[dict[str, object]] = []
        for row in rows:
            name = row.format if row.k is None else f"{row.format} (k = {row.k})"
            solution = row.solution
            if solution is None:
                table.add(name, row.reason, None, None, None, None, None)
                fields.append({"format": row.format, "k": row.k, "reason": row.reason})
                continue
            table.add(
                name, row.status, solution.revenue, solution.efficiency,
                solution.bidder_utility[0], solution.epsilon, solution.epsilon_kind,
            )  # fmt: skip
            fields.append(
                {
                    "format": row.format,
                    "k": row.k,
                    "status": row.status,
                    "revenue": solution.revenue,
                    "efficiency": solution.efficiency,
                    "bidder_utility": list(solution.bidder_utility),
                    "epsilon": solution.epsilon,
                    "epsilon_kind": solution.epsilon_kind,
                }
            )
        solved = [row for row in rows if row.solution is not None]
        sentence = "no format could be solved"
        if solved:
            best = max(solved, key=lambda row: row.solution.revenue if row.solution else 0.0)
            assert best.solution is not None
            sentence = (
                f"{best.format} earns most, {number(best.solution.revenue)}, "
                f"of {len(solved)} formats"
            )
        limit = means.deadline.limit
        return Answer(
            value=rows,
            sentence=sentence,
            fields={"formats": fields},
            tables=(table,),
            check=together({row.format: row.report for row in rows}),
            limit=limit,
        )


QUESTIONS: tuple[type[Question[SingleItemAuction]], ...] = (
    RegretQuestion, ObviousDominanceQuestion, Formats,
)  # fmt: skip
