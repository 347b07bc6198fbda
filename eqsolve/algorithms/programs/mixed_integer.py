"""Mixed-integer programs through MathOpt: maximize c x subject to A x <= b, 0 <= x <= upper.

The call runs in a thread of its own, so that Ctrl-C and deadlines act at once whatever the
solver is doing; a run that was left behind is told to stop (`in_thread`). Where OR-tools cannot be
loaded beside what the user has loaded, it runs in another process (`in_process`). What HiGHS prints
past every option goes nowhere (`silence`).
"""

from __future__ import annotations

import math
import time
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import numpy as np

from eqsolve.algorithms.programs.answer import Answer, Failed, Infeasible, Solved, Stopped
from eqsolve.algorithms.programs.in_process import run_elsewhere
from eqsolve.algorithms.programs.in_thread import run_apart
from eqsolve.algorithms.programs.ortools_first import load_mathopt, too_late_for_mathopt
from eqsolve.algorithms.programs.silence import silence
from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit

__all__ = ["MixedBackend", "beyond_tolerances", "maximize_mixed_integer"]

MixedBackend = Literal["highs", "scip", "cp_sat"]

_GRACE = 1.0
"""Seconds that a backend may take beyond its time limit before it is left behind."""

_START = 2.0
"""Seconds that a process of its own takes to start, beyond that."""

_BEYOND = 1e100
"""Objectives and bounds from here on mean "none"."""


_SMALLEST, _LARGEST = 1e-3, 1e5
"""Between these a program's largest number lets absolute tolerances of 1e-6 mean something."""


def beyond_tolerances(scale: float) -> str | None:
    """Return why programs with numbers of this size cannot be left to the backends, or None.

    Examples
    --------
    >>> beyond_tolerances(1000.0) is None, beyond_tolerances(1e12) is None
    (True, False)
    """
    if scale == 0 or _SMALLEST <= scale <= _LARGEST:
        return None
    wanted = f"between {_SMALLEST:g} and {_LARGEST:g}"
    return f"solvers have absolute tolerances: the largest number, {scale:g}, must be {wanted}"


def maximize_mixed_integer(
    objective: FloatArray,
    matrix: Any,
    rhs: FloatArray,
    *,
    integer: BoolArray,
    upper: FloatArray,
    deadline: Deadline,
    backend: MixedBackend = "highs",
    start: FloatArray | None = None,
    absolute_gap: float = 0.0,
    effort: float = math.inf,
) -> Answer:
    """Solve a mixed-integer program to proved optimality, or as far as time allows.

    Parameters
    ----------
    objective : c, shape (k,).
    matrix : A, scipy sparse of shape (rows, k).
    rhs : b, shape (rows,).
    integer : shape (k,), which variables are whole numbers.
    upper : shape (k,), bounds from above, may be infinite; all variables are >= 0.
    deadline : when to stop.
    backend : HiGHS, SCIP, or CP-SAT (only where every variable is a whole number).
    start : values of the whole-number variables of a known solution, to begin with.
    absolute_gap : bound and objective may differ by this much when it stops.
    effort : most work, in the deterministic seconds of CP-SAT; the others do not know it.
        Unlike a time limit it stops at the same point every time.

    Returns
    -------
    answer : `Infeasible` on the backend's word; unbounded programs are a failure.

    Notes
    -----
    The relative gap is set to zero; feasibility tolerances are the backends' own (about 1e-6).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> maximize_mixed_integer(
    ...     np.array([3.0, 2.0]), csr_array([[2.0, 2.0]]), np.array([3.0]),
    ...     integer=np.array([True, True]), upper=np.ones(2), deadline=Deadline(),
    ... ).objective
    3.0
    """
    if not len(objective):
        return Solved(np.zeros(0), 0.0, 0.0) if bool((rhs >= 0).all()) else Infeasible()
    try:
        answer = _answered(
            objective, matrix, rhs, deadline, integer=integer, upper=upper, backend=backend,
            start=start, absolute_gap=absolute_gap, effort=effort,
        )  # fmt: skip
    except Exception as error:
        return Failed(f"{backend} failed: {error}")
    if isinstance(answer, Infeasible) and bool((rhs >= 0).all()):
        return Failed(f"{backend} says that there is no solution, but x = 0 is one")
    return answer


def _answered(
    objective: FloatArray,
    matrix: Any,
    rhs: FloatArray,
    deadline: Deadline,
    *,
    integer: BoolArray,
    upper: FloatArray,
    backend: MixedBackend,
    start: FloatArray | None,
    absolute_gap: float,
    effort: float,
) -> Answer:
    """Ask the backend, here or in another process; whatever breaks is raised."""
    if deadline.limit is not None:
        return Stopped(deadline.limit)
    limit = deadline.remaining
    end = time.monotonic() + limit + _GRACE  # to write the program down takes time too
    if too_late_for_mathopt():
        call = partial(
            _in_time, limit, objective, matrix, rhs, integer=integer, upper=upper,
            backend=backend, start=start, absolute_gap=absolute_gap, effort=effort,
        )  # fmt: skip
        late = end + _START
        there = run_elsewhere(
            call, lambda: time.monotonic() >= late or deadline.limit is Limit.INTERRUPTED
        )
        return there or Stopped(deadline.limit or Limit.TIME)
    load_mathopt()
    from ortools.util.python.solve_interrupter import SolveInterrupter

    proto = _proto(objective, matrix, rhs, integer, upper)
    hint = None if start is None else dict(enumerate(np.where(integer, start, -1.0).tolist()))
    left = min(limit, end - _GRACE - time.monotonic())
    if left <= 0:
        return Stopped(deadline.limit or Limit.TIME)
    interrupter = SolveInterrupter()
    answer = run_apart(
        lambda: _solve(proto, backend, left, hint, absolute_gap, effort, interrupter),
        lambda: time.monotonic() >= end or deadline.limit is Limit.INTERRUPTED,
        interrupter.interrupt,
    )
    if answer is None:
        return Stopped(deadline.limit or Limit.TIME)
    default = Limit.TIME if math.isinf(effort) else Limit.ITERATIONS
    return _understood(answer, backend, len(objective), deadline.limit or default)


def _in_time(limit: float, *program: Any, **options: Any) -> Answer:
    """Solve with a clock that starts now: clocks do not travel to other processes."""
    limits = Limits(time=limit if math.isfinite(limit) else None)
    return maximize_mixed_integer(*program, deadline=Deadline(limits), **options)


def _proto(
    objective: FloatArray, matrix: Any, rhs: FloatArray, integer: BoolArray, upper: FloatArray
) -> Any:
    """Return the program as a MathOpt message, filled from arrays at once."""
    from ortools.math_opt import model_pb2

    n_rows, n_columns = matrix.shape
    proto = model_pb2.ModelProto()
    columns = proto.variables
    columns.ids.extend(range(n_columns))
    columns.lower_bounds.extend([0.0] * n_columns)
    columns.upper_bounds.extend(upper.tolist())
    columns.integers.extend(integer.tolist())
    proto.objective.maximize = True
    used = np.flatnonzero(objective)
    proto.objective.linear_coefficients.ids.extend(used.tolist())
    proto.objective.linear_coefficients.values.extend(objective[used].tolist())
    rows = proto.linear_constraints
    rows.ids.extend(range(n_rows))
    rows.lower_bounds.extend([-math.inf] * n_rows)
    rows.upper_bounds.extend(rhs.tolist())
    entries = matrix.tocsr()
    entries.sum_duplicates()
    entries.sort_indices()
    entries.eliminate_zeros()
    coordinates = entries.tocoo()
    cells = proto.linear_constraint_matrix
    cells.row_ids.extend(coordinates.row.tolist())
    cells.column_ids.extend(coordinates.col.tolist())
    cells.coefficients.extend(coordinates.data.tolist())
    return proto


def _solve(
    proto: Any,
    backend: MixedBackend,
    limit: float,
    hint: dict[int, float] | None,
    absolute_gap: float,
    effort: float,
    interrupter: Any,
) -> Any:
    """Run MathOpt in this thread; a negative number in `hint` means "no hint"."""
    from ortools.math_opt.python import mathopt
    from ortools.sat import sat_parameters_pb2

    sat = sat_parameters_pb2.SatParameters()
    if math.isfinite(effort):
        sat.max_deterministic_time = effort
    solver = {
        "highs": mathopt.SolverType.HIGHS,
        "scip": mathopt.SolverType.GSCIP,
        "cp_sat": mathopt.SolverType.CP_SAT,
    }[backend]
    parameters = mathopt.SolveParameters(
        cp_sat=sat,
        relative_gap_tolerance=0.0,
        absolute_gap_tolerance=absolute_gap,
        threads=None if backend == "highs" else 1,  # HiGHS refuses the word; others: repeatable
        time_limit=None if math.isinf(limit) else timedelta(seconds=max(limit, 0.01)),
    )
    model = mathopt.Model.from_model_proto(proto)
    model_parameters = mathopt.ModelSolveParameters()
    if hint is not None:
        values = {model.get_variable(k): value for k, value in hint.items() if value >= 0}
        model_parameters.solution_hints.append(mathopt.SolutionHint(variable_values=values))
    with silence():
        return mathopt.solve(
            model,
            solver,
            params=parameters,
            model_params=model_parameters,
            interrupter=interrupter,
        )


def _understood(answer: Any, backend: str, size: int, limit: Limit) -> Answer:
    """Translate MathOpt's words; an unknown one is a failure, never a proof.

    Parameters
    ----------
    limit : what stopped it, if something did.
    """
    from ortools.math_opt.python import mathopt

    reasons = mathopt.TerminationReason
    reason = answer.termination.reason
    values = None
    best = -math.inf
    if answer.has_primal_feasible_solution():
        solution = answer.solutions[0].primal_solution
        values = np.zeros(size)
        for variable, amount in solution.variable_values.items():
            values[variable.id] = amount
        best = float(solution.objective_value)
        if not (math.isfinite(best) and np.isfinite(values).all()):
            return Failed(f"{backend} gave numbers that are none")
    bound = float(answer.termination.objective_bounds.dual_bound)
    if math.isnan(bound) or abs(bound) >= _BEYOND:  # it said nothing; no less with the wrong sign
        bound = math.inf
    if reason == reasons.OPTIMAL and values is not None:
        return Solved(values, best, best if math.isinf(bound) else max(best, bound))
    if reason == reasons.INFEASIBLE and values is None:
        return Infeasible()
    if reason in (reasons.FEASIBLE, reasons.NO_SOLUTION_FOUND):
        return Stopped(limit, values, best, max(best, bound))
    return Failed(f"{backend} ended with {reason.name}: {answer.termination.detail}")
