"""Least duals of a float market at full precision, from an optimal matching and a good order.

The grid of `integer_grid` is as coarse as the greatest weight demands, so duals of agents whose
amounts are a million millionth of that would keep few digits. Once the matching is known, duals
are differences of weights along paths: the least dual of a sold column j is the greatest of 0, the
weights of its edges to unmatched rows, and ``p[k] + w[i, j] - w[i, k]`` over the rows i matched to
another column k (BIP-4). In the order in which the sweep on the grid settles the columns one pass
over the edges finds these values, each rounded at its own scale; a few more mend what the grid has
ordered wrongly. O(n + m + E) time per pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.integer_grid import IntArray
from eqsolve.algorithms.matching.sparse.graph import Mates, SparseGraph, transposed
from eqsolve.core.arrays import FloatArray

_PASSES = 4


def refined_ends(
    graph: SparseGraph,
    weights: FloatArray,
    row_mate: Mates,
    col_mate: Mates,
    columns: Mates,
    rows: Mates,
) -> tuple[FloatArray, FloatArray]:
    """Return the least and the greatest optimal column duals, shape (m,).

    Parameters
    ----------
    graph : the graph on the grid.
    weights : float64, shape (E,), in the order of ``graph.rows``; negative means no edge.
    row_mate, col_mate : an optimal matching, -1 if unmatched.
    columns, rows : matched columns and rows in the order in which their duals are settled.
    """
    starts, neighbors, _ = graph.rows
    low, _ = _least_duals(starts, neighbors, weights, row_mate, col_mate, columns)
    # Only moved about, never computed with: as integers they need no kernel of their own.
    starts, neighbors, bits = transposed(graph.n_cols, starts, neighbors, weights.view(np.int64))
    exact = bits.view(np.float64)
    u_low, own = _least_duals(starts, neighbors, exact, col_mate, row_mate, rows)
    high = low.copy()
    high[columns] = np.maximum(low[columns], own[columns] - u_low[col_mate[columns]])
    return low, high


@kernel
def _least_duals(
    starts: IntArray,
    neighbors: NDArray[np.int32],
    weights: FloatArray,
    row_mate: Mates,
    col_mate: Mates,
    order: Mates,
) -> tuple[FloatArray, FloatArray]:
    """Return the least column duals, shape (m,), and each row's weight in the matching, (n,)."""
    p = np.zeros(len(col_mate))
    own = np.zeros(len(row_mate))
    for i in range(len(row_mate)):
        for e in range(starts[i], starts[i + 1]):
            j = neighbors[e]
            if row_mate[i] == j:
                own[i] = weights[e]
            elif row_mate[i] < 0 and col_mate[j] >= 0:
                p[j] = max(p[j], weights[e])
    for _ in range(_PASSES):
        changed = False
        for k in order:
            i = col_mate[k]
            p[k] = min(p[k], own[i])
            for e in range(starts[i], starts[i + 1]):
                j = neighbors[e]
                far = p[k] + (weights[e] - own[i])
                if far > p[j] and col_mate[j] >= 0 and j != k:
                    p[j] = far
                    changed = True
        if not changed:
            break
    return p, own
