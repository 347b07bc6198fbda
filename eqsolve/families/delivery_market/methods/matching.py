"""Maximum-weight matching with duals: without compiled kernels where the market is small.

Compiling the dense kernels takes longer than any small market. There `assigning` finds the matching
and shortest distances the row-optimal duals: as for couriers' wages, with each row's own weight as
a cap. Large matrices go to the kernels. O(n m min(n, m)) at worst either way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.methods.cheapest_rows import assign
from eqsolve.families.delivery_market.methods.couriers import greatest_wages

__all__ = ["Matched", "matched_with_duals"]

_SMALL = 1_000_000


class Matched(NamedTuple):
    """Column of each row or -1, and optimal duals of rows and columns, >= 0."""

    matching: IntArray
    row_duals: FloatArray
    col_duals: FloatArray


def matched_with_duals(weights: NumberArray, deadline: Deadline | None = None) -> Matched | None:
    """Return a matching of greatest weight and its duals; None when the deadline came first.

    Parameters
    ----------
    weights : shape (n, m); negative means no edge.
    deadline : watched by the kernels.

    Examples
    --------
    >>> found = matched_with_duals(np.array([[5, 8], [4, 6]]))
    >>> found.matching.tolist(), found.row_duals.tolist(), found.col_duals.tolist()
    ([1, 0], [6.0, 4.0], [0.0, 2.0])
    """
    if weights.size > _SMALL:
        from eqsolve.algorithms.matching.dense.matching import max_weight_matching

        with (deadline or Deadline()).watching() as stop:
            large = max_weight_matching(np.ascontiguousarray(weights), stop=stop)
        return None if large.stopped else Matched(*large[:3])
    worth = np.maximum(weights, 0).astype(np.float64)
    n_rows, n_columns = worth.shape
    matching = np.full(n_rows, -1, dtype=np.int64)
    row_duals, col_duals = np.zeros(n_rows), np.zeros(n_columns)
    if not worth.size:
        return Matched(matching, row_duals, col_duals)
    rows, columns = _best_pairs(worth)
    used = worth[rows, columns] > 0
    rows, columns = rows[used], columns[used]
    matching[rows] = columns
    own = worth[rows, columns]
    slack = 0.0 if bool((worth == np.rint(worth)).all()) else 1e-12 * float(worth.max())
    row_duals = greatest_wages(-worth[:, columns], rows, slack, caps=own).wages
    col_duals[columns] = np.maximum(own - row_duals[rows], 0.0)
    return Matched(matching, row_duals, col_duals)


def _best_pairs(worth: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs of a greatest assignment of the shorter side."""
    if worth.shape[0] > worth.shape[1]:
        swapped = _best_pairs(worth.T)
        return swapped[1], swapped[0]
    found = assign(-worth)
    assert found is not None  # every pair is allowed
    return np.arange(len(found)), found
