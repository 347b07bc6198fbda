"""A weighted bipartite graph in both directions, with weights on an integer grid.

The sparse kernels compute with int64 only, see `integer_grid`.

Negative weights mean "no edge"; they are stored as -1, which no matching ever uses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, plain
from eqsolve.algorithms.matching.integer_grid import Grid, IntArray, put_on_grid

Mates = NDArray[np.int32]
StopFlag = NDArray[np.uint8]


class Adjacency(NamedTuple):
    """Rows of one side: `starts` (k+1,), `neighbors` (E,) int32, `weights` (E,) int64."""

    starts: IntArray
    neighbors: NDArray[np.int32]
    weights: IntArray


class SparseGraph(NamedTuple):
    """Both directions of one graph, and the grid on which its weights are."""

    rows: Adjacency
    cols: Adjacency
    grid: Grid

    @property
    def n_rows(self) -> int:
        """Number n of rows."""
        return len(self.rows.starts) - 1

    @property
    def n_cols(self) -> int:
        """Number m of columns."""
        return len(self.cols.starts) - 1

    @property
    def greatest(self) -> int:
        """Greatest weight on the grid, at least 0."""
        return max(0, int(self.rows.weights.max(initial=0)))


def sparse_graph(
    n_sellers: int, indptr: NDArray[Any], indices: NDArray[Any], weights: NDArray[Any]
) -> SparseGraph:
    """Return the graph of CSR arrays, checked, on the integer grid, with its transpose.

    Parameters
    ----------
    n_sellers : number m of columns.
    indptr : integers, shape (n+1,), from 0 to E without descent.
    indices : integers, shape (E,), columns in 0..m-1, no pair twice.
    weights : int64 or float64, shape (E,), money units; negative means no edge.

    Returns
    -------
    graph : see `SparseGraph`. Costs O(n + m + E) time and about 24 bytes per edge.

    Raises
    ------
    ValueError : arrays do not fit together, a column is out of range, a weight is not finite
        (except -inf, "no edge") or an integer weight exceeds 2**60.
    """
    starts = np.ascontiguousarray(indptr, dtype=np.int64)
    if starts.ndim != 1 or len(starts) == 0 or starts[0] != 0 or (np.diff(starts) < 0).any():
        raise ValueError("indptr must be of shape (n+1,), start with 0 and never descend")
    if not starts[-1] == len(indices) == len(weights):
        raise ValueError(
            f"indptr ends with {starts[-1]}, but there are {len(indices)} indices "
            f"and {len(weights)} weights: the three must agree"
        )
    columns = np.asarray(indices)
    if len(columns) and columns.dtype.kind not in "iu":
        raise ValueError(f"indices must be integers, got {columns.dtype}")
    if len(columns) and not 0 <= columns.min() <= columns.max() < n_sellers:
        raise ValueError(f"indices must lie in 0..{n_sellers - 1}")
    neighbors = np.ascontiguousarray(columns, dtype=np.int32)
    numbers, grid = put_on_grid(np.asarray(weights))
    rows = Adjacency(plain(starts), plain(neighbors), numbers)
    return SparseGraph(rows, Adjacency(*transposed(n_sellers, *rows)), grid)


@kernel
def transposed(
    n_cols: int, starts: IntArray, neighbors: NDArray[np.int32], weights: IntArray
) -> tuple[IntArray, NDArray[np.int32], IntArray]:
    """Return the adjacency of the columns; their neighbors in ascending order."""
    t_starts = np.zeros(n_cols + 1, np.int64)
    for j in neighbors:
        t_starts[j + 1] += 1
    for j in range(n_cols):
        t_starts[j + 1] += t_starts[j]
    place = t_starts[:-1].copy()
    t_neighbors = np.empty(len(neighbors), np.int32)
    t_weights = np.empty(len(neighbors), np.int64)
    for i in range(len(starts) - 1):
        for e in range(starts[i], starts[i + 1]):
            j = neighbors[e]
            t_neighbors[place[j]] = i
            t_weights[place[j]] = weights[e]
            place[j] += 1
    return t_starts, t_neighbors, t_weights
