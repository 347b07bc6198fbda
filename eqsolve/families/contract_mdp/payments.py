"""The least payment that makes an action best: closed forms and a small dual simplex, plain Python.

For one state, ``min P_a . b`` subject to ``(P_a - P_k) . b >= q_k - q_a`` for every other action k
and ``b >= 0`` (CON-1). A dual simplex starts feasible because ``P_a >= 0``; an infeasible row
is a mixture of other actions that imitates a at less cost (CON-2). With two actions or two
outcomes the answer is a formula (CON-3); the two-action formula bounds any number from below.

This is the path for small instances: it loads no compiled code. `kernels.payments` is the same
rule in compiled loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.families.contract_mdp.solution import StageDuals

__all__ = [
    "DIFFERENCE",
    "NOISE",
    "ROUNDING",
    "TIE",
    "Contract",
    "StageAnswer",
    "best_contracts",
    "cheapest_contract",
    "cheapest_contracts",
    "closeness",
    "two_action_bounds",
]

ROUNDING = 2.0**-44
"""Share of the largest truncated value of a state by which an incentive may fall short."""

DIFFERENCE = 1e-10
"""Smallest difference of probabilities that a payment may be based on."""


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


class Contract(NamedTuple):
    """A cheapest contract for one action, and the dual vector that proves it.

    ``payment = sum_k weights[k] (q_k - q_a)`` with ``weights >= 0`` and
    ``sum_k weights[k] (P_a - P_k) <= P_a``.
    """

    payment: float
    contract: FloatArray
    weights: FloatArray


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


def two_action_bounds(
    probs: FloatArray, q: FloatArray, exists: BoolArray, nudge: float = 0.0
) -> FloatArray:
    """Return lower bounds of the payments, shape (S, A); infinite where no payment can do.

    Parameters
    ----------
    probs : shape (S, A, O).
    q : truncated values, shape (S, A).
    exists : shape (S, A).
    nudge : by how much the action must be better than others.
    """
    scale = np.abs(np.where(exists, q, 0.0)).max(axis=1, initial=0.0)
    short = q[:, None, :] - q[:, :, None] + nudge  # [s, a, k]: what a lacks
    rival = exists[:, :, None] & exists[:, None, :]
    rival &= ~np.eye(q.shape[1], dtype=bool)
    short = np.where(rival & (short > ROUNDING * scale[:, None, None]), short, 0.0)
    more = probs[:, :, None, :] - probs[:, None, :, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(more > DIFFERENCE, probs[:, :, None, :] / more, np.inf).min(axis=3)
        bounds = np.where(short > 0, rate * short, 0.0).max(axis=2)
    return np.where(exists, bounds, np.inf)


def cheapest_contract(
    probs: FloatArray, q: FloatArray, exists: BoolArray, action: int, nudge: float = 0.0
) -> Contract | None:
    """Return the cheapest contract for one action of one state, None if there is none.

    Parameters
    ----------
    probs : shape (A, O).
    q : truncated values, shape (A,).
    exists : shape (A,).
    action : the action to be induced.
    nudge : by how much it must be better than others.
    """
    rivals = np.flatnonzero(exists)
    rivals = rivals[rivals != action]
    more = probs[action] - probs[rivals]
    short = q[rivals] - q[action] + nudge
    slack = ROUNDING * np.abs(q[exists]).max(initial=0.0)
    if len(rivals) == 1:
        found = _one_rival(probs[action], more[0], float(short[0]), slack)
    elif len(probs[action]) == 2:
        found = _two_outcomes(probs[action], more[:, 1], short, slack)
    else:
        found = _dual_simplex(probs[action], more, short, slack)
    if found is None:
        return None
    contract, duals = found
    weights = np.zeros(len(q))
    weights[rivals] = duals
    return Contract(float(probs[action] @ contract), contract, weights)


def _one_rival(
    own: FloatArray, more: FloatArray, short: float, slack: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return contract and duals: pay on the outcome that speaks most for the action."""
    contract = np.zeros(len(own))
    if short <= slack:
        return contract, np.zeros(1)
    rates = np.where(more > DIFFERENCE, own / np.where(more > DIFFERENCE, more, 1.0), np.inf)
    outcome = int(rates.argmin())
    if rates[outcome] == np.inf:
        return None
    contract[outcome] = short / more[outcome]
    return contract, rates[outcome : outcome + 1]


def _two_outcomes(
    own: FloatArray, more: FloatArray, short: FloatArray, slack: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return contract and duals: the difference of the payments nearest to 0 in an interval.

    `more` is by how much more often outcome 1 happens under the action than under each rival.
    """
    up, down = more > DIFFERENCE, more < -DIFFERENCE
    if (short[~(up | down)] > slack).any():
        return None
    points = short / np.where(up | down, more, 1.0)
    low, high = points[up].max(initial=-np.inf), points[down].min(initial=np.inf)
    size = float(np.abs(more).max(initial=0.0))
    if low > high and (low - high) * size > 2 * slack:
        return None
    duals = np.zeros(len(short))
    contract = np.zeros(2)
    if low > 0 and low * size > slack:
        k = int(np.where(up, points, -np.inf).argmax())
        contract[1], duals[k] = low, own[1] / more[k]
    elif high < 0 and -high * size > slack:
        k = int(np.where(down, points, np.inf).argmin())
        contract[0], duals[k] = -high, -own[0] / more[k]
    return contract, duals


def _dual_simplex(
    own: FloatArray, more: FloatArray, short: FloatArray, slack: float
) -> tuple[FloatArray, FloatArray] | None:
    """Return contract and duals, or None where the program is infeasible.

    The dictionary has a row for each rival, ``surplus_k = more_k . b - short_k``, and the objective
    below; columns are the variables at 0, at first the payments, and the constants.
    """
    n, m = more.shape
    table = np.zeros((n + 1, m + 1))
    table[:n, :m], table[:n, m], table[n, :m] = more, -short, own
    basic = np.arange(m, m + n)  # variables: payments 0 .. m-1, surpluses m .. m+n-1
    free = np.arange(m)
    for pivots in range(1000 * (n + m)):
        constants = table[:n, m]
        negative = np.flatnonzero(constants < -slack)
        if not len(negative):
            break
        careful = pivots > 10 * (n + m)  # least index: cannot cycle
        row = int(negative[basic[negative].argmin()] if careful else constants.argmin())
        columns = np.flatnonzero(table[row, :m] > DIFFERENCE)
        if not len(columns):
            return None
        ratios = np.maximum(table[n, columns], 0.0) / table[row, columns]
        best = columns[ratios <= ratios.min() * (1 + 1e-12)]
        column = int(best[free[best].argmin()])
        pivot = table[row, column]
        entering = -table[row] / pivot
        entering[column] = 1.0 / pivot
        rates = table[:, column].copy()
        table[:, column] = 0.0
        table += rates[:, None] * entering
        table[row] = entering
        basic[row], free[column] = free[column], basic[row]
    else:
        raise BackendError("the dual simplex for a contract did not end")
    contract, duals = np.zeros(m), np.zeros(n)
    paid = basic < m
    contract[basic[paid]] = np.maximum(table[:n, m][paid], 0.0)
    bound = free >= m
    duals[free[bound] - m] = np.maximum(table[n, :m][bound], 0.0)
    return contract, duals


Program = Callable[[FloatArray, FloatArray, BoolArray, int, float], Contract | None]
"""What solves one program: `cheapest_contract`, or another one with the same arguments."""


def cheapest_contracts(
    probs: FloatArray,
    q: FloatArray,
    exists: BoolArray,
    actions: IntArray,
    nudge: float = 0.0,
    *,
    program: Program = cheapest_contract,
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
    program: Program = cheapest_contract,
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
