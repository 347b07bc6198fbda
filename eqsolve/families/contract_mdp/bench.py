"""Contracts: least payments, whole stages and first bests, beside HiGHS, SciPy and QuantEcon."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.contract_mdp.dynamics import expected, optimum
from eqsolve.families.contract_mdp.generate import RECIPES
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.solve import solve

__all__ = ["CASES"]

_RIVALS, _OUTCOMES = 10, 5


def programs(size: int, seed: int) -> Any:
    """Return one-shot problems, as states of one game: 10 actions, 5 outcomes."""
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(_OUTCOMES), (size, _RIVALS))
    return probs, -rng.random((size, _RIVALS)), rng.integers(0, _RIVALS, size)


def ours(problem: Any) -> float:
    """Return the sum of the least payments that exist."""
    from eqsolve.families.contract_mdp.kernels.payments import cheapest_contracts

    probs, q, actions = problem
    found = cheapest_contracts(probs, q, np.ones(q.shape, dtype=bool), actions)[0]
    return float(found[np.isfinite(found)].sum())


def by_scipy(problem: Any) -> float:
    """Do the same with one call of SciPy for each."""
    from scipy.optimize import linprog

    total = 0.0
    for probs, q, a in zip(*problem, strict=True):
        found = linprog(probs[a], A_ub=probs - probs[a], b_ub=q[a] - q, method="highs")
        total += found.fun if found.status == 0 else 0.0
    return total


@cache
def _worker() -> ProcessPoolExecutor:
    """Return a process of its own: highspy does not load beside other builds of HiGHS."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


def by_highspy(problem: Any) -> float:
    """Do the same with one HiGHS model for each, passed as arrays."""
    return _worker().submit(highspy_total, problem).result()


def highspy_total(problem: Any) -> float:
    """Return the sum of the payments, in the worker process."""
    import highspy

    total = 0.0
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    for probs, q, a in zip(*problem, strict=True):
        rows = np.delete(probs[a] - probs, a, axis=0)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = rows.shape[1], rows.shape[0]
        model.col_cost_ = probs[a]
        model.col_lower_ = np.zeros(rows.shape[1])
        model.col_upper_ = np.full(rows.shape[1], highspy.kHighsInf)
        model.row_lower_ = np.delete(q - q[a], a)
        model.row_upper_ = np.full(rows.shape[0], highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.arange(rows.shape[0] + 1) * rows.shape[1]
        model.a_matrix_.index_ = np.tile(np.arange(rows.shape[1]), rows.shape[0])
        model.a_matrix_.value_ = rows.ravel()
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            total += solver.getInfo().objective_function_value
    return total


def game(size: tuple[int, int], seed: int) -> ContractMDP:
    """Return a random game with (states, periods), 10 actions, 5 outcomes."""
    states, periods = size
    found: ContractMDP = built(
        RECIPES, "random", seed, states=states, actions=10, outcomes=5, horizon=periods
    )
    return found


def lasting(size: int, seed: int) -> ContractMDP:
    """Return a random game without a horizon, discount 0.9."""
    found: ContractMDP = built(
        RECIPES, "random", seed, states=size, actions=10, outcomes=5, horizon=0, discount=0.9
    )
    return found


def tree(size: int, seed: int) -> ContractMDP:
    """Return a binary tree."""
    found: ContractMDP = built(RECIPES, "tree", seed, depth=size)
    return found


def our_first_best(mdp: ContractMDP) -> float:
    """Return the sum over states of the greatest welfare."""
    reward = mdp.agent_rewards + expected(mdp, mdp.principal_rewards)
    return float(optimum(mdp, reward, mdp.exists).values.sum())


def quantecon_first_best(mdp: ContractMDP) -> float:
    """Return the same by QuantEcon; making its model is part of the price."""
    from quantecon.markov import DiscreteDP
    from scipy.sparse import csr_array

    n, actions, outcomes = mdp.probabilities.shape
    reward = (mdp.agent_rewards + expected(mdp, mdp.principal_rewards)).ravel()
    rows = np.repeat(np.arange(n * actions), outcomes)
    columns = np.repeat(mdp.successors[:, None, :, 0], actions, axis=1).ravel()
    moves = csr_array((mdp.probabilities.ravel(), (rows, columns)), shape=(n * actions, n))
    states, choices = np.divmod(np.arange(n * actions), actions)
    model = DiscreteDP(reward, moves.tocsr(), mdp.discount, states, choices)
    return float(model.solve(method="policy_iteration").v.sum())


CASES = (
    Case(
        suite="contracts",
        name="least payments",
        build=programs,
        sizes=(1_000, 10_000, 100_000),
        quick_sizes=(50,),
        contenders=(
            Contender(name="eqsolve", run=ours, delivers="payments and duals", limit=60),
            Contender(
                name="highspy", run=by_highspy, package="highspy", delivers="payments", limit=20
            ),
            Contender(
                name="scipy linprog", run=by_scipy, package="scipy", delivers="payments", limit=20
            ),
        ),
        unit="programs of 10 actions and 5 outcomes",
        repeats=3,
        tolerance=1e-6,
        compiles=True,
    ),
    Case(
        suite="contracts",
        name="equilibrium",
        build=game,
        sizes=((1_000, 1), (10_000, 1), (100_000, 1)),
        quick_sizes=((20, 2),),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "backward_induction"),
                delivers="equilibrium, verified",
                limit=300,
            ),
            Contender(
                name="HiGHS, every program",
                run=objective_of(solve, "highs"),
                package="scipy",
                delivers="equilibrium, verified",
                limit=20,
            ),
        ),
        unit="states, periods (10 actions, 5 outcomes)",
        repeats=3,
        tolerance=1e-6,
        compiles=True,
    ),
    Case(
        suite="contracts",
        name="tree",
        build=tree,
        sizes=(6, 8, 10),
        quick_sizes=(4,),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "backward_induction"),
                delivers="equilibrium, verified",
                limit=60,
            ),
        ),
        unit="periods",
        repeats=5,
        compiles=True,
    ),
    Case(
        suite="contracts",
        name="first best",
        build=lasting,
        sizes=(1_000, 10_000),
        quick_sizes=(30,),
        contenders=(
            Contender(name="eqsolve", run=our_first_best, delivers="optimal values", limit=60),
            Contender(
                name="QuantEcon DiscreteDP",
                run=quantecon_first_best,
                package="quantecon",
                delivers="optimal values",
                limit=60,
            ),
        ),
        unit="states (discount 0.9)",
        repeats=3,
        tolerance=1e-6,
    ),
)
