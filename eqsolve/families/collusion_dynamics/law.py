"""The exact law of the log-odds after a number of updates, by merging equal states (COL-7, COL-9).

Under `means` a state is the sum of ``rate * estimate`` so far, a whole multiple of one unit, so
that equal states are recognized exactly, whatever the start: 27 of them after 5 updates of a
duopoly with batches of 2. Under `score` estimates depend on the state, and only what did not move
merges. Cost O(states outcomes) an update.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import BatchLaw
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics, Rate

__all__ = ["Steps", "law_from", "steps_within"]

_WORK = 3_000_000
"""Outcomes looked at in all, for a law to count as small."""
_WIDE = 1 << 62


@dataclass(frozen=True, slots=True)
class Steps:
    """Moves of the log-odds at each update, in whole units.

    Parameters
    ----------
    moves : for each update the move of each estimate, rising; empty for `score`.
    unit : how many units make 1.
    states : number of states after each update, an upper bound for `score`.
    """

    moves: tuple[Any, ...]
    unit: int
    states: tuple[int, ...]


def steps_within(dynamics: CollusionDynamics, law: BatchLaw, most: int) -> Steps | None:
    """Return the moves of all updates, or None where there are more states than `most`.

    Parameters
    ----------
    dynamics : with a horizon.
    law : of its batches.
    most : states after an update.
    """
    assert dynamics.horizon is not None
    assert dynamics.rate is not None
    states: Any = np.zeros(1, dtype=np.int64)
    counted: list[int] = []
    work = 0
    multiples, common = _whole_rates(dynamics.rate, dynamics.horizon)
    kind: Any = np.int64
    if sum(multiples) * max(map(abs, law.units), default=0) >= _WIDE:
        kind = object
    moves = []
    for factor in multiples:
        known = counted[-1] if counted else 1
        work += known * law.n_outcomes
        if work > _WORK:
            return None
        if law.estimator == "means":
            moves.append(np.array([factor * unit for unit in law.units], dtype=kind))
            states = np.unique(np.add.outer(states, moves[-1]).ravel())
            counted.append(len(states))
        else:
            counted.append((law.n_estimates - 1) * known + 1)
        if counted[-1] > most:
            return None
    return Steps(tuple(moves), law.unit * common, tuple(counted))


def _whole_rates(rate: Rate, horizon: int) -> tuple[list[int], int]:
    """Return rates as whole multiples of one over the second value."""
    exact = [rate.at(0)] * horizon if rate.is_constant else [rate.at(t) for t in range(horizon)]
    common = math.lcm(*(part.denominator for part in exact))
    return [int(part * common) for part in exact], common


def law_from(
    dynamics: CollusionDynamics,
    law: BatchLaw,
    steps: Steps,
    odds: float,
    deadline: Deadline | None = None,
) -> tuple[FloatArray, FloatArray] | None:
    """Return the log-odds after all updates and their probabilities, or None when stopped.

    Parameters
    ----------
    dynamics, law, steps : the instance, its batches, and its moves.
    odds : finite log-odds of the start.
    deadline : asked before every update.

    Returns
    -------
    odds, chances : shape (number of states,).

    Examples
    --------
    >>> model = CollusionDynamics(
    ...     0.85, {"ratio": 1.5}, batch={"size": 2}, rate=0.5, horizon=5
    ... )
    >>> law = BatchLaw.of(model)
    >>> where, chances = law_from(model, law, steps_within(model, law, 100), 0.0)
    >>> len(where), round(float(chances.sum()), 12)
    (27, 1.0)
    """
    assert dynamics.rate is not None
    where: Any = np.array([odds])
    sums: Any = np.zeros(1, dtype=steps.moves[0].dtype) if steps.moves else None
    chances: Any = np.ones(1)
    for t in range(len(steps.states)):
        if deadline is not None and deadline.expired():
            return None
        spread = chances[:, None] * law.probabilities(where)
        if not steps.moves:
            landed = where[:, None] + float(dynamics.rate.at(t)) * law.estimates(where)
            where, merged = np.unique(landed.ravel(), return_inverse=True)
        else:
            landed = np.add.outer(sums, steps.moves[t])
            sums, merged = np.unique(landed.ravel(), return_inverse=True)
            where = odds + np.array([total / steps.unit for total in sums.tolist()])
        chances = np.bincount(merged.ravel(), spread.ravel(), minlength=len(where))
    return where, chances
