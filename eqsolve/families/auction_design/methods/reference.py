"""The program over all bundles, without any reduction, by scipy: slow, and short enough to trust.

For claims and benchmarks only.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["full_program"]


def full_program(values: FloatArray, weights: FloatArray) -> float:
    """Return the revenue of the best menu of lotteries (MEC-3).

    Parameters
    ----------
    values : shape (T, 2**m), of every bundle.
    weights : shape (T,), probabilities.

    Notes
    -----
    Variables ``x[t, S] >= 0`` with ``sum_S x[t, S] = 1`` and free prices; T (T - 1) incentive rows
    and T rows for taking part.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count, bundles = values.shape
    width = count * bundles + count
    t, s = np.nonzero(~np.eye(count, dtype=np.bool_))
    every = np.arange(bundles)
    row = np.repeat(np.arange(len(t)), bundles)
    last = len(t) + np.arange(count)
    own = np.repeat(last, bundles)
    place = np.arange(count * bundles)
    entries = np.concatenate([
        values[t].ravel(), -values[t].ravel(), -np.ones(len(t)), np.ones(len(t)),
        -values.ravel(), np.ones(count),
    ])  # fmt: skip
    rows = np.concatenate([row, row, np.arange(len(t)), np.arange(len(t)), own, last])
    columns = np.concatenate([
        (s[:, None] * bundles + every).ravel(), (t[:, None] * bundles + every).ravel(),
        count * bundles + s, count * bundles + t, place, count * bundles + np.arange(count),
    ])  # fmt: skip
    found = linprog(
        np.concatenate([np.zeros(count * bundles), -weights]),
        A_ub=csr_array((entries, (rows, columns)), shape=(len(t) + count, width)),
        b_ub=np.zeros(len(t) + count),
        A_eq=csr_array(
            (np.ones(count * bundles), (np.repeat(np.arange(count), bundles), place)),
            shape=(count, width),
        ),
        b_eq=np.ones(count),
        bounds=[(0, None)] * (count * bundles) + [(None, None)] * count,
        method="highs",
    )
    return -float(found.fun)
