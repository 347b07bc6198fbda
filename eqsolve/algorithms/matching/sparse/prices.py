"""Both ends of the lattice of competitive prices, from one optimal matching with optimal duals.

The optimal duals form a lattice (BIP-2). From feasible optimal duals, how far the price of a sold
item can fall is a shortest path: by at most the price itself, by at most the slack u + p - w of an
unmatched buyer, and by at most the slack of a matched buyer plus the amount by which that buyer's
own price falls. The slacks are nonnegative, so one Dijkstra sweep gives the least prices `p_min`
(BIP-4). The same sweep with the sides exchanged gives the least utilities, hence the greatest
prices (BIP-3): p_max[j] = w[i, j] - u_min[i] for the buyer i of j, 0 for unsold items. Floats are
swept on a grid; `sparse_refinement` then gives small amounts their digits back.

Shapes: `row_mate` and `u` are (n,), `col_mate` and `p` (m,); see `Adjacency` for the edges.

Cost: O((n + m + E) log E) time. Sources: Shapley and Shubik (1971), Demange and Gale (1985).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.integer_grid import IntArray
from eqsolve.algorithms.matching.sparse.graph import Adjacency, Mates, sparse_graph
from eqsolve.algorithms.matching.sparse.heap import pop, push
from eqsolve.algorithms.matching.sparse.refinement import refined_ends


def extreme_prices_sparse(
    n_sellers: int,
    indptr: NDArray[Any],
    indices: NDArray[Any],
    weights: NDArray[Any],
    matching: NDArray[np.int64],
    row_duals: NDArray[Any],
    col_duals: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the least and the greatest optimal column duals.

    Parameters
    ----------
    n_sellers, indptr, indices, weights : the graph, as for `max_weight_matching_sparse`.
    matching, row_duals, col_duals : its result: shapes (n,), (n,), (m,).

    Returns
    -------
    p_min, p_max : shape (m,), int64 or float64 as the weights, money units. p_max[j] is the loss of
        welfare without seller j; a buyer's utility at p_min is the loss of welfare without the
        buyer.

    Raises
    ------
    ValueError : malformed arrays, or duals and matching that do not prove each other optimal.

    >>> graph = 1, [0, 1, 2], [0, 0], np.array([5, 3])
    >>> extreme_prices_sparse(*graph, np.array([0, -1]), np.array([1, 0]), np.array([4]))
    (array([3]), array([5]))
    """
    graph = sparse_graph(n_sellers, np.asarray(indptr), np.asarray(indices), np.asarray(weights))
    u, p = graph.grid.to_grid(row_duals), graph.grid.to_grid(col_duals)
    row_mate: Mates = np.ascontiguousarray(matching, dtype=np.int32)
    if row_mate.shape != (graph.n_rows,) or len(u) != graph.n_rows or len(p) != graph.n_cols:
        raise ValueError("matching and row_duals must be of shape (n,), col_duals of shape (m,)")
    col_mate = np.full(graph.n_cols, -1, np.int32)
    sold = row_mate[row_mate >= 0]
    col_mate[sold] = np.flatnonzero(row_mate >= 0)
    if not _optimal(graph.rows, row_mate, col_mate, u, p):
        raise ValueError("matching and duals do not prove each other optimal")
    p_falls, sellers = _falls(graph.rows, row_mate, col_mate, u, p)
    u_falls, buyers = _falls(graph.cols, col_mate, row_mate, p, u)
    if not graph.grid.is_float:
        p_max = p.copy()
        p_max[sold] += u_falls[col_mate[sold]]
        return p - p_falls, p_max
    exact = np.asarray(weights, np.float64)
    return refined_ends(graph, exact, row_mate, col_mate, sellers, buyers)


@kernel
def _optimal(rows: Adjacency, row_mate: Mates, col_mate: Mates, u: IntArray, p: IntArray) -> bool:
    """Tell whether the duals are feasible, matched pairs tight edges, other agents at 0."""
    starts, neighbors, weights = rows
    for j in range(len(p)):
        i = col_mate[j]
        if p[j] < 0 or (i < 0 and p[j] != 0) or (i >= 0 and row_mate[i] != j):
            return False
    for i in range(len(u)):
        tight = row_mate[i] < 0 and u[i] == 0
        for e in range(starts[i], starts[i + 1]):
            slack = u[i] + p[neighbors[e]] - weights[e]
            if slack < 0:
                return False
            if neighbors[e] == row_mate[i] and slack == 0 and col_mate[neighbors[e]] == i:
                tight = True
        if u[i] < 0 or not tight:
            return False
    return True


@kernel
def _falls(
    rows: Adjacency, row_mate: Mates, col_mate: Mates, u: IntArray, p: IntArray
) -> tuple[IntArray, Mates]:
    """Return how far each column dual can fall within the optimal duals, shape (m,).

    And the sold columns in the order in which their falls are settled.
    """
    starts, neighbors, weights = rows
    fall = p.copy()
    for i in range(len(u)):
        if row_mate[i] < 0:
            for e in range(starts[i], starts[i + 1]):
                j = neighbors[e]
                fall[j] = min(fall[j], u[i] + p[j] - weights[e])
    keys = np.empty(len(neighbors) + len(p) + 1, np.int64)
    items = np.empty(len(neighbors) + len(p) + 1, np.int32)
    order = np.empty(len(p), np.int32)
    size, settled = 0, 0
    for j in range(len(p)):
        if col_mate[j] >= 0:
            size = push(keys, items, size, fall[j], j)
    while size > 0:
        here = keys[0]
        j = items[0]
        i = col_mate[j]
        size = pop(keys, items, size)
        if here != fall[j]:
            continue
        order[settled] = j
        settled += 1
        for e in range(starts[i], starts[i + 1]):
            j = neighbors[e]
            far = here + u[i] + p[j] - weights[e]
            if far < fall[j]:
                fall[j] = far
                if col_mate[j] >= 0:
                    size = push(keys, items, size, far, j)
    return fall, order[:settled]
