"""Finite batches: probability of collusion, undecided band, escape, sample paths (COL-9, 11)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline
from eqsolve.families.collusion_dynamics.batches import (
    MOST_OUTCOMES,
    BatchLaw,
    batches_move,
    log_odds,
    n_outcomes,
    propensity,
    rounds_of,
)
from eqsolve.families.collusion_dynamics.chain import Grid, Passage
from eqsolve.families.collusion_dynamics.files import read, write
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.grid import first_cells
from eqsolve.families.collusion_dynamics.questions.line import advantages
from eqsolve.families.collusion_dynamics.solution import Chance
from eqsolve.families.collusion_dynamics.solve import solve

__all__ = [
    "EscapeTime",
    "Trajectories",
    "UndecidedBand",
    "chance_curve",
    "changed",
    "collusion_probability",
    "escape_time",
    "trajectories",
    "undecided_band",
]

_HALVINGS = 8
_LONGEST = 1e10
"""Mean numbers of updates up to which the linear system is well enough conditioned."""


def changed(dynamics: CollusionDynamics, **fields: Any) -> CollusionDynamics:
    """Return an instance with other fields, named as in files; None drops one."""
    kept = {key: value for key, value in {**write(dynamics), **fields}.items() if value is not None}
    common = {"name": dynamics.name, "metadata": dict(dynamics.metadata)}
    return read(kept, common)


def collusion_probability(
    dynamics: CollusionDynamics, starts: object = None, *, method: str = "auto", **options: Any
) -> tuple[Chance, ...]:
    """Return the probability of collusion from each start.

    Parameters
    ----------
    dynamics : an instance with a batch.
    starts : propensities; the instance's own by default.
    method, **options : as for `solve`.

    Returns
    -------
    chances : see `Chance`; verified.

    Raises
    ------
    InstanceError : no `CollusionDynamics`, or starts out of range.
    OptionError : no batch, or a method that looks at large batches only.

    Notes
    -----
    Cost: as the method says. Source: Cao and Hu (2026), COL-9.

    Examples
    --------
    >>> model = CollusionDynamics(
    ...     0.85, {"ratio": 1.5}, batch={"size": 2}, rate=0.5, horizon=5
    ... )
    >>> [round(chance.low, 4) for chance in collusion_probability(model, [0.1, 0.5])]
    [0.063, 1.0]
    """
    _with_batch(dynamics)
    asked = dynamics if starts is None else changed(dynamics, start=starts)
    found = solve(asked, method=method, **options).solution
    if found is None or found.collusion_probability is None:
        raise OptionError(f"method {method!r} gave no probabilities for finite batches")
    return found.collusion_probability


@dataclass(frozen=True, slots=True)
class UndecidedBand:
    """Starts from which neither outcome is all but certain.

    Parameters
    ----------
    low, high : propensities at which collusion has probability `level` and 1 - `level`.
    level : see above.
    error : by how much the last halving of the grid changed an end.
    """

    low: float
    high: float
    level: float
    error: float

    @property
    def width(self) -> float:
        """Length of the band."""
        return self.high - self.low


def undecided_band(
    dynamics: CollusionDynamics, level: float = 0.05, *, error: float = 1e-4,
    deadline: Deadline | None = None,
) -> UndecidedBand:  # fmt: skip
    """Return the band of starts from which collusion has probability `level` to 1 - `level`.

    Parameters
    ----------
    dynamics : an instance with a batch and a constant rate; first passage is looked at.
    level : in (0, 1/2).
    error : the grid is halved until no end changes by more.
    deadline : ends the halving.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.
    OptionError : no batch, no constant rate, batches that move nothing, or a level out of range.

    Notes
    -----
    Cost: a few linear systems, see ``chain``. The band shrinks like one over the root of the batch
    size. Source: Cao and Hu (2026), COL-9.

    Examples
    --------
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, batch={"size": 8}, rate=0.25)
    >>> band = undecided_band(model)
    >>> round(band.low, 2), round(band.high, 2)
    (0.1, 0.23)
    """
    if not 0 < level < 0.5:
        raise OptionError(f"level = {level!r}: must be in (0, 1/2)")
    passage = _first_passage(dynamics)
    law = BatchLaw.of(passage)
    cells = first_cells(passage, law, np.zeros(1))
    ends: tuple[float, float] | None = None
    for _ in range(_HALVINGS):
        nodes, values = chance_curve(passage, law, cells)
        before, ends = ends, (_crossing(nodes, values, level), _crossing(nodes, values, 1 - level))
        if before is not None:
            change = max(abs(ends[0] - before[0]), abs(ends[1] - before[1]))
            if change <= error or (deadline is not None and deadline.expired()):
                break
        cells *= 2
    assert ends is not None
    return UndecidedBand(ends[0], ends[1], level, change)


def chance_curve(
    dynamics: CollusionDynamics, law: BatchLaw, cells: int
) -> tuple[FloatArray, FloatArray]:
    """Return propensities between the thresholds and the chance of collusion from each."""
    assert dynamics.rate is not None
    assert dynamics.thresholds is not None
    low, high = (float(log_odds(level)) for level in dynamics.thresholds)
    grid = Grid(law, low, high, cells)
    return propensity(grid.nodes), Passage(grid, dynamics.rate.initial).chance


def _crossing(nodes: FloatArray, values: FloatArray, level: float) -> float:
    """Return where a curve first reaches a level, by linear interpolation; its ends otherwise."""
    k = int(np.argmax(values >= level))
    if values[k] < level:
        return float(nodes[-1])
    if k == 0:
        return float(nodes[0])
    share = (level - values[k - 1]) / (values[k] - values[k - 1])
    return float(nodes[k - 1] + share * (nodes[k] - nodes[k - 1]))


@dataclass(frozen=True, slots=True)
class EscapeTime:
    """How long collusion lasts.

    Parameters
    ----------
    updates : mean number of updates from theta+ until competition.
    rounds : that many batches in rounds.
    error : by how much the last halving of the grid changed `updates`.
    """

    updates: float
    rounds: float
    error: float


def escape_time(
    dynamics: CollusionDynamics, *, error: float = 1e-3, deadline: Deadline | None = None
) -> EscapeTime:
    """Return the mean number of updates from the collusive rest point to competition.

    Parameters
    ----------
    dynamics : an instance with a batch and a constant rate; its thresholds say where the way begins
        and ends, by default theta+ and theta- / 10.
    error : the grid is halved until the number changes by a smaller share.
    deadline : ends the halving.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.
    OptionError : no batch, no constant rate, or an advantage that is not negative near 1, so that
        nothing need ever come back.

    Notes
    -----
    Cost: a few linear systems, see ``chain``. Exponential in the batch size. Source: eqsolve,
    COL-11.

    Examples
    --------
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, batch={"size": 2}, rate=0.5)
    >>> f"{escape_time(model).updates:.1e}"
    '2.6e+04'
    """
    passage = _first_passage(dynamics)
    if passage.regime.signs[-1] >= 0 or passage.fidelity == 1:
        raise OptionError("near 1 the high price pays: learning need not ever come back")
    assert passage.rate is not None
    assert passage.batch is not None
    assert passage.thresholds is not None
    law = BatchLaw.of(passage)
    low, start = (float(log_odds(level)) for level in passage.thresholds)
    margin, density = 6.0, first_cells(passage, law, np.zeros(1)) / (start - low)
    value, change = math.nan, math.inf
    for _ in range(_HALVINGS - 2):
        high = start + margin
        grid = Grid(law, low, high, math.ceil(density * (high - low)))
        chain = Passage(grid, passage.rate.initial, closed=True)
        before, value = value, float(chain.at(np.array([start]))[1][0])
        if not 0 < value < _LONGEST:
            raise OptionError(
                f"it takes more than {_LONGEST:g} updates, beyond a linear system in floats"
            )
        change = abs(value - before)
        if change <= error * value or (deadline is not None and deadline.expired()):
            break
        margin, density = margin + 3, 2 * density
    return EscapeTime(value, value * passage.batch.size, change)


@dataclass(frozen=True, slots=True, eq=False)
class Trajectories:
    """Sample paths of learning.

    Parameters
    ----------
    theta : shape (k, paths, T + 1), propensities from every start; one path where nothing is drawn.
    """

    theta: FloatArray


def trajectories(
    dynamics: CollusionDynamics, *, paths: int = 20, updates: int | None = None, seed: int = 0
) -> Trajectories:
    """Return sample paths of learning, or the path by exact advantages where there is no batch.

    Parameters
    ----------
    dynamics : an instance with a rate; thresholds do not stop a path.
    paths : of each start.
    updates : number of updates; the horizon, or 200, by default.
    seed : of the draws.

    Raises
    ------
    InstanceError : no `CollusionDynamics`.
    OptionError : no rate, or a number out of range.

    Notes
    -----
    Cost O(starts paths updates), in numpy. Source: Cao and Hu (2026), COL-6, COL-9.

    Examples
    --------
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, [0.1, 0.5], rate=1)
    >>> trajectories(model, updates=200).theta[:, 0, -1].round(3).tolist()
    [0.0, 0.846]
    """
    require_instance(dynamics, CollusionDynamics, "dynamics")
    require_count(paths, "paths", 1)
    steps = (dynamics.horizon or 200) if updates is None else updates
    require_count(steps, "updates", 1)
    require_count(seed, "seed")
    if dynamics.rate is None:
        raise OptionError("the instance has no rate")
    count = paths if dynamics.batch is not None else 1
    found = np.empty((len(dynamics.start), count, steps + 1))
    found[:, :, 0] = dynamics.start[:, None]
    odds = np.broadcast_to(log_odds(found[:, :, 0]), found.shape[:2]).copy()
    inside = np.isfinite(odds)
    rng = np.random.default_rng(seed)
    if dynamics.batch is not None:
        draw = _sampler(dynamics, rng)
    else:
        exact = advantages(dynamics)
        draw = lambda odds: exact(propensity(odds))  # noqa: E731  # both are functions of log-odds
    for t in range(steps):
        moving = odds[inside]
        odds[inside] = moving + float(dynamics.rate.at(t)) * draw(moving)
        found[:, :, t + 1] = np.where(inside, propensity(odds), found[:, :, 0])
    return Trajectories(read_only(found))


def _sampler(
    dynamics: CollusionDynamics, rng: np.random.Generator
) -> Callable[[FloatArray], FloatArray]:
    """Return what draws a batch at each of some log-odds (S,) and returns the estimates."""
    batch = dynamics.batch
    assert batch is not None
    rounds = rounds_of(dynamics, batch.feedback)
    earned = rounds.earned

    def draw(odds: FloatArray) -> FloatArray:
        chances = rounds.chances(odds)
        counts = rng.multinomial(batch.size, chances / chances.sum(axis=1, keepdims=True))
        high, low = counts @ earned[0], counts @ earned[1]
        if batch.estimator == "means":
            above, below = counts @ rounds.n_high, counts @ rounds.n_low
            both = (above > 0) & (below > 0)
            return np.where(both, high / np.maximum(above, 1) - low / np.maximum(below, 1), 0.0)
        share, rest = rounds.shares(odds)
        return np.asarray((high / share - low / rest) / (batch.size * rounds.seen))

    return draw


def _with_batch(dynamics: CollusionDynamics) -> None:
    """Raise unless there is a batch."""
    require_instance(dynamics, CollusionDynamics, "dynamics")
    if dynamics.batch is None:
        raise OptionError("the instance has no batch")


def _first_passage(dynamics: CollusionDynamics) -> CollusionDynamics:
    """Return the instance without a horizon, or raise where a first passage cannot be computed."""
    _with_batch(dynamics)
    assert dynamics.rate is not None
    if not dynamics.rate.is_constant:
        raise OptionError("first passage needs a constant rate")
    if not batches_move(dynamics):
        raise OptionError("no batch of this size moves anything")
    if n_outcomes(dynamics) > MOST_OUTCOMES:
        raise OptionError(f"a batch has {n_outcomes(dynamics)} outcomes, more than {MOST_OUTCOMES}")
    passage = dynamics if dynamics.horizon is None else changed(dynamics, horizon=None)
    assert passage.thresholds is not None
    if passage.thresholds[0] >= passage.thresholds[1]:
        raise OptionError("there is nothing between equal thresholds")
    return passage
