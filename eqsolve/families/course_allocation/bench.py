"""Course allocation: A-CEEI beside fairpyx and beside the published loop in plain numpy.

Every contender starts from the same budgets and perturbations; ours verifies its answer inside the
clock.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built
from eqsolve.core.result import Result
from eqsolve.families.course_allocation.bench_fairpyx import aceei
from eqsolve.families.course_allocation.bench_picking import PICKING
from eqsolve.families.course_allocation.generate import RECIPES
from eqsolve.families.course_allocation.solution import CourseAllocationSolution
from eqsolve.families.course_allocation.solve import solve

__all__ = ["CASES"]

_SHIFT = 0.01
_STEPS = 2000


def additive(size: tuple[int, int, int], seed: int) -> Any:
    """Return a market of so many students, courses and courses a student."""
    students, courses, most = size
    return built(
        RECIPES, "additive", seed, students=students, courses=courses, most=most, supply=1.1
    )


def simulated(size: tuple[float, int], seed: int) -> Any:
    """Return a market of the simulator, with groups and conflicts."""
    supply, popular = size
    return built(RECIPES, "simulator", seed, supply=supply, popular=popular)


def _aceei(market: Any) -> Result[CourseAllocationSolution]:
    """Return what `aceei` finds, verified."""
    return solve(market, method="aceei", budget_perturbation=_SHIFT, time_limit=600.0)


def _cleared(market: Any) -> float:
    """Return the clearing error, which is 0: anything else is a failure and not a time."""
    error = _aceei(market).require().clearing_error
    assert error == 0
    return error


def _error(market: Any) -> float:
    """Return the clearing error of the best prices found, whatever it is."""
    result = _aceei(market)
    assert result.check is not None
    assert result.check.valid
    assert result.solution is not None
    assert result.solution.clearing_error is not None
    return result.solution.clearing_error


def _loop(market: Any) -> float:
    """Return the clearing error of the published loop: lists sorted once, a program every step."""
    from scipy.optimize import LinearConstraint, milp

    n, m = market.values.shape
    most = int(market.max_courses.max())
    bundles = [b for size in range(1, most + 1) for b in itertools.combinations(range(m), size)]
    table = np.zeros((len(bundles) + 1, m), dtype=np.int8)  # the empty bundle is last
    for row, bundle in enumerate(bundles):
        table[row, list(bundle)] = 1
    orders = [np.argsort(-(table @ values), kind="stable") for values in market.values]
    budgets = market.initial_budgets(np.random.default_rng(0))
    step = 0.3 * budgets.mean() / most / market.capacities.mean()
    prices = np.zeros(m)
    error = np.inf
    for _ in range(_STEPS):
        costs = table @ prices
        rows, owner = [], []
        for i, order in enumerate(orders):
            cost = costs[order]
            reach = np.flatnonzero(cost <= budgets[i] + _SHIFT)
            end = int(np.argmax(cost[reach] <= budgets[i] - _SHIFT))
            low = np.minimum.accumulate(cost[reach[: end + 1]])
            keep = np.concatenate([[True], low[1:] < low[:-1]])
            rows += order[reach[: end + 1][keep]].tolist()
            owner += [i] * int(keep.sum())
        taken = table[rows].T.astype(float)
        k = len(rows)
        choose = np.zeros((n, k))
        choose[owner, np.arange(k)] = 1
        eye, none = np.eye(m), np.zeros((m, m))
        priced = np.diag((prices > 0).astype(float))
        over = np.hstack([taken, -eye, none])
        under = np.hstack([-priced @ taken, none, -eye])
        answer = milp(
            np.concatenate([np.zeros(k), np.ones(2 * m)]),
            integrality=np.concatenate([np.ones(k), np.zeros(2 * m)]),
            constraints=[
                LinearConstraint(np.hstack([choose, np.zeros((n, 2 * m))]), 1, 1),
                LinearConstraint(over, -np.inf, market.capacities),
                LinearConstraint(under, -np.inf, -priced @ market.capacities),
            ],
        )
        excess = np.rint(taken @ answer.x[:k]) - market.capacities
        z = np.where(prices > 0, excess, np.maximum(excess, 0))
        error = float(np.linalg.norm(z))
        if error == 0:
            break
        prices = np.maximum(prices + step * z, 0.0)
    return error


def _fairpyx(market: Any) -> float:
    """Return how many seats too many fairpyx gives: 0, since its loop ends at nothing else."""
    most = int(market.max_courses.max())
    budgets = market.initial_budgets(np.random.default_rng(0))
    delta = 0.3 * float(budgets.mean()) / most / float(market.capacities.mean())
    found = aceei(market, budgets, delta, _SHIFT)
    for i, bundle in enumerate(found):
        if len(set(bundle)) < len(bundle) or len(bundle) > most:
            raise AssertionError(f"student {i} has {bundle}, at most {most} are allowed")
    counts = np.bincount([j for bundle in found for j in bundle], minlength=market.n_courses)
    return float(np.maximum(counts - market.capacities, 0).sum())


_OURS = Contender(
    name="eqsolve aceei", run=_cleared, limit=600.0, delivers="equilibrium, verified, with envy"
)
_BEST = replace(_OURS, run=_error, delivers="best prices found, verified, with envy")

CASES = (
    Case(
        suite="courses",
        name="A-CEEI, additive",
        build=additive,
        sizes=((30, 12, 4), (50, 15, 5), (100, 25, 5)),
        quick_sizes=((30, 12, 4),),
        contenders=(
            _OURS,
            Contender(
                name="numpy and HiGHS", run=_loop, limit=300.0, delivers="prices, nothing verified"
            ),
            Contender(
                name="fairpyx",
                run=_fairpyx,
                package="fairpyx",
                limit=300.0,
                delivers="allocation without a seat too many",
            ),
        ),
        unit="students, courses, courses a student",
        repeats=1,
        note="Answers are clearing errors, for fairpyx seats too many: all are 0.",
        compiles=(30, 12, 4),
    ),
    Case(
        suite="courses",
        name="A-CEEI, groups and conflicts",
        build=simulated,
        sizes=((1.25, 9), (1.25, 6), (1.1, 9), (1.1, 6)),
        quick_sizes=((1.25, 9),),
        contenders=(_OURS,),
        unit="supply, popular courses; 100 students, 25 courses",
        repeats=3,
        note="All clear exactly. One second on one processor is the goal.",
        compiles=(1.25, 9),
    ),
    Case(
        suite="courses",
        name="A-CEEI, many students",
        build=additive,
        sizes=((1000, 50, 5), (1700, 350, 5)),
        quick_sizes=((300, 50, 5),),
        contenders=(_BEST,),
        unit="students, courses, courses a student",
        repeats=1,
        note="Answers are clearing errors. The goals are 60 s and ten minutes.",
    ),
    *PICKING,
)
