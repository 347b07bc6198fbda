"""A weighted bipartite graph in both directions, with weights on an integer grid.

The sparse kernels compute with int64 only, so every comparison is exact, equal weights stay equal
and nothing drifts. Integer weights are taken as they are (at most 2**60, so that sums of two duals
and an increment fit). Float weights are put on the finest grid of a power of two on which the
greatest weight stays below 2**53: a weight of at least half the greatest is represented exactly, a
smaller one is off by at most 2**-53 times the greatest. Every grid number up to that size is a
float64, so results go back to floats without any rounding.

Negative weights mean "no edge"; they are stored as -1, which no matching ever uses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.kernels._compile import kernel

IntArray = NDArray[np.int64]
Mates = NDArray[np.int32]
StopFlag = NDArray[np.uint8]
INTEGER_LIMIT = 2**60
FLOAT_BITS = 53


class Adjacency(NamedTuple):
    """Rows of one side: `starts` (k+1,), `neighbors` (E,) int32, `weights` (E,) int64."""

    starts: IntArray
    neighbors: NDArray[np.int32]
    weights: IntArray


class SparseGraph(NamedTuple):
    """Both directions of one graph; a weight in money units is `weights * 2.0**-exponent`.

    `exponent` is 0 for integer input, `is_float` tells the type in which results are returned.
    """

    rows: Adjacency
    cols: Adjacency
    exponent: int
    is_float: bool

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

    def to_grid(self, amounts: NDArray[Any]) -> IntArray:
        """Return `amounts` in money units as the nearest grid numbers."""
        grid: IntArray
        if self.is_float:
            amounts = np.ldexp(amounts.astype(np.float64), self.exponent)
        grid = np.rint(amounts).astype(np.int64)
        return grid

    def from_grid(self, amounts: IntArray) -> NDArray[Any]:
        """Return grid numbers in money units: int64 for integer input, float64 otherwise."""
        return np.ldexp(amounts.astype(np.float64), -self.exponent) if self.is_float else amounts


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
    grid, exponent, is_float = _grid(np.asarray(weights))
    rows = Adjacency(starts, neighbors, grid)
    return SparseGraph(rows, Adjacency(*_transpose(n_sellers, *rows)), exponent, is_float)


def _grid(weights: NDArray[Any]) -> tuple[IntArray, int, bool]:
    """Return weights on the grid (negative ones as -1), the grid's exponent, and "is float"."""
    if weights.dtype.kind in "iub":
        greatest = int(weights.max(initial=0))
        if greatest > INTEGER_LIMIT:
            raise ValueError(f"integer weights must not exceed 2**60, got {greatest}")
        return np.maximum(weights.astype(np.int64), -1), 0, False
    weights = weights.astype(np.float64, copy=False)
    top = float(weights.max(initial=0.0))
    if not np.isfinite(top):
        raise ValueError("weights must be finite (or -inf for no edge)")
    exponent = FLOAT_BITS - int(np.frexp(top)[1]) if top > 0 else 0
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(np.maximum(weights, 0.0), exponent)
    return np.where(weights < 0, -1, np.rint(scaled)).astype(np.int64), exponent, True


@kernel
def _transpose(
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
