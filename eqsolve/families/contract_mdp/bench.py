"""Contracts: least payments, stages, first bests, learning; beside HiGHS, SciPy, QuantEcon."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built, objective_of, peer_process
from eqsolve.families.contract_mdp.dynamics import continuation, expected, optimum
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


def by_highspy(problem: Any) -> float:
    """Do the same with one HiGHS model for each, passed as arrays."""
    return peer_process("highspy").submit(highspy_total, problem).result()


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


def by_cvxpy(problem: Any) -> float:
    """Do the same with one parametrized model, made once for all programs."""
    import cvxpy

    probs, q, actions = problem
    own = cvxpy.Parameter(_OUTCOMES, nonneg=True)
    more, short = cvxpy.Parameter((_RIVALS - 1, _OUTCOMES)), cvxpy.Parameter(_RIVALS - 1)
    contract = cvxpy.Variable(_OUTCOMES, nonneg=True)
    model = cvxpy.Problem(cvxpy.Minimize(own @ contract), [more @ contract >= short])
    total = 0.0
    for row, values, a in zip(probs, q, actions, strict=True):
        own.value = row[a]
        more.value = np.delete(row[a] - row, a, axis=0)
        short.value = np.delete(values - values[a], a)
        model.solve(solver="CLARABEL")  # type: ignore[no-untyped-call]
        total += model.value if model.status == "optimal" else 0.0
    return float(total)


def game(size: tuple[int, int], seed: int) -> ContractMDP:
    """Return a random game with (states, periods), 10 actions, 5 outcomes."""
    states, periods = size
    found: ContractMDP = built(
        RECIPES, "random", seed, states=states, actions=10, outcomes=5, horizon=periods
    )
    return found


def tree(size: int, seed: int) -> ContractMDP:
    """Return a binary tree."""
    found: ContractMDP = built(RECIPES, "tree", seed, depth=size)
    return found


def learned(problem: tuple[ContractMDP, int]) -> float:
    """Return what learned contracts earn, as a share of the equilibrium's value."""
    mdp, episodes = problem
    solution = solve(mdp, method="q_learning", episodes=episodes, nudge=0.005).solution
    assert solution is not None
    assert solution.learning is not None
    return solution.principal_value / float(solution.learning["spe"])


def welfare_game(size: int, seed: int) -> tuple[ContractMDP, Any]:
    """Return a game without a horizon, discount 0.9, and the same for QuantEcon."""
    mdp: ContractMDP = built(
        RECIPES, "random", seed, states=size, actions=_RIVALS, outcomes=_OUTCOMES, horizon=0,
        discount=0.9,
    )  # fmt: skip
    return mdp, _quantecon_model(mdp) if find_spec("quantecon") else None


def _quantecon_model(mdp: ContractMDP) -> Any:
    """Return the decision process of the welfare, state-action pairs with sparse moves."""
    from quantecon.markov import DiscreteDP
    from scipy.sparse import csr_array

    n, actions, outcomes = mdp.probabilities.shape
    rows = np.repeat(np.arange(n * actions), outcomes)
    columns = np.repeat(mdp.successors[:, None, :, 0], actions, axis=1).ravel()
    moves = csr_array((mdp.probabilities.ravel(), (rows, columns)), shape=(n * actions, n))
    states, choices = np.divmod(np.arange(n * actions), actions)
    return DiscreteDP(_welfare(mdp).ravel(), moves, mdp.discount, states, choices)


def _welfare(mdp: ContractMDP) -> Any:
    """Return the reward of both together, (S, A)."""
    return mdp.agent_rewards + expected(mdp, mdp.principal_rewards)


def our_first_best(problem: tuple[ContractMDP, Any]) -> float:
    """Return the sum over states of the greatest welfare."""
    mdp = problem[0]
    return float(optimum(mdp, _welfare(mdp), mdp.exists).values.sum())


def quantecon_first_best(problem: tuple[ContractMDP, Any]) -> float:
    """Return the same by modified policy iteration, accurate to about 1e-9."""
    model = problem[1]
    return float(model.solve(method="modified_policy_iteration", epsilon=1e-9).v.sum())


def our_step(problem: tuple[ContractMDP, Any]) -> float:
    """Return the sum of the values after one Bellman step from 1 in each state."""
    mdp = problem[0]
    after = expected(mdp, continuation(mdp, np.ones(mdp.n_states)))
    return float((_welfare(mdp) + after).max(axis=1).sum())


def quantecon_step(problem: tuple[ContractMDP, Any]) -> float:
    """Return the same by QuantEcon."""
    return float(problem[1].bellman_operator(np.ones(problem[0].n_states)).sum())


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
            Contender(
                name="cvxpy, parameters",
                run=by_cvxpy,
                package="cvxpy",
                delivers="payments",
                limit=20,
            ),
        ),
        unit="programs of 10 actions and 5 outcomes",
        repeats=3,
        tolerance=1e-6,
        compiles=10,
    ),
    Case(
        suite="contracts",
        name="equilibrium",
        build=game,
        sizes=((100, 1), (10_000, 1), (100_000, 1)),
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
        compiles=(300, 1),
    ),
    Case(
        suite="contracts",
        name="equilibrium of fifty stages",
        build=game,
        sizes=((10_000, 50), (100_000, 50)),
        quick_sizes=((20, 5),),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "backward_induction", time_limit=600.0),
                delivers="equilibrium, verified",
                limit=600,
            ),
        ),
        unit="states, periods (10 actions, 5 outcomes)",
        repeats=1,
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
    ),
    Case(
        suite="contracts",
        name="learning on a tree",
        build=lambda size, seed: (tree(size[0], seed), size[1]),
        sizes=((10, 300_000), (10, 3_000_000)),
        quick_sizes=((3, 1_000),),
        contenders=(
            Contender(
                name="eqsolve, q_learning",
                run=learned,
                delivers="share of the equilibrium's value",
                limit=120,
            ),
        ),
        unit="periods, episodes (nudge 0.005)",
        repeats=1,
        compiles=(3, 1_000),
    ),
    Case(
        suite="contracts",
        name="first best",
        build=welfare_game,
        sizes=(1_000, 10_000, 100_000),
        quick_sizes=(30,),
        contenders=(
            Contender(name="eqsolve", run=our_first_best, delivers="optimal values", limit=60),
            Contender(
                name="QuantEcon DiscreteDP",
                run=quantecon_first_best,
                package="quantecon",
                delivers="optimal values, its model made before",
                limit=60,
            ),
        ),
        unit="states (discount 0.9)",
        repeats=3,
        tolerance=1e-6,
    ),
    Case(
        suite="contracts",
        name="one Bellman step",
        build=welfare_game,
        sizes=(1_000, 100_000),
        quick_sizes=(30,),
        contenders=(
            Contender(name="eqsolve", run=our_step, delivers="values", limit=60),
            Contender(
                name="QuantEcon DiscreteDP",
                run=quantecon_step,
                package="quantecon",
                delivers="values, its model made before",
                limit=60,
            ),
        ),
        unit="states (discount 0.9)",
        repeats=5,
        tolerance=1e-9,
    ),
)
