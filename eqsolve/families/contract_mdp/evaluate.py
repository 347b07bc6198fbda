"""Contracts against an agent who answers as well as he can: his best policy and both values."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.families.contract_mdp.dynamics import (
    at,
    expected,
    optimum,
    stage_payoffs,
)
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.methods.base import Policy, StageSolver, evaluate
from eqsolve.families.contract_mdp.programs import ROUNDING

__all__ = ["best_responses", "greatest_gain"]


def best_responses(mdp: ContractMDP, contracts: FloatArray) -> Policy:
    """Return the agent's best policy under contracts (T, S, O), (1, S, O) without a horizon.

    Where he is indifferent he does what is best for her. With a horizon O(T S A O); without, policy
    iteration for him, then for her among what is best for him.
    """
    form = "stationary" if mdp.horizon is None else "finite"
    policy = Policy.empty(mdp, len(contracts), form)
    policy.ties = None
    policy.contracts[:] = contracts
    if mdp.horizon is None:
        paid = expected(mdp, contracts[0])
        his = optimum(mdp, mdp.agent_rewards + paid, mdp.exists).values
        q, _ = stage_payoffs(mdp, his, his)
        free = _best(mdp, q + paid, q)
        actions = optimum(mdp, expected(mdp, mdp.principal_rewards) - paid, free).actions
        policy.actions[0], policy.payments[0] = actions, at(paid, actions)
        policy.his[0], policy.hers[0], _ = evaluate(mdp, actions, contracts[0])
        return policy
    his = hers = np.zeros(mdp.n_states)
    for t in reversed(range(mdp.horizon)):
        paid = expected(mdp, contracts[t])
        q, gains = stage_payoffs(mdp, his, hers)
        free = _best(mdp, q + paid, q)
        net = np.where(free, gains - paid, -np.inf)
        actions = np.where(mdp.terminal, -1, net.argmax(axis=1))
        policy.actions[t], policy.payments[t] = actions, at(paid, actions)
        his, hers = at(q + paid, actions), at(gains - paid, actions)
        policy.his[t], policy.hers[t] = his, hers
    return policy


def _best(mdp: ContractMDP, worth: FloatArray, q: FloatArray) -> BoolArray:
    """Return which actions are best for the agent, up to rounding, shape (S, A)."""
    size = np.abs(np.where(mdp.exists, q, 0.0)).max(axis=1, initial=0.0)
    top = np.where(mdp.exists, worth, -np.inf).max(axis=1)
    free: BoolArray = np.logical_and(mdp.exists, worth >= (top - 4 * ROUNDING * size)[:, None])
    return free


def greatest_gain(mdp: ContractMDP, policy: Policy) -> float:
    """Return the principal's greatest discounted gain by one other contract in one period."""
    solver = StageSolver(mdp, len(policy.actions))
    most = 0.0
    for t in range(len(policy.actions)):
        following = t + 1 if policy.form == "finite" else t
        if following < len(policy.his):
            his, hers = policy.his[following], policy.hers[following]
        else:
            his = hers = np.zeros(mdp.n_states)
        value = solver.best(his, hers)[2]
        most = max(most, mdp.discount**t * float((value - policy.hers[t]).max(initial=0.0)))
    return most
