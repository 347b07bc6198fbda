"""The one border to cvxpy with Clarabel: interruptible, and its words translated.

cvxpy reduces a problem to Clarabel's cone form; we hold the solver ourselves, so that a deadline
or Ctrl-C stops it between two of its iterations. Dual values of ``<=`` constraints are >= 0.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import suppress
from typing import Any

import clarabel
import numpy as np
import scipy.sparse

from eqsolve.algorithms.programs.answer import Answer, Failed, Infeasible, Solved, Stopped
from eqsolve.algorithms.programs.ortools_first import load_mathopt
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit

with suppress(BackendError):
    load_mathopt()  # before cvxpy, see `ortools_first`

_logging = logging.root.manager.disable
logging.disable(logging.WARNING)  # cvxpy's remark that it does without highspy
try:
    import cvxpy
    from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import dims_to_solver_cones
finally:
    logging.disable(_logging)

__all__ = ["algebra", "solve_conic"]

algebra: Any = cvxpy
"""The modelling language, for those who write programs (it has no types)."""

_cones: Any = dims_to_solver_cones

_SOLVED = {"Solved", "AlmostSolved", "InsufficientProgress"}
"""Words after which primal and dual values are there; how good they are is for us to measure."""

_STOPPED = {"CallbackTerminated", "MaxTime", "MaxIterations"}

_SURE = 1e-7
"""Share of its terms by which a sum must differ from 0 to be told from rounding."""


def solve_conic(problem: Any, deadline: Deadline) -> Answer:
    """Solve a cvxpy problem and fill its variables and dual values.

    Parameters
    ----------
    problem : a disciplined convex ``cvxpy.Problem``.
    deadline : polled at every iteration of the solver.

    Returns
    -------
    answer : `Solved` with what the solver saw (the problem's own variables are filled); after any
        other answer nothing is filled. `Infeasible` only with a ray that was checked.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cvxpy's remarks on formulation and accuracy
            data, chain, inverse = problem.get_problem_data(
                cvxpy.CLARABEL, solver_opts={"accept_unknown": True}
            )
        if deadline.limit is not None:
            return Stopped(deadline.limit)
        solution = _solver(data, deadline).solve()
        word = str(solution.status)
        if word in _STOPPED:
            default = Limit.ITERATIONS if word == "MaxIterations" else Limit.TIME
            return Stopped(deadline.limit or default)
        if word == "PrimalInfeasible":
            return _with_ray(data, np.asarray(solution.z))
        if word not in _SOLVED:
            return Failed(f"Clarabel ended with {word!r}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            problem.unpack_results(solution, chain, inverse)
    except Exception as error:
        return Failed(f"Clarabel failed: {error}")
    worth = float(solution.obj_val)
    return Solved(np.asarray(solution.x), worth, worth, iterations=int(solution.iterations))


def _solver(data: Any, deadline: Deadline) -> Any:
    """Return Clarabel with a problem in its cone form."""
    size = data["c"].size
    quadratic = data.get("P", scipy.sparse.csc_array((size, size)))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    settings.max_iter = 500
    solver = clarabel.DefaultSolver(
        scipy.sparse.triu(quadratic).tocsc(),
        data["c"],
        data["A"],
        data["b"],
        _cones(data["dims"]),
        settings,
    )
    solver.set_termination_callback(lambda info: deadline.expired())
    return solver


def _with_ray(data: Any, ray: FloatArray) -> Answer:
    """Return that ``A x + s = b`` has no s in the cone, if the ray z shows ``A'z = 0, b'z < 0``."""
    missed = -float(data["b"] @ ray)
    if missed > 0 and np.abs(data["A"].T @ ray).max(initial=0.0) <= _SURE * missed:
        return Infeasible(ray)
    return Failed("Clarabel says that there is no solution, but cannot show why")
