"""`Incumbent`: what a running method holds, and the one place that makes a status of it.

A method offers solutions and proves bounds; whether larger or smaller is better is its
sense. The outcome follows: *solved* where the question was answered, *feasible* where a limit came
first and a solution is held, *unknown* where none is, *no equilibrium* where that was proved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from eqsolve.core.certificate import Certificate
from eqsolve.core.limits import Deadline, Progress
from eqsolve.core.result import Bounds, Outcome, Sense, Solution
from eqsolve.core.status import Limit, Status

__all__ = ["Incumbent"]

S = TypeVar("S", bound=Solution)


@dataclass(slots=True, kw_only=True)
class Incumbent(Generic[S]):
    """The best solution so far, the best proved bound, and who vouches for it.

    Parameters
    ----------
    method : name of the method.
    sense : whether larger or smaller is better.
    solution, objective : the best so far, or None; families without objective leave it None.
    bound : no solution is better; None while nothing is proved.
    source : who vouches for `bound`, see `Bounds`.
    certificate : the proof, or None.
    counts, remarks : as in `Outcome`.

    Examples
    --------
    >>> held = Incumbent(method="guess")
    >>> held.outcome(answered=False, limit=Limit.TIME).status.value
    'unknown'
    >>> held.offer("a solution", 3), held.offer("a worse one", 2), held.solution
    (True, False, 'a solution')
    >>> held.prove(5, "certified")
    >>> held.outcome(answered=False, limit=Limit.TIME).bounds.upper
    5
    """

    method: str
    sense: Sense = "maximize"
    solution: S | None = None
    objective: int | float | None = None
    bound: int | float | None = None
    source: str | None = None
    certificate: Certificate | None = None
    counts: Mapping[str, int | float | str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def offer(self, solution: S, objective: float | None = None) -> bool:
        """Keep a solution if it is better than the one held; return whether it is."""
        if self.solution is not None and not self._better(objective, self.objective):
            return False
        self.solution, self.objective = solution, objective
        return True

    def prove(self, bound: float, source: str, certificate: Certificate | None = None) -> None:
        """Keep a bound, with its proof, if it is tighter than the one held, or equal to it."""
        if math.isinf(bound) or (self.bound is not None and self._better(bound, self.bound)):
            return
        self.bound, self.source = bound, source
        self.certificate = certificate or self.certificate

    def _better(self, one: float | None, other: float | None) -> bool:
        """Return whether an objective is better than another; where there is none, never."""
        if one is None or other is None:
            return False
        return one < other if self.sense == "minimize" else one > other

    def publish(self, deadline: Deadline, message: str) -> None:
        """Tell what is known now, with the outcome to return if the run stopped here."""
        deadline.publish(
            Progress(
                message=message,
                objective=self.objective,
                bound=self.bound,
                incumbent=self.outcome(answered=False, limit=Limit.INTERRUPTED),
            )
        )

    def outcome(self, *, answered: bool, limit: Limit | None = None) -> Outcome[S]:
        """Return the outcome.

        Parameters
        ----------
        answered : whether the question is answered with proof by the solution that is held.
        limit : what stopped the method; read only where the question is not answered.
        """
        solved = answered and self.solution is not None
        stopped = Status.UNKNOWN if self.solution is None else Status.FEASIBLE
        return self._outcome(Status.SOLVED if solved else stopped, None if solved else limit)

    def no_equilibrium(self, certificate: Certificate | None) -> Outcome[S]:
        """Return the outcome of a proof that nothing can be found; what was held is dropped."""
        nothing: Incumbent[S] = Incumbent(
            method=self.method,
            sense=self.sense,
            certificate=certificate,
            counts=self.counts,
            remarks=self.remarks,
        )
        return nothing._outcome(Status.NO_EQUILIBRIUM, None)

    def _outcome(self, status: Status, limit: Limit | None) -> Outcome[S]:
        """Return the outcome with the bounds that objective, bound and sense amount to."""
        inside = self.objective if self.solution is not None else None
        ends = (inside, self.bound)
        low, high = reversed(ends) if self.sense == "minimize" else ends
        return Outcome(
            status=status,
            solution=self.solution,
            objective=self.objective,
            limit=limit,
            bounds=Bounds(
                lower=-math.inf if low is None else low,
                upper=math.inf if high is None else high,
                source=self.source,
            ),
            certificate=self.certificate,
            method=self.method,
            counts=dict(self.counts),
            remarks=self.remarks,
        )
