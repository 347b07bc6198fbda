"""What each mechanism gives the average and the worst student, in one table.

Mechanisms that draw an order, and equilibria whose budgets are drawn, are run with several seeds:
figures are means over the runs, deciles are of all students of all runs. Every run is verified.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.errors import EqsolveError, OptionError, nearest_name
from eqsolve.core.limits import Deadline
from eqsolve.core.report import Report
from eqsolve.core.result import Result
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.solve import METHODS, solve

__all__ = ["COMPARED", "MechanismRow", "chosen_mechanisms", "compare_mechanisms", "draws"]

COMPARED = (
    "aceei", "course_match", "serial_dictatorship", "round_robin", "draft", "utilitarian",
    "egalitarian",
)  # fmt: skip
"""In the order of the table."""
_DRAW_ORDERS = ("serial_dictatorship", "round_robin", "draft")
_DRAW_BUDGETS = ("aceei", "course_match", "tabu")


@dataclass(frozen=True, slots=True, eq=False)
class MechanismRow:
    """One mechanism.

    Parameters
    ----------
    mechanism : its name.
    runs : how many seeds were run: 1 where nothing is drawn, 0 where none ended.
    mean : utility of a student, mean over students and runs.
    least : utility of the worst-off student, mean over the runs.
    deciles : shape (9,), of the utilities of all students of all runs.
    envy : ordered pairs with envy, mean over the runs.
    ef1_violations : those that no one course explains, likewise.
    unfilled : seats left, likewise.
    oversubscribed : seats too many, likewise; only equilibria that do not clear have any.
    error : clearing error, likewise; None without prices.
    seconds : wall time of a run, likewise.
    utilities : shape (runs, n).
    reports : what the verifier says of each run.
    reason : why it was not run, or not with every seed.
    """

    mechanism: str
    runs: int
    mean: float | None
    least: float | None
    deciles: tuple[float, ...]
    envy: float | None
    ef1_violations: float | None
    unfilled: float | None
    oversubscribed: float | None
    error: float | None
    seconds: float | None
    utilities: np.ndarray
    reports: tuple[Report, ...]
    reason: str = ""


def draws(market: CourseAllocation, mechanism: str) -> bool:
    """Return whether a mechanism draws something in this market."""
    drawn = market.incomes is not None and market.incomes.order == "random"
    return mechanism in _DRAW_ORDERS or (drawn and mechanism in _DRAW_BUDGETS)


def chosen_mechanisms(names: Sequence[str] | None) -> tuple[str, ...]:
    """Return the mechanisms to compare.

    Raises
    ------
    OptionError : one that there is not.
    """
    there = tuple(method.name for method in METHODS if method.name != "auto")
    if names is None:
        return tuple(name for name in COMPARED if name in there)
    for name in names:
        if name not in there:
            raise OptionError(f"mechanism {name!r} is none; {nearest_name(str(name), there)}")
    return tuple(names)


def compare_mechanisms(
    market: CourseAllocation,
    mechanisms: Sequence[str] | None = None,
    *,
    seeds: int = 10,
    first_seed: int = 0,
    deadline: Deadline | None = None,
) -> tuple[MechanismRow, ...]:
    """Return what each mechanism gives in a market.

    Parameters
    ----------
    market : the instance.
    mechanisms : names of methods; None: all of `COMPARED` that there are.
    seeds : runs of mechanisms that draw something.
    first_seed : the seeds are this one and those after it.
    deadline : a running clock; what it leaves no time for is named.

    Returns
    -------
    rows : one per mechanism; those that do not apply say why.

    Raises
    ------
    InstanceError : no `CourseAllocation`.
    OptionError : no such mechanism, or less than one seed.

    Notes
    -----
    Cost: a solve for each mechanism and seed. Source: Budish and Cantillon (2012). The multi-unit
    assignment problem. American Economic Review.

    Examples
    --------
    >>> market = CourseAllocation([[9, 5], [8, 1]], [1, 1], max_courses=1)
    >>> rows = compare_mechanisms(market, ["serial_dictatorship", "utilitarian"], seeds=20)
    >>> [(row.mechanism, row.runs, row.mean) for row in rows]
    [('serial_dictatorship', 20, 5.825), ('utilitarian', 1, 6.5)]
    """
    require_instance(market, CourseAllocation, "market")
    require_count(seeds, "seeds", 1)
    require_count(first_seed, "first_seed")
    clock = deadline or Deadline()
    return tuple(
        _row(market, name, range(first_seed, first_seed + seeds), clock)
        for name in chosen_mechanisms(mechanisms)
    )


def _row(
    market: CourseAllocation, name: str, seeds: Sequence[int], clock: Deadline
) -> MechanismRow:
    """Return the row of one mechanism."""
    found: list[Result[CourseAllocationSolution]] = []
    seconds = []
    reason = ""
    for seed in seeds if draws(market, name) else seeds[:1]:
        if clock.expired():
            reason = "no time was left"
            break
        start = time.perf_counter()
        try:
            result = solve(market, method=name, seed=seed, deadline=clock)
        except EqsolveError as error:
            reason = str(error)
            break
        if result.solution is None:
            reason = f"seed {seed}: {result.status.meaning}"
            break
        found.append(result)
        seconds.append(time.perf_counter() - start - result.stats.compile_time)
    solutions = [result.solution for result in found if result.solution is not None]
    utilities = np.array([solution.utilities for solution in solutions]).reshape(
        len(solutions), market.n_students
    )
    envies = [solution.envy for solution in solutions]
    errors = [s.clearing_error for s in solutions if s.clearing_error is not None]
    pooled = utilities.ravel()
    return MechanismRow(
        mechanism=name,
        runs=len(solutions),
        mean=_mean(pooled),
        least=_mean([s.least_utility for s in solutions if s.least_utility is not None]),
        deciles=tuple(np.quantile(pooled, np.arange(1, 10) / 10).tolist()) if pooled.size else (),
        envy=_mean([envy.pairs for envy in envies]),
        ef1_violations=_mean([envy.ef1_violations for envy in envies]),
        unfilled=_mean([sum(max(-e, 0) for e in s.excess) for s in solutions]),
        oversubscribed=_mean([s.oversubscribed for s in solutions]),
        error=_mean(errors),
        seconds=_mean(seconds),
        utilities=utilities,
        reports=tuple(result.check for result in found if result.check is not None),
        reason=reason,
    )


def _mean(numbers: Sequence[float] | np.ndarray) -> float | None:
    """Return the mean, None of nothing."""
    return float(np.mean(numbers)) if len(numbers) else None
