"""By how much the winner leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eqsolve.core.question import Answer, Means, Question
from lone_seller.instance import LoneSeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin(Question[LoneSeller]):
    """The highest value minus the next, times a factor."""

    name: ClassVar[str] = "margin"
    summary: ClassVar[str] = "by how much the winner leads"

    factor: int = 1

    def answer(self, instance: LoneSeller, means: Means) -> Answer:
        """Rank the buyers."""
        _, best, second = instance.ranked()
        margin = self.factor * (best - second)
        return Answer(
            value=margin, sentence=f"the winner leads by {margin}", fields={"margin": margin}
        )


QUESTIONS = (Margin,)
