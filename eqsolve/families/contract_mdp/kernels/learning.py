"""Tabular Q-learning of contracts, episodes in compiled loops.

Tables have the axes (stage, state, action); without a horizon there is one stage.
``agent[t, s, a]`` learns truncated values, ``principal[t, s, a]`` what inducing a is worth to her
after payment. Shapes: for S states, A actions and O outcomes `probs`, `guess` and `counts` are
(S, A, O), `exists` and `usable` (S, A).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp.kernels.payments import least_payment

__all__ = ["contracts_of", "learn"]


@kernel
def _drawn(weights: FloatArray, x: float) -> int:
    """Return the index at which cumulated weights exceed x in [0, 1)."""
    total = 0.0
    last = 0
    for k in range(len(weights)):
        if weights[k] > 0:
            last = k
            total += weights[k]
            if x < total:
                return k
    return last


@kernel
def _greedy(values: FloatArray, usable: BoolArray) -> int:
    """Return the usable index with the largest value, lowest first; -1 if there is none."""
    best = -1
    for a in range(len(values)):
        if usable[a] and (best < 0 or values[a] > values[best]):
            best = a
    return best


@kernel
def learn(
    probs: FloatArray, guess: FloatArray, counts: FloatArray, known: bool, rewards: FloatArray,
    gains: FloatArray, successors: IntArray, successor_probs: FloatArray, exists: BoolArray,
    usable: BoolArray, start: FloatArray, discount: float, nudge: float, agent: FloatArray,
    principal: FloatArray, visits: IntArray, draws: FloatArray, first: int, total: int,
    explore: float, power: float, stages: int, stop: Any,
) -> int:  # fmt: skip
    """Run episodes, one for each row of `draws` (episode, step, 4); return how many were run.

    Parameters
    ----------
    probs : true probabilities (S, A, O), from which outcomes are drawn.
    guess : those that contracts are based on; the same array where they are known.
    counts : how often each outcome was seen, with a prior; updates `guess` unless `known`.
    usable : actions that can be induced with the nudge, (S, A).
    agent, principal, visits : tables (stages, S, A), changed in place.
    first, total : number of episodes before, and in all: exploration falls from 1 to `explore`.
    power : the learning rate is ``visits ** -power``.
    """
    n_actions, m = probs.shape[1], probs.shape[2]
    table = np.empty((n_actions + 1, m + 1))
    basic = np.empty(n_actions, np.int64)
    free = np.empty(m, np.int64)
    contract = np.empty(m)
    weights = np.empty(n_actions)
    steps = draws.shape[1]
    for episode in range(draws.shape[0]):
        if stop[0]:
            return episode
        epsilon = max(explore, 1.0 - (first + episode) / (0.8 * total))
        s = _drawn(start, draws[episode, 0, 3])
        best = -1
        best_pay = 0.0
        for step in range(steps):
            t = min(step, stages - 1)
            if best < 0:
                best = _greedy(principal[t, s], usable[s])
                if best < 0:
                    break
                best_pay = least_payment(
                    guess[s], agent[t, s], exists[s], best, nudge, table, basic, free, contract,
                    weights,
                )  # fmt: skip
            action = best
            pay = best_pay
            if draws[episode, step, 0] < epsilon:
                pick = int(draws[episode, step, 0] / epsilon * n_actions)
                if usable[s, pick]:
                    action = pick
                    pay = least_payment(
                        guess[s], agent[t, s], exists[s], action, nudge, table, basic, free,
                        contract, weights,
                    )  # fmt: skip
            o = _drawn(probs[s, action], draws[episode, step, 1])
            following = successors[s, o, _drawn(successor_probs[s, o], draws[episode, step, 2])]
            if not known:
                counts[s, action, o] += 1.0
                seen = counts[s, action].sum()
                for k in range(m):
                    guess[s, action, k] = counts[s, action, k] / seen
            visits[t, s, action] += 1
            rate = visits[t, s, action] ** -power
            his = 0.0
            hers = 0.0
            best = -1
            after = t + 1 if stages > 1 else t
            if following >= 0 and (after < stages) and (stages > 1 or steps > 1):
                best = _greedy(principal[after, following], usable[following])
                if best >= 0:
                    best_pay = least_payment(
                        guess[following], agent[after, following], exists[following], best, nudge,
                        table, basic, free, contract, weights,
                    )  # fmt: skip
                    if not 0.0 <= best_pay < np.inf:
                        best_pay = 0.0
                    his = discount * (agent[after, following, best] + best_pay)
                    hers = discount * principal[after, following, best]
            if 0.0 <= pay < np.inf:
                agent[t, s, action] += rate * (rewards[s, action] + his - agent[t, s, action])
                principal[t, s, action] += rate * (
                    gains[s, o] - pay + hers - principal[t, s, action]
                )
            if best < 0:
                break
            s = following
    return len(draws)


@kernel
def contracts_of(
    guess: FloatArray, exists: BoolArray, usable: BoolArray, nudge: float, agent: FloatArray,
    principal: FloatArray, contracts: FloatArray,
) -> None:  # fmt: skip
    """Fill the contracts (stages, S, O) that tables recommend."""
    n_actions, m = guess.shape[1], guess.shape[2]
    table = np.empty((n_actions + 1, m + 1))
    basic = np.empty(n_actions, np.int64)
    free = np.empty(m, np.int64)
    weights = np.empty(n_actions)
    for t in range(agent.shape[0]):
        for s in range(agent.shape[1]):
            contracts[t, s] = 0.0
            best = _greedy(principal[t, s], usable[s])
            if best >= 0:
                least_payment(
                    guess[s], agent[t, s], exists[s], best, nudge, table, basic, free,
                    contracts[t, s], weights,
                )  # fmt: skip
