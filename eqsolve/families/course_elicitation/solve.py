"""The verbs of course elicitation."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.course_elicitation.instance import CourseElicitation
from eqsolve.families.course_elicitation.methods.auto import Auto
from eqsolve.families.course_elicitation.methods.elicit import Elicit
from eqsolve.families.course_elicitation.solution import ElicitationRecord
from eqsolve.families.course_elicitation.verify.conditions import verify

__all__ = ["METHODS", "elicit", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (Auto, Elicit)


def solve(
    plan: CourseElicitation,
    *,
    method: str | Method[CourseElicitation, ElicitationRecord] = "auto",
    time_limit: float | None = None,
    seed: int | None = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[ElicitationRecord]:
    """Carry out an elicitation and return its verified record.

    Parameters
    ----------
    plan : the instance, which has a seed of its own.
    method : a name from ``eqsolve.methods("course_elicitation")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : nothing is drawn by it.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : ``SOLVED`` where every student was asked all its queries and all three allocations are
        settled: equilibria that clear, or a mechanism that can be replayed. ``FEASIBLE`` where one
        clears approximately, or a limit came first; carrying it out again with the same cache goes
        on. The objective is the mean true utility of the allocation by what was learned.

    Raises
    ------
    InstanceError : no `CourseElicitation`.
    OptionError, UnsupportedError : before any work is done.
    MissingAnswerError : offline, and answers are missing; names the key of the first of each
        student.

    Notes
    -----
    Cost: three runs of the mechanism, O(bundles) per query, one request per query to a model.
    Source: Soumalias et al. (2025). LLM-Powered Preference Elicitation in Combinatorial Assignment.

    Examples
    --------
    >>> market = {"values": [[50, 30, 20], [60, 50, 10]], "capacities": [1, 2, 1]}
    >>> plan = CourseElicitation(market | {"max_courses": 2}, noise="none", queries=2)
    >>> result = solve(plan)
    >>> result.status.value, result.solution.accuracy
    ('solved', 1.0)
    """
    return solve_with(
        plan,
        METHODS,
        verify,
        instance_type=CourseElicitation,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=0 if seed is None else seed,
        deadline=deadline,
    )


def elicit(plan: CourseElicitation, **options: Any) -> Result[ElicitationRecord]:
    """Ask students which of two bundles is better, and allocate courses by what was learned.

    Parameters
    ----------
    plan : market, mistakes, queries, who answers, learner and mechanism.
    **options : ``time_limit``, ``method`` and the settings of the method ``elicit``: ``cache``,
        ``offline``, ``fresh``, ``max_cost``, ``max_requests``, ``requests_at_once``.

    Returns
    -------
    result : see `eqsolve.solve` for this kind; its solution is an `ElicitationRecord`.

    Raises
    ------
    InstanceError : no `CourseElicitation`.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost: three runs of the mechanism, O(bundles) per query, one request per query to a model.
    Source: Soumalias et al. (2024). Machine Learning-powered Course Allocation; Soumalias et al.
    (2025). LLM-Powered Preference Elicitation in Combinatorial Assignment.

    Examples
    --------
    >>> market = {"values": [[50, 30, 20], [60, 50, 10]], "capacities": [1, 2, 1]}
    >>> plan = CourseElicitation(market | {"max_courses": 2}, queries=3, seed=1)
    >>> elicit(plan).solution
    <ElicitationRecord: 6 of 6 queries, gain +23.1%>
    """
    return solve(plan, **options)
