"""The best allocation in which every student gets one bundle, and seat prices that bound it.

Weights ``w[i, b]`` say what bundle b brings where student i gets it; we want the allocation of
greatest total weight. At seat prices ``p >= 0`` no allocation, not even of shares, brings more than

    sum_j p_j q_j + sum_i max(0, max_b w[i, b] - p(b)),

because each student's bundle brings at most its gain and its price, and seats are worth their
prices. The least such bound is the linear program over bundles, which is solved by adding each
student's best bundle at the prices so far until none gains (column generation). A mixed-integer
program picks whole bundles; what lies further below the bound than the allocation in hand cannot
be in a better one and is left out (reduced costs).

Cost: some tens of linear programs and passes over the n x B weights, then the whole-number search.
Source: Gilmore and Gomory (1961). A linear programming approach to the cutting-stock problem.
Operations Research; Bikhchandani and Ostroy (2002). The package assignment model. Journal of
Economic Theory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.bundles import MOST_ENTRIES, Bundles, count_at_most
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.wishes import FORBIDDEN

__all__ = ["Best", "Columns", "allocation_of", "listed_only", "utilities_in"]

_SURE = 1e-9
"""Share of the largest weight by which a gain must differ from another to be told from rounding."""
_MOST = 60_000
"""Bundles handed to the whole-number search; beyond, the likeliest are."""


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """What was found.

    Parameters
    ----------
    chosen : shape (n,), row of the bundle of each student, -1 for none.
    total : its weight.
    prices : shape (m,), of seats.
    bound : what they prove: no allocation brings more.
    proved : whether the whole-number search ended and nothing had been left out that could be
        better; where `bound` is larger than `total`, this is the solver's word.
    rounds : linear programs solved.
    limit : what stopped it early, or None.
    """

    chosen: IntArray
    total: float
    prices: FloatArray
    bound: float
    proved: bool
    rounds: int
    limit: Limit | None

    def vouched(self, total: float) -> tuple[float, str]:
        """Return the bound that is claimed for a total, and who vouches for it."""
        if self.bound <= total + _SURE * max(abs(total), 1.0):
            return total, "certified"
        return (total, "backend") if self.proved else (self.bound, "certified")


def listed_only(market: CourseAllocation) -> str | None:
    """Return None where all bundles can be listed, else that there are too many."""
    count = count_at_most(market) * max(market.n_students, 1)
    if count <= MOST_ENTRIES:
        return None
    return f"up to {count} bundles of students are more than the {MOST_ENTRIES} that are listed"


def utilities_in(bundles: Bundles) -> FloatArray:
    """Return students x bundles, in the market's own units; minus infinity where forbidden."""
    amounts = bundles.utilities / bundles.units.one
    found: FloatArray = np.where(bundles.utilities > FORBIDDEN, amounts, -np.inf)
    return found


def allocation_of(bundles: Bundles, chosen: IntArray) -> list[tuple[int, ...]]:
    """Return the courses of each student, from the row of its bundle or -1 for none."""
    return [
        tuple(j for j in bundles.rows[b].tolist() if j >= 0) if b >= 0 else ()
        for b in chosen.tolist()
    ]


class Columns:
    """The program of one table of weights.

    Parameters
    ----------
    weights : shape (n, B), negative infinity where a student may not have a bundle.
    rows : shape (B, k), courses of each bundle, -1 behind the last.
    seats : shape (m,).
    """

    def __init__(self, weights: FloatArray, rows: IntArray, seats: IntArray) -> None:
        self.weights, self.rows, self.seats = weights, rows, seats.astype(np.float64)
        self.sure = _SURE * float(np.max(weights, initial=1.0, where=np.isfinite(weights)))
        self.pool: set[tuple[int, int]] = set()
        self.rounds = 0

    def costs(self, prices: FloatArray) -> FloatArray:
        """Return the price of each bundle."""
        found: FloatArray = np.append(prices, 0.0)[self.rows].sum(axis=1)
        return found

    def bound(self, prices: FloatArray, gains: FloatArray) -> float:
        """Return the bound that seat prices and the students' best gains prove."""
        return float(prices @ self.seats + np.maximum(gains, 0.0).sum())

    def best(self, deadline: Deadline) -> Best:
        """Return the best allocation that is found, with its bound."""
        n, m = len(self.weights), len(self.seats)
        if not self.weights.size:
            return Best(np.full(n, -1), 0.0, np.zeros(m), 0.0, True, 0, None)
        prices, bound, limit = self.relaxed(deadline)
        held = self._whole(self._pairs(), np.full(n, -1), deadline)
        if limit is None and held.limit is None and bound - held.total > self._slack():
            held = self._widened(held, prices, bound, deadline)
        close = bound - held.total <= self._slack()
        return Best(
            held.chosen, held.total, prices, max(bound, held.total),
            close or (held.complete and limit is None), self.rounds, limit or held.limit,
        )  # fmt: skip

    def _slack(self) -> float:
        """Return the rounding of a total."""
        return self.sure * max(len(self.weights), 1)

    def relaxed(self, deadline: Deadline) -> tuple[FloatArray, float, Limit | None]:
        """Solve the linear program; return the prices of the least bound, it, and what stopped it.

        The bound is that of all allocations by shares, too; without weights it is 0.
        """
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.linear import maximize_linear

        if not self.weights.size:
            return np.zeros(len(self.seats)), 0.0, None
        n, m = len(self.weights), len(self.seats)
        prices, least = np.zeros(m), np.inf
        trial = np.zeros(m)
        floor = np.zeros(n)
        while True:
            costs = self.costs(trial)
            gains = np.empty(n)
            added = False
            for i, row in enumerate(self.weights):
                reduced = row - costs
                b = int(reduced.argmax())
                gains[i] = reduced[b]
                if gains[i] > floor[i] + self.sure and (i, b) not in self.pool:
                    self.pool.add((i, b))
                    added = True
            bound = self.bound(trial, gains)
            if bound < least:
                prices, least = trial, bound
            if not added:
                return prices, least, None
            pairs = self._pairs()
            answer = solved_or_stopped(
                maximize_linear(*self._program(pairs), deadline), "nobody gets anything"
            )
            self.rounds += 1
            if isinstance(answer, Stopped):
                return prices, least, answer.limit
            duals = np.maximum(answer.duals, 0.0)
            floor, trial = duals[:n], duals[n:]

    def _pairs(self) -> IntArray:
        """Return the pool as rows (student, bundle), sorted."""
        return np.array(sorted(self.pool), dtype=np.int64).reshape(-1, 2)

    def _program(self, pairs: IntArray) -> tuple[FloatArray, object, FloatArray]:
        """Return objective, rows and right side: one bundle each, seats."""
        from scipy.sparse import csr_array

        n, m = len(self.weights), len(self.seats)
        own = self.rows[pairs[:, 1]]
        place, at = np.nonzero(own >= 0)
        height = np.concatenate([pairs[:, 0], n + own[place, at]]).astype(np.int32)
        width = np.concatenate([np.arange(len(pairs)), place]).astype(np.int32)
        matrix = csr_array((np.ones(len(height)), (height, width)), shape=(n + m, len(pairs)))
        weights = self.weights[pairs[:, 0], pairs[:, 1]]
        return weights, matrix, np.concatenate([np.ones(n), self.seats])

    def _whole(self, pairs: IntArray, start: IntArray, deadline: Deadline) -> _Held:
        """Return the best allocation of whole bundles among some pairs."""
        from eqsolve.algorithms.programs.answer import Solved, solved_or_stopped
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        weights, matrix, right = self._program(pairs)
        first = (start[pairs[:, 0]] == pairs[:, 1]).astype(np.float64)
        answer = solved_or_stopped(
            maximize_mixed_integer(
                weights, matrix, right, integer=np.ones(len(pairs), dtype=bool),
                upper=np.ones(len(pairs)), deadline=deadline, start=first,
            ),
            "nobody gets anything",
        )  # fmt: skip
        chosen = start.copy()
        if answer.values is not None and answer.objective > self.worth(start):
            chosen[:] = -1
            taken = pairs[answer.values > 0.5]
            chosen[taken[:, 0]] = taken[:, 1]
        limit = None if isinstance(answer, Solved) else answer.limit
        return _Held(chosen, self.worth(chosen), limit is None, limit)

    def worth(self, chosen: IntArray) -> float:
        """Return the weight of an allocation."""
        has = np.flatnonzero(chosen >= 0)
        return float(self.weights[has, chosen[has]].sum())

    def _widened(self, held: _Held, prices: FloatArray, bound: float, deadline: Deadline) -> _Held:
        """Search again with every bundle that could be in an allocation better than `held`."""
        room = bound - held.total + self._slack()
        costs = self.costs(prices)
        short = np.maximum((self.weights - costs).max(axis=1), 0.0)[:, None] - (
            self.weights - costs
        )
        students, bundles = np.nonzero(short <= room)
        complete = len(students) <= _MOST
        if not complete:
            nearest = np.argsort(short[students, bundles], kind="stable")[:_MOST]
            students, bundles = students[nearest], bundles[nearest]
        self.pool.update(zip(students.tolist(), bundles.tolist(), strict=True))
        found = self._whole(self._pairs(), held.chosen, deadline)
        return _Held(found.chosen, found.total, found.complete and complete, found.limit)


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """An allocation, and whether it is the best of all that can be better than the last."""

    chosen: IntArray
    total: float
    complete: bool
    limit: Limit | None
