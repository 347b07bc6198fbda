"""The least payment that makes an action best: closed forms and a small dual simplex, plain Python.

For one state, ``min P_a . b`` subject to ``(P_a - P_k) . b >= q_k - q_a`` for every other action k
and ``b >= 0`` (CON-1). Here in units of what is paid on each outcome, ``x_o = P_a(o) b_o``: the
cost of each unit is 1, and against rival k it buys the **edge** ``1 - P_k(o) / P_a(o)``, so that
rare outcomes count like frequent ones. A dual simplex starts feasible; a row that cannot be met is
a mixture of other actions that imitates a and pleases more (CON-2). With two actions or two
outcomes the answer is a formula (CON-3); the two-action formula bounds any number from below.

Every answer is a pair that proves itself, payments and weights of the rivals. Where rounding leaves
the proof open, whole numbers decide (`core.exact_program`).

No compiled code is loaded; `kernels.payments` has the same rule in compiled loops.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.exact_program import least_cost

__all__ = [
    "IMITATED",
    "PIVOT",
    "PROVED",
    "ROUNDING",
    "Answer",
    "Contract",
    "Program",
    "cheapest_contract",
    "least_payments",
    "two_action_bounds",
]

ROUNDING = 2.0**-44
"""Share of the largest truncated value of a state by which an incentive may fall short."""

IMITATED = 1e-9
"""An action is imitated where others, but for this share, reach the probability of each outcome."""

PIVOT = 1e-10
"""Smallest edge that the simplex method in floats divides by."""

PROVED = 1e-10
"""Share of a payment that may lie between it and what its weights prove; more is in doubt."""

_LARGEST = 10_000
"""Rivals x outcomes up to which whole numbers decide; beyond, only the verifier does."""

_AFRESH = 20
"""Pivots after which what they have rounded is computed afresh."""


Answer = tuple[FloatArray | None, FloatArray]
"""What is paid on each outcome in expectation, None where nothing will do, and weights."""

Program = Callable[[FloatArray, FloatArray, float], Answer]
"""Takes edges (n, m), what the action lacks beside each rival (n,), and what counts as nothing."""


class Contract(NamedTuple):
    """A cheapest contract for one action, and the dual vector that proves it.

    ``payment = sum_k weights[k] (q_k - q_a)`` with ``weights >= 0`` and
    ``sum_k weights[k] (P_a - P_k) <= P_a``.
    """

    payment: float
    contract: FloatArray
    weights: FloatArray


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
    edge = _edges(probs[:, :, None, :], probs[:, None, :, :]).max(axis=3)
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = np.where(edge > IMITATED, short / edge, np.inf)
    return np.where(exists, np.where(short > 0, asked, 0.0).max(axis=2), np.inf)


def _edges(own: FloatArray, others: FloatArray) -> FloatArray:
    """Return ``1 - others / own``, 0 where the action never leads to the outcome."""
    happens = own > 0
    return np.where(happens, (own - others) / np.where(happens, own, 1.0), 0.0)


def cheapest_contract(
    probs: FloatArray,
    q: FloatArray,
    exists: BoolArray,
    action: int,
    nudge: float = 0.0,
    *,
    method: Program | None = None,
) -> Contract | None:
    """Return the cheapest contract for one action of one state, None if there is none.

    Parameters
    ----------
    probs : shape (A, O).
    q : truncated values, shape (A,).
    exists : shape (A,).
    action : the action to be induced.
    nudge : by how much it must be better than others.
    method : what is tried before whole numbers; by default a formula, or the dual simplex.
    """
    own = probs[action]
    paid, weights = least_payments(probs, q, exists, action, nudge, method=method)
    if paid is None:
        return None
    contract = np.where(own > 0, paid / np.where(own > 0, own, 1.0), 0.0)
    return Contract(float(own @ contract), contract, weights)


def least_payments(
    probs: FloatArray,
    q: FloatArray,
    exists: BoolArray,
    action: int,
    nudge: float = 0.0,
    *,
    method: Program | None = None,
) -> Answer:
    """Return what is paid on each outcome in expectation, (O,), and weights of the actions, (A,).

    Where there is no contract the weights are those of a mixture that imitates the action.
    Arguments as for `cheapest_contract`.
    """
    own = probs[action]
    rivals = np.flatnonzero(exists)
    rivals = rivals[rivals != action]
    edge = _edges(own, probs[rivals])
    short = q[rivals] - q[action] + nudge
    slack = ROUNDING * float(np.abs(q[exists]).max(initial=0.0))
    alone = np.flatnonzero((short > slack) & (edge.max(axis=1, initial=0.0) <= IMITATED))
    found: Answer
    if len(alone):
        found = None, np.eye(len(rivals))[alone[0]]
    elif not (short > slack).any():
        found = np.zeros(len(own)), np.zeros(len(rivals))
    else:
        by_default = _two_outcomes if len(own) == 2 else _dual_simplex
        by_default = _one_rival if len(rivals) == 1 else by_default
        found = (method or by_default)(edge, short, slack)
        if edge.size <= _LARGEST and not _proves(edge, short, slack, *found):
            found = _exact(own, probs[rivals], short, slack)
    paid, duals = found
    weights = np.zeros(len(q))
    weights[rivals] = duals
    if float(duals.sum()) > 1 / IMITATED:
        paid = None
    return paid, weights


def _proves(
    edge: FloatArray, short: FloatArray, slack: float, paid: FloatArray | None, weights: FloatArray
) -> bool:
    """Return whether payments and weights prove one another, or weights that nothing will do."""
    total = float(weights.sum())
    highest = float((weights @ edge).max(initial=0.0))
    value = float(weights @ short)
    if paid is None:
        return highest <= IMITATED * total and value > slack / 2
    kept = edge @ paid - short + 2 * slack + PROVED * (np.abs(edge) @ paid)
    cost = float(paid.sum())
    open_ = cost - value / max(highest, 1.0)
    return bool((kept >= 0).all()) and open_ <= PROVED * cost + slack * (1 + total)


def _one_rival(edge: FloatArray, short: FloatArray, slack: float) -> Answer:
    """Return what to pay: on the outcome that speaks most for the action."""
    outcome = int(edge[0].argmax())
    paid = np.zeros(edge.shape[1])
    paid[outcome] = short[0] / edge[0, outcome]
    return paid, 1 / edge[:, outcome]


def _two_outcomes(edge: FloatArray, short: FloatArray, slack: float) -> Answer:
    """Return what to pay: on one of the outcomes, as much as the rival asks who asks for most.

    What speaks against a rival on one outcome speaks for it on the other.
    """
    asks, ray = short > slack, np.zeros(len(short))
    for o in (0, 1):
        steps = edge[:, o]
        up, down = asks & (steps > PIVOT), steps < 0
        need = np.where(up, short / np.where(up, steps, 1.0), 0.0)
        k, most = int(need.argmax()), float(need.max())
        if (steps * most >= short - 2 * slack - 2.0**-40 * np.abs(steps) * most).all():
            paid, weights = np.zeros(2), np.zeros(len(short))
            if most > 0:
                paid[o], weights[k] = most, 1 / steps[k]
            return paid, weights
        if most > 0 and down.any():
            j = int(np.where(down, short / np.where(down, steps, 1.0), np.inf).argmin())
            ray = np.zeros(len(short))
            ray[k], ray[j] = 1.0, -steps[k] / steps[j]
    return None, ray


def _dual_simplex(edge: FloatArray, short: FloatArray, slack: float) -> Answer:
    """Return what to pay, None where the program is infeasible.

    The dictionary has a row for each rival, ``surplus_k = edge_k . x - short_k``, and the cost
    below; columns are the variables at 0, at first the payments, and the constants.
    """
    n, m = edge.shape
    table = np.zeros((n + 1, m + 1))
    table[:n, :m], table[:n, m], table[n, :m] = edge, -short, 1.0
    basic = np.arange(m, m + n)  # variables: payments 0 .. m-1, surpluses m .. m+n-1
    free = np.arange(m)
    paid, weights = np.zeros(m), np.zeros(m + n)
    for pivots in range(1000 * (n + m)):
        constants = table[:n, m]
        negative = np.flatnonzero(constants < -slack)
        if not len(negative):
            break
        careful = pivots > 10 * (n + m)  # least index: cannot cycle
        row = int(negative[basic[negative].argmin()] if careful else constants.argmin())
        columns = np.flatnonzero(table[row, :m] > PIVOT)
        if not len(columns):
            weights[basic[row]] = 1.0
            weights[free] = np.maximum(-table[row, :m], 0.0)
            return None, weights[m:]
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
    paying = basic < m
    columns, values, prices = basic[paying], table[:n, m][paying], table[n, :m]
    tight = free >= m
    if pivots > _AFRESH:
        square = edge[np.ix_(free[tight] - m, columns)]
        try:
            values = np.linalg.solve(square, short[free[tight] - m])
            prices[tight] = np.linalg.solve(square.T, np.ones(len(columns)))
        except np.linalg.LinAlgError:
            pass  # the proof will be missing
    paid[columns] = np.maximum(values, 0.0)
    weights[free] = np.maximum(prices, 0.0)
    return paid, weights[m:]


def _exact(own: FloatArray, others: FloatArray, short: FloatArray, slack: float) -> Answer:
    """Return what to pay without rounding; shortfalls that are rounding count as none."""
    happens = np.flatnonzero(own > 0)
    mine = [Fraction(p) for p in own[happens].tolist()]
    rows = [
        [p - Fraction(other) for p, other in zip(mine, row, strict=True)]
        for row in others[:, happens].tolist()
    ]
    bounds = np.where(np.abs(short) <= slack, 0.0, short)
    found, weights = least_cost(mine, rows, bounds.tolist(), slack)
    paid = np.zeros(len(own))
    if found is not None:
        paid[happens] = [float(p * b) for p, b in zip(mine, found, strict=True)]
    return None if found is None else paid, np.array([float(w) for w in weights])
