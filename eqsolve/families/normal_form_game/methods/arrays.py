"""Best replies player by player with array operations: no compilation, best for small games.

One maximum along each player's own axis, O(P N) time and O(P) memory for P profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.normal_form_game.instance import NormalFormGame
from eqsolve.families.normal_form_game.methods.base import PureMethod, outcome_of
from eqsolve.families.normal_form_game.solution import NormalFormSolution

__all__ = ["Arrays"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays(PureMethod):
    """Array operations, one player at a time."""

    name: ClassVar[str] = "arrays"
    summary: ClassVar[str] = "array operations, one player at a time"
    theorem: ClassVar[str] = "NFG-1"
    cost: ClassVar[str] = "O(profiles x players)"

    def run(
        self, instance: NormalFormGame, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[NormalFormSolution]:
        """Solve; `rng` is not used. A limit leaves nothing: all players must have been seen."""
        best = np.ones(instance.n_strategies, dtype=bool)
        strict = best.copy()
        for player in range(instance.n_players):
            if deadline.expired():
                return Incumbent(method=self.name).outcome(answered=False, limit=deadline.limit)
            own = instance.payoffs[..., player]
            reply = own == own.max(axis=player, keepdims=True)
            best &= reply
            strict &= reply.sum(axis=player, keepdims=True) == 1
        found = np.flatnonzero(best)
        most = self.max_equilibria
        limit = Limit.SOLUTIONS if most is not None and len(found) > most else None
        found = found[:most]
        return outcome_of(instance, found, strict.ravel()[found], limit, method=self.name)
