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
from eqsolve.core.errors import BackendError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.choice import chosen_solution
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.scales import out_of_reach
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
        return beyond_tolerances(instance.scale) or out_of_reach(instance)

    def run(
        self, instance: DeliveryMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DeliverySolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.programs.answer import Failed, Infeasible, Stopped
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
        if isinstance(found, Failed):
            raise BackendError(found.text)
        counts = {"rows": len(program.rhs), "columns": len(program.objective)}
        words = f"compact program, by {self.backend}"
        held: Incumbent[DeliverySolution] = Incumbent(method=self.name, counts=counts)
        if isinstance(found, Infeasible):
            if instance.tips and not instance.costs.has_forbidden:
                raise BackendError(f"{self.backend} finds no equilibrium, but one exists (TIP-1)")
            return held.no_equilibrium(ExhaustionCertificate("transactions", words))
        bound = math.floor(found.bound + 1e-6) if _whole(instance, found.bound) else found.bound
        limit = found.limit if isinstance(found, Stopped) else None
        held.prove(bound, "backend")
        if found.values is None:
            return held.outcome(answered=False, limit=limit)
        taken = found.values[: len(program.triples[0])] > 0.5
        _, i, j = (axis[taken] for axis in program.triples)
        order = np.argsort(i, kind="stable")
        transactions = cheapest_couriers(instance, np.column_stack([i, j])[order])
        assert transactions is not None  # the program's own couriers can deliver
        examined = examine(instance, transactions)
        if examined.gain > 0:  # the backend's tolerances let an unsupported T pass
            return held.outcome(answered=False, limit=limit or Limit.GAP)
        chosen = chosen_solution(instance, examined, self.choose, None, None, deadline)
        solution = chosen.solution
        assert solution is not None  # only a floor can rule the transactions out
        closed = limit is None and solution.welfare >= bound - 1e-6 * instance.money
        upper = solution.welfare if closed else bound
        held.offer(solution, solution.welfare)
        held.remarks = chosen.remark(self.choose)
        held.prove(upper, "backend", BoundCertificate(upper, "backend", words))
        return held.outcome(
            answered=closed and chosen.limit is None,
            limit=chosen.limit or (None if closed else limit or Limit.GAP),
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
    from eqsolve.algorithms.programs.rows import Rows

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
    rows = Rows(width)
    sides = n + m + n_couriers
    rows.at_most(np.ones(sides), (i, own, 1), (n + j, own, 1), (n + m + k, own, 1))
    rows.at_most(
        -values.ravel(),
        (pairs, at_pi + pair_i, -1),
        (pairs, at_p + pair_j, -1),
        (pairs, at_t + pairs, -1),
    )
    rows.equal(0.0, (0, at_pi + np.arange(n + m), 1), (0, own, -values[i, j]))
    rows.equal(
        0.0, (0, at_u + np.arange(n_couriers), 1), (0, at_e + pairs, -1), (0, own, costs[triples])
    )
    rows.at_most(np.full(n * m, top_value), (pairs, at_t + pairs, 1), (pair, own, top_value))
    rows.at_most(np.zeros(n * m), (pairs, at_e + pairs, 1), (pair, own, -big))
    for start in (at_t, at_e):
        rows.at_most(costs[triples], (own, start + pair, 1), (own, at_u + k, -1))
    upper = np.full(width, np.inf)
    upper[:count] = 1.0
    if not market.tips:
        upper[at_t:at_e] = 0.0
    return _Program(
        triples,
        np.append((values - costs)[triples], np.zeros(width - count)),
        rows.matrix(),
        rows.right(),
        np.arange(width) < count,
        upper,
    )
