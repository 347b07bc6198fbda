"""By how much the winner leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.question import Answer, Question
from eqsolve.core.result import Result
from lone_seller.instance import LoneSeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin(Question[LoneSeller]):
    """The highest value minus the next, times a factor."""

    name: ClassVar[str] = "margin"
    summary: ClassVar[str] = "by how much the winner leads"

    factor: int = 1

    def ask(
        self,
        instance: LoneSeller,
        deadline: Deadline,
        rng: np.random.Generator,
        result: Result[Any] | None = None,
    ) -> Answer:
        """Rank the buyers."""
        _, best, second = instance.ranked()
        margin = self.factor * (best - second)
        return Answer(
            value=margin, sentence=f"the winner leads by {margin}", fields={"margin": margin}
        )


QUESTIONS = (Margin,)
