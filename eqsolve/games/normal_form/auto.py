"""The default method: looks at the size of the tensor and says which method it takes, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.games.normal_form.arrays import Arrays
from eqsolve.games.normal_form.equilibria import PureMethod
from eqsolve.games.normal_form.instance import NormalFormGame
from eqsolve.games.normal_form.solution import NormalFormSolution
from eqsolve.games.normal_form.sweep import Sweep

__all__ = ["Auto"]

_LARGE = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Auto(PureMethod):
    """Array operations below 200,000 payoffs, compiled sweeps from there on."""

    name: ClassVar[str] = "auto"
    summary: ClassVar[str] = "chooses a method and says why"
    theorem: ClassVar[str] = "NFG-1"
    cost: ClassVar[str] = "that of the method chosen"

    def choose(self, game: NormalFormGame) -> tuple[PureMethod, str]:
        """Return the method for a game and the reason."""
        size = game.payoffs.size
        if size < _LARGE:
            return Arrays(max_equilibria=self.max_equilibria), f"{size} payoffs: small"
        return Sweep(max_equilibria=self.max_equilibria), f"{size} payoffs: large"

    def run(
        self, instance: NormalFormGame, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[NormalFormSolution]:
        """Run the chosen method."""
        method, reason = self.choose(instance)
        return replace(method.run(instance, deadline, rng), method=method.name, reason=reason)
