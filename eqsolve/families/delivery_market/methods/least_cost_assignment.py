"""Cheapest assignment of rows to columns: plain numpy where loading a solver would cost more.

Shortest augmenting paths (Jonker and Volgenant 1987), one row after the other: every row first
takes its cheapest column if that is free; the others follow a shortest path in reduced costs to
a free column. O(rows^2 columns) at worst, a numpy pass over the columns for every step of a path.
Large matrices go to scipy, which is a hundred times faster but takes longer to load than any small
market takes to solve.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["OFTEN", "PLAIN", "assign", "assign_plainly"]

PLAIN = 10_000
"""Entries up to which a single assignment is not worth loading scipy."""

OFTEN = 400
"""The same where a hundred assignments follow each other."""


def assign(costs: FloatArray, *, plain: int = PLAIN) -> IntArray | None:
    """Return the column of every row at least total cost; None where some row finds none.

    Parameters
    ----------
    costs : shape (rows, columns), infinite where a pair is forbidden.
    plain : entries up to which plain numpy is used; fewer where many assignments follow.

    Notes
    -----
    Ties are broken the same way for the same input and version.

    Examples
    --------
    >>> assign(np.array([[4.0, 2.0, 9.0], [1.0, 0.0, 9.0]])).tolist()
    [1, 0]
    """
    n_rows, n_columns = costs.shape
    if n_rows > n_columns:
        return None
    if costs.size <= plain:
        return assign_plainly(costs)
    from eqsolve.algorithms.matching.cheapest import cheapest_assignment

    return cheapest_assignment(costs.T)


def assign_plainly(costs: FloatArray) -> IntArray | None:
    """Return the same as `assign`, for at most as many rows as columns, by numpy alone."""
    n_rows, n_columns = costs.shape
    if not n_rows:
        return np.zeros(0, dtype=np.int64)
    row_duals, column_duals = costs.min(axis=1), np.zeros(n_columns)
    if np.isinf(row_duals).any():
        return None
    owner = np.full(n_columns, -1, dtype=np.int64)
    column = np.full(n_rows, -1, dtype=np.int64)
    columns, takers = np.unique(costs.argmin(axis=1), return_index=True)
    owner[columns], column[takers] = takers, columns
    for root in np.flatnonzero(column < 0).tolist():
        distance = costs[root] - row_duals[root] - column_duals
        before = np.full(n_columns, root)
        done = np.zeros(n_columns, dtype=bool)
        ahead = distance.copy()  # infinite once done
        while True:
            here = int(ahead.argmin())
            length = ahead[here]
            if length == np.inf:
                return None
            row = int(owner[here])
            if row < 0:
                break
            done[here], ahead[here] = True, np.inf
            through = costs[row] + (length - row_duals[row]) - column_duals
            shorter = (through < distance) & ~done
            distance[shorter] = ahead[shorter] = through[shorter]
            before[shorter] = row
        gained = length - distance[done]
        column_duals[done] -= gained
        row_duals[owner[done]] += gained
        row_duals[root] += length
        while here >= 0:
            row = int(before[here])
            owner[here] = row
            here, column[row] = int(column[row]), here
    return column
