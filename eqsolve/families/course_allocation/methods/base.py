"""Base of the methods, and how an equilibrium becomes an outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import Certificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit, Status
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import solved
from eqsolve.families.course_allocation.methods.stepping import Place
from eqsolve.families.course_allocation.solution import CourseAllocationSolution

__all__ = ["CourseMethod", "Held", "solved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseMethod(Method[CourseAllocation, CourseAllocationSolution]):
    """Base of the methods."""

    source: ClassVar[str] = (
        "Budish, E. (2011). The combinatorial assignment problem: Approximate competitive "
        "equilibrium from equal incomes. Journal of Political Economy."
    )


@dataclass(slots=True, eq=False)
class Held:
    """The best equilibrium that a method found so far, and the path to it.

    Parameters
    ----------
    market : the instance.
    method : name of the method.
    initial : shape (n,), budgets before any perturbation.
    deadline : told of each improvement.
    share : of the time, after which nothing more is sought.
    best : the step with the least error.
    trace : clearing error of each step.
    """

    market: CourseAllocation
    method: str
    initial: FloatArray
    deadline: Deadline
    share: float = 1.0
    best: Place | None = None
    trace: list[float] = field(default_factory=list)
    counts: dict[str, int | float | str] = field(default_factory=dict)

    def is_over(self) -> bool:
        """Return whether the time for the search is over."""
        return self.deadline.spent(self.share)

    def offer(self, place: Place) -> bool:
        """Record a step; keep it if it is the best so far, and return whether it is."""
        self.trace.append(place.error)
        if self.best is not None and place.error >= self.best.error:
            return False
        self.best = place
        self.deadline.publish(
            Progress(message=f"clearing error {place.error:.3g}", objective=0.0 - place.error)
        )
        return True

    def outcome(
        self,
        *,
        limit: Limit | None = None,
        proved: bool = False,
        certificate: Certificate | None = None,
        source: str = "exhaustive",
        remarks: tuple[str, ...] = (),
    ) -> Outcome[CourseAllocationSolution]:
        """Return the best that is held: solved at error 0, or where it is proved least.

        Parameters
        ----------
        limit : what stopped the method.
        proved : whether no error is less.
        certificate, source : the proof, and who vouches for it.
        """
        if self.best is None:
            return Outcome(status=Status.UNKNOWN, limit=limit, method=self.method)
        error = self.best.error
        solution = solved(
            self.market,
            self.best.allocation,
            prices=self.best.prices,
            initial_budgets=self.initial,
            budgets=self.best.budgets,
            trace=self.trace,
        )
        held: Incumbent[CourseAllocationSolution] = Incumbent(
            method=self.method, counts=self.counts, remarks=remarks
        )
        held.offer(solution, 0.0 - error)
        least = 0.0 - error if proved else 0.0
        held.prove(least, source if proved and error else "certified", certificate)
        return held.outcome(answered=proved or error == 0, limit=limit)
