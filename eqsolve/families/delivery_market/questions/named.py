"""The side questions of delivery markets under their names, with answers that are rechecked."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

from eqsolve.core.question import Answer, Means, Question, seconds_left, together
from eqsolve.core.status import Status
from eqsolve.core.table import number
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import Choice, DeliveryMethod
from eqsolve.families.delivery_market.questions.tips import compare_tips

__all__ = ["QUESTIONS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTips(Question[DeliveryMarket]):
    """What tips do: the best equilibria with and without them, each verified.

    Parameters
    ----------
    choose, cash_flow_floor : as for the methods, for both markets.
    """

    name: ClassVar[str] = "tips"
    summary: ClassVar[str] = "what tips do: who gains by them, and where they appear"
    theorem: ClassVar[str] = "TIP-3"
    cost: ClassVar[str] = "two solves"
    source: ClassVar[str] = DeliveryMethod.source

    choose: Choice = "none"
    cash_flow_floor: float | None = None

    def answer(self, instance: DeliveryMarket, means: Means) -> Answer:
        """Solve both; either may use half of the time."""
        found = compare_tips(instance, time_limit=seconds_left(means.deadline, 2), **asdict(self))
        sentence = "what tips change is not known: one of the two was not solved to the end"
        if found.gain is not None:
            sentence = f"tips raise welfare by {number(found.gain)}"
        elif found.untipped.status is Status.NO_EQUILIBRIUM:
            if found.tipped.solution is not None:
                sentence = "with tips there is an equilibrium, without them there is none"
            elif found.tipped.status is Status.NO_EQUILIBRIUM:
                sentence = "there is no equilibrium, with tips or without"
        return Answer(
            value=found,
            sentence=sentence,
            fields={
                "with_tips": found.totals(tipped=True),
                "without_tips": found.totals(tipped=False),
                "efficient_welfare": found.efficient_welfare,
                "gain": found.gain,
                "tipped_orders": [list(order) for order in found.tipped_orders],
            },
            tables=[found.table(), found.tip_table()],
            check=together({"with tips": found.tipped.check, "without": found.untipped.check}),
            limit=found.tipped.limit or found.untipped.limit,
        )


QUESTIONS: tuple[type[Question[DeliveryMarket]], ...] = (AskTips,)
