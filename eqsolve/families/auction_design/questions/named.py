"""The side questions of auction design under their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.question import Answer, Means, Question, seconds_left
from eqsolve.core.report import ReportBuilder
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.playing.evaluate import revenue
from eqsolve.families.auction_design.questions.comparing import compare
from eqsolve.families.auction_design.questions.rechecks import gain_of, recheck_earnings
from eqsolve.families.auction_design.questions.regretting import regret, virtual_values
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism
from eqsolve.families.auction_design.solve import design

__all__ = ["QUESTIONS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCompare(Question[AuctionDesign]):
    """What several methods earn on the same fresh draws.

    Parameters
    ----------
    methods : names with commas between; empty: auto and the simple mechanisms.
    draws : runs of the report.
    """

    name: ClassVar[str] = "compare_methods"
    summary: ClassVar[str] = "what methods earn on the same draws, with paired differences"
    theorem: ClassVar[str] = "MEC-11"
    cost: ClassVar[str] = "that of the methods, and of playing what they made"
    source: ClassVar[str] = (
        "Hart, S. and Nisan, N. (2017). Approximate revenue maximization with multiple items. "
        "Journal of Economic Theory 172, 313-347."
    )

    methods: str = ""
    draws: int = 20_000

    def answer(self, instance: AuctionDesign, means: Means) -> Answer:
        """Run the methods; the seed is that of the question."""
        names = [word.strip() for word in self.methods.split(",") if word.strip()] or None
        found = compare(
            instance,
            names,
            draws=self.draws,
            seed=int(means.rng.integers(1 << 31)),
            time_limit=seconds_left(means.deadline),
        )
        builder = ReportBuilder(Tolerances(), instance.scale, means.deadline)
        for one in found.contestants:
            recheck_earnings(builder, one.name, one.mechanism, one.evaluation, instance)
        best = max(found.contestants, key=lambda one: one.evaluation.revenue)
        rows = {
            one.name: {
                "revenue": one.evaluation.revenue,
                "interval": None if one.evaluation.interval is None else [*one.evaluation.interval],
                "difference": one.difference,
                "difference_interval": None
                if one.difference_interval is None
                else [*one.difference_interval],
                "welfare": one.evaluation.welfare,
            }
            for one in found.contestants
        }
        return Answer(
            value=found,
            sentence=f"{best.name} earns most: {number(best.evaluation.revenue)}",
            fields={"methods": rows},
            tables=[found.table()],
            check=builder.finish(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRegret(Question[AuctionDesign]):
    """What the best lie brings in a mechanism."""

    name: ClassVar[str] = "regret"
    summary: ClassVar[str] = "the greatest gain of a misreport"
    theorem: ClassVar[str] = "MEC-1, MEC-6"
    cost: ClassVar[str] = "profiles x types"
    source: ClassVar[str] = (
        "Duetting, P., Feng, Z., Narasimhan, H., Parkes, D. C. and Ravindranath, S. S. (2024). "
        "Optimal auctions through deep learning: Advances in differentiable economics. Journal of "
        "the ACM 71(1), article 5."
    )
    about_result: ClassVar[bool] = True

    def answer(self, instance: AuctionDesign, means: Means) -> Answer:
        """Try every misreport."""
        told = means.result or design(instance, deadline=means.deadline)
        if told.solution is None:
            return Answer(value=None, sentence="there is no mechanism", fields={"gain": None})
        mechanism = told.solution.mechanism
        found = regret(mechanism, instance)
        lie = found.misreport
        builder = ReportBuilder(Tolerances(), instance.scale, means.deadline)
        earned = revenue(mechanism, instance)
        recheck_earnings(builder, "truth", mechanism, earned, instance)
        sentence = "nobody gains by a misreport: a mechanism of menus or scores is truthful"
        if isinstance(mechanism, DirectMechanism):
            sentence = "nobody gains by a misreport" if lie is None else lie.words
        if lie is not None:
            assert isinstance(mechanism, DirectMechanism)
            again = gain_of(mechanism, instance, lie)
            builder.compare(
                "design.gain", "the gain is that of the definition",
                abs(again - found.gain), instance.scale,
                lambda: f"{found.gain:.8g} is claimed, {again:.8g} was recomputed",
                theorem="MEC-6",
            )  # fmt: skip
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "gain": found.gain,
                "bidder": None if lie is None else lie.bidder,
                "truth": None if lie is None else lie.truth,
                "report": None if lie is None else lie.report,
            },
            check=builder.finish(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskVirtual(Question[AuctionDesign]):
    """What values of one item are worth to the seller."""

    name: ClassVar[str] = "virtual_values"
    summary: ClassVar[str] = "ironed virtual values and reserves of one item"
    theorem: ClassVar[str] = "MEC-7"
    cost: ClassVar[str] = "a sort of the values"
    source: ClassVar[str] = (
        "Myerson, R. B. (1981). Optimal auction design. Mathematics of Operations Research 6(1), "
        "58-73."
    )

    def supports(self, instance: AuctionDesign) -> str | None:
        """Return why it is no question, or None."""
        if instance.n_items != 1:
            return f"virtual values are for one item, there are {instance.n_items}"
        return None

    def answer(self, instance: AuctionDesign, means: Means) -> Answer:
        """Iron, and check that the greatest earns what a price at the reserve does at least."""
        found = virtual_values(instance)
        table = Table("Virtual values", ["bidder", "value", "virtual value"])
        builder = ReportBuilder(Tolerances(), instance.scale)
        for i, one in enumerate(found):
            name = instance.label("bidders", i)
            rows = zip(one.values.tolist(), one.virtual.tolist(), strict=True)
            table.extend((name, value, virtual) for value, virtual in rows)
            builder.compare(
                f"design.virtual-{i}", "virtual values rise and are at most the values",
                np.concatenate([-np.diff(one.virtual), one.virtual - one.values]),
                instance.scale, lambda k, i=i: f"bidder {i}: entry {k}",
                theorem="MEC-7",
            )  # fmt: skip
        reserves = [one.reserve if np.isfinite(one.reserve) else None for one in found]
        words = ", ".join(number(reserve) for reserve in reserves)
        return Answer(
            value=found,
            sentence=f"reserves: {words}",
            fields={
                "values": [one.values.tolist() for one in found],
                "virtual": [one.virtual.tolist() for one in found],
                "reserves": reserves,
            },
            tables=[table],
            check=builder.finish(),
        )


QUESTIONS: tuple[type[Question[Any]], ...] = (AskCompare, AskRegret, AskVirtual)
