"""The iterate of the interior-point method for linear markets, and one step of it.

Optimality of Eisenberg-Gale (FIS-1), with beta[i] = money per unit of utility and supplies 1:

    beta[i] u[i] = B[i],  u[i] = sum_j v[i,j] x[i,j] + money[i],  sum_i x[i,j] = 1,
    w[i,j] = p[j] - beta[i] v[i,j] >= 0,  x[i,j] w[i,j] = 0,

and for quasi-linear buyers ``slack[i] = cap[i] - beta[i] >= 0``, ``money[i] slack[i] = 0``. These
are the conditions of a linear program, save that the products beta u aim at B and not at 0 (Ye
2008). Mehrotra's predictor-corrector steps solve them. The start is on the central path of the
weights used, so it is centered whatever the data. Eliminating x and beta (or p, whichever are
more) leaves one M-matrix of size min(n, m) per step: O(n m min(n, m)) time, O(n m) memory.

Sources: Ye 2008, A path to the Arrow-Debreu competitive market equilibrium; Mehrotra 1992.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["CentralPath"]


class _Move(NamedTuple):
    """A direction: everything else follows from changes of prices and of beta."""

    dp: FloatArray
    dbeta: FloatArray


class CentralPath:
    """The iterate; see the module for the letters.

    Parameters
    ----------
    values : shape (n, m), row maxima 1, a positive number in every row and column.
    budgets : shape (n,), > 0, sum 1.
    caps : shape (n,), what a quasi-linear buyer's unit of utility costs as money kept; None for
        buyers who must spend everything.
    floor : products x w are not brought below this share of budgets, so that digits last.
    """

    def __init__(
        self, values: FloatArray, budgets: FloatArray, caps: FloatArray | None, floor: float
    ) -> None:
        n, m = values.shape
        self.values, self.budgets = np.ascontiguousarray(values), budgets
        self.has_money, self.floor = caps is not None, floor
        wanted = values > 0
        # Products x w aim at shares of row x good weights, the same share of every budget: a buyer
        # of cheap goods only must not be solved to more digits than there are.
        reach = wanted @ (wanted * budgets[:, None]).sum(axis=0)
        self.row_weights = budgets / reach
        self.x = wanted * self.row_weights[:, None]
        taken = self.x.sum(axis=0)
        self.x /= taken
        self.money = np.zeros(n) if caps is None else 2 * budgets / caps
        self.u = np.einsum("ij,ij->i", values, self.x) + self.money
        self.beta = budgets / self.u
        self.slack = np.ones(n) if caps is None else caps - self.beta
        self.p = 2 * (self.beta[:, None] * values).max(axis=0)
        self.w = np.where(wanted, self.p - self.beta[:, None] * values, 1.0)
        self.good_weights = self.p / taken
        self.total_weight = float(self.row_weights @ (wanted @ self.good_weights))
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

    def step(self) -> bool:
        """Take one predictor-corrector step in place; False where rounding leaves none."""
        with np.errstate(all="ignore"):  # what overflows is caught by `distance`
            return self._step()

    def _step(self) -> bool:
        """Take one step."""
        tables = (self.values, self.x, self.w)
        rows, columns = self.kernels.assemble(*tables, self.links)
        rows += self.u / self.beta + (self.money / self.slack if self.has_money else 0.0)
        system = _Schur(self, rows, columns)
        if not system.is_regular:
            return False
        off, goods_part = self.budgets - self.beta * self.u, self.u - self.money
        left = self.money * self.slack

        # Predictor: straight for the solution, to see how far that goes.
        first = system.solve(off / self.beta + self.u, np.full(len(self.p), -1.0))
        du, aim_rows, aim_columns, second_rows, second_columns, facts = self.kernels.predict(
            *tables, *first, self.row_weights, self.good_weights
        )
        dmoney = self._money_step(-left, first)
        primal = 1.0 / max(facts[0], _steepest(dmoney, self.money), 1.0)
        dual = 1.0 / max(facts[1], self._dual_pace(first), 1.0)
        before = facts[2] + left.sum()
        after = facts[2] + primal * facts[3] + dual * facts[4] + primal * dual * facts[5]
        if self.has_money:
            after += (self.money + primal * dmoney) @ (self.slack - dual * first.dbeta)

        # Corrector: to the part of the path that the predictor could reach, second order included.
        aim = (max(after, 0.0) / before) ** 2 * before / (self.total_weight + self.money_weight)
        aim = max(aim, self.floor)
        rest = aim * self.money_weight * self.budgets - left + dmoney * first.dbeta
        second = system.solve(
            (off - first.dbeta * (du + dmoney)) / self.beta
            - (aim * aim_rows - second_rows - goods_part)
            - (rest / self.slack if self.has_money else 0.0),
            aim * aim_columns - second_columns - 1.0,
        )
        paces = self.kernels.step_lengths(
            *tables, first, second, aim * self.row_weights, self.good_weights, self.dx
        )
        dmoney = self._money_step(rest, second)
        eager = 1.0 - min(0.1, max(1e-3, before))
        primal = eager / max(paces[0], _steepest(dmoney, self.money), eager)
        dual = eager / max(paces[1], self._dual_pace(second), eager)
        goods, self.sold, self.waste = self.kernels.advance(*tables, self.dx, *second, primal, dual)
        self.money = self.money + primal * dmoney
        self.slack = self.slack - dual * second.dbeta * self.has_money
        self.u = goods + self.money
        self.p, self.beta = self.p + dual * second.dp, self.beta + dual * second.dbeta
        self.count += 1
        return True

    def _money_step(self, rest: FloatArray, move: _Move) -> FloatArray:
        """Return the change of money kept."""
        if not self.has_money:
            return np.zeros_like(self.money)
        return (rest + self.money * move.dbeta) / self.slack

    def _dual_pace(self, move: _Move) -> float:
        """Return the largest relative decrease of beta and slack along a move."""
        pace = _steepest(move.dbeta, self.beta)
        return max(pace, _steepest(-move.dbeta, self.slack)) if self.has_money else pace


class _Schur:
    """The Newton system, reduced to the shorter side and factored.

    The matrix is ``diag(columns) - links' diag(1/rows) links`` on goods, or its mirror image on
    buyers. It is an M-matrix whose product with p (or beta) is known without cancellation, which
    is all that the factorization asks for.
    """

    def __init__(self, path: CentralPath, rows: FloatArray, columns: FloatArray) -> None:
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

    @property
    def is_regular(self) -> bool:
        """Whether the factorization is one."""
        return bool((self.pivots > 0).all() and np.isfinite(self.pivots).all())

    def solve(self, f: FloatArray, g: FloatArray) -> _Move:
        """Solve ``rows dbeta - links dp = f``, ``columns dp - links' dbeta = g``."""
        if self.by_goods:
            right = g + self.kernels.by_column(self.links, f / self.rows)
            dp = self.scale * self.kernels.solve(self.matrix, self.pivots, self.scale * right)
            return _Move(dp, (f + self.kernels.by_row(self.links, dp)) / self.rows)
        right = f + self.kernels.by_row(self.links, g / self.columns)
        dbeta = self.scale * self.kernels.solve(self.matrix, self.pivots, self.scale * right)
        return _Move((g + self.kernels.by_column(self.links, dbeta)) / self.columns, dbeta)


def _kernels(size: int) -> Any:
    """Return the module that works on tables: compiled, or numpy's where loading takes longer."""
    small = size <= 10_000
    name = "interior_plain" if small else "interior"
    return import_module(f"eqsolve.families.fisher_market.kernels.{name}")


def _steepest(change: FloatArray, now: FloatArray) -> float:
    """Return the largest relative decrease, at least 0."""
    return float(np.where(now > 0, -change / now, 0.0).max(initial=0.0))
