"""What a claimed policy is worth, and what anybody could gain by leaving it once.

Values follow from actions and contracts alone: backward induction, where the last row holds for
ever a linear system. By the one-shot deviation principle (CON-5) it is then enough to look at one
other action of the agent, or one other contract of the principal, in each stage and state.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_mdp.solution import ContractSolution, DualVectors
from eqsolve.families.contract_mdp.verify.deviations import (
    Stage,
    best_by_contracts,
    best_by_shares,
)
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["Play", "chances_of_mixture", "play_mixture", "play_policy"]


class Play(NamedTuple):
    """A policy evaluated.

    Attributes
    ----------
    his, hers : values, shape (T, S).
    paid : expected discounted payments from the first stage on, shape (S,).
    temptation : what the agent gains by another action under the contract offered, (T, S).
    size : what he gets at best, (T, S).
    gains : what she gains by another contract, at most, (T, S).
    ties : least and most number of her ties.
    """

    his: FloatArray
    hers: FloatArray
    paid: FloatArray
    temptation: FloatArray
    size: FloatArray
    gains: FloatArray
    ties: IntArray


def play_policy(model: Model, solution: ContractSolution, duals: DualVectors | None) -> Play:
    """Return the play of a policy that does not mix."""
    mdp = model.mdp
    his, hers, temptation, size, gains = np.zeros((5, *solution.actions.shape))
    ties = np.zeros(2, dtype=np.int64)
    later = np.zeros((mdp.n_states, 3))  # his and her values, and payments
    if solution.form != "finite":  # the last row holds for ever
        last = solution.actions[-1]
        paid = model.mean(solution.contracts[-1])
        streams = np.stack([model.reward + paid, model.gain - paid, paid], axis=2)
        later = model.forever(model.chances(last), model.pick(streams, last))
    for t in range(len(solution.actions) - 1, -1, -1):
        actions, paid = solution.actions[t], model.mean(solution.contracts[t])
        after = model.after(later)
        q = np.where(mdp.exists, model.reward + after[:, :, 0], -np.inf)
        worth = model.gain + after[:, :, 1]
        offered = q + paid
        totals = np.stack([offered, worth - paid, paid + after[:, :, 2]], axis=2)
        later = model.pick(totals, actions)
        his[t], hers[t] = later[:, 0], later[:, 1]
        top = np.where(mdp.terminal, 0.0, offered.max(axis=1))
        temptation[t], size[t] = top - his[t], np.abs(top)
        stage = Stage(t, actions, q, worth, his[t], hers[t])
        gains[t], found = _her_gains(model, solution, stage, duals)
        ties += found
    return Play(his, hers, later[:, 2], temptation, size, gains, ties)


def _her_gains(
    model: Model, solution: ContractSolution, stage: Stage, duals: DualVectors | None
) -> tuple[FloatArray, IntArray]:
    """Return what she gains by the other contracts that the question allows, and her ties."""
    nothing = np.zeros(2, dtype=np.int64)
    if solution.question == "commitment":
        return np.zeros(model.mdp.n_states), nothing
    if solution.question == "linear":
        gains = best_by_shares(model, stage) - stage.hers
        return np.maximum(gains, _off_shares(model, solution.contracts[stage.number])), nothing
    own_only = solution.question == "target"
    best, ties = best_by_contracts(model, stage, duals, own_only=own_only)
    return best - stage.hers, ties


def _off_shares(model: Model, contracts: FloatArray) -> FloatArray:
    """Return by how much contracts are no shares of the rewards in [0, 1], (S,)."""
    rewards = model.mdp.principal_rewards
    share = (contracts * rewards).sum(axis=1) / np.maximum((rewards**2).sum(axis=1), 1e-300)
    off = np.abs(contracts - share[:, None] * rewards).max(axis=1, initial=0.0)
    beyond = np.maximum(share - 1, 0.0) * np.abs(rewards).max(axis=1, initial=0.0)
    return np.asarray(np.maximum(off, beyond))


def chances_of_mixture(model: Model, solution: ContractSolution) -> tuple[FloatArray, float]:
    """Return what the probabilities of each state sum to, (S,), and the least of them."""
    total, lowest = np.zeros(model.mdp.n_states), 0.0
    for part in solution.mixture:
        total[part.state] += part.probability
        lowest = min(lowest, part.probability)
    return total, lowest


def play_mixture(model: Model, solution: ContractSolution) -> Play:
    """Return the play of a stationary policy that draws contracts."""
    mdp, n = model.mdp, model.mdp.n_states
    parts = solution.mixture
    states = np.array([part.state for part in parts])
    actions = np.array([part.action for part in parts])
    weight = np.array([part.probability for part in parts])
    contracts = np.zeros((len(parts), mdp.n_outcomes))
    for row, part in zip(contracts, parts, strict=True):
        row[: len(part.contract)] = part.contract
    chance = mdp.probabilities[states, actions]
    payment = (chance * contracts).sum(axis=1)
    own, earned = model.reward[states, actions], model.gain[states, actions]
    drawn, streams = np.zeros((n, mdp.n_outcomes)), np.zeros((n, 3))
    np.add.at(drawn, states, weight[:, None] * chance)
    flows = np.column_stack([own + payment, earned - payment, payment])
    np.add.at(streams, states, weight[:, None] * flows)
    values = model.forever(drawn, streams)
    after = model.after(values)
    q = np.where(mdp.exists, model.reward + after[:, :, 0], -np.inf)
    worth = model.gain + after[:, :, 1]
    offered = q[states] + np.einsum("rao,ro->ra", mdp.probabilities[states], contracts)
    top = offered.max(axis=1)
    temptation, size, gains = np.zeros((3, 1, n))
    np.maximum.at(temptation[0], states, top - offered[np.arange(len(parts)), actions])
    np.maximum.at(size[0], states, np.abs(top))
    mine = np.full(n, np.inf)  # from the worst of the contracts that are drawn
    np.minimum.at(mine, states, worth[states, actions] - payment)
    mine[mdp.terminal] = 0.0
    stage = Stage(0, solution.actions[0], q, worth, values[:, 0], mine)
    gains[0] = best_by_contracts(model, stage, None)[0] - mine
    ties = np.zeros(2, dtype=np.int64)
    return Play(values[None, :, 0], values[None, :, 1], values[:, 2], temptation, size, gains, ties)
