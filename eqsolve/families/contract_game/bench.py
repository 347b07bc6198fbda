"""Games of many agents: least bonuses in the Coin Game, beside plain numpy and HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender, built, objective_of
from eqsolve.families.contract_game.generate import RECIPES
from eqsolve.families.contract_game.instance import ContractGame
from eqsolve.families.contract_game.solve import solve

__all__ = ["CASES"]


def coins(size: tuple[int, int], seed: int) -> Any:
    """Return the Coin Game with (side, steps)."""
    return built(RECIPES, "coin_game", seed, size=size[0], steps=size[1])


def random(size: int, seed: int) -> Any:
    """Return a random game with so many states, 2 agents, 3 actions, 3 periods."""
    return built(RECIPES, "random", seed, states=size)


def figures(game: ContractGame) -> tuple[float, float]:
    """Return welfare and cost of the answer, verified."""
    solution = solve(game, method="exploitability", time_limit=600.0).require()
    return solution.welfare, solution.cost


def plain_numpy(game: ContractGame) -> tuple[float, float]:
    """Return the same by the two recursions as one would write them down, nothing kept."""
    from scipy.sparse import csr_array

    assert game.horizon is not None
    n, rows = game.n_states, np.arange(game.n_states)
    shape = len(game.indptr) - 1, n
    chances = csr_array((game.chances, game.states, game.indptr), shape=shape)
    total, shaped = game.rewards.sum(axis=0), game.rewards.reshape(2, n, *game.sizes)
    moves = game.moves.reshape(n, *game.sizes)
    best, follow, reply = np.zeros(n), np.zeros((2, n)), np.zeros((2, n))
    for _ in range(game.horizon):
        worth = total + (chances @ best)[game.moves]
        best = worth.max(axis=1)
        joint = (worth >= (best - 1e-9 * np.abs(best))[:, None]).argmax(axis=1)
        one, two = np.unravel_index(joint, game.sizes)
        for i, at in enumerate(((rows, slice(None), two), (rows, one, slice(None)))):
            now, then = shaped[i][at], moves[at]
            own = rows, (one, two)[i]
            follow[i] = (now + (chances @ follow[i])[then])[own]
            reply[i] = (now + (chances @ reply[i])[then]).max(axis=1)
    return float(game.start @ best), float(game.start @ (reply - follow).sum(axis=0))


CASES = (
    Case(
        suite="steering",
        name="coin game",
        build=coins,
        sizes=((3, 20), (5, 50), (7, 50)),
        quick_sizes=((2, 3),),
        contenders=(
            Contender(name="eqsolve", run=figures, delivers="bonuses, verified", limit=300),
            Contender(
                name="plain numpy",
                run=plain_numpy,
                package="numpy",
                delivers="welfare, cost",
                limit=300,
            ),
        ),
        unit="side, steps",
        repeats=1,
        tolerance=1e-9,
    ),
    Case(
        suite="steering",
        name="random games",
        build=random,
        sizes=(4, 20, 50),
        quick_sizes=(4,),
        contenders=(
            Contender(
                name="eqsolve",
                run=objective_of(solve, "exploitability"),
                delivers="bonuses, verified",
            ),
            Contender(
                name="linear programs, HiGHS",
                run=objective_of(solve, "lp"),
                package="scipy",
                delivers="bonuses, verified",
                limit=60,
            ),
        ),
        unit="states",
        repeats=3,
        tolerance=1e-6,
    ),
)
