"""What the principal could get in one period by another contract, at most.

For each other action the payment is bounded from below: by the dual vectors that come with the
claim, by what the most tempting rival alone would ask for (CON-3), and where that leaves a doubt,
by programs of our own. Linear contracts are few: all that could be best are tried.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.contract_mdp.solution import DualVectors
from eqsolve.families.contract_mdp.verify.payments import lower_bounds, proved
from eqsolve.families.contract_mdp.verify.values import Model

__all__ = ["Stage", "best_by_contracts", "best_by_shares"]

_NEAR, _ROUNDING = 1e-9, 1e-13
"""Values are tied when they differ by a billionth, or by what rounding may do to their parts."""

_LOOSE = 10.0
"""How much nearer or farther a tie may be than the rule says."""


class Stage(NamedTuple):
    """One period of a policy.

    Attributes
    ----------
    number : of the stage.
    actions : induced, shape (S,).
    q, worth : (S, A), truncated values of the agent (-inf: no action) and what the principal gets
        before payment.
    his, hers : (S,), values of the policy from now on.
    """

    number: int
    actions: IntArray
    q: FloatArray
    worth: FloatArray
    his: FloatArray
    hers: FloatArray


def best_by_contracts(
    model: Model, stage: Stage, duals: DualVectors | None, *, own_only: bool = False
) -> tuple[FloatArray, IntArray]:
    """Return what she can get in each state at most, (S,), and counts of ties (least, most).

    Where it is less than what she has, any lesser number may stand. `own_only` looks for cheaper
    contracts for the same actions alone.
    """
    mdp, (q, worth, his, hers) = model.mdp, stage[2:]
    chosen = stage.actions
    size = np.where(mdp.exists, np.maximum(np.abs(q), np.abs(worth)), 0.0).max(axis=1)
    near = np.maximum(_NEAR * np.abs(hers), _ROUNDING * size)
    floor = hers - _LOOSE * near
    open_ = mdp.exists & (worth > floor[:, None])
    if own_only:
        open_ &= np.arange(mdp.n_actions) == chosen[:, None]
    states, actions = np.nonzero(open_)
    bound = _given(model, stage, duals, states, actions)
    value = worth[states, actions]
    is_own = actions == chosen[states]
    left = np.flatnonzero(value - bound > np.where(is_own, (hers + near)[states], floor[states]))
    bound[left] = np.maximum(bound[left], _one_rival(model, q, states[left], actions[left],
                                                     (value - floor[states])[left]))  # fmt: skip
    left = left[(value - bound > floor[states])[left]]
    s, a = states[left], actions[left]
    found = lower_bounds(mdp.probabilities[s], q[s], mdp.exists[s], a).values
    bound[left] = np.maximum(bound[left], found)
    value = value - bound
    top = np.full(mdp.n_states, -np.inf)
    np.maximum.at(top, states, value)
    apart = np.abs(q[states, actions] + bound - his[states])
    own_near = np.maximum(_NEAR * np.abs(his), _ROUNDING * size)[states]
    counts = []
    for loose in (1 / _LOOSE, _LOOSE):
        tied = np.zeros(mdp.n_states, dtype=bool)
        as_good = value >= (hers - loose * near)[states]
        tied[states[~is_own & as_good & (apart > own_near / loose)]] = True
        counts.append(int(tied.sum()))
    return np.where(np.isfinite(top), top, hers), np.array(counts)


def _given(
    model: Model, stage: Stage, duals: DualVectors | None, states: IntArray, actions: IntArray
) -> FloatArray:
    """Return what the dual vectors of the claim prove for pairs, 0 where there are none."""
    mdp = model.mdp
    bound = np.zeros((mdp.n_states, mdp.n_actions))
    part = None if duals is None else duals.stages[stage.number]
    if part is not None:
        s, a = part.states, part.actions
        there = mdp.exists[s, a]
        s, a, weights = s[there], a[there], part.dense(mdp.n_actions)[there]
        bound[s, a] = proved(weights, mdp.probabilities[s], stage.q[s], mdp.exists[s], a)
    return bound[states, actions]


def _one_rival(
    model: Model, q: FloatArray, states: IntArray, actions: IntArray, needed: FloatArray
) -> FloatArray:
    """Return what the most demanding rival alone would ask for, for each pair (CON-3).

    Rivals are looked at as they tempt, until what is asked for is more than `needed`.
    """
    mdp = model.mdp
    found = np.zeros(len(states))
    size = np.abs(np.where(mdp.exists, q, 0.0)).max(axis=1, initial=0.0)
    order = np.argsort(-q, axis=1, kind="stable")
    left = np.arange(len(states))
    for rank in range(mdp.n_actions):
        s, a = states[left], actions[left]
        k = order[s, rank]
        short = q[s, k] - q[s, a]
        tempts = short > size[s] * 2.0**-44  # those that follow tempt less
        left, s, a, k, short = (x[tempts] for x in (left, s, a, k, short))
        if not len(left):
            break
        own = mdp.probabilities[s, a]
        edge = (own - mdp.probabilities[s, k]) / np.where(own > 0, own, np.inf)
        most = edge.max(axis=1, initial=0.0)
        rate = np.where(most > 1e-9, 1 / np.where(most > 1e-9, most, 1.0), np.inf)
        found[left] = np.maximum(found[left], rate * short)
        left = left[found[left] < needed[left]]
    return found


def best_by_shares(model: Model, stage: Stage) -> FloatArray:
    """Return the best she can get by a share of her rewards, (S,).

    Where the agent is indifferent he does what is best for her. Every crossing of two lines, and
    both ends, is tried.
    """
    mdp, (q, worth, _, hers) = model.mdp, stage[2:]
    best = hers.copy()
    for s in np.flatnonzero(~mdp.terminal).tolist():
        alive = np.flatnonzero(mdp.exists[s])
        lines, slopes = q[s, alive], model.gain[s, alive]
        rise = slopes[:, None] - slopes
        steep = np.abs(rise) > 1e-14 * np.abs(slopes).max(initial=0.0)
        crossing = (lines[None, :] - lines[:, None])[steep] / rise[steep]
        tried = np.concatenate([[0.0, 1.0], crossing[(crossing >= 0) & (crossing <= 1)]])
        his = lines + tried[:, None] * slopes
        slack = 2.0**-44 * np.abs(lines).max(initial=0.0)
        value = worth[s, alive] - tried[:, None] * slopes
        best[s] = np.where(his >= his.max(axis=1, keepdims=True) - slack, value, -np.inf).max()
    return best
