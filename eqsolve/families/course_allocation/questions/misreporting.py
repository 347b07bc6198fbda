"""Whether a student gains by reporting other values than its own: a search, no proof.

One value at a time is set to 0, to a half, to just above and to twice the largest; the best change
is kept, and the search goes round again until nothing gains. Everybody else, the order and the seed
stay as they are. What is found is a manipulation; that nothing is found proves nothing, except
where the mechanism is strategy-proof anyway (CRS-9).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, InstanceError, OptionError
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Result
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.files import read, write
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import utility
from eqsolve.families.course_allocation.questions.comparing import chosen_mechanisms
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.solve import solve

__all__ = ["Misreport", "profitable_misreport", "reporting"]

_GAIN = 1e-9
"""Share of the largest value by which a report must be better to count."""


@dataclass(frozen=True, slots=True, eq=False)
class Misreport:
    """The best report that was found.

    Parameters
    ----------
    student, mechanism : whose it is, and where.
    values : shape (m,), what the student reports; its own values where nothing gains.
    truthful, lying : its true utility by reporting its own values, and by these.
    tried : reports tried.
    results : of the two.
    limit : what stopped the search early, or None.
    """

    student: int
    mechanism: str
    values: FloatArray
    truthful: float
    lying: float
    tried: int
    results: tuple[Result[CourseAllocationSolution], Result[CourseAllocationSolution]]
    limit: Limit | None

    @property
    def gain(self) -> float:
        """What the student gains, in its true utility."""
        return self.lying - self.truthful


def reporting(market: CourseAllocation, i: int, values: Sequence[float]) -> CourseAllocation:
    """Return the market in which student i reports other values.

    Examples
    --------
    >>> market = CourseAllocation([[5, 3], [4, None]], [1, 1])
    >>> reporting(market, 1, [7, 0]).values.tolist()
    [[5, 3], [7, 0]]
    """
    document = write(market)
    rows = list(document["values"])
    own = market.allowed[i].tolist()
    rows[i] = [
        value if may else None for value, may in zip(np.asarray(values).tolist(), own, strict=True)
    ]
    common: dict[str, Any] = {"name": market.name, "metadata": {}}
    return read({**document, "values": rows}, common)


def profitable_misreport(
    market: CourseAllocation,
    i: int,
    mechanism: str = "draft",
    *,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Misreport:
    """Return the best report of student i that a search finds.

    Parameters
    ----------
    market : the instance, with the true values.
    i : the student.
    mechanism : name of a method.
    seed : of the order, or of the budgets; the same in every run.
    deadline : a running clock; when it is over, the best so far comes back.
    **options : the method's settings, such as ``order``.

    Raises
    ------
    InstanceError : no `CourseAllocation`, or no such student.
    OptionError : no such mechanism.

    Notes
    -----
    Cost: about 4 m solves for each round of the search. Source: Budish and Cantillon (2012). The
    multi-unit assignment problem. American Economic Review.

    Examples
    --------
    >>> market = CourseAllocation([[5, 4, 1], [6, 5, 1]], [1, 1, 1], max_courses=2)
    >>> found = profitable_misreport(market, 0, "round_robin", order=[0, 1])
    >>> found.truthful, found.lying
    (6.0, 6.0)
    """
    require_instance(market, CourseAllocation, "market")
    whole = isinstance(i, int | np.integer) and not isinstance(i, bool)
    if not whole or not 0 <= i < market.n_students:
        raise InstanceError(Fault("i", f"must be a student, 0 to {market.n_students - 1}", value=i))
    (name,) = chosen_mechanisms([mechanism])
    search = _Search(market, int(i), name, seed, deadline or Deadline(), options)
    return search.run()


class _Search:
    """Reports of one student, tried one after the other."""

    def __init__(
        self, market: CourseAllocation, i: int, mechanism: str, seed: int, clock: Deadline,
        options: dict[str, Any],
    ) -> None:  # fmt: skip
        self.market, self.i, self.mechanism, self.seed = market, i, mechanism, seed
        self.clock, self.options = clock, options
        self.tried = 0
        self.known: dict[tuple[float, ...], tuple[float, Result[CourseAllocationSolution]]] = {}

    def run(self) -> Misreport:
        """Return the best report that is found."""
        own = self.market.values[self.i].astype(np.float64)
        best, held = own, self._outcome(own)
        truth = held
        least = _GAIN * max(self.market.scale, 1e-300)
        improved = True
        while improved and not self.clock.expired():
            improved = False
            for report in self._near(best):
                if self.clock.expired():
                    break
                found = self._outcome(report)
                if found[0] > held[0] + least:
                    best, held, improved = report, found, True
        return Misreport(
            self.i, self.mechanism, best, truth[0], held[0], self.tried, (truth[1], held[1]),
            self.clock.limit,
        )  # fmt: skip

    def _near(self, report: FloatArray) -> Iterator[FloatArray]:
        """Yield reports that differ in one value."""
        top = float(report.max(initial=0.0))
        for j in np.flatnonzero(self.market.allowed[self.i]).tolist():
            for value in (0.0, report[j] / 2, top * 1.01, 2 * top):
                if value != report[j]:
                    changed = report.copy()
                    changed[j] = value
                    yield changed

    def _outcome(self, report: FloatArray) -> tuple[float, Result[CourseAllocationSolution]]:
        """Return the true utility that a report brings, and the result."""
        key = tuple(report.tolist())
        if key not in self.known:
            self.tried += 1
            market = reporting(self.market, self.i, report.tolist())
            result = solve(
                market, method=self.mechanism, seed=self.seed, deadline=self.clock, **self.options
            )
            if result.solution is None:
                raise OptionError(f"mechanism {self.mechanism!r} gave nothing in the time left")
            own = result.solution.allocation[self.i]
            self.known[key] = (utility(self.market, self.i, own), result)
        return self.known[key]
