"""Values in games of many agents: one dynamic program for welfare, one for each agent.

An **option table** holds for each state the joint actions that one decision maker chooses among:
all of them for the welfare, those in which the others follow for an agent.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["Lotteries", "joint_index", "options_of", "stationary_best", "stationary_value"]

TIE = 1e-9
"""Share of the values within which joint actions count as equally good."""


class Lotteries:
    """The lotteries of a game as a sparse matrix, for expectations."""

    def __init__(self, game: ContractGame) -> None:
        from scipy.sparse import csr_array

        shape = (len(game.indptr) - 1, game.n_states)
        self.game = game
        self.matrix = csr_array((game.chances, game.states, game.indptr), shape=shape)

    def expected(self, values: FloatArray) -> FloatArray:
        """Return the discounted expectation of values (S,) or (S, k) by lottery."""
        found: FloatArray = self.game.discount * (self.matrix @ values)
        return found


def joint_index(game: ContractGame, profile: IntArray) -> IntArray:
    """Return the numbers of joint actions, shape (...); `profile` is (..., n)."""
    found = np.zeros(profile.shape[:-1], dtype=np.int64)
    for i, size in enumerate(game.sizes):
        found = found * size + profile[..., i]
    return found


def options_of(game: ContractGame, joint: IntArray, agent: int) -> IntArray:
    """Return the joint actions (S, a_i) in which all but one agent follow `joint` (S,)."""
    step = int(np.prod(game.sizes[agent + 1 :], dtype=np.int64))
    size = game.sizes[agent]
    base = joint - joint // step % size * step
    return base[:, None] + step * np.arange(size)


def _solve(lotteries: Lotteries, moves: IntArray, rewards: FloatArray) -> FloatArray:
    """Return the values of fixed moves (S,): numbers of lotteries."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    n = lotteries.game.n_states
    system = (eye_array(n) - lotteries.game.discount * lotteries.matrix[moves]).tocsc()
    values: FloatArray = splu(system).solve(rewards)
    return values


def stationary_value(lotteries: Lotteries, rewards: FloatArray, joint: IntArray) -> FloatArray:
    """Return the values (S,) of a stationary joint policy for rewards (S, J)."""
    rows = np.arange(len(joint))
    return _solve(lotteries, lotteries.game.moves[rows, joint], rewards[rows, joint])


def stationary_best(
    lotteries: Lotteries, rewards: FloatArray, options: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return the best values (S,) among options (S, k), and the option chosen, lowest of equals."""
    game = lotteries.game
    rows = np.arange(game.n_states)[:, None]
    own, moves = rewards[rows, options], game.moves[rows, options]
    choice = own.argmax(axis=1)
    least = (float(np.abs(rewards).max()) / (1 - game.discount)) * 2.0**-42
    while True:
        at = rows[:, 0], choice
        values = _solve(lotteries, moves[at], own[at])
        worth = own + lotteries.expected(values)[moves]
        gain = worth.max(axis=1) - worth[at]
        if not (gain > least).any():
            break
        choice = np.where(gain > least, worth.argmax(axis=1), choice)
    near = worth >= worth.max(axis=1, keepdims=True) - np.maximum(
        TIE * np.abs(values)[:, None], least
    )
    return values, near.argmax(axis=1)
