"""The side questions of Fisher markets under their names, with answers that are rechecked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.table import Table
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solve import fisher_equilibrium
from eqsolve.families.fisher_market.utility import unit_costs

__all__ = ["QUESTIONS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskIndirectUtilities(Question[FisherMarket]):
    """What utility each buyer could reach at given prices, if all it wants were there.

    Parameters
    ----------
    prices : one per good; by default those of the solution.
    """

    name: ClassVar[str] = "indirect_utilities"
    summary: ClassVar[str] = "the utility that each buyer's budget could buy at given prices"
    theorem: ClassVar[str] = "FIS-1"
    cost: ClassVar[str] = "O(n m)"
    source: ClassVar[str] = (
        "Eisenberg, E. and Gale, D. (1959). Consensus of subjective probabilities: the "
        "pari-mutuel method. Annals of Mathematical Statistics 30(1), 165-168."
    )
    about_result: ClassVar[bool] = True

    prices: Sequence[float] | None = None

    def answer(self, instance: FisherMarket, means: Means) -> Answer:
        """Return budget over least cost of a unit; what buyers have in a solution is no more."""
        has = None
        if self.prices is None:
            result = means.result
            if result is None:
                result = fisher_equilibrium(instance, deadline=means.deadline)
            if result.solution is None:
                raise NoSolutionError("no solution of the market is known")
            prices: NumberArray = result.solution.prices
            has = result.solution.utilities
        else:
            prices = np.array(self.prices, dtype=float)
        costs = unit_costs(instance, prices)
        money = instance.budgets.astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach: FloatArray = np.where(np.isinf(costs), 0.0, money / costs)
        if instance.is_quasi_linear:
            reach = np.where(np.isinf(costs), 0.0, reach - money)
        table = Table("Within reach", ["buyer", "cost of a unit of utility", "utility in reach"])
        for i in range(instance.n_buyers):
            table.add(instance.label("buyers", i), _finite(costs[i]), _finite(reach[i]))
        return Answer(
            value=reach,
            sentence="utilities that the budgets could buy at the prices",
            fields={
                "prices": prices,
                "unit_costs": [_finite(cost) for cost in costs],
                "indirect_utilities": [_finite(amount) for amount in reach],
            },
            tables=[table],
            check=None if has is None else _recheck(instance, has, reach),
        )


def _finite(amount: float) -> float | None:
    """Return a number, None where there is no bound."""
    return float(amount) if np.isfinite(amount) else None


def _recheck(market: FisherMarket, has: NumberArray, reach: FloatArray) -> Report:
    """Nobody has more utility in a solution than its budget could buy at the prices."""
    known = np.isfinite(has) & np.isfinite(reach)
    more = np.where(known, np.where(known, has, 0.0) - np.where(known, reach, 0.0), 0.0)
    builder = ReportBuilder(Tolerances(), float(np.abs(np.where(known, reach, 0.0)).max(initial=0)))
    builder.compare(
        "indirect_utilities.most",
        "nobody has more than its budget could buy",
        more,
        np.where(known, np.abs(has), 0.0),
        lambda i: f"{market.label('buyers', i)} has {has[i]}, more than {reach[i]}",
        theorem="FIS-1",
    )
    return builder.finish()


QUESTIONS: tuple[type[Question[FisherMarket]], ...] = (AskIndirectUtilities,)
