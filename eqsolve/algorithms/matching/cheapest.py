"""Assignment of every column of a cost matrix at least cost, through scipy."""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["cheapest_assignment"]


def cheapest_assignment(costs: FloatArray) -> IntArray | None:
    """Return the row assigned to each column, or None where not all columns can be assigned.

    Parameters
    ----------
    costs : shape (rows, columns), infinite where a pair is forbidden.

    Notes
    -----
    Shortest augmenting paths, O(rows columns^2) at worst. Ties are broken by scipy, the same way
    for the same input and version.

    Examples
    --------
    >>> cheapest_assignment(np.array([[4.0, 1.0], [2.0, 0.0], [9.0, 9.0]])).tolist()
    [1, 0]
    """
    from scipy.optimize import linear_sum_assignment

    n_rows, n_columns = costs.shape
    if n_rows < n_columns:
        return None
    try:
        _, rows = linear_sum_assignment(costs.T)
    except ValueError:  # the only one it has for numbers without NaN: infeasible
        return None
    return np.asarray(rows, dtype=np.int64)
