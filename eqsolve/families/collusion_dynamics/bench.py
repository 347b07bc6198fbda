"""Collusion dynamics: simulation beside numpy and the grid, closed form beside an ODE solver."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from eqsolve.families.collusion_dynamics.batches import log_odds
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.questions.chances import collusion_probability
from eqsolve.families.collusion_dynamics.questions.line import advantage, phase_diagram

__all__ = ["CASES"]

_PLAIN = {"ratio": 1.5}


def passage(size: tuple[int, int], seed: int) -> Any:
    """Return the first passage from 0.2 with batches of 8, number of paths, and seed."""
    batch, paths = size
    model = CollusionDynamics(0.85, _PLAIN, 0.2, batch={"size": batch}, rate=0.25)
    return model, paths, seed


def _compiled(problem: Any) -> float:
    """Return the share of simulated paths that reach collusion."""
    from eqsolve.families.collusion_dynamics.batches import rounds_of
    from eqsolve.families.collusion_dynamics.methods.simulate import simulated

    model, paths, seed = problem
    rounds = rounds_of(model, "one")
    rng, stop = np.random.default_rng(seed), np.zeros(1, dtype=np.uint8)
    finished, reached, *_ = simulated(model, rounds, float(log_odds(0.2)), paths, rng, stop)
    return reached / finished


def _numpy(problem: Any) -> float:
    """Return the same with three vectorized binomials an update, paths side by side."""
    model, paths, seed = problem
    rng = np.random.default_rng(seed)
    rho, size, rate = model.fidelity, model.batch.size, model.rate.initial
    (s, r), (p, t) = model.high, model.low
    low, high = log_odds(np.array(model.thresholds))
    odds = np.full(paths, float(log_odds(0.2)))
    reached = 0
    while len(odds):
        theta = 1 / (1 + np.exp(-odds))
        share = theta * rho + (1 - theta) * (1 - rho)
        both = theta * rho**2 + (1 - theta) * (1 - rho) ** 2
        highs = rng.binomial(size, share)
        beside = rng.binomial(highs, both / share)
        under = rng.binomial(size - highs, (share - both) / (1 - share))
        informed = (highs > 0) & (highs < size)
        up = s + (r - s) * beside / np.maximum(highs, 1)
        down = p + (t - p) * under / np.maximum(size - highs, 1)
        odds = odds + np.where(informed, rate * (up - down), 0.0)
        reached += int((odds >= high).sum())
        odds = odds[(odds > low) & (odds < high)]
    return float(reached / paths)


def _by_grid(problem: Any) -> float:
    """Return the probability by the linear system, to 1e-4."""
    return collusion_probability(problem[0], method="grid")[0].middle


def diagram(size: int, seed: int) -> Any:
    """Return so many fidelities, and as many starts."""
    return np.linspace(0.55, 1, size), np.linspace(0.001, 0.999, size)


def _closed(problem: Any) -> float:
    """Return the share of points that end in competition, of all points."""
    found = phase_diagram(_PLAIN, *problem)
    return float((found.limits[:: _step(problem), :: _step(problem)] < 0.005).mean())


def _integrated(problem: Any) -> float:
    """Return the same by integrating the differential equation from 10 x 10 of the points."""
    from scipy.integrate import solve_ivp

    fidelities, starts = (part[:: _step(problem)] for part in problem)
    ends = []
    for rho in fidelities.tolist():
        model = CollusionDynamics(rho, _PLAIN)
        for start in starts.tolist():
            found = solve_ivp(
                lambda _, odds, m=model: [advantage(m, float(1 / (1 + np.exp(-odds[0]))))],
                (0, 2000), [float(log_odds(start))], rtol=1e-8, atol=1e-8,
                events=_stopping(),
            )  # fmt: skip
            ends.append(1 / (1 + np.exp(-found.y[0, -1])))
    return float((np.array(ends) < 0.005).mean())


def _stopping() -> Any:
    """Return the event that ends an integration in competition."""

    def low(_: float, odds: Any) -> float:
        return float(odds[0]) + 12.0

    low.terminal = True  # type: ignore[attr-defined]  # scipy reads it
    return [low]


def _step(problem: Any) -> int:
    """Return by how many points apart the solver of equations looks."""
    return max(1, len(problem[0]) // 10)


def wide(size: int, seed: int) -> Any:
    """Return the first passage with batches of a size."""
    return passage((size, 20_000), seed)


CASES = (
    Case(
        suite="collusion_dynamics",
        name="first passage, simulated",
        build=passage,
        sizes=((8, 100_000), (8, 1_000_000)),
        quick_sizes=((8, 20_000),),
        contenders=(
            Contender(name="eqsolve, compiled paths", run=_compiled, delivers="share", limit=60),
            Contender(name="eqsolve, grid", run=_by_grid, delivers="probability, verified"),
            Contender(name="numpy, three binomials", run=_numpy, delivers="share", limit=120),
        ),
        unit="rounds, paths",
        repeats=1,
        tolerance=0.02,
        note="Shares of simulated paths differ from the grid by chance: 4 standard deviations of "
        "20,000 paths are 0.01, of 1,000,000 paths 0.0014.",
        compiles=(8, 20_000),
    ),
    Case(
        suite="collusion_dynamics",
        name="first passage, large batches",
        build=wide,
        sizes=(8, 32),
        quick_sizes=(8,),
        contenders=(
            Contender(name="eqsolve, grid", run=_by_grid, delivers="probability to 1e-4, verified"),
            Contender(name="numpy, three binomials", run=_numpy, delivers="share of 20,000 paths"),
        ),
        unit="rounds a batch",
        repeats=1,
        tolerance=0.02,
    ),
    Case(
        suite="collusion_dynamics",
        name="phase diagram",
        build=diagram,
        sizes=(200, 2000),
        quick_sizes=(50,),
        contenders=(
            Contender(name="eqsolve", run=_closed, delivers="limits of all points"),
            Contender(
                name="scipy, solve_ivp",
                run=_integrated,
                package="scipy",
                delivers="limits of 100 points",
                limit=60,
            ),
        ),
        unit="fidelities = starts",
        repeats=1,
        tolerance=0.05,
        note="solve_ivp looks at 100 of the points only; both answer with the share of these that "
        "ends in competition.",
    ),
)
