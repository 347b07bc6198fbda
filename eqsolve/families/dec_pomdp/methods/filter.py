"""The posteriors of the histories alone, by filtering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Status
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.base import ModelMethod
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution

__all__ = ["FilterMethod"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterMethod(ModelMethod):
    """Filtering, many histories at once; who can know the state is not asked."""

    name: ClassVar[str] = "filter"
    summary: ClassVar[str] = "posteriors of the histories alone; nothing is searched"
    theorem: ClassVar[str] = "DEC-1, DEC-3"
    cost: ClassVar[str] = "O(steps x nonzeros of a transition matrix x agents) for each history"

    def run(
        self, instance: DecPOMDP, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[DecPOMDPSolution]:
        """Filter; `rng` is not used."""
        posteriors = posteriors_of(instance, instance.histories, deadline)
        if posteriors is None:
            return Outcome(status=Status.UNKNOWN, limit=deadline.limit, method=self.name)
        return Outcome(
            status=Status.SOLVED,
            solution=DecPOMDPSolution(posteriors=tuple(posteriors)),
            method=self.name,
            counts={"histories": len(posteriors)},
        )
