"""What the principal offers in each state of a period: the engine for small instances.

Actions are taken in falling order of what they can be worth to her (CON-3), a program of `programs`
for each, until no other can be best. No compiled code is loaded; `kernels.payments` is the same
rule in compiled loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp.programs import (
    Contract,
    cheapest_contract,
    two_action_bounds,
)
from eqsolve.families.contract_mdp.solution import StageDuals

__all__ = [
    "NOISE",
    "TIE",
    "StageAnswer",
    "best_contracts",
    "cheapest_contracts",
    "closeness",
]

TIE, NOISE = 1e-9, 1e-13
"""Values are tied when they differ by a billionth, or by what rounding may do to their parts."""


def closeness(value: float, size: float) -> float:
    """Return how far two values may lie apart and still count as equal.

    Parameters
    ----------
    value : one of them.
    size : the largest number that they were computed from.
    """
    return max(TIE * abs(value), NOISE * size)


class StageAnswer(NamedTuple):
    """What the principal does in one period.

    Attributes
    ----------
    actions : shape (S,), the action induced, -1 in terminal states.
    payments : shape (S,), expected payment.
    contracts : shape (S, O).
    tied : bool, shape (S,): another action is as good for her and not for him.
    programs : number of linear programs solved.
    duals : the dual vectors of those, where they were asked for.
    """

    actions: IntArray
    payments: FloatArray
    contracts: FloatArray
    tied: BoolArray
    programs: int
    duals: StageDuals | None = None


def cheapest_contracts(
    probs: FloatArray,
    q: FloatArray,
    exists: BoolArray,
    actions: IntArray,
    nudge: float = 0.0,
    *,
    program: Callable[..., Contract | None] = cheapest_contract,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return payments (S,), contracts (S, O) and duals (S, A) for one action in each state.

    The payment is infinite where the action cannot be induced, 0 where `actions` holds -1.
    """
    n_states, n_actions, n_outcomes = probs.shape
    payments = np.zeros(n_states)
    contracts, weights = np.zeros((n_states, n_outcomes)), np.zeros((n_states, n_actions))
    for s in np.flatnonzero(actions >= 0).tolist():
        found = program(probs[s], q[s], exists[s], int(actions[s]), nudge)
        if found is None:
            payments[s] = np.inf
        else:
            payments[s], contracts[s], weights[s] = found
    return payments, contracts, weights


def best_contracts(
    probs: FloatArray,
    q: FloatArray,
    gains: FloatArray,
    exists: BoolArray,
    *,
    nudge: float = 0.0,
    by_index: bool = False,
    keep: bool = False,
    stop: Any = (0,),
    program: Callable[..., Contract | None] = cheapest_contract,
    screen: bool = True,
) -> StageAnswer:
    """Return what the principal offers in each state: screen, then solve what is left.

    Parameters
    ----------
    probs : shape (S, A, O).
    q, gains : truncated value of the agent and gain of the principal before payment, (S, A).
    exists : shape (S, A).
    nudge : by how much the action must be better than others.
    by_index : whether ties go to the lowest index instead of to the agent.
    keep : whether dual vectors are wanted; this path is for problems that need none.
    stop : a byte; when it is set the sweep ends early, and the answer is of no use.
    program : solves the program of an action.
    screen : whether actions that cannot be optimal are left out; else every program is solved.

    Notes
    -----
    Actions are taken in falling order of an upper bound (`two_action_bounds`), until the bound is
    below the best value found: what is screened out cannot be optimal.
    """
    n_states, n_actions, n_outcomes = probs.shape
    actions = np.full(n_states, -1, dtype=np.int64)
    payments, contracts = np.zeros(n_states), np.zeros((n_states, n_outcomes))
    tied = np.zeros(n_states, dtype=bool)
    upper = gains - two_action_bounds(probs, q, exists, nudge) if screen else np.inf
    upper = np.where(exists, upper, -np.inf)
    programs = 0
    for s in np.flatnonzero(exists.any(axis=1)).tolist():
        if stop[0]:
            break
        values = np.full(n_actions, -np.inf)
        size = float(np.abs(np.where(exists[s], [q[s], gains[s]], 0.0)).max())
        found: dict[int, Contract] = {}
        best = -np.inf
        for a in np.argsort(-upper[s], kind="stable").tolist():
            if upper[s, a] == -np.inf:
                break
            if found and upper[s, a] < best - closeness(best, size):
                break
            programs += 1
            offer = program(probs[s], q[s], exists[s], a, nudge)
            if offer is not None:
                found[a], values[a] = offer, gains[s, a] - offer.payment
                best = max(best, values[a])
        if not found:
            continue
        optimal = [a for a in sorted(found) if values[a] >= best - closeness(best, size)]
        his = {a: float(q[s, a] + found[a].payment) for a in optimal}
        most = max(his.values())
        near = closeness(most, size)
        chosen = optimal[0] if by_index else next(a for a in optimal if his[a] >= most - near)
        tied[s] = any(abs(his[a] - his[chosen]) > near for a in optimal)
        actions[s], payments[s], contracts[s] = (
            chosen,
            found[chosen].payment,
            found[chosen].contract,
        )
    return StageAnswer(actions, payments, contracts, tied, programs)
