"""Whether an allocation is the best: by seat prices, or by looking through small markets.

At seat prices p no allocation is worth more than ``sum_j p_j q_j + sum_i max_S (u_i(S) - p(S))``.
Where ``sum_j p_j q_j + sum_i max_S ([u_i(S) > t] - p(S)) < n``, not everybody can have more than t.
The best bundles at the certificate's prices are searched for anew. Where prices leave a gap, the
best allocation is computed student by student over all states of the seats, if there are few;
beyond that it is somebody's word, and said to be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.report import ReportBuilder
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.verify.search import (
    CREDIT_SLACK,
    MOST_NODES,
    Student,
    clashes_of,
    student_of,
    utility_to,
)

__all__ = ["best_gain_of", "check_optimum"]

_MOST_STATES = 200_000
"""Bundles of all students times states of the seats that are looked through."""
_MOST_COURSES = 12
_ROUNDING = 1e-9


def check_optimum(
    builder: ReportBuilder,
    market: CourseAllocation,
    claim: Result[CourseAllocationSolution],
    solution: CourseAllocationSolution,
    worths: FloatArray,
) -> None:
    """Check objective, bounds and status of a utilitarian or egalitarian allocation."""
    total = math.fsum(worths.tolist())
    least = float(worths.min(initial=math.inf)) if len(worths) else 0.0
    fair = solution.mechanism == "egalitarian"
    value = least if fair else total
    slack = builder.tolerances.relative * max(abs(value), 1e-6 * market.scale)
    problems = []
    if claim.objective is None or not abs(claim.objective - value) <= slack:
        problems.append(f"the objective is {value:.12g}, not {claim.objective}")
    if not claim.bounds.lower <= value + slack:
        problems.append(f"the lower bound is {claim.bounds.lower:.12g}, the value {value:.12g}")
    if not claim.bounds.upper >= value - slack:
        problems.append(f"the upper bound is {claim.bounds.upper:.12g}, the value {value:.12g}")
    proof = _Proof(builder, market, claim, least if fair else -math.inf)
    ceiling = proof.least() if fair else math.inf
    sum_bound = proof.total()
    proved = ceiling if fair else sum_bound
    if claim.bounds.source == "certified" and not proved <= claim.bounds.upper + slack:
        problems.append(f"the seat prices prove {proved:.12g}, not {claim.bounds.upper:.12g}")
    best = None
    tight = sum_bound <= total + proof.slack(total) and (not fair or ceiling <= least + slack)
    solved, upper = claim.status is Status.SOLVED, claim.bounds.upper
    word = math.isfinite(upper) and claim.bounds.source != "certified"
    if (solved or word) and not tight:
        words = "that no allocation is better"
        looked = False
        with builder.search(words) as poll:
            best = _best(market, poll, fair=fair)
            looked = True
        if looked and best is None:
            builder.leave(f"{words}: the seat prices leave a gap, the rest is the solver's word")
    if best is not None:
        room = builder.tolerances.relative * max(abs(best[1]), 1.0)
        most = least if solved else upper
        if fair and best[0] > most + slack:
            problems.append(f"everybody can have {best[0]:.12g}, not only {most:.12g}")
        most = total if solved else math.inf if fair else upper
        if best[1] > most + room and (not fair or best[0] <= least + slack):
            problems.append(f"an allocation is worth {best[1]:.12g}, not only {most:.12g}")
    builder.require(
        "courses.optimum", "objective, bounds and status follow from what is proved", problems
    )


class _Proof:
    """What the certificate's seat prices prove."""

    def __init__(
        self,
        builder: ReportBuilder,
        market: CourseAllocation,
        claim: Result[CourseAllocationSolution],
        floor: float,
    ) -> None:
        self.builder, self.market, self.floor = builder, market, floor
        self.data: dict[str, Any] = getattr(claim.certificate, "data", None) or {}
        self.clash = clashes_of(market)

    def slack(self, amount: float) -> float:
        """Return the tolerance of a total."""
        return self.builder.tolerances.relative * max(abs(amount), 1e-6 * self.market.scale)

    def total(self) -> float:
        """Return the bound on the sum of utilities that `seat_prices` prove."""
        prices = self._prices("seat_prices")
        if prices is None:
            return math.inf
        gains = self._gains(prices, 0.0, self.floor - self.slack(self.floor))
        return float(prices @ self.market.capacities) + math.fsum(gains)

    def least(self) -> float:
        """Return the ceiling on the least utility, where `least_prices` prove what is told."""
        prices, told = self._prices("least_prices"), self.data.get("ceiling")
        if prices is None or not isinstance(told, int | float) or not math.isfinite(told):
            return math.inf
        above = max(told + self.slack(told), math.nextafter(told, math.inf))
        gains = self._gains(prices, 1.0, above)
        n = self.market.n_students
        reached = float(prices @ self.market.capacities) + math.fsum(max(g, 0.0) for g in gains)
        return float(told) if reached < n - 1e-9 * n or not n else math.inf

    def _prices(self, name: str) -> FloatArray | None:
        """Return prices of the certificate, or None where they are none."""
        given = self.data.get(name)
        try:
            prices = np.array(given, dtype=np.float64)
        except (TypeError, ValueError):
            return None
        good = prices.shape == (self.market.n_courses,)
        return prices if good and bool((np.isfinite(prices) & (prices >= 0)).all()) else None

    def _gains(self, prices: FloatArray, flat: float, floor: float) -> Iterator[float]:
        """Yield each student's best bundle worth at least `floor`, less its price."""
        for i in range(self.market.n_students):
            gain, complete = best_gain_of(
                student_of(self.market, i), self.clash, self.market.credits, prices, flat, floor
            )
            yield gain if complete else math.inf


def best_gain_of(
    student: Student, clash: BoolArray, credits: FloatArray, prices: FloatArray,
    flat: float, floor: float,
) -> tuple[float, bool]:  # fmt: skip
    """Return the most that a bundle worth at least `floor` brings less its price.

    Parameters
    ----------
    flat : what each such bundle counts; 0: its utility.

    Returns
    -------
    gain : minus infinity where there is no such bundle.
    complete : whether the search came to its end.
    """
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.course_allocation.verify.kernels.walks import best_gain

    usable = np.flatnonzero(student.allowed)
    net = (0.0 if flat else student.tops[usable]) - prices[usable]
    order = np.argsort(-net, kind="stable")
    courses = usable[order]
    gains = np.concatenate([[0.0], np.cumsum(np.maximum(net[order], 0.0))])
    tops = student.tops[courses]
    rest = np.append(np.cumsum(np.maximum(tops, 0.0)[::-1])[::-1], 0.0)
    work = np.zeros((2, len(student.value) + 1), dtype=np.int64)
    found = np.zeros(1)
    step = fitting(best_gain, float(len(usable)) ** 3)
    left = step(
        student, clash, credits, courses, gains, rest, prices, flat, floor, work, found, MOST_NODES
    )
    return float(found[0]), left >= 0


def _best(
    market: CourseAllocation, poll: Callable[[], None], *, fair: bool
) -> tuple[float, float] | None:
    """Return the least utility and the sum of the best allocation, None in large markets.

    Parameters
    ----------
    fair : greatest least utility first, then greatest sum; else the sum alone.
    """
    m = market.n_courses
    if m > _MOST_COURSES:
        return None
    states = math.prod(min(int(q), market.n_students) + 1 for q in market.capacities.tolist())
    bundles = [_permissible(market, i) for i in range(market.n_students)]
    if states * sum(map(len, bundles)) > _MOST_STATES:
        return None
    if not market.n_students:
        return 0.0, 0.0
    least = _through(market, bundles, poll, min, math.inf, -math.inf) if fair else -math.inf
    floor = least - _ROUNDING * max(abs(least), 1.0)
    return least, _through(market, bundles, poll, _plus, 0.0, floor)


def _plus(a: float, b: float) -> float:
    return a + b


def _through(
    market: CourseAllocation,
    bundles: list[list[tuple[tuple[int, ...], float]]],
    poll: Callable[[], None],
    join: Callable[[float, float], float],
    start: float,
    floor: float,
) -> float:
    """Return the best joined utility over all states of the seats."""
    reached = {tuple(min(int(q), market.n_students) for q in market.capacities.tolist()): start}
    for own in bundles:
        after: dict[tuple[int, ...], float] = {}
        for seats, value in reached.items():
            poll()
            for courses, worth in own:
                if worth < floor or any(seats[j] == 0 for j in courses):
                    continue
                left = tuple(q - (j in courses) for j, q in enumerate(seats))
                joined = join(value, worth)
                if joined > after.get(left, -math.inf):
                    after[left] = joined
        reached = after
    return max(reached.values(), default=-math.inf)


def _permissible(market: CourseAllocation, i: int) -> list[tuple[tuple[int, ...], float]]:
    """Return the bundles that student i may take and would, with their utilities."""
    student = student_of(market, i)
    clashes = {tuple(pair) for pair in market.conflicts.tolist()}
    found: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    whole: list[tuple[int, ...]] = [()]
    for j in np.flatnonzero(market.allowed[i]).tolist():
        for courses in list(whole):
            longer = (*courses, j)
            credit = math.fsum(market.credits[list(longer)].tolist())
            if (
                len(longer) <= student.limit
                and credit <= student.max_credits * (1 + CREDIT_SLACK)
                and not any((a, j) in clashes for a in courses)
            ):
                whole.append(longer)
                worth = utility_to(student, longer)
                found.append((longer, worth))
    return found
