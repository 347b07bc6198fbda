"""Values over time: what continuations are worth, policies evaluated, ordinary optima.

Stage arrays have the axes (stage, state, ...). A stationary policy has no stage axis, and its
values solve ``V = reward + discount * (transition under the policy) V``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp.instance import ContractMDP

__all__ = [
    "Optimum",
    "at",
    "continuation",
    "expected",
    "optimum",
    "solve_outcomes",
    "solve_policy",
    "stage_payoffs",
    "unpaid",
]

_FEW = 17
"""Sweeps after which a policy that will change is known well enough."""


def continuation(mdp: ContractMDP, values: FloatArray) -> FloatArray:
    """Return the discounted expected value after each outcome, shape (S, O)."""
    padded = np.append(values, 0.0)  # index -1 is the end
    if mdp.successors.shape[2] == 1:
        after: FloatArray = mdp.discount * padded[mdp.successors[:, :, 0]]
    else:
        after = mdp.discount * (mdp.successor_probs * padded[mdp.successors]).sum(axis=2)
    return after


def expected(mdp: ContractMDP, table: FloatArray) -> FloatArray:
    """Return the expectation of what depends on the outcome, for each action: shape (S, A)."""
    means: FloatArray = (mdp.probabilities @ table[:, :, None])[:, :, 0]
    return means


def stage_payoffs(
    mdp: ContractMDP, his: FloatArray, hers: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return truncated values of the agent and gains of the principal, (S, A), given what follows.

    Parameters
    ----------
    his, hers : values of the next period, shape (S,).
    """
    q = mdp.agent_rewards + expected(mdp, continuation(mdp, his))
    gains = expected(mdp, mdp.principal_rewards + continuation(mdp, hers))
    return q, gains


def at(table: FloatArray, actions: IntArray) -> FloatArray:
    """Return the entry of each state's action, 0 in terminal states; `table` is (S, A)."""
    chosen = np.take_along_axis(table, np.maximum(actions, 0)[:, None], axis=1)[:, 0]
    return np.where(actions >= 0, chosen, 0.0)


def solve_outcomes(
    mdp: ContractMDP,
    weights: FloatArray,
    rewards: FloatArray,
    guess: FloatArray | None = None,
    sweeps: int | None = None,
) -> FloatArray:
    """Return discounted sums of rewards where outcomes are drawn with stationary probabilities.

    Parameters
    ----------
    weights : probability of each outcome, shape (S, O); rows of terminal states are 0.
    rewards : shape (S,), or (S, k) for k sums at once.
    guess, sweeps : see `discounted_sums`.
    """
    from eqsolve.algorithms.discounting import discounted_sums

    chances = weights[:, :, None] * mdp.successor_probs
    inside = (mdp.successors >= 0) & (chances != 0)
    moves = np.nonzero(inside)[0], mdp.successors[inside], chances[inside]
    return discounted_sums(moves, rewards, mdp.discount, guess=guess, sweeps=sweeps)


def solve_policy(
    mdp: ContractMDP,
    actions: IntArray,
    rewards: FloatArray,
    guess: FloatArray | None = None,
    sweeps: int | None = None,
) -> FloatArray:
    """Return the values of a stationary policy; see `solve_outcomes`."""
    chosen = mdp.probabilities[np.arange(mdp.n_states), np.maximum(actions, 0)]
    weights = np.where(actions[:, None] >= 0, chosen, 0.0)
    return solve_outcomes(mdp, weights, rewards, guess, sweeps)


class Optimum(NamedTuple):
    """An ordinary optimum.

    Attributes
    ----------
    values : shape (T + 1, S), or (S,) without a horizon.
    actions : shape (T, S) or (S,), -1 in terminal states; lowest index among equals.
    """

    values: FloatArray
    actions: IntArray

    def value(self, mdp: ContractMDP) -> float:
        """Return the value at the start."""
        first = self.values if mdp.horizon is None else self.values[0]
        return float(mdp.start @ first)


def optimum(mdp: ContractMDP, rewards: FloatArray, allowed: BoolArray) -> Optimum:
    """Return the best values of one decision maker who earns `rewards` (S, A).

    Parameters
    ----------
    mdp : the transitions.
    rewards : of each action.
    allowed : actions that may be taken: shape (S, A), or (T, S, A) with a horizon.
    """
    if mdp.horizon is None:
        return _policy_iteration(mdp, rewards, allowed)
    values = np.zeros((mdp.horizon + 1, mdp.n_states))
    actions = np.empty((mdp.horizon, mdp.n_states), dtype=np.int64)
    for t in reversed(range(mdp.horizon)):
        now = allowed if allowed.ndim == 2 else allowed[t]
        worth = rewards + expected(mdp, continuation(mdp, values[t + 1]))
        actions[t] = _greedy(worth, now)
        values[t] = at(worth, actions[t])
    return Optimum(values, actions)


def _greedy(worth: FloatArray, allowed: BoolArray) -> IntArray:
    """Return the best allowed action of each state, -1 where there is none."""
    found: IntArray = np.where(allowed, worth, -np.inf).argmax(axis=1)
    return np.where(allowed.any(axis=1), found, -1)


def _policy_iteration(mdp: ContractMDP, rewards: FloatArray, allowed: BoolArray) -> Optimum:
    """Return the optimum without a horizon; an action changes only for a clear improvement.

    Where policies are evaluated by sweeps, a few of them will do until no action changes.
    """
    from eqsolve.algorithms.discounting import needs_sweeps

    actions = _greedy(rewards, allowed)
    scale = float(np.abs(np.where(allowed, rewards, 0.0)).max(initial=0.0))
    least = scale / (1 - mdp.discount) * 2.0**-42
    values = np.zeros(mdp.n_states)
    exact = not needs_sweeps(mdp.n_states, mdp.successors.size, mdp.discount)
    while True:
        few = None if exact else _FEW
        values = solve_policy(mdp, actions, at(rewards, actions), values, few)
        worth = rewards + expected(mdp, continuation(mdp, values))
        better = _greedy(worth, allowed)
        gain = at(worth, better) - at(worth, actions)
        if (gain > least).any():
            actions = np.where(gain > least, better, actions)
        elif exact:
            break
        else:
            exact = True
    close = allowed & (worth >= at(worth, better)[:, None] - least)
    return Optimum(values, _greedy(np.where(close, 1.0, 0.0), allowed))


def unpaid(mdp: ContractMDP) -> tuple[Optimum, FloatArray]:
    """Return the agent's optimum without payments, and the principal's values then.

    Where he is indifferent he does what is best for her; the actions returned are those. Her
    values have the shape of his.
    """
    his = optimum(mdp, mdp.agent_rewards, mdp.exists)
    tables = his.values[None] if mdp.horizon is None else his.values[1:]
    best = np.empty((len(tables), *mdp.exists.shape), dtype=bool)
    for t, after in enumerate(tables):
        q = mdp.agent_rewards + expected(mdp, continuation(mdp, after))
        top = np.where(mdp.exists, q, -np.inf).max(axis=1, keepdims=True)
        slack = np.abs(np.where(mdp.exists, q, 0.0)).max(axis=1, initial=0.0) * 2.0**-44
        best[t] = mdp.exists & (q >= top - slack[:, None])
    gains = expected(mdp, mdp.principal_rewards)
    hers = optimum(mdp, gains, best[0] if mdp.horizon is None else best)
    return Optimum(his.values, hers.actions), hers.values
