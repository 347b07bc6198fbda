"""Linear programs through HiGHS: maximize c x subject to A x <= b, x >= 0.

The call runs in a thread of its own, so that Ctrl-C and deadlines act at once whatever the
solver is doing; a run that was left behind ends by itself at the time limit given to it.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from eqsolve.algorithms.programs.in_thread import run_apart
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline

__all__ = ["LinearAnswer", "maximize_linear"]

_LEAST = 0.05
"""Least time limit in seconds; HiGHS takes 0 for none."""

_LARGE = 1e6
"""Objectives with larger entries are scaled to 1."""


class LinearAnswer(NamedTuple):
    """An optimal solution of a linear program.

    `values` of the variables, `duals` >= 0 of the rows, the optimal `objective` and the number of
    simplex `iterations`.
    """

    values: FloatArray
    duals: FloatArray
    objective: float
    iterations: int


def maximize_linear(
    objective: FloatArray, matrix: Any, rhs: FloatArray, deadline: Deadline
) -> LinearAnswer | None:
    """Return an optimal vertex and its duals, or None when the deadline came first.

    Parameters
    ----------
    objective : c, shape (k,).
    matrix : A, scipy sparse array of shape (rows, k).
    rhs : b, shape (rows,).
    deadline : when to stop.

    Raises
    ------
    BackendError : infeasible, unbounded, or a status that is not understood.

    Notes
    -----
    HiGHS works to an absolute tolerance of 1e-7, relative to the largest entry of the objective
    where that is beyond 1e6; scale the data accordingly.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> maximize_linear(np.array([3.0, 1.0]), csr_array([[1.0, 1.0]]), np.ones(1), Deadline())[2]
    3.0
    """
    if not len(objective):
        return LinearAnswer(np.zeros(0), np.zeros(len(rhs)), 0.0, 0)
    largest = float(np.abs(objective).max())
    # Scaled by a power of two, so exactly; HiGHS gives up beyond about 1e15.
    scale = 2.0 ** math.frexp(largest)[1] if largest > _LARGE else 1.0
    limit = deadline.remaining
    options: Any = {} if math.isinf(limit) else {"time_limit": max(limit, _LEAST)}

    def call() -> Any:
        from scipy.optimize import linprog

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return linprog(
                -objective / scale, A_ub=matrix, b_ub=rhs, method="highs", options=options
            )

    try:
        answer = run_apart(call, deadline.expired)
    except Exception as error:
        raise BackendError(f"HiGHS failed: {error}") from error
    if answer is None:
        return None
    if answer.status == 1 and deadline.limit is not None:
        return None
    if answer.status != 0:
        raise BackendError(f"HiGHS stopped with status {answer.status}: {answer.message}")
    duals = -answer.ineqlin.marginals * scale
    return LinearAnswer(answer.x, duals, -float(answer.fun) * scale, int(answer.nit))
