"""Trading networks: the fee curve in assignment solves, the optimum against the plain program."""

from __future__ import annotations

from typing import Any

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.trading_network.generate import RECIPES
from eqsolve.families.trading_network.solve import solve

__all__ = ["CASES"]


def network(size: int, seed: int) -> Any:
    """Return a random network of size x size with 30 % known pairs and real values."""
    return built(RECIPES, "uniform", seed, buyers=size)


def whole(size: int, seed: int) -> Any:
    """Return the same with whole values."""
    return built(RECIPES, "integers", seed, buyers=size)


def full_curve(instance: Any) -> float:
    """Find all breakpoints of the fee curve; return the welfare at its end, fee 0."""
    import eqsolve

    return float(eqsolve.fee_curve(instance).points[-1].welfare)


def one_assignment(instance: Any) -> float:
    """Solve one assignment problem of the same size, for scale."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    values = np.nan_to_num(np.asarray(instance.values), nan=0.0)
    rows, columns = linear_sum_assignment(values, maximize=True)
    return float(values[rows, columns].sum())


CASES = (
    Case(
        suite="trading",
        name="full fee curve",
        build=network,
        sizes=(100, 200, 500, 1000, 2000),
        quick_sizes=(20, 50),
        contenders=(
            Contender(name="eqsolve", run=full_curve, delivers="all breakpoints", limit=90),
            Contender(
                name="scipy, one assignment",
                run=one_assignment,
                package="scipy",
                delivers="one matching",
            ),
        ),
        unit="buyers = sellers",
        repeats=3,
        tolerance=1e-6,
        note="The peer solves one assignment problem: the ratio says how many of them a whole "
        "fee curve costs. Answers are the welfare at fee 0.",
        compiles=20,
    ),
    Case(
        suite="trading",
        name="exact optimum",
        build=whole,
        sizes=(6, 8, 10, 12),
        quick_sizes=(4, 6),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "exact"),
                delivers="optimal revenue, proved",
                limit=60,
            ),
            Contender(
                name="plain program, HiGHS",
                run=objective_of(solve, "plain", time_limit=120.0),
                package="ortools",
                delivers="optimal revenue",
                limit=120,
            ),
        ),
        unit="buyers = sellers",
        repeats=3,
        compiles=4,
    ),
)
