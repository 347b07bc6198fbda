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
        from eqsolve.algorithms.programs.mixed_integer import maximize_mixed_integer

        evaluator = Evaluator(instance)
        program = _program(evaluator.view, self.max_introductions)
        answer = maximize_mixed_integer(**program, deadline=deadline, backend=self.backend)
        introduced = as_pairs([])
        if answer.values is not None:
            cells = answer.values[: evaluator.view.values.size].reshape(evaluator.view.values.shape)
            introduced = np.argwhere((cells > 0.5) & evaluator.view.candidate)
        income = evaluator.solution(introduced).revenue / instance.commission
        proved = answer.bound
        if math.isfinite(proved) and is_integral(evaluator.view.values):
            proved = math.floor(proved + 1e-4)
        elif answer.finished:
            proved = income
        return wrapped(
            self,
            evaluator,
            introduced,
            value_bound(evaluator),
            backend_bound=instance.commission * max(proved, income),
            proved_by="backend",
            limit=None if answer.finished else deadline.limit,
        )


def _program(view: View, max_introductions: int | None) -> dict[str, Any]:
    """Return the program: columns y (n m, row by row), u, p, r."""
    from scipy.sparse import coo_array

    n, m = view.values.shape
    size = n * m
    width = size + n + 2 * m
    present = view.known | view.candidate
    values = np.where(present, view.values, 0).astype(np.float64)
    top = values.max(initial=0.0)
    entries: list[tuple[int, int, float]] = []
    rhs: list[float] = []

    def row(cells: list[tuple[int, float]], bound: float) -> None:
        entries.extend((len(rhs), column, number) for column, number in cells)
        rhs.append(bound)

    def y(i: int, j: int) -> int:
        return int(i * m + j)

    for i in range(n):
        row([(y(i, j), 1.0) for j in range(m)], 1.0)
    for j in range(m):
        row([(y(i, j), 1.0) for i in range(n)], 1.0)
    worth = [(y(i, j), -values[i, j]) for i in range(n) for j in range(m)]
    duals = [(size + k, 1.0) for k in range(n + m)]
    row(duals + worth, 0.0)
    row([(column, -number) for column, number in duals + worth], 0.0)
    for i in range(n):
        for j in range(m):
            cover = [(size + i, -1.0), (size + n + j, -1.0)]
            if view.known[i, j]:
                row(cover, -values[i, j])
            elif view.candidate[i, j]:
                row([*cover, (y(i, j), values[i, j])], 0.0)
    for j in range(m):
        income = size + n + m + j
        row([(income, 1.0), (size + n + j, -1.0)], 0.0)
        sold = [(y(i, j), -top) for i in range(n) if view.candidate[i, j]]
        row([(income, 1.0), *sold], 0.0)
    if max_introductions is not None:
        cells = [(y(i, j), 1.0) for i, j in np.argwhere(view.candidate).tolist()]
        row(cells, float(max_introductions))
    upper = np.concatenate([present.ravel().astype(np.float64), np.full(n + 2 * m, top)])
    rows, columns, numbers = (np.array([entry[part] for entry in entries]) for part in range(3))
    objective: FloatArray = np.zeros(width)
    objective[size + n + m :] = 1.0
    matrix = coo_array((numbers, (rows, columns)), shape=(len(rhs), width)).tocsr()
    return {
        "objective": objective,
        "matrix": matrix,
        "rhs": np.array(rhs),
        "integer": np.arange(width) < size,
        "upper": upper,
    }
