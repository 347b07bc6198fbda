"""Cheapest contracts by HiGHS, a linear program for each action: the reference for `payments`."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.core.errors import BackendError
from eqsolve.families.contract_mdp.payments import ROUNDING, Contract, StageAnswer, closeness

__all__ = ["best_contracts", "cheapest_contract", "cheapest_contracts"]


def cheapest_contract(
    probs: FloatArray, q: FloatArray, exists: BoolArray, action: int, nudge: float = 0.0
) -> Contract | None:
    """Return the cheapest contract for one action of one state; see `payments`.

    The program is solved in units of the largest difference of truncated values, since HiGHS
    knows absolute tolerances only.
    """
    from scipy.optimize import linprog

    rivals = np.flatnonzero(exists)
    rivals = rivals[rivals != action]
    short = q[rivals] - q[action] + nudge
    slack = ROUNDING * float(np.abs(q[exists]).max(initial=0.0))
    weights = np.zeros(len(q))
    unit = float(np.abs(short).max(initial=0.0))
    if not (short > slack).any():
        return Contract(0.0, np.zeros(probs.shape[1]), weights)
    more = probs[action] - probs[rivals]
    right = np.where(np.abs(short) <= slack, 0.0, short) / unit
    found = linprog(probs[action], A_ub=-more, b_ub=-right, method="highs")
    if found.status == 2:
        return None
    if found.status != 0:
        raise BackendError(f"HiGHS: {found.message}")
    weights[rivals] = np.maximum(-found.ineqlin.marginals, 0.0)
    contract = np.maximum(found.x, 0.0) * unit
    return Contract(float(probs[action] @ contract), contract, weights)


def cheapest_contracts(
    probs: FloatArray, q: FloatArray, exists: BoolArray, actions: IntArray, nudge: float = 0.0
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return payments, contracts and duals of one action for each state; see `payments`."""
    n_states, n_actions, n_outcomes = probs.shape
    payments = np.zeros(n_states)
    contracts, weights = np.zeros((n_states, n_outcomes)), np.zeros((n_states, n_actions))
    for s in np.flatnonzero(actions >= 0).tolist():
        found = cheapest_contract(probs[s], q[s], exists[s], int(actions[s]), nudge)
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
) -> StageAnswer:
    """Return what the principal offers in each state, every action's program solved."""
    n_states, _, n_outcomes = probs.shape
    actions = np.full(n_states, -1, dtype=np.int64)
    payments, contracts = np.zeros(n_states), np.zeros((n_states, n_outcomes))
    tied = np.zeros(n_states, dtype=bool)
    programs = 0
    for s in np.flatnonzero(exists.any(axis=1)).tolist():
        if stop[0]:
            break
        offers = {}
        for a in np.flatnonzero(exists[s]).tolist():
            programs += 1
            found = cheapest_contract(probs[s], q[s], exists[s], a, nudge)
            if found is not None:
                offers[a] = (gains[s, a] - found.payment, q[s, a] + found.payment, found)
        if not offers:
            continue
        size = float(np.abs(np.where(exists[s], [q[s], gains[s]], 0.0)).max())
        best = max(offer[0] for offer in offers.values())
        optimal = [a for a in offers if offers[a][0] >= best - closeness(best, size)]
        most = max(offers[a][1] for a in optimal)
        near = closeness(most, size)
        kept = optimal if by_index else [a for a in optimal if offers[a][1] >= most - near]
        chosen = offers[kept[0]]
        tied[s] = any(abs(offers[a][1] - chosen[1]) > near for a in optimal)
        actions[s], payments[s], contracts[s] = kept[0], chosen[2].payment, chosen[2].contract
    return StageAnswer(actions, payments, contracts, tied, programs)
