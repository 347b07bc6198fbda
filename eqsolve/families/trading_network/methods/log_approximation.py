"""The best point of the fee curve: at least ``1 / (1 + ln K)`` of the welfare gain (REV-4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, wrapped
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.questions.fee_curve import Corners, FeeCurve
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["LogApproximation", "best_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogApproximation(TradingMethod):
    """Find all corners of the fee curve and take the one with the greatest true revenue.

    With greatest prices and no limit on introductions the revenue is at least
    ``commission * dW / (1 + ln K)``; under other options the result is a heuristic.
    """

    name: ClassVar[str] = "log_approximation"
    summary: ClassVar[str] = "best corner of the fee curve, with a guarantee"
    theorem: ClassVar[str] = "REV-3, REV-4"
    cost: ClassVar[str] = "2 K warm-started assignment problems"

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve; `rng` is not used."""
        evaluator = Evaluator(instance, self.prices)
        curve = Corners(evaluator, deadline).curve()
        limit = None if curve.complete else deadline.limit
        introduced = best_of(curve, evaluator, self.max_introductions)
        bound = value_bound(evaluator)
        return wrapped(self, evaluator, introduced, bound, limit=limit, counts=curve.counts)


def best_of(
    curve: FeeCurve, evaluator: Evaluator, max_introductions: int | None
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the introductions of the best point that keeps to the limit, ties to fewer."""
    allowed = [
        point
        for point in curve.points
        if max_introductions is None or point.introductions <= max_introductions
    ]
    if evaluator.prices == "greatest":
        best = max(allowed, key=lambda point: (point.revenue, -point.introductions))
        return best.introduced
    revenues = [evaluator.solution(point.introduced).revenue for point in allowed]
    return allowed[int(np.argmax(np.array(revenues)))].introduced
