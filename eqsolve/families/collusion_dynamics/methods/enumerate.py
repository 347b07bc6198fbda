"""A finite horizon, exactly: all states that batches can lead to (COL-7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import (
    MOST_OUTCOMES,
    BatchLaw,
    log_odds,
    n_outcomes,
)
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.law import Steps, law_from, steps_within
from eqsolve.families.collusion_dynamics.methods.base import BatchMethod, Found
from eqsolve.families.collusion_dynamics.solution import Chance

__all__ = ["MOST_STATES", "Enumerate"]

MOST_STATES = 100_000
"""States after an update for which the law counts as small."""


@lru_cache(maxsize=4)
def _listed(dynamics: CollusionDynamics) -> tuple[BatchLaw, Steps | None]:
    """Return the law of a batch and the moves of all updates, if they are few.

    Kept, because whoever asks whether the law can be listed lists it next. Instances never change.
    """
    law = BatchLaw.of(dynamics)
    return law, steps_within(dynamics, law, MOST_STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumerate(BatchMethod):
    """The exact law after the horizon, by merging equal states."""

    name: ClassVar[str] = "enumerate"
    summary: ClassVar[str] = "finite horizon: the exact law, equal states merged"
    theorem: ClassVar[str] = "COL-7, COL-9"
    cost: ClassVar[str] = "O(updates states outcomes)"

    def supports(self, instance: CollusionDynamics) -> str | None:
        """Return why the law cannot be listed."""
        reason = BatchMethod.supports(self, instance)
        if reason is not None:
            return reason
        if instance.horizon is None:
            return "a first passage has no last update"
        if n_outcomes(instance) > MOST_OUTCOMES:
            return f"a batch has {n_outcomes(instance)} outcomes, more than {MOST_OUTCOMES}"
        if _listed(instance)[1] is None:
            return f"there are more than {MOST_STATES} states, or too many ways between them"
        return None

    def moving(
        self,
        instance: CollusionDynamics,
        odds: FloatArray,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> Found:
        """Follow the law of each start."""
        assert instance.thresholds is not None
        law, steps = _listed(instance)
        assert steps is not None  # `supports` has looked
        level = float(log_odds(instance.thresholds[1]))
        found = []
        for start in odds.tolist():
            reached = law_from(instance, law, steps, start, deadline)
            if reached is None:
                return Found(chances=None, limit=deadline.limit)
            where, chances = reached
            chance = min(1.0, float(chances[where >= level].sum()))
            found.append(Chance(chance, chance, self.name, updates=float(len(steps.states))))
        counts = {"states": max(steps.states), "outcomes": law.n_outcomes}
        return Found(chances=found, counts=counts)
