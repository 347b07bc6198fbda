"""Best replies in two compiled sweeps over the payoffs in the order of memory; see the kernel.

For tensors of many entries: about three reads of each payoff, whatever the number of players.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.methods.base import PureMethod, outcome_of
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["Sweep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(PureMethod):
    """Two compiled sweeps; a limit in the second one leaves the equilibria listed so far."""

    name: ClassVar[str] = "sweep"
    summary: ClassVar[str] = "two compiled sweeps over the payoff tensor"
    theorem: ClassVar[str] = "NFG-1"
    cost: ClassVar[str] = "O(profiles x players), two passes over memory"

    def run(
        self, instance: NormalFormGame, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[NormalFormSolution]:
        """Solve; `rng` is not used."""
        from eqsolve.families.normal_form_game.kernels.best_replies import mutual_best_replies

        with deadline.watching() as stop:
            found = mutual_best_replies(instance.payoffs, stop=stop, most=self.max_equilibria)
        limit = None if found.complete else Limit.SOLUTIONS
        if found.stopped:
            limit = deadline.limit or Limit.TIME
        return outcome_of(instance, found.profiles, found.strict, limit, method=self.name)
