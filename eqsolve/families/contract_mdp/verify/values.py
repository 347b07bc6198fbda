"""The verifier's own dynamic programs: values of a policy, first best, values without payments.

A table of values is (S,), or (S, k) for k of them at once. Without a horizon a policy is a linear
system: dense while it is small, else as many sweeps as the discount asks for, or a sparse
factorization where that would be too many.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["Model"]

_DENSE = 300
"""States up to which systems are dense."""

_WORK = 2e9
"""Multiplications up to which sweeps are taken instead of a factorization."""


class Model:
    """An instance with what every check needs.

    Attributes
    ----------
    mdp : the instance.
    reward, gain : shape (S, A): the agent's reward, the principal's mean reward of the period.
    """

    def __init__(self, mdp: ContractMDP) -> None:
        self.mdp = mdp
        self.reward = mdp.agent_rewards
        self.gain = self.mean(mdp.principal_rewards)
        self.rows = np.arange(mdp.n_states)

    def mean(self, table: FloatArray) -> FloatArray:
        """Return expectations over outcomes, (S, A) or (S, A, k), of (S, O) or (S, O, k)."""
        if table.ndim == 2:
            found: FloatArray = np.einsum("sao,so->sa", self.mdp.probabilities, table)
        else:
            found = np.matmul(self.mdp.probabilities, table)
        return found

    def after(self, values: FloatArray) -> FloatArray:
        """Return the discounted expectation of what follows each action, (S, A) or (S, A, k)."""
        mdp = self.mdp
        padded = np.concatenate([values, np.zeros((1, *values.shape[1:]))])
        worth = padded[mdp.successors]
        chance = mdp.successor_probs.reshape(*mdp.successor_probs.shape, *(1,) * (values.ndim - 1))
        return mdp.discount * self.mean((worth * chance).sum(axis=2))

    def pick(self, table: FloatArray, actions: IntArray) -> FloatArray:
        """Return each state's entry of its action, 0 in terminal states."""
        entries = table[self.rows, np.maximum(actions, 0)]
        alive = (actions >= 0).reshape(-1, *(1,) * (entries.ndim - 1))
        return np.where(alive, entries, 0.0)

    def chances(self, actions: IntArray) -> FloatArray:
        """Return how likely each outcome is under actions, (S, O), terminal rows 0."""
        return self.pick(self.mdp.probabilities, actions)

    def forever(
        self, chances: FloatArray, rewards: FloatArray, guess: FloatArray | None = None
    ) -> FloatArray:
        """Return discounted sums of rewards (S,) or (S, k) for fixed chances of outcomes (S, O).

        `guess` is where sweeps begin.
        """
        mdp, n = self.mdp, self.mdp.n_states
        entries = mdp.discount * chances[:, :, None] * mdp.successor_probs
        there = (mdp.successors >= 0) & (entries != 0)
        rows, columns = np.nonzero(there)[0], mdp.successors[there]
        if n <= _DENSE:
            matrix = np.eye(n)
            np.subtract.at(matrix, (rows, columns), entries[there])
            return np.asarray(np.linalg.solve(matrix, rewards), dtype=np.float64)
        from scipy.sparse import csr_array

        moves = csr_array((entries[there], (rows, columns)), shape=(n, n))
        sweeps = math.ceil(math.log(1e-17 * (1 - mdp.discount)) / math.log(mdp.discount))
        if sweeps * moves.nnz > _WORK:
            return _factorized(moves, rewards)
        values = np.zeros_like(rewards) if guess is None else guess
        for _ in range(sweeps):
            new = rewards + moves @ values
            moved = np.abs(new - values).max(initial=0.0)
            values = new
            if moved <= 2.0**-52 * np.abs(values).max(initial=0.0):
                break
        return values

    def first_best(self) -> FloatArray:
        """Return the greatest welfare from each state on, (S,)."""
        return self.best(self.reward + self.gain, self.mdp.exists)

    def best(self, rewards: FloatArray, allowed: BoolArray) -> FloatArray:
        """Return the values of the best policy at the first stage, (S,)."""
        mdp = self.mdp
        if mdp.horizon is None:
            return self._best_forever(rewards, allowed)
        values = np.zeros(mdp.n_states)
        for _ in range(mdp.horizon):
            values = _greatest(rewards + self.after(values), allowed)
        return values

    def _best_forever(self, rewards: FloatArray, allowed: BoolArray) -> FloatArray:
        """Return the optimum by Newton steps on the optimality equation."""
        alive = allowed.any(axis=1)
        values = np.zeros(self.mdp.n_states)
        for _ in range(1000):
            worth = np.where(allowed, rewards + self.after(values), -np.inf)
            choice = np.where(alive, worth.argmax(axis=1), -1)
            new = self.forever(self.chances(choice), self.pick(rewards, choice), values)
            close = np.abs(new - values).max(initial=0.0) <= 1e-13 * np.abs(new).max(initial=0.0)
            values = new
            if close:
                break
        return values

    def unpaid(self) -> tuple[FloatArray, FloatArray]:
        """Return values (S,) of agent and principal when nothing is paid, his ties in her favor."""
        mdp = self.mdp
        if mdp.horizon is None:
            his = self.best(self.reward, mdp.exists)
            free = self._favorites(self.reward + self.after(his))
            return his, self.best(self.gain, free)
        both = np.zeros((mdp.n_states, 2))
        for _ in range(mdp.horizon):
            worth = np.stack([self.reward, self.gain], axis=2) + self.after(both)
            free = self._favorites(worth[:, :, 0])
            his = _greatest(worth[:, :, 0], mdp.exists)
            both = np.column_stack([his, _greatest(worth[:, :, 1], free)])
        return both[:, 0], both[:, 1]

    def _favorites(self, q: FloatArray) -> BoolArray:
        """Return which actions are best for the agent up to rounding, (S, A)."""
        exists = self.mdp.exists
        top = np.where(exists, q, -np.inf).max(axis=1)
        slack = 2.0**-44 * np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0)
        found: BoolArray = np.logical_and(exists, q >= (top - slack)[:, None])
        return found


def _greatest(worth: FloatArray, allowed: BoolArray) -> FloatArray:
    """Return the greatest allowed entry of each row, 0 where there is none."""
    found = np.where(allowed, worth, -np.inf).max(axis=1)
    return np.where(allowed.any(axis=1), found, 0.0)


def _factorized(moves: Any, rewards: FloatArray) -> FloatArray:
    """Return the solution of ``values = rewards + moves values`` by a sparse factorization."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    values: FloatArray = splu((eye_array(moves.shape[0]) - moves).tocsc()).solve(rewards)
    return values
