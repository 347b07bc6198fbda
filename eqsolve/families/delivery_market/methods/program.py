"""The program of transactions: best welfare over matchings of three sides, with extra rows.

Binary ``x[k,i,j]`` (courier k carries the order of buyer i from store j), every agent in at most
one; maximize the sum of ``v[i,j] - c[k,i,j]``. Without further rows its optimum is the efficient
welfare. The search adds rows that every equilibrium fulfils (`cuts`), in terms of orders placed,
couriers at work, and wages ``u[k] >= 0``, which are bounded by ::

    u[k] <= big * (k works),     u[k] <= u[l] + sum over (i,j) of (c[l,i,j] - c[k,i,j]) x[k,i,j]

Method: the linear relaxation by column generation (all triples are priced at once), then the
triples whose reduced cost lies within `width` of zero, as a mixed-integer program. A solution
with any other triple is worth less than ``bound - width``: when the optimum found is no less,
it is the optimum over all triples; else `width` grows to what the optimum found needs. Usually
a few hundred of the K n m triples are left. NP-hard; source of the idea: reduced-cost fixing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.instance import DeliveryMarket

if TYPE_CHECKING:
    from eqsolve.algorithms.programs.answer import Infeasible, Solved, Stopped
    from eqsolve.algorithms.programs.mixed_integer import MixedBackend

__all__ = ["Answer", "Backend", "Cut", "Program", "Relaxation"]

Backend = Literal["auto", "highs", "scip", "cp_sat"]

_COLUMNS_PER_AGENT = 4
"""Triples in the first mixed-integer program, per agent: small enough to be solved at once."""

_EFFORT = 20.0
"""Deterministic seconds that CP-SAT gets under ``auto``; SCIP takes over after that."""

_MOST_FOR_CP_SAT = 650
"""Triples beyond which SCIP comes first under ``auto``: its linear bounds are worth more there."""

_ROUNDING = 1e-3
"""Added to a relaxation's bound before it is rounded down: more than its tolerances can miss."""

_ENTERING = 1500
"""Most triples that enter the relaxation in one round."""


class Cut(NamedTuple):
    """A row ``sum orders*y + sum wages*u + sum busy*(k works) >= least`` of every equilibrium.

    `orders` has shape (n, m), `wages` and `busy` shape (K,).
    """

    orders: FloatArray
    wages: FloatArray
    busy: FloatArray
    least: float


class Relaxation(NamedTuple):
    """Optimum of the relaxation: bound, reduced gain of every triple, duals of the three sides.

    `bound` is -inf where the rows contradict each other. `whole` holds the transactions where the
    relaxation found whole numbers, which then solve the program, else None.
    """

    bound: float
    reduced: FloatArray
    buyers: FloatArray
    stores: FloatArray
    whole: IntArray | None = None


class Answer(NamedTuple):
    """Best transactions (None: none found), their welfare, a bound, and what stopped the search.

    Without a `limit` the search was finished: no transactions beat these, or the floor.
    """

    transactions: IntArray | None
    welfare: float
    bound: float
    limit: Limit | None = None

    @property
    def finished(self) -> bool:
        """Whether it was proved that nothing is better."""
        return self.limit is None


@dataclass(slots=True)
class Program:
    """Transactions of a market under rows that may be added.

    Parameters
    ----------
    market : the market.
    allowed : shape (n, m), orders that may be placed; all by default.
    backend : who solves the mixed-integer programs; ``auto``: for whole numbers CP-SAT, which
        treats them exactly, then SCIP where it takes too long; else, and for large programs, SCIP.
    count_costs : whether costs count in the objective; they always tell what can be delivered.

    Attributes
    ----------
    cuts : rows added so far.
    passes : pairs (k, l) whose wage row is present.
    idle : couriers whose wage is bounded by whether they work.
    columns : triples in the last mixed-integer program.
    nodes : mixed-integer programs solved.
    """

    market: DeliveryMarket
    backend: Backend = "auto"
    allowed: BoolArray | None = None
    count_costs: bool = True
    cuts: list[Cut] = field(default_factory=list)
    passes: dict[tuple[int, int], None] = field(default_factory=dict)
    idle: dict[int, None] = field(default_factory=dict)
    columns: int = 0
    programs: int = 0
    rounds: int = 0
    _costs: FloatArray = field(init=False)
    _gains: FloatArray = field(init=False)
    _active: BoolArray = field(init=False)
    _big: float = field(init=False)

    def __post_init__(self) -> None:
        market = self.market
        self._costs = market.costs.tensor()
        if self.allowed is not None:
            self._costs[:, ~self.allowed] = np.inf
        charged = self._costs if self.count_costs else np.where(np.isinf(self._costs), np.inf, 0.0)
        self._gains = market.values - charged
        finite = np.where(np.isinf(self._costs), 0.0, self._costs)
        n_couriers, n_buyers, n_stores = self._costs.shape
        spare = n_couriers > min(n_buyers, n_stores) and not market.costs.has_forbidden
        steps = 1 if spare else max(1, min(n_buyers, n_stores, n_couriers))
        self._big = float(market.values.max(initial=0) + steps * finite.max(initial=0.0)) + 1.0
        self._active = np.zeros(self._costs.shape, dtype=bool)
        if self._costs.size:
            for axis in range(3):
                best = np.argsort(-self._gains, axis=axis, kind="stable")
                best = np.take(best, range(min(2, self._costs.shape[axis])), axis=axis)
                np.put_along_axis(self._active, best, True, axis=axis)
            self._active &= np.isfinite(self._costs)

    def solve(self, deadline: Deadline, floor: float = -math.inf) -> Answer:
        """Return the best transactions under the rows present, or proof that none beat `floor`.

        Parameters
        ----------
        deadline : when to stop.
        floor : welfare that is reached anyway: triples that cannot beat it are left out.
        """
        from eqsolve.algorithms.programs.answer import Infeasible, Stopped

        relaxed = self.relax(deadline)
        if relaxed is None:
            return Answer(None, -math.inf, math.inf, deadline.limit or Limit.TIME)
        bound = self._rounded(relaxed.bound)
        if bound <= floor or bound == -math.inf:
            return Answer(None, -math.inf, max(bound, floor))
        if relaxed.whole is not None:
            k, i, j = relaxed.whole.T
            welfare = float(self._gains[k, i, j].sum())
            return Answer(_by_buyer(i, j, k), welfare, welfare)
        distance = -relaxed.reduced
        open_triples = np.isfinite(distance)
        total = int(open_triples.sum())
        first = _COLUMNS_PER_AGENT * sum(self._costs.shape)
        width = math.inf
        if total > first:
            width = max(float(np.partition(distance[open_triples], first)[first]), 0.0)
        small = 1e-7 * max(1.0, self.market.money)
        while True:
            width = min(width, relaxed.bound - floor)
            chosen = open_triples & (distance <= width + small)
            triples = np.nonzero(chosen)
            self.columns, self.programs = len(triples[0]), self.programs + 1
            matrix, rhs = self._rows(triples)
            found = self._mixed_integer(triples, matrix, rhs, deadline)
            outside = -math.inf if self.columns == total else relaxed.bound - width
            if isinstance(found, Infeasible):
                if self.columns == total or width >= relaxed.bound - floor:
                    return Answer(None, -math.inf, floor)
                width = max(4 * width, small)
                continue
            stopped = found.limit if isinstance(found, Stopped) else None
            limit = max(self._rounded(found.bound), self._rounded(outside))
            if found.values is None:
                return Answer(None, -math.inf, min(limit, bound), stopped or Limit.TIME)
            work = found.values[: self.columns] > 0.5
            k, i, j = (axis[work] for axis in triples)
            welfare = float(self._gains[k, i, j].sum())
            rows = _by_buyer(i, j, k)
            if stopped is not None:
                return Answer(rows, welfare, min(limit, bound), stopped)
            if welfare >= self._rounded(outside) - small:
                return Answer(rows, welfare, welfare)
            width = relaxed.bound - welfare

    def _mixed_integer(
        self, triples: tuple[IntArray, ...], matrix: Any, rhs: FloatArray, deadline: Deadline
    ) -> Solved | Infeasible | Stopped:
        """Solve the program over some triples; a backend that stops hands its best on."""
        from eqsolve.algorithms.programs.answer import Failed, Infeasible, Solved
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        count = len(triples[0])
        wages = matrix.shape[1] - count
        best: Stopped | None = None
        failures = []
        for backend, effort in self._backends(count):
            found = maximize_mixed_integer(
                np.append(self._gains[triples], np.zeros(wages)),
                matrix,
                rhs,
                integer=np.append(np.ones(count, bool), np.full(wages, self.market.is_exact)),
                upper=np.append(np.ones(count), np.full(wages, self._big)),
                deadline=deadline,
                backend=backend,
                start=None if best is None else best.values,
                effort=effort,
            )
            if isinstance(found, Infeasible) and best is not None and best.values is not None:
                found = Failed(f"{backend} finds no transactions where another solver found some")
            if isinstance(found, Solved | Infeasible):
                return found
            if isinstance(found, Failed):
                failures.append(found.text)
            elif best is not None and best.objective > found.objective:
                best = replace(best, bound=min(best.bound, found.bound), limit=found.limit)
            else:
                best = found
        if best is None:
            raise BackendError("; ".join(failures))
        return best

    def _backends(self, count: int) -> list[tuple[MixedBackend, float]]:
        """Return who is asked, in turn, about `count` triples, and how much work each may do."""
        if self.backend != "auto":
            return [(self.backend, math.inf)]
        if not self.market.is_exact or count > _MOST_FOR_CP_SAT:
            return [("scip", math.inf)]
        return [("cp_sat", _EFFORT), ("scip", math.inf)]

    def relax(self, deadline: Deadline) -> Relaxation | None:
        """Return the optimum of the linear relaxation over all triples; None at the deadline."""
        _, n_buyers, n_stores = self._costs.shape
        feasible = False  # first find out whether the cuts can be fulfilled at all
        if not self.cuts:
            feasible = True
        while True:
            if deadline.expired():
                return None
            self.rounds += 1
            triples = np.nonzero(self._active)
            found = self._linear(triples, feasible, deadline)
            if found is None:
                return None
            objective, duals, amounts = found
            gains = self._gains if feasible else np.where(np.isfinite(self._gains), 0.0, -np.inf)
            reduced = self._priced(gains, duals)
            # What cuts lack is counted in shares of their own coefficients, not in money.
            unit = max(1.0, self.market.money) if feasible else 1.0
            tolerance = 1e-9 * unit
            entering = (reduced > tolerance) & ~self._active
            count = int(entering.sum())
            if not feasible and objective > -1e-7:
                feasible = True
                continue
            if count == 0:
                if not feasible:
                    return Relaxation(-math.inf, reduced, duals[:0], duals[:0])
                buyers = duals[:n_buyers]
                stores = duals[n_buyers : n_buyers + n_stores]
                used = amounts[: len(triples[0])]
                settled = bool((np.abs(used - np.rint(used)) < 1e-9).all())
                whole = np.column_stack([axis[used > 0.5] for axis in triples])
                return Relaxation(objective, reduced, buyers, stores, whole if settled else None)
            if count > _ENTERING:
                limit = np.partition(reduced[entering], -_ENTERING)[-_ENTERING]
                entering &= reduced >= limit
            self._active |= entering

    def _linear(
        self, triples: tuple[IntArray, ...], feasible: bool, deadline: Deadline
    ) -> tuple[float, FloatArray, FloatArray] | None:
        """Solve the relaxation over some triples; phase one minimizes what cuts lack."""
        from scipy import sparse

        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.linear import maximize_linear

        matrix, rhs = self._rows(triples)
        n_columns = matrix.shape[1]
        gains = np.append(self._gains[triples], np.zeros(n_columns - len(triples[0])))
        if not feasible:
            sizes = np.abs(rhs[matrix.shape[0] - len(self.cuts) :])
            if n_columns:
                rows = abs(matrix[matrix.shape[0] - len(self.cuts) :])
                sizes = np.maximum(sizes, rows.max(axis=1).toarray().ravel())
            lacking = sparse.csr_array(
                (
                    -np.where(sizes > 0, sizes, 1.0),
                    (
                        np.arange(len(self.cuts)) + (matrix.shape[0] - len(self.cuts)),
                        np.arange(len(self.cuts)),
                    ),
                ),
                shape=(matrix.shape[0], len(self.cuts)),
            )
            matrix = sparse.hstack([matrix, lacking]).tocsr()
            gains = np.append(np.zeros(n_columns), np.full(len(self.cuts), -1.0))
        words = "every row is fulfilled by no transactions, or may be missed"
        answer = solved_or_stopped(maximize_linear(gains, matrix, rhs, deadline), words)
        if isinstance(answer, Stopped):
            return None
        return answer.objective, np.maximum(answer.duals, 0.0), answer.values

    def _rows(self, triples: tuple[IntArray, ...]) -> tuple[Any, FloatArray]:
        """Return the rows ``A (x, u) <= b``: sides, idle couriers, passed orders, cuts."""
        from eqsolve.algorithms.programs.rows import Rows

        k, i, j = triples
        n_couriers, n_buyers, n_stores = self._costs.shape
        count = len(k)
        own = np.arange(count)
        wages = bool(self.idle or self.passes or self.cuts)
        rows = Rows(count + (n_couriers if wages else 0))
        rows.at_most(
            np.ones(n_buyers + n_stores + n_couriers),
            (i, own, 1),
            (n_buyers + j, own, 1),
            (n_buyers + n_stores + k, own, 1),
        )
        for courier in self.idle:
            rows.at_most(
                0.0, (0, np.flatnonzero(k == courier), -self._big), (0, count + courier, 1)
            )
        for giver, taker in self.passes:
            mine = np.flatnonzero(k == giver)
            extra = self._extra(giver, taker)[i[mine], j[mine]]
            rows.at_most(0.0, (0, mine, -extra), (0, [count + giver, count + taker], [1, -1]))
        for cut in self.cuts:
            rows.at_most(
                -cut.least,
                (0, own, -(cut.orders[i, j] + cut.busy[k])),
                (0, count + np.arange(n_couriers), -cut.wages),
            )
        return rows.matrix(), rows.right()

    def _extra(self, giver: int, taker: int) -> FloatArray:
        """Return ``c[taker] - c[giver]``, `big` where the taker cannot, 0 where nobody asks."""
        with np.errstate(invalid="ignore"):
            extra = self._costs[taker] - self._costs[giver]
        extra = np.where(np.isinf(self._costs[taker]), self._big, extra)
        return np.where(np.isinf(self._costs[giver]), 0.0, np.minimum(extra, self._big))

    def _priced(self, gains: FloatArray, duals: FloatArray) -> FloatArray:
        """Return the reduced gain of every triple at the duals of the rows."""
        n_couriers, n_buyers, n_stores = self._costs.shape
        top = n_buyers + n_stores + n_couriers
        orders = -duals[:n_buyers, None] - duals[None, n_buyers : n_buyers + n_stores]
        couriers = -duals[n_buyers + n_stores : top]
        for courier in self.idle:
            couriers[courier] += self._big * duals[top]
            top += 1
        passed = []
        for giver, taker in self.passes:
            if duals[top]:
                passed.append((giver, duals[top] * self._extra(giver, taker)))
            top += 1
        for cut in self.cuts:
            if duals[top]:
                orders += duals[top] * cut.orders
                couriers += duals[top] * cut.busy
            top += 1
        reduced = gains + orders + couriers[:, None, None]
        for giver, amount in passed:
            reduced[giver] += amount
        return reduced

    def _rounded(self, bound: float) -> float:
        """Return the bound, rounded down where every welfare is a whole number."""
        if not self.market.is_exact or not math.isfinite(bound):
            return bound
        return math.floor(bound + _ROUNDING)


def _by_buyer(i: IntArray, j: IntArray, k: IntArray) -> IntArray:
    """Return transactions as rows (buyer, store, courier) by rising buyer."""
    rows = np.column_stack([i, j, k]).astype(np.int64)
    return rows[np.argsort(i, kind="stable")]
