"""Cheapest contracts of many states in compiled loops: the rule of `payments`, state by state.

Per state the two-action bounds cost O(A A O); actions are then taken in falling order of their
bounds and solved by a dual simplex on the (A - 1) x O dictionary until the next bound is below the
best value. States in which contract and weights do not prove one another are left to `payments`.
Shapes: for S states, A actions and O outcomes `probs` is (S, A, O), `q`, `gains` and `exists` are
(S, A); kernels for one state take their rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.algorithms.compile import kernel, plain
from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.contract_mdp import payments as carefully
from eqsolve.families.contract_mdp.payments import NOISE, TIE, StageAnswer
from eqsolve.families.contract_mdp.programs import IMITATED, PIVOT, PROVED, ROUNDING
from eqsolve.families.contract_mdp.solution import StageDuals

__all__ = ["best_contracts", "cheapest_contracts", "least_payment"]


@kernel
def least_payment(
    probs: FloatArray, q: FloatArray, exists: BoolArray, action: int, nudge: float,
    table: FloatArray, basic: IntArray, free: IntArray, contract: FloatArray, weights: FloatArray,
) -> float:  # fmt: skip
    """Fill `contract` (O,) and `weights` (A,); return the payment, inf, or -1 where in doubt.

    `table` is work space (A, O + 1); `basic` (A,) and `free` (O,) hold variables. Where no payment
    will do, the weights are those of the rivals whose mixture imitates the action.
    """
    n_actions, m = probs.shape
    contract[:] = 0.0
    weights[:] = 0.0
    largest = 0.0
    for k in range(n_actions):
        if exists[k]:
            largest = max(largest, abs(q[k]))
    slack = ROUNDING * largest
    n = 0
    for k in range(n_actions):
        if exists[k] and k != action:
            most = 0.0
            for o in range(m):
                edge = 0.0
                if probs[action, o] > 0.0:
                    edge = (probs[action, o] - probs[k, o]) / probs[action, o]
                table[n, o] = edge
                most = max(most, edge)
            table[n, m] = q[action] - q[k] - nudge
            if table[n, m] < -slack and most <= IMITATED:
                weights[k] = 1.0
                return np.inf
            basic[n] = m + k
            n += 1
    for o in range(m):
        table[n, o] = 1.0
        free[o] = o
    table[n, m] = 0.0
    for pivots in range(1000 * (n + m) + 1):
        row = -1
        if pivots <= 10 * (n + m):
            least = -slack
            for i in range(n):
                if table[i, m] < least:
                    least = table[i, m]
                    row = i
        else:  # least index: cannot cycle
            for i in range(n):
                if table[i, m] < -slack and (row < 0 or basic[i] < basic[row]):
                    row = i
        if row < 0:
            for i in range(n):
                if basic[i] < m and table[i, m] > 0.0:
                    contract[basic[i]] = table[i, m] / probs[action, basic[i]]
            for o in range(m):
                if free[o] >= m:
                    weights[free[o] - m] = max(table[n, o], 0.0)
            return _proved(probs, q, exists, action, nudge, slack, contract, weights, False)
        column = -1
        ratio = 0.0
        for o in range(m):
            if table[row, o] > PIVOT:
                here = max(table[n, o], 0.0) / table[row, o]
                if (
                    column < 0
                    or here < ratio * (1 - 1e-12)
                    or (here <= ratio * (1 + 1e-12) and free[o] < free[column])
                ):
                    column = o
                    ratio = here
        if column < 0:
            if basic[row] >= m:
                weights[basic[row] - m] = 1.0
            for o in range(m):
                if free[o] >= m:
                    weights[free[o] - m] = max(-table[row, o], 0.0)
            return _proved(probs, q, exists, action, nudge, slack, contract, weights, True)
        inverse = 1.0 / table[row, column]
        for o in range(m + 1):
            if o != column:
                table[row, o] *= -inverse
        table[row, column] = inverse
        for i in range(n + 1):
            if i != row:
                rate = table[i, column]
                if rate != 0.0:
                    for o in range(m + 1):
                        if o != column:
                            table[i, o] += rate * table[row, o]
                    table[i, column] = rate * inverse
        swap = basic[row]
        basic[row] = free[column]
        free[column] = swap
    return -1.0


@kernel
def _proved(
    probs: FloatArray, q: FloatArray, exists: BoolArray, action: int, nudge: float, slack: float,
    contract: FloatArray, weights: FloatArray, is_ray: bool,
) -> float:  # fmt: skip
    """Return the payment, or inf for a ray, if contract and weights prove it, else -1."""
    n_actions, m = probs.shape
    total = 0.0
    value = 0.0
    for k in range(n_actions):
        if not exists[k] or k == action:
            continue
        short = q[k] - q[action] + nudge
        total += weights[k]
        value += weights[k] * short
        if not is_ray:
            kept = 2 * slack - short
            for o in range(m):
                bought = (probs[action, o] - probs[k, o]) * contract[o]
                kept += bought + PROVED * abs(bought)
            if kept < 0.0:
                return -1.0
    highest = 0.0
    payment = 0.0
    for o in range(m):
        own = probs[action, o]
        payment += own * contract[o]
        if own > 0.0:
            edge = 0.0
            for k in range(n_actions):
                if weights[k] > 0.0:
                    edge += weights[k] * (own - probs[k, o])
            highest = max(highest, edge / own)
    if is_ray:
        return np.inf if highest <= IMITATED * total and value > slack / 2 else -1.0
    if payment - value / max(highest, 1.0) > PROVED * payment + slack * (1.0 + total):
        return -1.0
    return np.inf if total > 1.0 / IMITATED else payment


@kernel
def two_action_bound(
    probs: FloatArray, q: FloatArray, exists: BoolArray, action: int, nudge: float, slack: float
) -> float:
    """Return the greatest of the payments that each rival alone would ask for."""
    n_actions, m = probs.shape
    bound = 0.0
    for k in range(n_actions):
        short = q[k] - q[action] + nudge
        if k == action or not exists[k] or short <= slack:
            continue
        most = 0.0
        for o in range(m):
            if probs[action, o] > 0.0:
                most = max(most, (probs[action, o] - probs[k, o]) / probs[action, o])
        if most <= IMITATED:
            return np.inf
        bound = max(bound, short / most)
    return bound


@kernel
def _best(
    probs: FloatArray, q: FloatArray, gains: FloatArray, exists: BoolArray,
    nudge: float, by_index: bool, actions: IntArray, payments: FloatArray, contracts: FloatArray,
    tied: BoolArray, keep: bool, rows: Any, rivals: Any, entries: FloatArray, stop: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """Fill the answer of every state; return programs solved.

    States where rounding leaves an answer in doubt get action -2. To `keep` dual vectors, `rows`
    (R, 3) takes state, action and number of entries of each, and `rivals` and `entries` those; how
    many rows and entries there are is returned, too.
    """
    n_states, n_actions, m = probs.shape
    table = np.empty((n_actions + 1, m + 1))
    basic = np.empty(n_actions, np.int64)
    free = np.empty(m, np.int64)
    offers = np.empty((n_actions, m))
    weights = np.empty(n_actions)
    upper = np.empty(n_actions)
    values = np.empty(n_actions)
    paid = np.empty(n_actions)
    programs = 0
    n_rows = 0
    n_entries = 0
    for s in range(n_states):
        if s & 1023 == 0 and stop[0]:
            break
        largest = 0.0
        size = 0.0
        for a in range(n_actions):
            if exists[s, a]:
                largest = max(largest, abs(q[s, a]))
                size = max(size, abs(gains[s, a]))
        size = max(size, largest)
        for a in range(n_actions):
            values[a] = -np.inf
            upper[a] = -np.inf
            if exists[s, a]:
                bound = two_action_bound(probs[s], q[s], exists[s], a, nudge, ROUNDING * largest)
                upper[a] = gains[s, a] - bound
        best = -np.inf
        in_doubt = False
        while True:
            a = 0
            for k in range(1, n_actions):
                if upper[k] > upper[a]:
                    a = k
            if upper[a] == -np.inf:
                break
            if best > -np.inf and upper[a] < best - max(TIE * abs(best), NOISE * size):
                break
            upper[a] = -np.inf
            programs += 1
            paid[a] = least_payment(
                probs[s], q[s], exists[s], a, nudge, table, basic, free, offers[a], weights
            )
            if paid[a] < 0:
                in_doubt = True
                break
            if keep:
                begin = n_entries
                for k in range(n_actions):
                    if weights[k] > 0:
                        rivals[n_entries] = k
                        entries[n_entries] = weights[k]
                        n_entries += 1
                if n_entries > begin:
                    rows[n_rows, 0] = s
                    rows[n_rows, 1] = a
                    rows[n_rows, 2] = n_entries - begin
                    n_rows += 1
            if paid[a] < np.inf:
                values[a] = gains[s, a] - paid[a]
                best = max(best, values[a])
        actions[s] = -1
        tied[s] = False
        if in_doubt:
            actions[s] = -2
        if in_doubt or best == -np.inf:
            continue
        least = best - max(TIE * abs(best), NOISE * size)
        most = -np.inf
        for a in range(n_actions):
            if values[a] >= least:
                most = max(most, q[s, a] + paid[a])
        near = max(TIE * abs(most), NOISE * size)
        chosen = -1
        for a in range(n_actions):
            if chosen < 0 and values[a] >= least and (by_index or q[s, a] + paid[a] >= most - near):
                chosen = a
        his = q[s, chosen] + paid[chosen]
        for a in range(n_actions):
            if values[a] >= least and abs(q[s, a] + paid[a] - his) > near:
                tied[s] = True
        actions[s] = chosen
        payments[s] = paid[chosen]
        contracts[s] = offers[chosen]
    return programs, n_rows, n_entries


@kernel
def _cheapest(
    probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray, nudge: float,
    payments: FloatArray, contracts: FloatArray, weights: FloatArray,
) -> None:  # fmt: skip
    """Fill payment (-1 where in doubt), contract and duals of one action per state."""
    n_states, n_actions, m = probs.shape
    table = np.empty((n_actions + 1, m + 1))
    basic = np.empty(n_actions, np.int64)
    free = np.empty(m, np.int64)
    for s in range(n_states):
        if actions[s] >= 0:
            payments[s] = least_payment(
                probs[s], q[s], exists[s], actions[s], nudge, table, basic, free, contracts[s],
                weights[s],
            )  # fmt: skip


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
) -> StageAnswer:
    """Return what the principal offers in each state; see `payments.best_contracts`.

    `keep` asks for the dual vectors of the programs that were solved.
    """
    n_states, n_actions, n_outcomes = probs.shape
    actions = np.full(n_states, -1, dtype=np.int64)
    payments, contracts = np.zeros(n_states), np.zeros((n_states, n_outcomes))
    tied = np.zeros(n_states, dtype=bool)
    flag = stop if isinstance(stop, np.ndarray) else np.zeros(1, dtype=np.uint8)
    most = int(exists.sum()) if keep else 0  # memory is taken as it is filled
    rows = np.empty((most, 3), dtype=np.int32)
    rivals = np.empty(most * min(n_actions - 1, n_outcomes + 1), dtype=np.int32)
    entries = np.empty(len(rivals))
    programs, n_rows, n_entries = _best(
        plain(probs), q, gains, plain(exists), float(nudge), bool(by_index), actions,
        payments, contracts, tied, keep, rows, rivals, entries, flag,
    )  # fmt: skip
    doubtful = np.flatnonzero(actions == -2)
    if len(doubtful):
        part = carefully.best_contracts(
            probs[doubtful], q[doubtful], gains[doubtful], exists[doubtful], nudge=nudge,
            by_index=by_index, stop=flag,
        )  # fmt: skip
        actions[doubtful], payments[doubtful], contracts[doubtful], tied[doubtful] = part[:4]
        programs += part.programs
    duals = None
    if keep:
        states, induced, counts = rows[:n_rows].T.copy()
        duals = StageDuals(
            states, induced, counts, rivals[:n_entries].copy(), entries[:n_entries].copy()
        )
    return StageAnswer(actions, payments, contracts, tied, int(programs), duals)


def cheapest_contracts(
    probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray, nudge: float = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return payments (S,), contracts (S, O) and duals (S, A); see `payments`."""
    n_states, n_actions, n_outcomes = probs.shape
    payments = np.zeros(n_states)
    contracts, weights = np.zeros((n_states, n_outcomes)), np.zeros((n_states, n_actions))
    chosen = np.ascontiguousarray(actions, dtype=np.int64).copy()
    _cheapest(plain(probs), q, plain(exists), chosen, float(nudge), payments, contracts, weights)
    doubtful = np.flatnonzero(payments < 0)
    if len(doubtful):
        payments[doubtful], contracts[doubtful], weights[doubtful] = carefully.cheapest_contracts(
            probs[doubtful], q[doubtful], exists[doubtful], chosen[doubtful], nudge
        )
    return payments, contracts, weights
