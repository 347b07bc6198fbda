"""Linear programs through HiGHS: maximize c x subject to A x <= b, x >= 0.

The call runs in a thread of its own, so that Ctrl-C and deadlines act at once whatever the
solver is doing; a run that was left behind ends by itself at the time limit given to it.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from eqsolve.algorithms.programs.answer import Answer, Failed, Infeasible, Solved, Stopped
from eqsolve.algorithms.programs.in_thread import run_apart
from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit

__all__ = ["maximize_linear"]

_LEAST = 0.05
"""Least time limit in seconds; HiGHS takes 0 for none."""

_LARGE = 1e6
"""Objectives with larger entries are scaled to 1."""


_SURE = 1e-9
"""Share of its terms by which a sum must differ from 0 to be told from rounding."""


def maximize_linear(
    objective: FloatArray,
    matrix: Any,
    rhs: FloatArray,
    deadline: Deadline,
    *,
    interior: bool = False,
) -> Answer:
    """Return an optimal vertex and its duals, or why there is none.

    Parameters
    ----------
    objective : c, shape (k,).
    matrix : A, scipy sparse array of shape (rows, k).
    rhs : b, shape (rows,).
    deadline : when to stop.
    interior : begin with interior points and cross over to a vertex, which is quicker where the
        simplex method takes many small steps; it is asked where that fails.

    Returns
    -------
    answer : `Infeasible` only with a ray that was checked; unbounded programs are a failure.

    Notes
    -----
    HiGHS works to an absolute tolerance of 1e-7, relative to the largest entry of the objective
    where that is beyond 1e6; scale the data accordingly.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> program = np.array([3.0, 1.0]), csr_array([[1.0, 1.0]]), np.ones(1)
    >>> maximize_linear(*program, Deadline()).objective
    3.0
    """
    if not len(objective):
        broken = np.flatnonzero(rhs < 0)
        if len(broken):
            return Infeasible((np.arange(len(rhs)) == broken[0]).astype(np.float64))
        return Solved(np.zeros(0), 0.0, 0.0, np.zeros(len(rhs)))
    answer: Answer = Failed("not asked yet")
    for method in ("highs-ipm", "highs") if interior else ("highs",):
        answer = _optimum(objective, matrix, rhs, deadline, method)
        if not isinstance(answer, Failed):
            break
    if isinstance(answer, Infeasible):
        return _with_ray(matrix, rhs, deadline)
    return answer


def _optimum(
    objective: FloatArray, matrix: Any, rhs: FloatArray, deadline: Deadline, method: str = "highs"
) -> Answer:
    """Call HiGHS and translate its words; it may say "infeasible" without a reason."""
    if deadline.limit is not None:
        return Stopped(deadline.limit)
    largest = float(np.abs(objective).max())
    # Scaled by a power of two, so exactly; HiGHS gives up beyond about 1e15.
    scale = 2.0 ** math.frexp(largest)[1] if largest > _LARGE else 1.0
    seconds = deadline.remaining
    options: Any = {} if math.isinf(seconds) else {"time_limit": max(seconds, _LEAST)}

    def call() -> Any:
        from scipy.optimize import linprog

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return linprog(
                -objective / scale, A_ub=matrix, b_ub=rhs, method=method, options=options
            )

    try:
        answer = run_apart(call, deadline.expired)
    except Exception as error:
        return Failed(f"HiGHS failed: {error}")
    if answer is None:
        return Stopped(deadline.limit or Limit.TIME)
    if answer.status == 1:  # of time or iterations; no iteration limit is set
        return Stopped(deadline.limit or Limit.TIME)
    if answer.status == 2:
        return Infeasible()
    if answer.status != 0:
        return Failed(f"HiGHS ended with status {answer.status}: {answer.message}")
    duals = -answer.ineqlin.marginals * scale
    worth = -float(answer.fun) * scale
    if not (math.isfinite(worth) and np.isfinite(answer.x).all() and np.isfinite(duals).all()):
        return Failed("HiGHS gave numbers that are none")
    return Solved(answer.x, worth, worth, duals, int(answer.nit))


def _with_ray(matrix: Any, rhs: FloatArray, deadline: Deadline) -> Answer:
    """Return why ``A x <= b, x >= 0`` has no solution: the duals of how much it must be missed."""
    from scipy.sparse import eye_array, hstack

    height, width = matrix.shape
    missing = np.append(np.zeros(width), np.full(height, -1.0))
    elastic = hstack([matrix, -eye_array(height)]).tocsr()
    answer = _optimum(missing, elastic, rhs, deadline)
    if not isinstance(answer, Solved):
        if isinstance(answer, Infeasible):
            return Failed("HiGHS says that a program has no solution that always has one")
        return answer
    ray = np.maximum(answer.duals, 0.0)
    sizes = abs(matrix).T @ ray
    holds = (matrix.T @ ray >= -_SURE * sizes).all()
    if holds and ray @ rhs < -_SURE * (ray @ np.abs(rhs)):
        return Infeasible(ray)
    return Failed("HiGHS says that there is no solution, but cannot show why")
