"""Proportional response: spend on each good in proportion to the utility it gave last time.

``b[i,j] <- B[i] a[i,j] x[i,j]^rho / sum_k a[i,k] x[i,k]^rho`` with ``x = b / p``, ``p = sum_i b``
(linear: rho = 1; quasi-linear buyers split with the money they keep). Mirror descent on the
convex program of Shmyrev, so that the gap falls like 1/t for linear utilities (FIS-5) and
linearly for CES. O(n m) per round and no other memory: for markets too large for anything else.

Sources: Wu and Zhang 2007; Birnbaum, Devanur and Xiao 2011; Zhang 2011 (CES); Gao and Kroer 2020
(quasi-linear).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import (
    from_spending,
    out_of_reach,
    settle,
    standing,
)
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import spendable

__all__ = ["ProportionalResponse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalResponse(Method[FisherMarket, FisherSolution]):
    """Proportional response dynamics.

    Parameters
    ----------
    gap : stop at this relative gap (and when no buyer wastes more than 1e-6 of the budget).
    iterations : most rounds.
    """

    name: ClassVar[str] = "proportional_response"
    summary: ClassVar[str] = "proportional response dynamics; slow but sure, O(n m) memory"
    theorem: ClassVar[str] = "FIS-5"
    source: ClassVar[str] = (
        "Birnbaum, B., Devanur, N. R. and Xiao, L. (2011). Distributed algorithms via gradient "
        "descent for Fisher markets. ACM Conference on Electronic Commerce 2011, 127-136."
    )
    cost: ClassVar[str] = "O(n m) per round, O(1 / gap) rounds"

    gap: float = 5e-7
    iterations: int = 1_000_000

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        smooth = instance.rho is not None and instance.rho > 0
        if smooth or instance.utility in ("linear", "quasi_linear"):
            return out_of_reach(instance)
        shown = instance.utility if instance.rho is None else f"ces with rho {instance.rho:g}"
        return f"utilities are {shown}, not linear, quasi_linear or ces with rho > 0"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Run the dynamics from spending in proportion to values; `rng` is not used."""
        from eqsolve.families.fisher_market.kernels.proportional_response import respond

        market = instance
        money = spendable(market)
        values = market.utilities.astype(float)
        power = 1.0 if market.rho is None else market.rho
        values = values * market.supplies.astype(float) ** power
        totals = values.sum(axis=1, keepdims=True)
        spending = values / np.where(totals > 0, totals, 1.0) * money[:, None]
        kept = money / 2 if market.is_quasi_linear else np.zeros_like(money)
        if market.is_quasi_linear:
            spending /= 2
        rounds, batch, limit = 0, 16, None
        while True:
            allocation, prices = from_spending(market, spending, kept)
            now = standing(market, allocation, prices)
            if now.gap <= self.gap and (now.is_certified or self.gap > 1e-6):
                limit = Limit.GAP
                break
            limit = deadline.limit or (Limit.ITERATIONS if rounds >= self.iterations else None)
            if limit is not None:
                break
            batch = min(2 * batch, 4096, self.iterations - rounds)
            with deadline.watching() as stop:
                rounds += respond(
                    values, money, spending, kept, power, market.is_quasi_linear, batch, stop
                )
            deadline.publish(Progress(message=f"round {rounds}, gap {now.gap:.1e}"))
        counts = {"iterations": rounds}
        return settle(market, allocation, prices, method=self.name, limit=limit, counts=counts)
