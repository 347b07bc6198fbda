"""TIP-6: among the equilibria with given transactions, the one that serves a purpose.

For fixed transactions r = (i, j, k) the supporting buyer utilities ``pi``, prices ``p`` and wages
``u`` form a polytope. Nobody outside T has any of them, ``p = v - pi`` on T, and

- nobody underbids a carrier: ``u[r] + c[r] <= u[l] + c[l, order of r]`` for every courier l;
- tips ``max(0, v[i,j] - pi[i] - p[j])`` tempt no courier, off the placed orders:
  ``pi[i] + p[j] + u[l] >= v[i,j] - c[l,i,j]`` for every l (without tips: ``pi[i] + p[j] >= v``).

The platform's cash flow is welfare minus all ``pi`` and ``u``. Rows are generated as they are
broken. Tips are reported as the least that the chosen ``pi`` and ``p`` need.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import Choice
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.supported import Examined, build_solution, supporting_solution

__all__ = ["Chosen", "chosen_solution"]


class Chosen(NamedTuple):
    """The equilibrium with given transactions that was asked for, or why there is none yet.

    Parameters
    ----------
    solution : None where the floor is missed, or, with a `limit`, where that was not settled.
    limit : what came before the choice was made; a solution then has other supporting prices.
    """

    solution: DeliverySolution | None
    limit: Limit | None = None

    def remark(self, choose: Choice) -> tuple[str, ...]:
        """Return what the user should know, if anything."""
        if self.solution is None or self.limit is None:
            return ()
        words = "prices are others that support the same transactions"
        return (f"choose={choose} was not obeyed, {self.limit.meaning}: {words}",)


def chosen_solution(
    market: DeliveryMarket,
    examined: Examined,
    choose: Choice,
    floor: float | None,
    efficient_welfare: float | None,
    deadline: Deadline,
) -> Chosen:
    """Return the chosen equilibrium with supported transactions.

    Whether the floor can be reached is settled by the greatest cash flow that supports the
    transactions: a linear program that always has a solution, so that silence proves nothing.

    Parameters
    ----------
    examined : a support test that was passed.
    choose, floor : see `DeliveryMethod`.
    efficient_welfare : passed on to the solution.
    deadline : when to stop.

    Raises
    ------
    BackendError : the solver failed.
    """
    plain = supporting_solution(market, examined, efficient_welfare)
    met = floor is None or plain.platform_cash_flow >= floor
    if not len(examined.transactions):
        return Chosen(plain if met else None)
    if met and choose in ("none", "couriers"):
        return Chosen(plain)
    polytope = _Polytope(market, examined)
    found: _Point | Limit
    if not met:
        found = polytope.best("cash_flow", deadline)
        if isinstance(found, Limit):
            return Chosen(None, found)
        if floor is not None and polytope.cash_flow(*found) < floor - polytope.tolerance:
            return Chosen(None)
        plain = _priced(market, examined, *found, efficient_welfare)
    if choose not in ("none", "cash_flow") or met:
        if floor is not None:
            polytope.require_cash_flow(floor)
        found = polytope.best(choose, deadline)
        if isinstance(found, Limit):
            return Chosen(plain, found)
        plain = _priced(market, examined, *found, efficient_welfare)
    return Chosen(plain)


def _priced(
    market: DeliveryMarket,
    examined: Examined,
    utilities: FloatArray,
    wages: FloatArray,
    efficient_welfare: float | None,
) -> DeliverySolution:
    """Return the equilibrium with given utilities of buyers and couriers."""
    buyers, stores, couriers = examined.transactions.T
    values = market.values.astype(np.float64)
    all_utilities, prices = np.zeros(market.n_buyers), np.zeros(market.n_stores)
    all_wages = np.zeros(market.n_couriers)
    all_utilities[buyers], all_wages[couriers] = utilities, wages
    prices[stores] = values[buyers, stores] - utilities
    tips = np.maximum(values - all_utilities[:, None] - prices[None, :], 0.0)
    tips[examined.placed] = 0.0
    tips[tips < 1e-9 * market.money] = 0.0
    if not market.tips:
        tips[:] = 0.0
    return build_solution(
        market,
        examined.transactions,
        tips=tips,
        prices=prices,
        buyer_utilities=all_utilities,
        courier_utilities=all_wages,
        efficient_welfare=efficient_welfare,
    )


_Point = tuple[FloatArray, FloatArray]
"""Utilities of the buyers and wages of the couriers of the transactions."""

_Row = tuple[dict[int, float], float]
"""Coefficients by variable and the right side: sum <= right side."""


class _Polytope:
    """Supporting utilities and wages of fixed transactions, rows generated on demand.

    Variable r is pi[r], variable size + r is u[r], further ones serve the purpose.
    """

    def __init__(self, market: DeliveryMarket, examined: Examined) -> None:
        self.market, self.examined = market, examined
        self.buyers, self.stores, self.couriers = examined.transactions.T
        self.size = len(self.buyers)
        self.values = market.values.astype(np.float64)
        self.own_value = self.values[self.buyers, self.stores]
        self.order_costs = market.costs.of_orders(self.buyers, self.stores)
        self.own_cost = self.order_costs[self.couriers, np.arange(self.size)]
        self.of_buyer = {int(i): r for r, i in enumerate(self.buyers)}
        self.of_store = {int(j): r for r, j in enumerate(self.stores)}
        self.of_courier = {int(k): r for r, k in enumerate(self.couriers)}
        self.tolerance = 1e-7 * market.money
        # Solvers take 1e-7 for 0 and 1e20 for infinite: other money is counted in a power of two.
        usual = market.is_exact or market.money == 0 or 1e-2 <= market.money <= 1e6
        self.unit = 1.0 if usual else math.ldexp(1.0, math.frexp(market.money)[1])
        self.rows: dict[tuple[int, ...], _Row] = {
            (r,): ({r: 1.0}, self.own_value[r]) for r in range(self.size)
        }

    def cash_flow(self, utilities: FloatArray, wages: FloatArray) -> float:
        """Return what the platform keeps of the welfare."""
        return float((self.own_value - self.own_cost).sum() - utilities.sum() - wages.sum())

    def require_cash_flow(self, floor: float) -> None:
        """Add the row for a floor that is known to be reached."""
        nobody = np.zeros(self.size)
        everything = dict.fromkeys(range(2 * self.size), 1.0)
        self.rows[()] = (everything, self.cash_flow(nobody, nobody) - floor)

    def best(self, purpose: str, deadline: Deadline) -> _Point | Limit:
        """Return the (pi, u) that serve the purpose best, or the limit that came first."""
        objective = self._purpose(purpose)
        while True:
            answer = self._solve(objective, deadline)
            if isinstance(answer, Limit):
                return answer
            utilities = np.clip(answer[: self.size], 0.0, self.own_value)
            wages = answer[self.size : 2 * self.size]
            if not self._separate(utilities, wages):
                both = np.concatenate([utilities, wages])
                whole = np.rint(both)
                if self.market.is_exact and np.abs(whole - both).max() < 1e-6:
                    both = whole
                return both[: self.size], both[self.size :]

    def _purpose(self, purpose: str) -> FloatArray:
        """Return the objective, after adding the variables and rows that it needs."""
        size = self.size
        objective = np.zeros(2 * size)
        if purpose == "cash_flow":
            objective[:] = -1.0
        elif purpose == "buyers":
            objective[:size] = 1.0
        elif purpose == "couriers":
            objective[size:] = 1.0
        elif purpose == "least_subsidy":
            objective = np.append(objective, np.full(size, -1.0))
            for r in range(size):
                row = {r: 1.0, size + r: 1.0, 2 * size + r: -1.0}
                self.rows[-1, r] = (row, self.own_value[r] - self.own_cost[r])
        else:
            pairs = np.argwhere((self.values > 0) & ~self.examined.placed)
            for count, (i, j) in enumerate(pairs.tolist()):
                row, right = self._envy(i, j)
                self.rows[-2, i, j] = ({**row, 2 * size + count: -1.0}, right)
            objective = np.append(objective, np.full(len(pairs), -1.0))
        return objective

    def _envy(self, i: int, j: int) -> _Row:
        """Return ``-pi[i] - p[j] <= -v[i,j]`` in the variables."""
        row: dict[int, float] = {}
        right = -self.values[i, j]
        if i in self.of_buyer:
            row[self.of_buyer[i]] = -1.0
        if j in self.of_store:
            seller = self.of_store[j]
            row[seller] = row.get(seller, 0.0) + 1.0
            right += self.own_value[seller]
        return row, float(right)

    def _solve(self, objective: FloatArray, deadline: Deadline) -> FloatArray | Limit:
        """Solve over the rows so far."""
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.linear import maximize_linear
        from eqsolve.algorithms.programs.rows import Rows

        rows = Rows(len(objective))
        for row, right in self.rows.values():
            rows.at_most(right / self.unit, (0, list(row), list(row.values())))
        answer = solved_or_stopped(
            maximize_linear(objective, rows.matrix(), rows.right(), deadline),
            "the transactions are supported",
        )
        if isinstance(answer, Stopped):
            return answer.limit
        values: FloatArray = answer.values * self.unit
        return values

    def _separate(self, utilities: FloatArray, wages: FloatArray) -> int:
        """Add rows that are broken; return how many."""
        market, size = self.market, self.size
        all_wages = np.zeros(market.n_couriers)
        all_wages[self.couriers] = wages
        charge = np.zeros(market.n_buyers)
        charge[self.buyers] = utilities
        prices = np.zeros(market.n_stores)
        prices[self.stores] = self.own_value - utilities
        envy = self.values - charge[:, None] - prices[None, :]
        envy[self.examined.placed] = 0.0
        before = len(self.rows)
        if market.tips:
            pay, who = market.costs.cheapest(all_wages)
        else:
            pay, who = np.zeros_like(envy), np.full(envy.shape, -1)
        for i, j in np.argwhere(envy > pay + self.tolerance).tolist():
            row, right = self._envy(i, j)
            taker = int(who[i, j])
            if taker >= 0:
                right += float(pay[i, j] - all_wages[taker])
                if taker in self.of_courier:
                    row[size + self.of_courier[taker]] = -1.0
            self.rows[i, j, taker] = (row, right)
        offers = self.order_costs + all_wages[:, None]
        taker_of = offers.argmin(axis=0)
        lower = offers[taker_of, np.arange(size)] < wages + self.own_cost - self.tolerance
        for r in np.flatnonzero(lower).tolist():
            taker = int(taker_of[r])
            row = {size + r: 1.0}
            if taker in self.of_courier:
                row[size + self.of_courier[taker]] = -1.0
            self.rows[-3, r, taker] = (row, float(self.order_costs[taker, r] - self.own_cost[r]))
        return len(self.rows) - before
