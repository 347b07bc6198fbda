"""The plain linear program of the assignment game through HiGHS: the reference.

Its matching polytope is integral and its row duals are prices (Shapley and Shubik 1971; BIP-5).
HiGHS is right to seven digits only, so its prices start an exact search, which normally finds
nothing left to do; its objective is kept as an independent check. With capacities the exact search
is that of `flow`, from nothing. Slow: for small markets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import BackendError
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.methods.base import (
    AssignmentMethod,
    exact_equilibrium,
    sparse_weights,
)
from eqsolve.families.assignment_market.methods.flow import Flow
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["LinearProgram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearProgram(AssignmentMethod):
    """Linear program by HiGHS, finished exactly."""

    name: ClassVar[str] = "linear_program"
    summary: ClassVar[str] = "plain linear program through HiGHS, finished exactly; the reference"
    theorem: ClassVar[str] = "BIP-5"
    source: ClassVar[str] = (
        "Koopmans, T. C. and Beckmann, M. (1957). Assignment problems and the location of economic "
        "activities. Econometrica 25(1), 53-76."
    )
    cost: ClassVar[str] = "a linear program with n + m rows and a column per edge"
    takes_capacities: ClassVar[bool] = True

    def run(
        self, instance: AssignmentMarket, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[AssignmentSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.linear import maximize_linear
        from eqsolve.algorithms.programs.rows import Rows

        n, m = instance.n_buyers, instance.n_sellers
        indptr, indices, weights = sparse_weights(instance)
        useful = np.flatnonzero(weights > 0)
        unit = float(weights.max(initial=0)) or 1.0
        buyer = np.searchsorted(indptr, useful, side="right") - 1
        own = np.arange(len(useful))
        rows = Rows(len(useful))
        right = np.concatenate(instance.capacities).astype(np.float64)
        rows.at_most(right, (buyer, own, 1), (n + indices[useful], own, 1))
        if instance.has_capacities:  # otherwise a pair cannot trade twice anyway
            rows.at_most(np.ones(len(useful)), (own, own, 1))
        answer = solved_or_stopped(
            maximize_linear(weights[useful] / unit, rows.matrix(), rows.right(), deadline),
            "nobody has to trade",
        )
        if isinstance(answer, Stopped):
            return Incumbent(method=self.name).outcome(answered=False, limit=answer.limit)
        counts = {"lp_objective": answer.objective * unit, "lp_iterations": answer.iterations}
        start = np.maximum(answer.duals[n : n + m] * unit, 0)
        if instance.is_integral:
            start = np.rint(start).astype(np.int64)
        if instance.has_capacities:
            exact = Flow(prices=self.prices).run(instance, deadline, rng)
            outcome = replace(exact, method=self.name, counts=counts)
        else:
            outcome = exact_equilibrium(
                instance, self.prices, start, deadline, method=self.name, counts=counts
            )
        welfare = outcome.objective
        if welfare is not None and abs(welfare - counts["lp_objective"]) > 1e-6 * max(
            unit, abs(welfare)
        ):
            raise BackendError(
                f"HiGHS found {counts['lp_objective']}, exact search found {welfare}"
            )
        return outcome
