"""First passage and finite horizons on a grid that is halved until the answer stays (COL-9)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import (
    MOST_OUTCOMES,
    BatchLaw,
    log_odds,
    n_outcomes,
)
from eqsolve.families.collusion_dynamics.chain import Grid, Passage, above_level
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.base import BatchMethod, Found
from eqsolve.families.collusion_dynamics.solution import Chance

__all__ = ["GridMethod", "first_cells", "refined"]

_MOST_CELLS = 1 << 15
_MOST_LANDINGS = 30_000_000
_MOST_FILLED = 4e9
"""Cells times the square of those that a move spans."""
_LONGER = 20
"""Mean numbers of updates may change by a share of so many times the error of probabilities."""
_SAFETY = 2
"""Errors of mean numbers of updates, beside their changes: nodes meet landings by chance, so that
both fall irregularly."""
_WIDEST = 0.05
"""Log-odds between two nodes to begin with, or a quarter of the largest move if that is less."""
_FAR = 700.0
"""Log-odds beyond which propensities are 0 or 1 in floats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridMethod(BatchMethod):
    """A sparse linear system for first passage, backward recursion for a horizon.

    Parameters
    ----------
    error : the grid is halved until no probability changes by more, and mean numbers of updates by
        no larger share than 20 times that.
    """

    name: ClassVar[str] = "grid"
    summary: ClassVar[str] = "chain on a grid of log-odds, halved until the answer stays"
    theorem: ClassVar[str] = "COL-9"
    cost: ClassVar[str] = "O(nodes estimates) a grid, and for a horizon O(updates nodes width)"

    error: float = 1e-4

    def __post_init__(self) -> None:
        if not 0 < self.error < 1:
            raise OptionError(f"option error = {self.error!r}: must be in (0, 1)")

    def supports(self, instance: CollusionDynamics) -> str | None:
        """Return why there are too many outcomes."""
        reason = BatchMethod.supports(self, instance)
        if reason is None and n_outcomes(instance) > MOST_OUTCOMES:
            return f"a batch has {n_outcomes(instance)} outcomes, more than {MOST_OUTCOMES}"
        return reason

    def moving(
        self,
        instance: CollusionDynamics,
        odds: FloatArray,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> Found:
        """Halve the grid until the error is reached."""
        law = BatchLaw.of(instance)
        at = (_passage if instance.horizon is None else _horizon)(instance, law, odds)
        cells = first_cells(instance, law, odds)
        twice = instance.horizon is not None  # few jumps, which a grid may miss by chance
        most = min(_MOST_CELLS, _MOST_LANDINGS // law.n_estimates)
        if instance.horizon is None:
            most = min(most, _solvable(instance, law, odds))
        found = refined(at, cells, most, self.error, deadline, twice=twice)
        if found is None:
            return Found(chances=None, limit=deadline.limit)
        values, updates, error, longer, cells = found
        off = _SAFETY * longer
        chances = [
            Chance(
                *_around(value, error),
                self.name,
                updates=mean,
                updates_error=off * mean if instance.horizon is None else None,
            )
            for value, mean in zip(values.tolist(), updates.tolist(), strict=True)
        ]
        return Found(
            chances=chances,
            counts={"nodes": cells + 1, "outcomes": law.n_outcomes, "error": error},
            limit=deadline.limit if error > self.error else None,
        )


def _around(value: float, error: float) -> tuple[float, float]:
    """Return the interval about a probability, inside [0, 1] although sums are rounded."""
    return min(1.0, max(0.0, value - error)), max(0.0, min(1.0, value + error))


At = Callable[[int], tuple[FloatArray, FloatArray]]
"""Number of cells -> chances and mean numbers of updates of all starts."""


def refined(
    at: At,
    cells: int,
    most: int,
    error: float,
    deadline: Deadline,
    *,
    twice: bool = False,
) -> tuple[FloatArray, FloatArray, float, float, int] | None:
    """Return chances, updates, their last changes and the number of cells; None when stopped early.

    Changes are the largest of all starts, that of updates a share of them. With `twice` it is the
    larger of the last two changes of chances that counts; for updates always, if there were two.
    """
    values: FloatArray | None = None
    last = 1.0
    longer = 0.0
    updates = np.ones(1)
    while True:
        if deadline.expired():
            return None
        before, known, (values, updates) = values, updates, at(cells)
        if before is not None:
            latest = float(np.abs(values - before).max(initial=0.0))
            change, last = max(latest, last) if twice else latest, latest
            lately, longer = longer, float(np.abs(updates / known - 1).max(initial=0.0))
            stays = change <= error and longer <= _LONGER * error
            if stays or 2 * cells > most or deadline.expired():
                return values, updates, change, max(longer, lately), cells
        cells = 2 * cells + 1  # never the same nodes again, which would share their coincidences


def _span(dynamics: CollusionDynamics, law: BatchLaw, odds: FloatArray) -> tuple[float, float]:
    """Return the log-odds of the ends of the grid."""
    assert dynamics.thresholds is not None
    assert dynamics.rate is not None
    if dynamics.horizon is None:
        low, high = (float(log_odds(level)) for level in dynamics.thresholds)
        return low, high
    reach = _largest(dynamics, law) * sum(
        float(dynamics.rate.at(t)) for t in range(dynamics.horizon)
    )
    low, high = odds.min(initial=0.0) - reach, odds.max(initial=0.0) + reach
    return max(low, -_FAR), min(high, _FAR)


def _largest(dynamics: CollusionDynamics, law: BatchLaw) -> float:
    """Return the largest estimate, at any propensity that floats tell from 0 and 1."""
    every = law.estimates(np.array([-_FAR, 0.0, _FAR]))
    return float(np.abs(every).max())


def first_cells(dynamics: CollusionDynamics, law: BatchLaw, odds: FloatArray) -> int:
    """Return how many cells to begin with: narrow beside moves, so that moves are seen."""
    assert dynamics.rate is not None
    low, high = _span(dynamics, law, odds)
    near = np.abs(law.estimates(np.clip(odds, low, high))).max(initial=0.0)
    move = float(dynamics.rate.at(0)) * float(near)
    width = min(_WIDEST, move / 4) if move else _WIDEST
    return int(min(max(math.ceil((high - low) / width), 100), _MOST_CELLS // 4))


def _solvable(dynamics: CollusionDynamics, law: BatchLaw, odds: FloatArray) -> int:
    """Return for how many cells a linear system is solved in seconds: those of a move fill it."""
    assert dynamics.rate is not None
    low, high = _span(dynamics, law, odds)
    share = min(1.0, dynamics.rate.initial * _largest(dynamics, law) / (high - low))
    return int((_MOST_FILLED / max(share, 1e-3) ** 2) ** (1 / 3))


def _passage(dynamics: CollusionDynamics, law: BatchLaw, odds: FloatArray) -> At:
    """Return what solves for the first passage."""
    assert dynamics.rate is not None
    low, high = _span(dynamics, law, odds)
    rate = dynamics.rate.initial
    return lambda cells: Passage(Grid(law, low, high, cells), rate).at(odds)


def _horizon(dynamics: CollusionDynamics, law: BatchLaw, odds: FloatArray) -> At:
    """Return what goes back from the horizon."""
    assert dynamics.thresholds is not None
    assert dynamics.rate is not None
    assert dynamics.horizon is not None
    low, high = _span(dynamics, law, odds)
    level = float(log_odds(dynamics.thresholds[1]))
    rates = [float(dynamics.rate.at(t)) for t in range(dynamics.horizon)]
    updates = np.full(len(odds), float(dynamics.horizon))
    return lambda cells: (
        above_level(Grid(law, low, high, cells), rates, level, odds),
        updates,
    )
