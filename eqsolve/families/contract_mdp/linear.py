"""Linear contracts: a share alpha of the principal's reward, the same for every outcome (CON-4).

The agent then maximizes ``q_a + alpha R_a`` with ``R_a`` the mean reward of today under a: as alpha
rises he moves along the upper envelope of these lines, and the best share is 0 or a breakpoint.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.families.contract_mdp.dynamics import expected
from eqsolve.families.contract_mdp.instance import ContractMDP
from eqsolve.families.contract_mdp.payments import StageAnswer, closeness
from eqsolve.families.contract_mdp.programs import ROUNDING

__all__ = ["Piece", "best_shares", "envelope"]


class Piece(NamedTuple):
    """A part of the envelope: from share `alpha` on, the agent takes `action`."""

    alpha: float
    action: int


def envelope(q: FloatArray, rewards: FloatArray, exists: BoolArray) -> list[Piece]:
    """Return the pieces of ``max_a q_a + alpha rewards_a`` over alpha in [0, 1].

    Parameters
    ----------
    q : truncated values, shape (A,).
    rewards : mean reward of the principal under each action, shape (A,), >= 0.
    exists : shape (A,).

    Notes
    -----
    Of equal lines the lowest index stands for all. O(A) for each piece.
    """
    slack = ROUNDING * float(np.abs(np.where(exists, q, 0.0)).max(initial=0.0))
    alive = np.flatnonzero(exists)
    top = q[alive].max()
    here = alive[q[alive] >= top - slack]
    action = int(here[rewards[here].argmax()])
    alpha, pieces = 0.0, [Piece(0.0, action)]
    while True:
        steeper = alive[rewards[alive] > rewards[action] * (1 + 1e-12) + 1e-300]
        if not len(steeper):
            return pieces
        meets = (q[action] - q[steeper]) / (rewards[steeper] - rewards[action])
        first = float(max(meets.min(), alpha))
        if first > 1:
            return pieces
        near = steeper[meets <= first + 1e-12 * max(1.0, first)]
        action = int(near[rewards[near].argmax()])
        alpha = first
        pieces.append(Piece(alpha, action))


def best_shares(
    mdp: ContractMDP, q: FloatArray, gains: FloatArray, *, by_index: bool
) -> StageAnswer:
    """Return the best linear contract of each state; see `payments.best_contracts`.

    Where the agent is indifferent he does what is best for her.
    """
    n_states = mdp.n_states
    actions = np.full(n_states, -1, dtype=np.int64)
    payments, shares = np.zeros(n_states), np.zeros(n_states)
    tied = np.zeros(n_states, dtype=bool)
    rewards = expected(mdp, mdp.principal_rewards)
    pieces = 0
    for s in np.flatnonzero(~mdp.terminal).tolist():
        offers = []
        size = float(np.abs(np.where(mdp.exists[s], [q[s], gains[s]], 0.0)).max())
        slack = 4 * ROUNDING * float(np.abs(q[s][mdp.exists[s]]).max())
        for alpha, _ in (found := envelope(q[s], rewards[s], mdp.exists[s])):
            his = np.where(mdp.exists[s], q[s] + alpha * rewards[s], -np.inf)
            for a in np.flatnonzero(his >= his.max() - slack).tolist():
                value = gains[s, a] - alpha * rewards[s, a]
                offers.append((value, float(his[a]), a, alpha))
        pieces += len(found)
        best = max(offer[0] for offer in offers)
        optimal = [offer for offer in offers if offer[0] >= best - closeness(best, size)]
        most = max(offer[1] for offer in optimal)
        near = closeness(most, size)
        kept = optimal if by_index else [offer for offer in optimal if offer[1] >= most - near]
        _, his_value, action, alpha = min(kept, key=lambda offer: (offer[2], offer[3]))
        tied[s] = any(abs(offer[1] - his_value) > near for offer in optimal)
        actions[s], shares[s], payments[s] = action, alpha, alpha * rewards[s, action]
    contracts = shares[:, None] * mdp.principal_rewards
    return StageAnswer(actions, payments, contracts, tied, pieces)
