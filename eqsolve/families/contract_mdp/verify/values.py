"""The verifier's own dynamic programs: values of a policy, first best, values without payments."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = ["Model"]


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
        """Return expectations over outcomes, (S, A); `table` is (S, O)."""
        found: FloatArray = np.matmul(self.mdp.probabilities, table[..., None])[..., 0]
        return found

    def after(self, values: FloatArray) -> FloatArray:
        """Return the discounted expectation of what follows each action, (S, A)."""
        padded = np.concatenate([values, [0.0]])
        worth = np.sum(padded[self.mdp.successors] * self.mdp.successor_probs, axis=-1)
        return self.mdp.discount * self.mean(worth)

    def moves(self, actions: IntArray) -> FloatArray:
        """Return transition probabilities under actions, (S, S), terminal rows 0."""
        mdp = self.mdp
        n = mdp.n_states
        found = np.zeros((n, n))
        for k in range(mdp.successors.shape[2]):
            for o in range(mdp.n_outcomes):
                to = mdp.successors[:, o, k]
                chance = mdp.probabilities[self.rows, np.maximum(actions, 0), o]
                chance = chance * mdp.successor_probs[:, o, k]
                there = (actions >= 0) & (to >= 0)
                np.add.at(found, (self.rows[there], to[there]), chance[there])
        return found

    def forever(self, moves: FloatArray, rewards: FloatArray) -> FloatArray:
        """Return discounted sums of rewards under fixed transitions."""
        n = len(rewards)
        found = np.linalg.solve(np.eye(n) - self.mdp.discount * moves, rewards)
        return np.asarray(found, dtype=np.float64)

    def pick(self, table: FloatArray, actions: IntArray) -> FloatArray:
        """Return each state's entry of its action, 0 in terminal states."""
        return np.where(actions >= 0, table[self.rows, np.maximum(actions, 0)], 0.0)

    def best(self, rewards: FloatArray, allowed: BoolArray) -> FloatArray:
        """Return the values of the best policy, (T + 1, S), or (1, S) without a horizon."""
        mdp = self.mdp
        if mdp.horizon is None:
            return self._best_forever(rewards, allowed)[None]
        values = np.zeros((mdp.horizon + 1, mdp.n_states))
        for t in range(mdp.horizon - 1, -1, -1):
            now = allowed[min(t, len(allowed) - 1)] if allowed.ndim == 3 else allowed
            worth = np.where(now, rewards + self.after(values[t + 1]), -np.inf).max(axis=1)
            values[t] = np.where(now.any(axis=1), worth, 0.0)
        return values

    def _best_forever(self, rewards: FloatArray, allowed: BoolArray) -> FloatArray:
        """Return the optimum by Newton steps on the optimality equation."""
        allowed = allowed[0] if allowed.ndim == 3 else allowed
        alive = allowed.any(axis=1)
        values = np.zeros(self.mdp.n_states)
        for _ in range(1000):
            worth = np.where(allowed, rewards + self.after(values), -np.inf)
            choice = np.where(alive, worth.argmax(axis=1), -1)
            new = self.forever(self.moves(choice), self.pick(rewards, choice))
            close = np.abs(new - values).max(initial=0.0) <= 1e-13 * np.abs(new).max(initial=0.0)
            values = new
            if close:
                break
        return values

    def unpaid(self) -> tuple[FloatArray, FloatArray]:
        """Return values of agent and principal when nothing is paid, his ties in her favor."""
        mdp = self.mdp
        his = self.best(self.reward, mdp.exists)
        tables = his if mdp.horizon is None else his[1:]
        free = []
        for later in tables:
            q = self.reward + self.after(later)
            top = np.where(mdp.exists, q, -np.inf).max(axis=1)
            slack = 2.0**-44 * np.abs(np.where(mdp.exists, q, 0)).max(axis=1, initial=0)
            free.append(mdp.exists & (q >= (top - slack)[:, None]))
        hers = self.best(self.gain, np.array(free))
        return his, hers
