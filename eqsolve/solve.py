"""`solve` and `verify` for an instance of any kind."""

from __future__ import annotations

from typing import Any

from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.report import Report
from eqsolve.core.result import Result
from eqsolve.core.tolerances import Tolerances
from eqsolve.registry import family_of

__all__ = ["solve", "verify"]


def solve(
    instance: Any,
    *,
    method: str | Method[Any, Any] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[Any]:
    """Answer the question of an instance's kind, verified.

    Parameters
    ----------
    instance : an instance of any kind.
    method : a name from ``eqsolve.methods(kind)`` or a method object.
    time_limit : seconds; None takes the family's default.
    seed : for methods that draw random numbers; same seed, same answer.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : see the family's own verb for its solution, objective and certificate.

    Raises
    ------
    OptionError : not an instance of any kind.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost and source: those of the family's own verb, such as `competitive_equilibrium`.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> result = solve(AssignmentMarket([[5, 3], [4, 1]]), prices="min")
    >>> result.status.value, result.solution.prices.tolist()
    ('solved', [2, 0])
    """
    limit = {} if time_limit is None else {"time_limit": time_limit}
    result: Result[Any] = (
        family_of(instance)
        .module("solve")
        .solve(instance, method=method, seed=seed, deadline=deadline, **limit, **options)
    )
    return result


def verify(instance: Any, result: Any, *, tolerance: float = 1e-6) -> Report:
    """Recheck a result or solution from the instance alone.

    Parameters
    ----------
    instance : an instance of any kind.
    result : a result, or a bare solution of the instance's family.
    tolerance : relative tolerance for floating-point data.

    Returns
    -------
    report : one check per condition; ``report.valid``, ``report.checks``.

    Raises
    ------
    OptionError : `result` is no solution of the instance's kind, or `tolerance` is not in [0, 1).

    Notes
    -----
    Cost: as the family's ``verify`` module says; it shares no code with the solvers. Source: the
    definitions of the family, whose theorem ids the checks name.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> verify(market, solve(market)).valid
    True
    """
    Tolerances(tolerance)  # whole numbers are compared exactly and never ask for it
    family = family_of(instance)
    solution = result.solution if isinstance(result, Result) else result
    missing = solution is None and isinstance(result, Result)
    if not missing and not isinstance(solution, family.solution_type):
        expected = family.solution_type.__name__
        raise OptionError(f"{type(solution).__name__} is no {expected} and no result with one")
    report: Report = family.module("verify").verify(instance, result, tolerance=tolerance)
    return report
