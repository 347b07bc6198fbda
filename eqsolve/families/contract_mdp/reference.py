"""Cheapest contracts by HiGHS, a linear program for each action: the reference for `programs`."""

from __future__ import annotations

from functools import partial

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.contract_mdp import payments, programs
from eqsolve.families.contract_mdp.programs import Answer

__all__ = ["best_contracts", "cheapest_contract", "cheapest_contracts"]


def _program(edge: FloatArray, short: FloatArray, slack: float) -> Answer:
    """Return what to pay and weights, or no payments and a mixture that imitates.

    The programs are in units of the largest difference of truncated values, since HiGHS knows
    absolute tolerances only; what it does not prove, whole numbers decide (`programs`).
    """
    from scipy.optimize import linprog

    n, m = edge.shape
    unit = float(np.abs(short).max())
    right = np.where(np.abs(short) <= slack, 0.0, short) / unit
    found = linprog(np.ones(m), A_ub=-edge, b_ub=-right, method="highs")
    if found.status == 0:
        return np.maximum(found.x, 0.0) * unit, np.maximum(-found.ineqlin.marginals, 0.0)
    mixture = linprog(
        -right, A_ub=edge.T, b_ub=np.zeros(m), A_eq=np.ones((1, n)), b_eq=[1.0], method="highs"
    )
    return None, np.zeros(n) if mixture.x is None else np.maximum(mixture.x, 0.0)


cheapest_contract = partial(programs.cheapest_contract, method=_program)
cheapest_contracts = partial(payments.cheapest_contracts, program=cheapest_contract)
best_contracts = partial(payments.best_contracts, program=cheapest_contract, screen=False)
