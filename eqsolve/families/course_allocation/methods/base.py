"""Base of the methods, and how an equilibrium becomes an outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import Certificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.measures import solved
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
    error : least clearing error so far.
    trace : clearing error of each step.
    """

    market: CourseAllocation
    method: str
    initial: FloatArray
    deadline: Deadline
    error: float = float("inf")
    trace: list[float] = field(default_factory=list)
    counts: dict[str, int | float | str] = field(default_factory=dict)
    _best: tuple[list[tuple[int, ...]], FloatArray, FloatArray] | None = None

    def offer(
        self, error: float, allocation: list[tuple[int, ...]], prices: FloatArray,
        budgets: FloatArray,
    ) -> bool:  # fmt: skip
        """Record a step; keep it if it is the best so far, and return whether it is."""
        self.trace.append(error)
        if error >= self.error:
            return False
        self.error = error
        self._best = (allocation, np.array(prices), np.array(budgets))
        return True

    def outcome(
        self,
        *,
        limit: Limit | None = None,
        proved: bool = False,
        certificate: Certificate | None = None,
        remarks: tuple[str, ...] = (),
    ) -> Outcome[CourseAllocationSolution]:
        """Return the best that is held: solved at error 0, or where it is proved least.

        Parameters
        ----------
        limit : what stopped the method.
        proved : whether no error is less.
        certificate : the proof.
        """
        assert self._best is not None
        allocation, prices, budgets = self._best
        solution = solved(
            self.market,
            allocation,
            prices=prices,
            initial_budgets=self.initial,
            budgets=budgets,
            trace=self.trace,
        )
        held: Incumbent[CourseAllocationSolution] = Incumbent(
            method=self.method, counts=self.counts, remarks=remarks
        )
        held.offer(solution, 0.0 - self.error)
        least = 0.0 - self.error if proved else 0.0
        held.prove(least, "exhaustive" if proved and self.error else "certified", certificate)
        return held.outcome(answered=proved or self.error == 0, limit=limit)
