"""Mixed-integer programs through MathOpt: maximize c x subject to A x <= b, 0 <= x <= upper.

The call runs in a thread of its own, so that Ctrl-C and deadlines act at once whatever the
solver is doing; a run that was left behind is told to stop (`apart`). Where OR-tools cannot be
loaded beside what the user has loaded, it runs in another process (`elsewhere`). HiGHS now and
then prints a line to descriptor 1, past every option; the command line keeps it out of its output.
"""

from __future__ import annotations

import math
import time
from datetime import timedelta
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from eqsolve.algorithms.programs.in_process import run_elsewhere
from eqsolve.algorithms.programs.in_thread import run_apart
from eqsolve.algorithms.programs.ortools_first import load_mathopt, too_late_for_mathopt
from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import BackendError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit

__all__ = ["MixedBackend", "MixedIntegerAnswer", "beyond_tolerances", "maximize_mixed_integer"]

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


class MixedIntegerAnswer(NamedTuple):
    """What a backend found and what it proved; two different things.

    Attributes
    ----------
    values : the best solution, or None.
    objective : its objective, -inf without one.
    bound : no solution is better, by the backend's word; -inf when proved infeasible.
    finished : whether the program was solved to the end (optimal or infeasible), as against
        stopped by the deadline.
    """

    values: FloatArray | None
    objective: float
    bound: float
    finished: bool


def maximize_mixed_integer(
    objective: FloatArray,
    matrix: Any,
    rhs: FloatArray,
    *,
    integer: BoolArray,
    upper: FloatArray,
    deadline: Deadline,
    backend: MixedBackend = "highs",
    seconds: float = math.inf,
    start: FloatArray | None = None,
    absolute_gap: float = 0.0,
    effort: float = math.inf,
) -> MixedIntegerAnswer:
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
    seconds : a further time limit for this call alone.
    start : values of the whole-number variables of a known solution, to begin with.
    absolute_gap : bound and objective may differ by this much when it stops.
    effort : most work, in the deterministic seconds of CP-SAT; the others do not know it.
        Unlike a time limit it stops at the same point every time.

    Raises
    ------
    BackendError : unbounded, failed, or a termination that is not understood.

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
        feasible = bool((rhs >= 0).all())
        worth = 0.0 if feasible else -math.inf
        return MixedIntegerAnswer(np.zeros(0) if feasible else None, worth, worth, True)
    limit = min(deadline.remaining, seconds)
    if limit <= 0:
        return MixedIntegerAnswer(None, -math.inf, math.inf, False)
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
        return there or MixedIntegerAnswer(None, -math.inf, math.inf, False)
    load_mathopt()
    from ortools.util.python.solve_interrupter import SolveInterrupter

    proto = _proto(objective, matrix, rhs, integer, upper)
    hint = None if start is None else dict(enumerate(np.where(integer, start, -1.0).tolist()))
    left = min(limit, end - _GRACE - time.monotonic())
    if left <= 0:
        return MixedIntegerAnswer(None, -math.inf, math.inf, False)
    interrupter = SolveInterrupter()
    try:
        answer = run_apart(
            lambda: _solve(proto, backend, left, hint, absolute_gap, effort, interrupter),
            lambda: time.monotonic() >= end or deadline.limit is Limit.INTERRUPTED,
            interrupter.interrupt,
        )
    except Exception as error:
        raise BackendError(f"{backend} failed: {error}") from error
    if answer is None:
        return MixedIntegerAnswer(None, -math.inf, math.inf, False)
    return _understood(answer, backend, len(objective))


def _in_time(limit: float, *program: Any, **options: Any) -> MixedIntegerAnswer:
    """Solve with a clock that starts now: clocks do not travel to other processes."""
    return maximize_mixed_integer(*program, deadline=Deadline(Limits(time=limit)), **options)


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
    return mathopt.solve(
        model,
        solver,
        params=parameters,
        model_params=model_parameters,
        interrupter=interrupter,
    )


def _understood(answer: Any, backend: str, size: int) -> MixedIntegerAnswer:
    """Translate MathOpt's words; an unknown one is an error, never a proof."""
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
    bound = float(answer.termination.objective_bounds.dual_bound)
    bound = math.inf if math.isnan(bound) or bound >= _BEYOND else bound
    if reason == reasons.OPTIMAL:
        return MixedIntegerAnswer(values, best, max(best, min(bound, math.inf)), True)
    if reason == reasons.INFEASIBLE:
        return MixedIntegerAnswer(None, -math.inf, -math.inf, True)
    if reason in (reasons.FEASIBLE, reasons.NO_SOLUTION_FOUND):
        return MixedIntegerAnswer(values, best, bound, False)
    raise BackendError(f"{backend} ended with {reason.name}: {answer.termination.detail}")
