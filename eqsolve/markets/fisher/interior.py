"""Interior-point method for linear and quasi-linear markets: the fast way to a small gap.

Optimality of Eisenberg-Gale (FIS-1), with beta[i] = money per unit of utility and supplies 1:

    beta[i] u[i] = B[i],  u[i] = sum_j v[i,j] x[i,j] + money[i],  sum_i x[i,j] = 1,
    w[i,j] = p[j] - beta[i] v[i,j] >= 0,  x[i,j] w[i,j] = 0,

and for quasi-linear buyers ``slack[i] = cap[i] - beta[i] >= 0``, ``money[i] slack[i] = 0``. These
are the conditions of a linear program, save that the products beta u aim at B and not at 0 (Ye
2008). Mehrotra's predictor-corrector steps solve them. The start is on the central path of the
weights used, so it is centered whatever the data. Eliminating x and beta (or p, whichever are
more) leaves one positive definite matrix of size min(n, m) per iteration:
O(n m min(n, m)) time, O(n m) memory, some 20 to 50 iterations.

Sources: Ye 2008, A path to the Arrow-Debreu competitive market equilibrium; Mehrotra 1992.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.markets.fisher.instance import FisherMarket
from eqsolve.markets.fisher.outcome import from_spending, settle
from eqsolve.markets.fisher.solution import FisherSolution
from eqsolve.markets.fisher.utility import spendable

__all__ = ["InteriorPoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InteriorPoint(Method[FisherMarket, FisherSolution]):
    """Primal-dual interior point with a Schur complement of size min(n, m).

    Parameters
    ----------
    gap : relative gap aimed at; the answer is usually far better.
    iterations : most iterations.
    """

    name: ClassVar[str] = "interior_point"
    summary: ClassVar[str] = "interior point with elimination, linear and quasi-linear"
    theorem: ClassVar[str] = "FIS-1"
    cost: ClassVar[str] = "O(n m min(n, m)) per iteration, 20 to 50 iterations"

    gap: float = 1e-12
    iterations: int = 300

    def supports(self, instance: FisherMarket) -> str | None:
        """Return why the method does not apply, or None."""
        if instance.utility in ("linear", "quasi_linear"):
            return None
        return f"utilities are {instance.utility}, not linear or quasi_linear"

    def run(
        self, instance: FisherMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[FisherSolution]:
        """Solve; `rng` is not used."""
        market = instance
        money = spendable(market)
        total = money.sum()
        spending = np.zeros(market.utilities.shape)
        kept = np.zeros(market.n_buyers) if market.is_quasi_linear else None
        count, limit = 0, None
        if total > 0:
            buyers, goods = money > 0, (market.utilities > 0).any(axis=0)
            block = np.ix_(buyers, goods)
            values = market.utilities[block] * market.supplies[goods].astype(float)
            tops = values.max(axis=1)
            caps = tops / total if market.is_quasi_linear else None
            path = _Path(values / tops[:, None], money[buyers] / total, caps, self.gap / 100)
            limit = self._follow(path, deadline)
            count = path.count
            spending[block] = _without_dust(path.x * path.p, path.budgets)
            if kept is not None and caps is not None:
                kept[buyers] = path.money * caps
        allocation, prices = from_spending(market, spending, kept)
        counts = {"iterations": count}
        return settle(market, allocation, prices, method=self.name, limit=limit, counts=counts)

    def _follow(self, path: _Path, deadline: Deadline) -> Limit | None:
        """Walk until the aim is reached, a limit is hit or rounding stops progress."""
        best, since, kept = path.distance(), 0, path.save()
        while best > self.gap:
            if deadline.expired():
                return deadline.limit
            if path.count >= self.iterations:
                return Limit.ITERATIONS
            path.step()
            distance = path.distance()
            deadline.publish(Progress(message=f"interior point, distance {distance:.1e}"))
            since += 1
            if distance < best:
                best, since = distance, 0
                kept = path.save()
            elif since > (8 if best < 1e-5 else 50) or not np.isfinite(distance):
                path.restore(kept)  # rounding has the better of us
                break
        return Limit.GAP


class _Path:
    """The iterate; see the module for the letters. Values have row maxima 1, budgets sum to 1."""

    def __init__(
        self, values: FloatArray, budgets: FloatArray, caps: FloatArray | None, floor: float
    ) -> None:
        n, m = values.shape
        self.values, self.budgets = np.ascontiguousarray(values), budgets
        self.has_money, self.floor = caps is not None, floor
        wanted = values > 0
        self.x = wanted * budgets[:, None]
        self.x /= self.x.sum(axis=0)
        self.money = np.zeros(n) if caps is None else 2 * budgets / caps
        self.u = np.einsum("ij,ij->i", values, self.x) + self.money
        self.beta = budgets / self.u
        self.slack = np.ones(n) if caps is None else caps - self.beta
        self.p = 2 * (self.beta[:, None] * values).max(axis=0)
        self.w = np.where(wanted, self.p - self.beta[:, None] * values, 1.0)
        self.good_weights = self.p / self.p.sum()
        self.sold = np.ones(m)
        self.waste = np.einsum("ij,ij->i", self.x, self.w)
        self.money_weight = 0.0 if caps is None else m**-0.5
        self.links, self.dx = np.empty((n, m)), np.empty((n, m))
        self.count = 0
        self.kernels = _kernels(n * m)

    def distance(self) -> float:
        """Return the largest residual: waste and budget by buyer, sales by good."""
        waste = self.waste + (self.money * self.slack if self.has_money else 0.0)
        off = np.abs(self.budgets - self.beta * self.u)
        parts = ((waste / self.budgets).max(), (off / self.budgets).max(), abs(self.sold - 1).max())
        return float("inf") if np.isnan(parts).any() else float(max(parts))

    def save(self) -> tuple[FloatArray, ...]:
        """Return what is needed to come back here for good."""
        return self.x.copy(), self.p, self.money

    def restore(self, kept: tuple[FloatArray, ...]) -> None:
        """Go back to a saved point."""
        self.x, self.p, self.money = kept

    def step(self) -> None:
        """Take one predictor-corrector step in place."""
        tables = (self.values, self.x, self.w)
        rows, columns = self.kernels.assemble(*tables, self.links)
        rows += self.u / self.beta + (self.money / self.slack if self.has_money else 0.0)
        system = _Schur(self, rows, columns)
        off, short = self.budgets - self.beta * self.u, 1.0 - self.sold
        goods_part = self.u - self.money
        money_left = self.money * self.slack
        first = system.solve(off / self.beta + goods_part + self.money, -self.sold - short)
        du, aim_rows, aim_columns, second_rows, second_columns, facts = self.kernels.predict(
            *tables, *first, self.budgets, self.good_weights
        )
        dmoney = self._money_step(-money_left, first[1])
        primal = min(1.0, 1.0 / max(facts[0], _steepest(dmoney, self.money), 1.0))
        dual = min(1.0, 1.0 / max(facts[1], self._dual_pace(first[1]), 1.0))
        before = facts[2] + money_left.sum() * self.has_money
        after = facts[2] + primal * facts[3] + dual * facts[4] + primal * dual * facts[5]
        if self.has_money:
            after += (self.money + primal * dmoney) @ (self.slack - dual * first[1])
        aim = (max(after, 0.0) / before) ** 2 * before / (1.0 + self.money_weight)
        aim = max(aim, self.floor)
        money_rest = aim * self.money_weight * self.budgets - money_left + dmoney * first[1]
        if not self.has_money:
            money_rest = np.zeros_like(money_left)
        second = system.solve(
            (off - first[1] * (du + dmoney)) / self.beta
            - (aim * aim_rows - second_rows - goods_part)
            - money_rest / self.slack,
            aim * aim_columns - second_columns - self.sold - short,
        )
        paces = self.kernels.step_lengths(
            *tables, first, second, aim * self.budgets, self.good_weights, self.dx
        )
        dmoney = self._money_step(money_rest, second[1])
        eager = 1.0 - min(0.1, max(1e-3, before))
        primal = eager / max(paces[0], _steepest(dmoney, self.money), eager)
        dual = eager / max(paces[1], self._dual_pace(second[1]), eager)
        goods, self.sold, self.waste = self.kernels.advance(*tables, self.dx, *second, primal, dual)
        self.money = self.money + primal * dmoney
        self.slack = self.slack - dual * second[1] * self.has_money
        self.u = goods + self.money
        self.p, self.beta = self.p + dual * second[0], self.beta + dual * second[1]
        self.count += 1

    def _money_step(self, rest: FloatArray, dbeta: FloatArray) -> FloatArray:
        """Return the change of money kept."""
        return (rest + self.money * dbeta) / self.slack

    def _dual_pace(self, dbeta: FloatArray) -> float:
        """Return the largest relative decrease of beta and slack along `dbeta`."""
        pace = _steepest(dbeta, self.beta)
        return max(pace, _steepest(-dbeta, self.slack)) if self.has_money else pace


class _Schur:
    """The Newton system, reduced to the shorter side and factored.

    The matrix is ``diag(columns) - links' diag(1/rows) links`` on goods, or its mirror image on
    buyers. It is an M-matrix whose product with p (or beta) is known without cancellation, which
    is all that the factorization asks for.
    """

    def __init__(self, path: _Path, rows: FloatArray, columns: FloatArray) -> None:
        self.links, self.rows, self.columns = path.links, rows, columns
        self.kernels = path.kernels
        self.by_goods = len(columns) <= len(rows)
        pull = path.money * (1.0 + path.beta / path.slack)
        if self.by_goods:
            half = np.multiply(path.links, (1.0 / np.sqrt(rows))[:, None], out=path.dx)
            half *= path.p
            self.scale = path.p
            self.matrix = half.T @ half
            margin = path.sold + self.kernels.by_column(path.links, pull / rows)
        else:
            half = np.multiply(path.links, 1.0 / np.sqrt(columns), out=path.dx)
            half *= path.beta[:, None]
            self.matrix, self.scale = half @ half.T, path.beta
            margin = pull + self.kernels.by_row(path.links, path.sold / columns)
        self.pivots = self.kernels.factor(self.matrix, margin * self.scale)

    def solve(self, f: FloatArray, g: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solve ``rows dbeta - links dp = f``, ``columns dp - links' dbeta = g``."""
        if self.by_goods:
            right = g + self.kernels.by_column(self.links, f / self.rows)
            dp = self.scale * self.kernels.solve(self.matrix, self.pivots, self.scale * right)
            return dp, (f + self.kernels.by_row(self.links, dp)) / self.rows
        right = f + self.kernels.by_row(self.links, g / self.columns)
        dbeta = self.scale * self.kernels.solve(self.matrix, self.pivots, self.scale * right)
        return (g + self.kernels.by_column(self.links, dbeta)) / self.columns, dbeta


def _kernels(size: int) -> Any:
    """Return the module that works on tables: compiled, or numpy's where loading takes longer."""
    small = size <= 1000
    return import_module(f"eqsolve.kernels.fisher_{'small' if small else 'interior'}")


def _steepest(change: FloatArray, now: FloatArray) -> float:
    """Return the largest relative decrease, at least 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(now > 0, -change / now, 0.0).max(initial=0.0))


def _without_dust(spending: FloatArray, budgets: FloatArray) -> FloatArray:
    """Drop money that is next to nothing both for its buyer and for its good."""
    speck = 1e-11
    small = (spending < speck * budgets[:, None]) & (spending < speck * spending.sum(axis=0))
    return np.where(small, 0.0, spending)
