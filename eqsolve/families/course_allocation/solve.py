"""The verb of course allocation."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.aceei import Aceei
from eqsolve.families.course_allocation.methods.auto import Auto
from eqsolve.families.course_allocation.methods.course_match import CourseMatch
from eqsolve.families.course_allocation.methods.egalitarian import Egalitarian
from eqsolve.families.course_allocation.methods.enumeration import Enumeration
from eqsolve.families.course_allocation.methods.exact import Exact
from eqsolve.families.course_allocation.methods.picking import Draft, RoundRobin
from eqsolve.families.course_allocation.methods.serial import SerialDictatorship
from eqsolve.families.course_allocation.methods.tabu import Tabu
from eqsolve.families.course_allocation.methods.utilitarian import Utilitarian
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.conditions import verify

__all__ = ["METHODS", "course_equilibrium", "course_mechanism", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto, Aceei, Tabu, CourseMatch, Exact, Enumeration, SerialDictatorship, RoundRobin, Draft,
    Utilitarian, Egalitarian,
)  # fmt: skip


def solve(
    market: CourseAllocation,
    *,
    method: str | Method[CourseAllocation, CourseAllocationSolution] = "auto",
    time_limit: float | None = 60.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[CourseAllocationSolution]:
    """Return an allocation of seats, with prices and budgets where the method is an equilibrium.

    Parameters
    ----------
    market : the instance.
    method : a name from ``eqsolve.methods("course_allocation")`` or a method object.
    time_limit : seconds.
    seed : for the order of budgets where that is random, and for methods that draw.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : an equilibrium is ``SOLVED`` at clearing error 0, or where its error is proved least,
        else ``FEASIBLE``; its objective is minus the clearing error.

    Notes
    -----
    Cost: as the method says. Source: Budish (2011); Budish, Gao, Othman, Rubinstein and Zhang
    (2023).

    Examples
    --------
    >>> market = CourseAllocation([[2, 1], [2, 1]], [1, 1], max_courses=1)
    >>> result = solve(market)
    >>> result.status.value, result.objective, result.solution.oversubscribed
    ('solved', 0.0, 0)
    """
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=CourseAllocation,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )


def course_equilibrium(
    market: CourseAllocation, **options: Any
) -> Result[CourseAllocationSolution]:
    """Return an approximate competitive equilibrium from equal incomes.

    Parameters
    ----------
    market : the instance.
    **options : as for `solve`, whose method is ``"auto"``.

    Notes
    -----
    Cost: as the method says. Source: Budish (2011). The combinatorial assignment problem.
    Journal of Political Economy.

    Examples
    --------
    >>> market = CourseAllocation([[2, 1], [2, 1]], [1, 1], max_courses=1)
    >>> course_equilibrium(market).solution.clearing_error
    0.0
    """
    return solve(market, **options)


def course_mechanism(
    market: CourseAllocation, name: str, **options: Any
) -> Result[CourseAllocationSolution]:
    """Return what a mechanism gives.

    Parameters
    ----------
    market : the instance.
    name : of a method, such as ``"draft"`` or ``"egalitarian"``.
    **options : as for `solve`.

    Raises
    ------
    OptionError : no such mechanism.

    Notes
    -----
    Cost: as the method says. Source: Budish and Cantillon (2012). The multi-unit assignment
    problem. American Economic Review.

    Examples
    --------
    >>> market = CourseAllocation([[4, 5, 5], [7, 1, 7]], [1, 2, 1])
    >>> course_mechanism(market, "round_robin", order=[1, 0]).solution.allocation
    ((1,), (0, 1, 2))
    """
    return solve(market, method=name, **options)
