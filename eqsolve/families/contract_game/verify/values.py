"""The verifier's own dynamic programs: options, what they are worth, values without a horizon.

Options come first and states last. Without a horizon values of fixed moves are a linear system:
dense while it is small, else sweeps where the discount makes them few, or a sparse factorization.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_game.instance import ContractGame

__all__ = ["Model", "Options"]

_DENSE = 1_000_000
"""Numbers up to which the matrix of lotteries is dense."""

_WORK = 2e9
"""Multiplications up to which sweeps are taken instead of a factorization."""


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
        self.game = game
        self.columns = np.arange(game.n_states)
        shape = len(game.indptr) - 1, game.n_states
        self.matrix: Any
        if shape[0] * shape[1] <= _DENSE:
            self.matrix = np.zeros(shape)
            owners = np.repeat(np.arange(shape[0]), np.diff(game.indptr))
            self.matrix[owners, game.states] = game.chances
        else:
            from scipy.sparse import csr_array

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
        if isinstance(moves, np.ndarray):
            return np.linalg.solve(np.eye(game.n_states) - moves, rewards)
        sweeps = math.ceil(math.log(1e-17 * (1 - game.discount)) / math.log(game.discount))
        if sweeps * moves.nnz > _WORK:
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
