"""The verifier's own dynamic programs: options, what they are worth, values without a horizon.

Options come first and states last. Without a horizon values of fixed moves are a linear system:
sweeps where the discount makes them few, else a sparse factorization.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["Model", "Options"]

_SMALL, _WORK = 1000, 2e9
"""States from which sweeps are taken instead of a factorization, and multiplications up to which.
"""


class Options(NamedTuple):
    """What may be done in each state: rewards and lotteries that follow, shape (k, S)."""

    rewards: FloatArray
    moves: IntArray

    def worth(self, after: FloatArray) -> FloatArray:
        """Return the worth of each option given that of each lottery."""
        found: FloatArray = self.rewards + np.take(after, self.moves)
        return found


class Model:
    """A game with the expectations of its lotteries."""

    def __init__(self, game: ContractGame) -> None:
        from scipy.sparse import csr_array

        self.game = game
        self.columns = np.arange(game.n_states)
        shape = (len(game.indptr) - 1, game.n_states)
        self.matrix = csr_array((game.chances, game.states, game.indptr), shape=shape)

    def after(self, values: FloatArray) -> FloatArray:
        """Return the discounted expectation of values (S,) or (S, k) by lottery."""
        return np.asarray(self.game.discount * (self.matrix @ values))

    def all_options(self) -> Options:
        """Return all joint actions, with the sum of all rewards."""
        total = self.game.rewards.sum(axis=0)
        return Options(np.ascontiguousarray(total.T), np.ascontiguousarray(self.game.moves.T))

    def own_options(self, profile: IntArray, agent: int) -> Options:
        """Return what one agent may do while the others follow a profile (S, n)."""
        game = self.game
        changed = list(profile.T)
        numbers = []
        for action in range(game.sizes[agent]):
            changed[agent] = np.full(game.n_states, action)
            numbers.append(np.ravel_multi_index(tuple(changed), game.sizes))
        joint = np.array(numbers)
        return Options(game.rewards[agent][self.columns, joint], game.moves[self.columns, joint])

    def chosen(self, options: Options, actions: IntArray) -> Options:
        """Return the one option (1, S) that `actions` (S,) name."""
        at = actions, self.columns
        return Options(options.rewards[at][None], options.moves[at][None])

    def forever(self, options: Options, begin: FloatArray) -> FloatArray:
        """Return the values (S,) of a single option for each state; sweeps start at `begin`."""
        game, rewards = self.game, options.rewards[0]
        moves = game.discount * self.matrix[options.moves[0]]
        sweeps = math.ceil(math.log(1e-17 * (1 - game.discount)) / math.log(game.discount))
        if game.n_states <= _SMALL or sweeps * moves.nnz > _WORK:
            return _factorized(moves, rewards)
        values = begin
        for _ in range(sweeps):
            before, values = values, rewards + moves @ values
            if np.abs(values - before).max() <= 2.0**-52 * np.abs(values).max():
                break
        return values

    def best_forever(self, options: Options) -> FloatArray:
        """Return the best values (S,) by Newton steps on the optimality equation."""
        values = np.zeros(self.game.n_states)
        for _ in range(1000):
            choice = options.worth(self.after(values)).argmax(axis=0)
            before, values = values, self.forever(self.chosen(options, choice), values)
            if np.abs(values - before).max() <= 1e-13 * np.abs(values).max():
                break
        return values


def _factorized(moves: Any, rewards: FloatArray) -> FloatArray:
    """Return the solution of ``values = rewards + moves values`` by a sparse factorization."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    values: FloatArray = splu((eye_array(len(rewards)) - moves).tocsc()).solve(rewards)
    return values
