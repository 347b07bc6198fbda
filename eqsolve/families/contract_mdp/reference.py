"""Cheapest contracts by HiGHS, a linear program for each action: the reference for `payments`."""

from __future__ import annotations

from functools import partial

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.errors import BackendError
from eqsolve.families.contract_mdp import payments
from eqsolve.families.contract_mdp.payments import ROUNDING, Contract

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


cheapest_contracts = partial(payments.cheapest_contracts, program=cheapest_contract)
best_contracts = partial(payments.best_contracts, program=cheapest_contract, screen=False)
