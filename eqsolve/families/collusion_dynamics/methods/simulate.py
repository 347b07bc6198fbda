"""Finite batches by simulation: any size, with a Wilson interval (COL-9)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import Rounds, log_odds, rounds_of
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.base import BatchMethod, Found
from eqsolve.families.collusion_dynamics.solution import Chance
from eqsolve.families.collusion_dynamics.tables import tables_of

__all__ = ["Simulate", "wilson"]

_TYPICAL = 200
"""Updates of a first passage, about, to judge whether compiling is worth while."""
_SPREAD = 1.959963984540054
"""Standard deviations on both sides of a normal distribution that hold 95 % of it."""


def wilson(reached: int, paths: int) -> tuple[float, float]:
    """Return the Wilson interval of 95 % for a share.

    Examples
    --------
    >>> tuple(round(end, 4) for end in wilson(50, 100))
    (0.4038, 0.5962)
    >>> wilson(0, 100)[0]
    0.0
    """
    square = _SPREAD**2 / paths
    share = reached / paths
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    low = middle - half if reached else 0.0
    return low, middle + half if reached < paths else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate(BatchMethod):
    """Paths drawn by compiled code.

    Parameters
    ----------
    paths : of each start.
    """

    name: ClassVar[str] = "simulate"
    summary: ClassVar[str] = "simulated paths, Wilson interval of 95 %"
    theorem: ClassVar[str] = "COL-9, COL-11"
    cost: ClassVar[str] = "O(paths updates), about 0.07 microseconds each for 8 rounds"

    paths: int = 100_000

    def __post_init__(self) -> None:
        if not 1 <= self.paths <= 10**10:
            raise OptionError(f"option paths = {self.paths}: must be at least 1, and at most 1e10")

    def moving(
        self,
        instance: CollusionDynamics,
        odds: FloatArray,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> Found:
        """Simulate one start after the other; paths that were stopped count for neither side."""
        assert instance.batch is not None
        rounds = rounds_of(instance, instance.batch.feedback)
        found = []
        drawn = 0
        with deadline.watching() as stop:
            for start in odds.tolist():
                told = simulated(instance, rounds, start, self.paths, rng, stop)
                finished, reached, total, squares = told
                drawn += finished
                if finished < self.paths:
                    return Found(chances=None, counts={"paths": drawn}, limit=deadline.limit)
                low, high = wilson(reached, finished)
                mean, off = total / finished, None
                if instance.horizon is None:
                    variance = max(squares / finished - mean**2, 0.0)
                    off = _SPREAD * math.sqrt(variance / finished)
                found.append(Chance(low, high, self.name, finished, mean, off))
        return Found(chances=found, counts={"paths": drawn})


def simulated(
    dynamics: CollusionDynamics,
    rounds: Rounds,
    odds: float,
    paths: int,
    rng: np.random.Generator,
    stop: np.ndarray,
) -> tuple[int, int, float, float]:
    """Return numbers of paths finished and with collusion, sum and sum of squares of updates."""
    from eqsolve.algorithms.compile import fitting
    from eqsolve.families.collusion_dynamics.kernels import paths as kernels

    assert dynamics.batch is not None
    assert dynamics.rate is not None
    assert dynamics.thresholds is not None
    horizon = dynamics.horizon
    low, high = (float(log_odds(level)) for level in dynamics.thresholds)
    updates = _TYPICAL if horizon is None else horizon
    tables = tables_of(rounds, dynamics.batch.size)
    work = paths * updates * len(tables.rounds) * 8
    run = fitting(kernels.simulate, work)
    finished, reached, total, squares = run(
        rng,
        odds,
        low if horizon is None else -math.inf,
        high,
        np.array([float(dynamics.rate.at(t)) for t in range(horizon or 1)]),
        dynamics.batch.estimator == "means",
        rounds.fidelity,
        *tables,
        paths,
        stop,
    )
    return int(finished), int(reached), float(total), float(squares)
