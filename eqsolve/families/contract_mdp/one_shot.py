"""The one-period problem: every action's cheapest contract, and the best linear contract."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.families.contract_mdp.dynamics import expected
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.linear import best_shares
from eqsolve.families.contract_mdp.programs import cheapest_contract

__all__ = ["linear_answer", "per_action"]


def per_action(mdp: ContractMDP) -> tuple[dict[str, Any], ...]:
    """Return for each action of the only state what inducing it takes and brings."""
    q = mdp.agent_rewards[0]
    gains = expected(mdp, mdp.principal_rewards)[0]
    entries = []
    count = int(mdp.n_outcomes_of[0])
    for a in np.flatnonzero(mdp.exists[0]).tolist():
        found = cheapest_contract(mdp.probabilities[0], q, mdp.exists[0], a)
        there = found is not None
        entries.append(
            {
                "action": a,
                "implementable": there,
                "payment": found.payment if found else None,
                "contract": found.contract[:count].tolist() if found else None,
                "agent": float(q[a] + found.payment) if found else None,
                "principal": float(gains[a] - found.payment) if found else None,
            }
        )
    return tuple(entries)


def linear_answer(mdp: ContractMDP) -> dict[str, float] | None:
    """Return the best share of rewards and her value, None where some reward is negative."""
    rewards = mdp.principal_rewards[0]
    if mdp.terminal[0] or (rewards < 0).any():
        return None
    gains = expected(mdp, mdp.principal_rewards)
    found = best_shares(mdp, mdp.agent_rewards, gains, by_index=False)
    action = int(found.actions[0])
    largest = int(rewards.argmax())
    share = float(found.contracts[0, largest] / rewards[largest]) if rewards[largest] else 0.0
    return {"alpha": share, "principal_value": float(gains[0, action] - found.payments[0])}
