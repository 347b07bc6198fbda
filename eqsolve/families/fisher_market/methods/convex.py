"""The Eisenberg-Gale program handed to a general convex solver: slow, plain, for every utility.

``max sum_i B[i] log u_i(x_i)`` subject to ``sum_i x[i,j] <= s[j]``; the duals of the supply rows
are the equilibrium prices (FIS-1). Quasi-linear buyers: ``max sum B log(v x + kept) - kept``.
Goods are counted in units of their supply and utilities in units of the best single good, so
that the solver sees numbers around 1. Source: Eisenberg and Gale 1959; Chen, Ye and Zhang 2007.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import from_spending, out_of_reach, settle
from eqsolve.families.fisher_market.methods.leontief import fitted
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import spendable

__all__ = ["EisenbergGale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EisenbergGale(Method[FisherMarket, FisherSolution]):
    """The convex program through cvxpy and Clarabel."""

    name: ClassVar[str] = "eisenberg_gale"
    summary: ClassVar[str] = "the convex program through cvxpy and Clarabel, every utility"
    theorem: ClassVar[str] = "FIS-1"
    source: ClassVar[str] = (
        "Eisenberg, E. and Gale, D. (1959). Consensus of subjective probabilities: the pari-mutuel "
        "method. Annals of Mathematical Statistics 30(1), 165-168."
    )
    cost: ClassVar[str] = "a cone program with n m variables"

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        return out_of_reach(instance)

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.conic import solve_conic

        market = instance
        money = spendable(market)
        buyers, goods = money > 0, (market.utilities > 0).any(axis=0)
        if not buyers.any():
            nothing = np.zeros(market.utilities.shape)
            return settle(market, nothing, np.zeros(market.n_goods), method=self.name)
        block = np.ix_(buyers, goods)
        stock, total = market.supplies[goods].astype(float), float(money.sum())
        unit = total / buyers.sum()  # the mean budget
        problem, shares, supply, kept = _program(market, block, money[buyers] / unit, total)
        start = from_spending(market, market.utilities.astype(float))
        stopped = settle(market, *start, method=self.name, limit=Limit.INTERRUPTED)
        deadline.publish(Progress(message="solving the convex program", incumbent=stopped))
        answer = solved_or_stopped(solve_conic(problem, deadline), "supplies can be shared out")
        if isinstance(answer, Stopped):
            return replace(stopped, limit=answer.limit)
        taken, duals = np.maximum(shares.value, 0.0), np.maximum(supply.dual_value, 0.0)
        counts = {"iterations": answer.iterations}
        if market.utility == "leontief":
            # Free goods have no spending to be recovered from: keep the bundles as they are.
            allocation, prices = np.zeros(market.utilities.shape), np.zeros(market.n_goods)
            needs = market.utilities[block] / stock
            level, paid = fitted(needs, money[buyers], duals * unit)
            allocation[block] = needs * level[:, None] * stock
            prices[goods] = paid / stock
        else:
            spending = np.zeros(market.utilities.shape)
            spending[block] = taken * duals * unit
            left = np.zeros(market.n_buyers)
            if kept is not None:
                left[buyers] = np.maximum(kept.value, 0.0) * unit
            allocation, prices = from_spending(market, spending, left)
        return settle(market, allocation, prices, method=self.name, limit=Limit.GAP, counts=counts)


def _program(
    market: FisherMarket, block: tuple[Any, ...], budgets: FloatArray, total: float
) -> tuple[Any, Any, Any, Any]:
    """Return the cvxpy problem, shares of supply bought, the supply rows and money kept.

    Budgets are shares of all money times their number, so that the objective's weights are near 1.
    """
    from eqsolve.algorithms.programs.conic import algebra as cp

    a = market.utilities[block].astype(float)
    stock = market.supplies[block[1].ravel()].astype(float)
    shares = cp.Variable(a.shape, nonneg=True)
    supply = cp.sum(shares, axis=0) <= 1
    rules: list[Any] = [supply]
    kept = None
    if market.utility in ("linear", "quasi_linear"):
        values = a * stock
        tops = values.max(axis=1)
        gain = cp.sum(cp.multiply(values / tops[:, None], shares), axis=1)
        objective = budgets @ cp.log(gain)
        if market.is_quasi_linear:
            kept = cp.Variable(len(budgets), nonneg=True)  # in units of the mean budget
            gain = gain + cp.multiply(total / len(budgets) / tops, kept)
            objective = budgets @ cp.log(gain) - cp.sum(kept)
    elif market.utility == "leontief":
        needs = a / stock
        level = cp.Variable(len(budgets))
        tops = needs.max(axis=1)
        rules += [shares == cp.multiply(needs / tops[:, None], cp.reshape(level, (-1, 1), "C"))]
        objective = budgets @ cp.log(level)
    elif market.rho is None:
        weights = a / a.sum(axis=1, keepdims=True) * budgets[:, None]
        wanted = np.nonzero(a)
        objective = weights[wanted] @ cp.log(shares[wanted])
    else:
        weights, wanted = a * stock**market.rho, a > 0
        weights /= weights.max(axis=1)[:, None]
        if market.rho > 0:
            sums = cp.sum(cp.multiply(weights, cp.power(shares, market.rho)), axis=1)
            objective = (budgets / market.rho) @ cp.log(sums)
        else:
            objective = 0.0
            for i, budget in enumerate(budgets):
                logs = np.log(weights[i, wanted[i]])
                terms = logs + cp.multiply(market.rho, cp.log(shares[i, wanted[i]]))
                objective = objective + budget / market.rho * cp.log_sum_exp(terms)
    return cp.Problem(cp.Maximize(objective), rules), shares, supply, kept
