"""Interior-point method for Leontief markets, where a buyer's bundle is one number.

With ``x[i,j] = u[i] a[i,j]`` the Eisenberg-Gale program (FIS-1) is ``max sum B log u`` subject to
``sum_i a[i,j] u[i] <= s[j]``. Optimality, with t the unsold amounts and beta the cost of a unit:

    beta[i] u[i] = B[i],  beta = a p,  a' u + t = s,  p[j] t[j] = 0.

Mehrotra's predictor-corrector steps as in `interior`; eliminating all but u or p leaves one
positive definite matrix of size min(n, m). Prices need not be unique: the method ends at the
analytic center of those in equilibrium. O(n m min(n, m)) per iteration.
Source: Codenotti and Varadarajan 2004 (Leontief Fisher markets by convex programming).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.methods.base import out_of_reach, settle
from eqsolve.families.fisher_market.solution import FisherSolution
from eqsolve.families.fisher_market.utility import spendable

__all__ = ["LeontiefInterior", "fitted"]

_CLOSE = 1e-9
"""Residual from which an iterate is no equilibrium up to rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeontiefInterior(Method[FisherMarket, FisherSolution]):
    """Primal-dual interior point on utilities and prices.

    Parameters
    ----------
    gap : relative gap aimed at.
    iterations : most iterations.
    """

    name: ClassVar[str] = "leontief_interior"
    summary: ClassVar[str] = "interior point on utilities and prices, Leontief"
    theorem: ClassVar[str] = "FIS-1"
    source: ClassVar[str] = (
        "Codenotti, B. and Varadarajan, K. (2004). Efficient computation of equilibrium prices for "
        "markets with Leontief utilities. ICALP 2004, LNCS 3142, 371-382."
    )
    cost: ClassVar[str] = "O(n m min(n, m)) per iteration, 10 to 30 iterations"

    gap: float = 1e-12
    iterations: int = 300

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.utility == "leontief":
            return out_of_reach(instance)
        return f"utilities are {instance.utility}, not leontief"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Solve; `rng` is not used."""
        market = instance
        money = spendable(market)
        total = money.sum()
        allocation, prices = np.zeros(market.utilities.shape), np.zeros(market.n_goods)
        count, limit = 0, None
        if total > 0:
            buyers, goods = money > 0, (market.utilities > 0).any(axis=0)
            block = np.ix_(buyers, goods)
            needs = market.utilities[block] / market.supplies[goods].astype(float)
            needs /= needs.max(axis=1)[:, None]
            state = _State(needs, money[buyers] / total)
            limit = self._follow(state, deadline)
            count = state.count
            level, paid = state.u, np.where(state.p < 1e-6 * state.t, 0.0, state.p)  # free goods
            if state.distance() > _CLOSE:  # stopped early: budgets are not spent yet
                level, paid = fitted(needs, state.budgets, state.p)
            allocation[block] = needs * level[:, None] * market.supplies[goods]
            prices[goods] = paid * total / market.supplies[goods]
        counts = {"iterations": count}
        return settle(market, allocation, prices, method=self.name, limit=limit, counts=counts)

    def _follow(self, state: _State, deadline: Deadline) -> Limit | None:
        """Walk until the aim is reached, a limit is hit or rounding stops progress."""
        best, since, kept = state.distance(), 0, (state.u, state.p, state.t)
        while best > self.gap:
            if deadline.expired():
                return deadline.limit
            if state.count >= self.iterations:
                return Limit.ITERATIONS
            state.step(self.gap / 100)
            distance = state.distance()
            deadline.publish(Progress(message=f"interior point, distance {distance:.1e}"))
            since += 1
            if distance < best:
                best, since, kept = distance, 0, (state.u, state.p, state.t)
            elif since > 20 or not np.isfinite(distance):
                state.u, state.p, state.t = kept
                break
        return Limit.GAP


def fitted(
    needs: FloatArray, budgets: FloatArray, prices: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return utilities and prices at which budgets are spent exactly and supplies suffice.

    Parameters
    ----------
    needs : shape (n, m), share of each supply per unit of utility.
    budgets, prices : shapes (n,) and (m,); prices are scaled up where supplies would not do, and
        those that are next to nothing, of goods with something left over, become 0.
    """
    use = needs.T @ (budgets / (needs @ prices))
    prices = np.where(prices < 1e-6 * prices.sum() * (1.0 - use / use.max()), 0.0, prices)
    level = budgets / (needs @ prices)
    excess = float((needs.T @ level).max())
    return level / excess, prices * excess


_Step = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""Changes of u, p, beta and t."""


class _State:
    """The iterate; needs have row maxima 1, supplies are 1, budgets sum to 1."""

    def __init__(self, needs: FloatArray, budgets: FloatArray) -> None:
        self.needs, self.budgets = needs, budgets
        # Prices equal and so high that half of everything stays unsold: a centered start.
        demand = budgets / needs.sum(axis=1)
        self.p = np.full(needs.shape[1], 2.0 * (needs.T @ demand).max())
        self.beta = needs @ self.p
        self.u = budgets / self.beta
        self.t = 1.0 - needs.T @ self.u
        self.count = 0

    def distance(self) -> float:
        """Return the largest residual: budgets by buyer, value of what is unsold."""
        off = np.abs(self.budgets - self.beta * self.u) / self.budgets
        return float(np.maximum(off.max(), self.p @ self.t))

    def step(self, floor: float) -> None:
        """Take one predictor-corrector step."""
        off, short = self.budgets - self.beta * self.u, 1.0 - self.needs.T @ self.u - self.t
        solve = self._system()
        first = solve(off, short, -self.p * self.t)
        length = self._length(first, 1.0)
        before = self.p @ self.t
        du, dp, dbeta, dt = first
        after = (self.p + length * dp) @ (self.t + length * dt)
        aim = max((after / before) ** 2 * before, floor) / len(self.p)
        second = solve(off - du * dbeta, short, aim - self.p * self.t - dp * dt)
        length = self._length(second, 1.0 - min(0.1, max(1e-3, before)))
        du, dp, dbeta, dt = second
        self.u, self.p = self.u + length * du, self.p + length * dp
        self.beta, self.t = self.beta + length * dbeta, self.t + length * dt
        self.count += 1

    def _system(self) -> Callable[[FloatArray, FloatArray, FloatArray], _Step]:
        """Return a function that solves the linearized conditions."""
        a, weight, ratio = self.needs, self.beta / self.u, self.p / self.t

        def solve(off: FloatArray, short: FloatArray, rest: FloatArray) -> _Step:
            # dt = short - a' du;  dp = (rest - p dt)/t;  dbeta = a dp;  u dbeta + beta du = off
            push = (rest - self.p * short) / self.t
            if a.shape[0] <= a.shape[1]:
                matrix = (a * ratio) @ a.T
                matrix[np.diag_indices_from(matrix)] += weight
                du = _solved(matrix, off / self.u - a @ push)
                dp = push + ratio * (a.T @ du)
            else:
                matrix = a.T @ (a / weight[:, None])
                matrix[np.diag_indices_from(matrix)] += 1.0 / ratio
                right = push / ratio + a.T @ (off / self.u / weight)
                dp = _solved(matrix, right)
                du = (off / self.u - a @ dp) / weight
            return du, dp, a @ dp, short - a.T @ du

        return solve

    def _length(self, step: _Step, most: float) -> float:
        """Return the longest step that keeps everything positive, at most `most`."""
        now = (self.u, self.p, self.beta, self.t)
        steepest = [float((-part / size).max()) for part, size in zip(step, now, strict=True)]
        return most / max(most, *steepest)


def _solved(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """Solve a positive definite system after scaling its diagonal to 1."""
    scale = 1.0 / np.sqrt(np.diag(matrix))
    scaled = matrix * scale * scale[:, None]
    try:
        found = np.linalg.solve(scaled, scale * right)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(scaled, scale * right, rcond=None)[0]
    return np.asarray(scale * found)
