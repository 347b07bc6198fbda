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
import scipy.sparse

from eqsolve.algorithms.programs.ortools_first import load_mathopt
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline

with suppress(BackendError):
    load_mathopt()  # before cvxpy, see `loading`

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


def solve_conic(problem: Any, deadline: Deadline) -> int | None:
    """Solve a cvxpy problem and fill its variables and dual values.

    Parameters
    ----------
    problem : a disciplined convex ``cvxpy.Problem``.
    deadline : polled at every iteration of the solver.

    Returns
    -------
    iterations : of the solver, or None when the deadline stopped it (nothing is filled then).

    Raises
    ------
    BackendError : the solver failed or used a word that we do not know.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cvxpy's remarks on formulation and accuracy
        data, chain, inverse = problem.get_problem_data(
            cvxpy.CLARABEL, solver_opts={"accept_unknown": True}
        )
    if deadline.expired():
        return None
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
    solution = solver.solve()
    word = str(solution.status)
    if word in _STOPPED:
        return None
    if word not in _SOLVED:
        raise BackendError(f"Clarabel ended with {word!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem.unpack_results(solution, chain, inverse)
    return int(solution.iterations)
