"""Newton's method on prices for CES markets, where demand is a smooth function of prices.

The dual of Eisenberg-Gale, ``D(p) = p.s - sum_i B_i log e_i(p)``, is convex with gradient
``s - demand(p)`` (FIS-1). In ``q = log p``, with z[j] the money spent on good j, theta[i,j] the
shares spent and sigma = 1/(1 - rho), its Hessian is
``diag(p s) + (sigma - 1) (diag(z) - sum_i B_i theta_i theta_i')``. For sigma < 1 that may be
indefinite away from the solution; with ``max(p s, z)`` in place of ``p s`` it is positive
definite and the same at the solution. Steps are halved until D falls enough.
O(n m^2 + m^3) per step, quadratic convergence. D is the dual bound at every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import from_spending, out_of_reach, settle
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import best_spending, spendable, unit_costs

__all__ = ["Newton"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newton(Method[FisherMarket, FisherSolution]):
    """Damped Newton steps on the logarithms of prices.

    Parameters
    ----------
    excess : stop when supply and demand of every good differ by at most this share.
    iterations : most Newton steps.
    """

    name: ClassVar[str] = "newton"
    summary: ClassVar[str] = "Newton's method on prices, CES"
    theorem: ClassVar[str] = "FIS-1"
    source: ClassVar[str] = (
        "Eisenberg, E. (1961). Aggregation of utility functions. Management Science 7(4), 337-350."
    )
    cost: ClassVar[str] = "O(n m^2 + m^3) per step, some 10 steps"

    excess: float = 1e-12
    iterations: int = 500

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.utility == "ces":
            return out_of_reach(instance)
        return f"utilities are {instance.utility}, not ces"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Solve; `rng` is not used."""
        market = instance
        goods: BoolArray = np.asarray((market.utilities > 0).any(axis=0))
        # The Cobb-Douglas prices of the same coefficients are positive and of the right size.
        start = from_spending(market, market.utilities.astype(float))[1]
        logs = np.log(start[goods])
        steps, limit = 0, None
        while goods.any():
            spending = self._spending(market, goods, logs)
            income, wealth = spending.sum(axis=0), np.exp(logs) * market.supplies[goods]
            with np.errstate(all="ignore"):
                off = float(np.abs(income / wealth - 1).max())
            if off <= self.excess:
                break
            limit = deadline.limit or (Limit.ITERATIONS if steps >= self.iterations else None)
            if limit is not None:
                break
            moved = self._step(market, goods, logs, spending, wealth - income)
            if moved is None:
                limit = Limit.GAP
                break
            logs, steps = moved, steps + 1
            deadline.publish(Progress(message=f"Newton, excess demand {off:.1e}"))
        spending = np.zeros(market.utilities.shape)
        spending[:, goods] = self._spending(market, goods, logs)
        allocation, prices = from_spending(market, spending)
        counts = {"iterations": steps}
        return settle(market, allocation, prices, method=self.name, limit=limit, counts=counts)

    @staticmethod
    def _prices(market: FisherMarket, goods: BoolArray, logs: FloatArray) -> FloatArray:
        """Return prices of all goods, 0 for those that nobody wants."""
        prices = np.zeros(market.n_goods)
        prices[goods] = np.exp(logs)
        return prices

    def _spending(self, market: FisherMarket, goods: BoolArray, logs: FloatArray) -> FloatArray:
        """Return money of each buyer on each wanted good at given prices."""
        shares = best_spending(market, self._prices(market, goods, logs))[:, goods]
        return np.asarray(shares * spendable(market)[:, None])

    def _dual(self, market: FisherMarket, goods: BoolArray, logs: FloatArray) -> float:
        """Return the dual objective, up to a constant."""
        money, prices = spendable(market), self._prices(market, goods, logs)
        who = money > 0
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            costs = np.log(unit_costs(market, prices)[who])
            value = float(prices @ market.supplies - money[who] @ costs)
        return value if np.isfinite(value) else np.inf

    def _step(
        self,
        market: FisherMarket,
        goods: BoolArray,
        logs: FloatArray,
        spending: FloatArray,
        gradient: FloatArray,
    ) -> FloatArray | None:
        """Return the logs after one damped step, None where rounding leaves no descent."""
        assert market.rho is not None
        sigma = 1.0 / (1.0 - market.rho)
        if not np.isfinite(gradient).all():
            return None
        income, money = spending.sum(axis=0), spending.sum(axis=1)
        rows = spending / np.sqrt(np.where(money > 0, money, 1.0))[:, None]
        hessian = (1.0 - sigma) * (rows.T @ rows)
        diagonal = np.maximum(income + gradient, income) + (sigma - 1.0) * income
        hessian[np.diag_indices_from(hessian)] += diagonal
        with np.errstate(all="ignore"):
            scale = 1.0 / np.sqrt(np.abs(np.diag(hessian)))
            scaled = hessian * scale * scale[:, None]
        if not np.isfinite(scaled).all():
            return None
        direction = -scale * np.linalg.lstsq(scaled, scale * gradient, rcond=1e-14)[0]
        slope = float(gradient @ direction)
        if not slope < 0:
            return None
        longest = float(np.abs(direction).max())
        length = min(1.0, 10.0 / longest)
        before = self._dual(market, goods, logs)
        rounding = 1e-14 * float(money.sum())
        for _ in range(60):
            after = self._dual(market, goods, logs + length * direction)
            if after <= before + 1e-4 * length * slope + rounding:
                return logs + length * direction
            length /= 2
        return None
