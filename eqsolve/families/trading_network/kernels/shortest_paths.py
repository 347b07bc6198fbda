"""From feasible duals and a partial matching to an optimal matching, by shortest paths.

Works on a dense matrix; a negative weight means "no useful edge". State: duals `u`, `p` >= 0 with
``u[i] + p[j] >= weights[i, j]`` everywhere and equality on matched pairs. Complementary slackness
may fail at unmatched rows with ``u > 0`` and at unmatched columns with ``p > 0``; one search
(Dijkstra on the slacks) mends one of them and spoils nothing, so that a matching near the optimum
is completed at the cost of the few searches that it really needs. Adding or dropping an edge of row
i unmatches i: two searches. Exact for int64 while eight times the largest weight fits 63 bits,
since duals never exceed it.

Shapes: `weights` is (n, m), `weights_t` (m, n), both C-contiguous; `u` and `row_to_col` are (n,),
`p` and `col_to_row` (m,).

Cost: O(n m) per search at worst, usually a few rows. Sources: Jonker and Volgenant 1987;
Mills-Tettey, Stentz and Dias 2007 for changing weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, scan_kernel

__all__ = ["adopt_tight", "change_row", "cover", "discount", "mend", "search"]

Array = NDArray[Any]
IntArray = NDArray[np.int64]


@scan_kernel
def relax(row: Array, prices: Array, reach: Any, distance: Array, parent: IntArray, i: int) -> Any:
    """Offer every column the path that ends with an edge of row `i`; return the least distance.

    Settled columns carry a price so high that no offer is below the distance they are given.
    """
    least = distance[0]
    for j in range(distance.size):
        d = reach + (prices[j] - row[j])
        if d < distance[j]:
            distance[j] = d
            parent[j] = i
        least = min(least, distance[j])
    return least


@kernel
def search(
    weights: Array,
    root: int,
    u: Array,
    p: Array,
    row_to_col: IntArray,
    col_to_row: IntArray,
    far: Any,
) -> None:
    """Mend row `root`, unmatched with ``u > 0``: match it, or bring a utility down to zero.

    `u` (n,), `p` (m,) and both directions of the matching are modified in place; swap rows and
    columns of everything to mend a column. `far` is at least four times the largest weight, and 4.
    """
    n, m = weights.shape
    zero = far - far
    if m == 0:
        u[root] = zero
        return
    horizon = far // 2
    distance = np.full(m, horizon, u.dtype)
    parent = np.full(m, -1, np.int64)
    prices = p.copy()
    rows = np.empty(min(n, m) + 1, np.int64)
    depth = np.empty(min(n, m) + 1, u.dtype)
    n_rows = 0
    i, base = root, zero
    limit, end_row, end_col = u[root], root, -1
    while True:
        rows[n_rows], depth[n_rows] = i, base
        n_rows += 1
        reach = base + u[i]
        if reach < limit:
            limit, end_row, end_col = reach, i, -1
        best = relax(weights[i], prices, reach, distance, parent, i)
        if best >= limit:
            break
        j = 0
        while distance[j] != best:
            j += 1
        base = max(best, base)  # rounding only: slacks are >= 0
        if col_to_row[j] < 0:
            limit, end_row, end_col = base, -1, j
            break
        distance[j], prices[j] = horizon, far
        i = col_to_row[j]
    for k in range(n_rows):
        change = limit - depth[k]
        i = rows[k]
        if change > zero:
            u[i] = max(u[i] - change, zero)
            if i != root:
                p[row_to_col[i]] += change
    if end_col < 0:
        u[end_row] = zero
        if end_row == root:
            return
        j = row_to_col[end_row]
        row_to_col[end_row] = -1
    else:
        j = end_col
    while True:
        i = parent[j]
        previous = row_to_col[i]
        row_to_col[i] = j
        col_to_row[j] = i
        if i == root:
            return
        j = previous


@kernel
def mend(
    weights: Array,
    weights_t: Array,
    u: Array,
    p: Array,
    row_to_col: IntArray,
    col_to_row: IntArray,
    far: Any,
    stop: Array,
) -> int:
    """Mend every row, then every column; return the number of searches, or -1 if stopped."""
    searches = 0
    for i in range(u.size):
        if row_to_col[i] < 0 and u[i] > 0:
            if stop[0] != 0:
                return -1
            search(weights, i, u, p, row_to_col, col_to_row, far)
            searches += 1
    for j in range(p.size):
        if col_to_row[j] < 0 and p[j] > 0:
            if stop[0] != 0:
                return -1
            search(weights_t, j, p, u, col_to_row, row_to_col, far)
            searches += 1
    return searches


@scan_kernel
def cover(weights: Array, u: Array, p: Array) -> None:
    """Set `u` to the least utilities >= 0 that make the duals feasible at prices `p`."""
    for i in range(u.size):
        row = weights[i]
        u[i] = 0  # what it held may be anything
        best = u[i]
        for j in range(p.size):
            best = max(best, row[j] - p[j])
        u[i] = best


@scan_kernel
def discount(
    weights: Array, charged: Array, scale: Any, fee: Any, p: Array, out: Array, u: Array
) -> None:
    """Write ``weights * scale - fee * charged`` into `out`, and `cover` it at prices `p`.

    `charged` holds zeros and ones.
    """
    for i in range(weights.shape[0]):
        row, charges, result = weights[i], charged[i], out[i]
        best = fee - fee
        for j in range(row.size):
            result[j] = row[j] * scale - (fee if charges[j] else fee - fee)
            best = max(best, result[j] - p[j])
        u[i] = best


@kernel
def adopt_tight(
    weights: Array,
    u: Array,
    p: Array,
    row_to_col: IntArray,
    col_to_row: IntArray,
    proposal: IntArray,
    tolerance: Any,
) -> None:
    """Match the proposed pairs whose two agents are free and whose slack is within `tolerance`."""
    for i in range(u.size):
        j = proposal[i]
        if j < 0 or row_to_col[i] >= 0 or col_to_row[j] >= 0 or weights[i, j] < 0:
            continue
        if u[i] + p[j] - weights[i, j] <= tolerance:
            row_to_col[i] = j
            col_to_row[j] = i


@kernel
def change_row(
    weights: Array,
    weights_t: Array,
    i: int,
    u: Array,
    p: Array,
    row_to_col: IntArray,
    col_to_row: IntArray,
    far: Any,
) -> None:
    """Restore optimality after the weights of row `i` were changed: two searches at most."""
    zero = far - far
    j = row_to_col[i]
    row = weights[i]
    best = zero
    for k in range(p.size):
        best = max(best, row[k] - p[k])
    u[i] = best
    if j >= 0:
        if row[j] >= zero and row[j] - p[j] == best:
            return
        row_to_col[i] = -1
        col_to_row[j] = -1
    if best > zero:
        search(weights, i, u, p, row_to_col, col_to_row, far)
    if j >= 0 and col_to_row[j] < 0 and p[j] > zero:
        search(weights_t, j, p, u, col_to_row, row_to_col, far)
