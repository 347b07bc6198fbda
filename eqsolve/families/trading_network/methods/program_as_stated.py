"""The program of the theory page as it stands (REV-2), for reference and agreement.

Binary y for trades, dual u, p >= 0: matching rows; ``sum u + sum p = sum v y``;
``u_i + p_j >= v_ij`` on known pairs and ``>= v_ij y_ij`` on candidates; ``r_j <= p_j`` and
``r_j <= vmax * sum of y over the candidates of j``; maximize ``sum r``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from eqsolve.core.arrays import FloatArray, is_integral
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.families.trading_network.equilibrium import View
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod, wrapped
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["Plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain(TradingMethod):
    """Hand the program of REV-2 to a solver, without start and without better bounds.

    Parameters
    ----------
    backend : solver of the program.
    """

    name: ClassVar[str] = "plain"
    summary: ClassVar[str] = "the mixed-integer program of REV-2 as it stands, for reference"
    theorem: ClassVar[str] = "REV-2"
    cost: ClassVar[str] = "exponential (REV-8)"

    backend: Literal["highs", "scip"] = "highs"

    def supports(self, instance: TradingNetwork) -> str | None:
        """Return a reason for least prices, which are not the program's, and for odd scales."""
        from eqsolve.algorithms.programs.mixed_integer import beyond_tolerances

        if self.prices == "least":
            return "the program has the greatest prices as its optimum"
        return beyond_tolerances(instance.scale) or TradingMethod.supports(self, instance)

    def run(
        self, instance: TradingNetwork, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TradingSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.algorithms.programs.answer import Stopped, solved_or_stopped
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        evaluator = Evaluator(instance)
        program = _program(evaluator.view, self.max_introductions)
        answer = solved_or_stopped(
            maximize_mixed_integer(**program, deadline=deadline, backend=self.backend),
            "nobody has to be introduced",
        )
        introduced = as_pairs([])
        if answer.values is not None:
            cells = answer.values[: evaluator.view.values.size].reshape(evaluator.view.values.shape)
            introduced = np.argwhere((cells > 0.5) & evaluator.view.candidate)
        income = evaluator.solution(introduced).revenue / instance.commission
        proved = answer.bound
        if math.isfinite(proved) and is_integral(evaluator.view.values):
            proved = math.floor(proved + 1e-4)
        elif proved - income <= 1e-6 * max(1.0, income):  # the solver's own tolerance
            proved = income
        return wrapped(
            self,
            evaluator,
            introduced,
            value_bound(evaluator),
            backend_bound=instance.commission * max(proved, income),
            proved_by="backend",
            limit=answer.limit if isinstance(answer, Stopped) else None,
        )


def _program(view: View, max_introductions: int | None) -> dict[str, Any]:
    """Return the program: columns y (n m, row by row), u, p, r."""
    from eqsolve.algorithms.programs.rows import Rows

    n, m = view.values.shape
    size = n * m
    width = size + n + 2 * m
    present = view.known | view.candidate
    values = np.where(present, view.values, 0).astype(np.float64)
    top = values.max(initial=0.0)
    pairs, buyers, sellers = np.arange(size), *np.divmod(np.arange(size), max(m, 1))
    at_u, at_p, at_r = size, size + n, size + n + m
    known, candidate = (np.flatnonzero(mask) for mask in (view.known, view.candidate))
    rows = Rows(width)
    rows.at_most(np.ones(n + m), (buyers, pairs, 1), (n + sellers, pairs, 1))
    rows.equal(0.0, (0, at_u + np.arange(n + m), 1), (0, pairs, -values.ravel()))
    for group, placed in ((known, 0.0), (candidate, 1.0)):
        each, worth = np.arange(len(group)), values.ravel()[group]
        rows.at_most(
            (placed - 1.0) * worth,
            (each, at_u + buyers[group], -1),
            (each, at_p + sellers[group], -1),
            (each, group, placed * worth),
        )
    stores = np.arange(m)
    rows.at_most(np.zeros(m), (stores, at_r + stores, 1), (stores, at_p + stores, -1))
    rows.at_most(np.zeros(m), (stores, at_r + stores, 1), (sellers[candidate], candidate, -top))
    if max_introductions is not None:
        rows.at_most(float(max_introductions), (0, candidate, 1))
    objective: FloatArray = np.zeros(width)
    objective[at_r:] = 1.0
    return {
        "objective": objective,
        "matrix": rows.matrix(),
        "rhs": rows.right(),
        "integer": np.arange(width) < size,
        "upper": np.concatenate([present.ravel().astype(np.float64), np.full(n + 2 * m, top)]),
    }
