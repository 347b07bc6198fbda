"""The compact program of the theory, as it stands: for reference and for agreement tests.

Binary ``x[k,i,j]``, ``y[i,j] = sum over k of x[k,i,j]``, continuous ``pi, p, u, t, E >= 0``;
maximize the welfare subject to the matching rows and ::

    pi[i] + p[j] + t[i,j] >= v[i,j]           sum pi + sum p = sum v y
    t[i,j] <= vmax (1 - y[i,j])               t[i,j], E[i,j] <= u[k] + c[k,i,j]
    E[i,j] <= big y[i,j]                      sum u = sum E - sum c x

E is the pay of placed orders. A forbidden delivery has no x and no row. `big` bounds what a
placed order must ever be paid: vmax plus as many greatest costs as there are couriers, plus one.
Without tips ``t = 0``. 2 K n m + O(n m) rows; one call of a mixed-integer solver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate, ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Bounds, Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.delivery_market.choice import DeliveryMethod, chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution
from eqsolve.families.delivery_market.supported import cheapest_couriers, examine

__all__ = ["Compact"]

MAX_TRIPLES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Compact(DeliveryMethod):
    """The compact mixed-integer program.

    Parameters
    ----------
    backend : ``highs`` or ``scip``.
    """

    name: ClassVar[str] = "compact"
    summary: ClassVar[str] = "the compact mixed-integer program, for reference"
    theorem: ClassVar[str] = "TIP-0"
    cost: ClassVar[str] = "one mixed-integer program of 2 K n m rows"

    backend: Literal["highs", "scip"] = "highs"

    def supports(self, instance: DeliveryMarket) -> str | None:
        """Refuse large markets, odd scales and floors on cash flow."""
        from eqsolve.algorithms.programs.mixed_integer import beyond_tolerances

        triples = math.prod(instance.costs.shape)
        if triples > MAX_TRIPLES:
            return f"{triples} triples are more than {MAX_TRIPLES}"
        if self.cash_flow_floor is not None:
            return "it has no row for a floor on cash flow"
        return beyond_tolerances(instance.scale)

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        program = _program(instance)
        found = maximize_mixed_integer(
            program.objective,
            program.matrix,
            program.rhs,
            integer=program.integer,
            upper=program.upper,
            deadline=deadline,
            backend=self.backend,
        )
        bound = math.floor(found.bound + 1e-6) if _whole(instance, found.bound) else found.bound
        counts = {"rows": len(program.rhs), "columns": len(program.objective)}
        limit = None if found.finished else deadline.limit or Limit.TIME
        words = f"compact program, by {self.backend}"
        if found.values is None:
            none = found.finished
            return Outcome(
                status=Status.NO_EQUILIBRIUM if none else Status.UNKNOWN,
                limit=limit,
                bounds=Bounds() if none else Bounds(upper=bound, source="backend"),
                certificate=ExhaustionCertificate("transactions", words) if none else None,
                counts=counts,
            )
        taken = found.values[: len(program.triples[0])] > 0.5
        _, i, j = (axis[taken] for axis in program.triples)
        order = np.argsort(i, kind="stable")
        transactions = cheapest_couriers(instance, np.column_stack([i, j])[order])
        assert transactions is not None  # the program's own couriers can deliver
        examined = examine(instance, transactions)
        if examined.gain > 0:  # the backend's tolerances let an unsupported T pass
            return Outcome(
                status=Status.UNKNOWN,
                limit=limit or Limit.GAP,
                bounds=Bounds(upper=bound, source="backend"),
                counts=counts,
            )
        solution = chosen_solution(instance, examined, self.choose, None, None, deadline)
        assert solution is not None  # only a floor can rule the transactions out
        closed = found.finished and solution.welfare >= bound - 1e-6 * instance.scale
        upper = solution.welfare if closed else bound
        return Outcome(
            status=Status.SOLVED if closed else Status.FEASIBLE,
            limit=None if closed else limit or Limit.GAP,
            solution=solution,
            objective=solution.welfare,
            bounds=Bounds(lower=solution.welfare, upper=upper, source="backend"),
            certificate=BoundCertificate(upper, "backend", words),
            counts=counts,
        )


def _whole(market: DeliveryMarket, bound: float) -> bool:
    """Return whether a bound may be rounded down."""
    return market.is_exact and math.isfinite(bound)


@dataclass(frozen=True, slots=True, eq=False)
class _Program:
    """Columns: x of the deliverable triples, then pi, p, u, t, E."""

    triples: tuple[Any, ...]
    objective: FloatArray
    matrix: Any
    rhs: FloatArray
    integer: Any
    upper: FloatArray


def _program(market: DeliveryMarket) -> _Program:
    """Write the program out as ``A x <= b``."""
    from scipy import sparse

    costs = market.costs.tensor()
    values = market.values.astype(np.float64)
    n_couriers, n, m = costs.shape
    triples = np.nonzero(np.isfinite(costs))
    k, i, j = triples
    count = len(k)
    own = np.arange(count)
    top_value = float(values.max(initial=0.0))
    big = top_value + (n_couriers + 1) * float(costs[triples].max(initial=0.0))
    at_pi, at_p = count, count + n
    at_u = at_p + m
    at_t = at_u + n_couriers
    at_e = at_t + n * m
    width = at_e + n * m
    pairs = np.arange(n * m)
    pair_i, pair_j = np.divmod(pairs, max(m, 1))
    pair = i * m + j
    rows: list[Any] = []
    columns: list[Any] = []
    entries: list[Any] = []
    rhs: list[FloatArray] = []
    height = 0

    def block(right: FloatArray, *terms: tuple[Any, Any, Any]) -> None:
        """Add rows; each term is (row within the block, column, coefficient)."""
        nonlocal height
        for row, column, entry in terms:
            row = np.asarray(row)
            rows.append(row + height)
            columns.append(np.broadcast_to(column, row.shape))
            entries.append(np.broadcast_to(entry, row.shape).astype(np.float64))
        rhs.append(np.asarray(right, dtype=np.float64))
        height += len(rhs[-1])

    sides = n + m + n_couriers
    block(np.ones(sides), (i, own, 1), (n + j, own, 1), (n + m + k, own, 1))
    block(
        -values.ravel(),
        (pairs, at_pi + pair_i, -1),
        (pairs, at_p + pair_j, -1),
        (pairs, at_t + pairs, -1),
    )
    zero = np.zeros(1)
    for sign in (1, -1):
        block(
            zero,
            (np.zeros(n + m, int), at_pi + np.arange(n + m), sign),
            (np.zeros(count, int), own, -sign * values[i, j]),
        )
        block(
            zero,
            (np.zeros(n_couriers, int), at_u + np.arange(n_couriers), sign),
            (np.zeros(n * m, int), at_e + pairs, -sign),
            (np.zeros(count, int), own, sign * costs[triples]),
        )
    block(np.full(n * m, top_value), (pairs, at_t + pairs, 1), (pair, own, top_value))
    block(np.zeros(n * m), (pairs, at_e + pairs, 1), (pair, own, -big))
    for start in (at_t, at_e):
        block(costs[triples], (own, start + pair, 1), (own, at_u + k, -1))
    matrix = sparse.csr_array(
        (np.concatenate(entries), (np.concatenate(rows), np.concatenate(columns))),
        shape=(height, width),
    )
    upper = np.full(width, np.inf)
    upper[:count] = 1.0
    if not market.tips:
        upper[at_t:at_e] = 0.0
    return _Program(
        triples,
        np.append((values - costs)[triples], np.zeros(width - count)),
        matrix,
        np.concatenate(rhs),
        np.arange(width) < count,
        upper,
    )
