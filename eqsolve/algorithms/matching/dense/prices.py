"""Least and greatest competitive prices, from one optimal matching with optimal duals.

The optimal duals form a lattice (BIP-2). From duals `u`, `p` with slacks
``s[i,k] = u[i] + p[k] - w[i,k]``, prices can be lowered by `f` exactly if ``f[k] <= p[k]``,
``f[k] <= s[i,k]`` for unmatched rows `i`, and ``f[k] <= f[j] + s[i,k]`` where row `i` holds column
`j`. The greatest such `f` is a shortest path distance, and gives the least prices (BIP-4). Prices
can be raised by `g` exactly if ``g[k] = 0`` for unsold columns, ``g[j] <= u[i]`` and
``g[j] <= g[k] + s[i,k]`` where row `i` holds `j`: the greatest such `g` gives the greatest prices
(BIP-3).

Both are Dijkstra sweeps over the short lists of the rows (`dense_shortlist`). Downwards the rest of
a row waits in the heap, as in `dense_augment`. Upwards the lists are read by columns; afterwards
every row whose rest could matter is checked in full, and the sweep is continued from rows that the
check lowered, until none is.

Cost: one pass over the matrix for the lists, then usually O(n log n); O(n m) for each round of
checks. Sources: Shapley and Shubik (1971), Demange, Gale and Sotomayor (1986).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, plain, scan_part
from eqsolve.algorithms.matching.dense.heap import Heap, new_heap, pop, push
from eqsolve.algorithms.matching.dense.pairing import Pairing, unmatched
from eqsolve.algorithms.matching.dense.shortlist import (
    CAPACITY,
    WIDE,
    Scan,
    Shortlists,
    ensure,
    list_rows,
    margins_of,
    new_scan,
    new_shortlists,
    row_of,
    select,
    select_all,
)

COLUMNS = 8  # read in full before any short list is built

__all__ = ["PriceEnds", "extreme_prices", "price_ends"]

Array = NDArray[Any]
IntArray = NDArray[np.int64]


class PriceEnds(NamedTuple):
    """Least and greatest optimal column duals, shape (m,); unproved if `stopped`."""

    low: Array
    high: Array
    stopped: bool


def extreme_prices(
    weights: Array, matching: IntArray, row_duals: Array, col_duals: Array
) -> tuple[Array, Array]:
    """Return the least and the greatest optimal column duals, as `price_ends` without a stop flag.

    Examples
    --------
    >>> extreme_prices(np.array([[5], [3]]), np.array([0, -1]), np.array([1, 0]), np.array([4]))
    (array([3]), array([5]))
    """
    ends = price_ends(weights, matching, row_duals, col_duals)
    return ends.low, ends.high


def price_ends(
    weights: Array,
    matching: IntArray,
    row_duals: Array,
    col_duals: Array,
    stop: NDArray[np.uint8] | None = None,
) -> PriceEnds:
    """Return both ends of the lattice of optimal column duals.

    Parameters
    ----------
    weights : int64 or float64, shape (n, m), as for `max_weight_matching`.
    matching : int64, shape (n,), -1 if unmatched; of maximum weight.
    row_duals, col_duals : shapes (n,) and (m,), optimal duals (not checked), of the same type.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop early.

    Returns
    -------
    PriceEnds
        ``low`` and ``high``, shape (m,), exact for whole weights. With w >= 0, ``high[j]`` is the
        loss of welfare without column `j`, and the utility of a row at ``low`` is the loss without
        that row. Unsold columns have price 0 in both.

    Raises
    ------
    ValueError : the shapes do not fit.
    """
    weights = np.ascontiguousarray(weights)
    n, m = weights.shape
    matching = np.asarray(matching, np.int64)
    u, p = (np.asarray(duals, weights.dtype) for duals in (row_duals, col_duals))
    if matching.shape != (n,) or u.shape != (n,) or p.shape != (m,):
        raise ValueError("matching and row_duals must be of shape (n,), col_duals of shape (m,)")
    if n == 0 or m == 0:
        return PriceEnds(np.zeros_like(p), np.zeros_like(p), False)
    kind = weights.dtype.type
    top = kind(2**62 if weights.dtype.kind == "i" else np.inf)
    pairing = unmatched(n, p)
    pairing.u[:] = u
    pairing.row_to_col[:] = matching
    rows = np.flatnonzero(matching >= 0)
    pairing.col_to_row[matching[rows]] = rows
    lists = new_shortlists(pairing, top)
    flag = np.zeros(1, np.uint8) if stop is None else stop
    falls, ended = _falls(plain(weights), pairing, lists, top, flag)
    rises, ended_too = _rises(plain(weights), pairing, lists, top, flag)
    return PriceEnds(p - falls, p + rises, not (ended and ended_too))


def _falls(
    weights: Array, pairing: Pairing, lists: Shortlists, top: Any, stop: NDArray[np.uint8]
) -> tuple[Array, bool]:
    """Return how far each price can fall, and whether the sweep ended."""
    n, m = weights.shape
    heap = new_heap(n + m, weights.dtype)
    fall, mask, depth = pairing.p.copy(), pairing.p.copy(), np.zeros(n, weights.dtype)
    work = lists, new_scan(pairing), heap, depth, fall, mask
    ended = sweep_down(weights, False, pairing, *work, top, weights.dtype.type(0), stop)
    return fall, ended


def _rises(
    weights: Array, pairing: Pairing, lists: Shortlists, top: Any, stop: NDArray[np.uint8]
) -> tuple[Array, bool]:
    """Return how far each price can rise, and whether the sweep ended."""
    n, m = weights.shape
    rise = np.zeros(m, weights.dtype)
    sold = np.flatnonzero(pairing.col_to_row >= 0)
    rise[sold] = pairing.u[pairing.col_to_row[sold]]
    if _settled_by_ties(weights, pairing, rise, top):
        return rise, True
    rows = pairing.col_to_row[sold[rise[sold] > rise.min()]]
    list_rows(weights, False, rows, pairing.p, lists, new_scan(pairing), top)
    first, following = np.full(m, -1, np.int64), np.empty((n, WIDE), np.int32)
    work = new_heap(m, weights.dtype), rise, first, following
    ended = sweep_up(weights, pairing, lists, *work, weights.dtype.type(0), stop)
    return rise, ended


def _settled_by_ties(weights: Array, pairing: Pairing, rise: Array, top: Any) -> bool:
    """Take the first steps of the upward sweep by whole columns; return whether they settle all.

    Where values repeat, one column is often tied with all rows, and no short list is needed.
    """
    u, p, row_to_col, _ = pairing
    rows = np.flatnonzero(row_to_col >= 0)
    columns, levels = row_to_col[rows], u[rows]
    ahead = rise.copy()  # of columns not yet settled
    for _ in range(min(p.size, COLUMNS)):
        k = ahead.argmin()
        if rise[k] >= rise.max():
            return True
        reached = rise[k] + np.maximum(levels - (weights[rows, k] - p[k]), 0)
        rise[columns] = np.where(
            rise[columns] > rise[k], np.minimum(rise[columns], reached), rise[columns]
        )
        ahead = np.where(ahead == top, ahead, rise)
        ahead[k] = top
    return False


@kernel
def sweep_down(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
    heap: Heap,
    depth: Array,
    fall: Array,
    mask: Array,
    top: Any,
    zero: Any,
    stop: NDArray[np.uint8],
) -> bool:
    """Lower `fall`, the prices at first, to how far each can fall; False when stopped.

    `fall` and `mask`, shape (m,), hold the prices; work space: `depth`, shape (n,), and a heap of
    n + m nodes.
    """
    u, p, row_to_col, col_to_row = pairing
    n, m = u.size, p.size
    for i in range(n):
        if row_to_col[i] < 0:
            _bound_falls(weights[i], u[i], p, fall, zero)
    size = 0
    left = m
    highest = zero  # no distance is greater
    for j in range(m):
        size = push(heap, size, j, fall[j])
        highest = max(highest, fall[j])
    while left > 0:
        if stop[0] != 0:
            return False
        node = heap.nodes[0]
        key = heap.keys[0]
        if key >= highest:
            break
        size = pop(heap, size)
        extra = 0
        if node < m:
            left -= 1
            mask[node] = top
            i = col_to_row[node]
            if i < 0:
                continue
            depth[i] = key
            ensure(weights, flipped, i, p, lists, scan, top)
            count = lists.length[i]
            beyond = lists.outside[i]
        else:
            i = node - m
            block = margins_of(row_of(weights, flipped, i, scan), mask, scan)
            floor = max(depth[i] + u[i] - highest, -top)
            extra, beyond = select(scan, block, min(CAPACITY, m), i % m, floor, -top)
            if depth[i] + u[i] - beyond <= key:  # ties: the same columns would come again
                extra, beyond = select_all(scan, floor), -top
            if extra == 0:
                continue
            count = extra
        base = depth[i]
        reach = base + u[i]
        for k in range(count):
            if extra == 0:
                j = int(lists.columns[i, k])
                margin = lists.weights[i, k] - p[j]
            else:
                j = scan.found[k]
                margin = scan.margins[j]
            d = max(reach - margin, base)
            if d < fall[j]:
                fall[j] = d
                size = push(heap, size, j, d)
        if beyond > -top:
            d = max(reach - beyond, base)
            if d < highest:
                size = push(heap, size, m + i, d)
        if extra > 0:
            highest = fall[0]
            for j in range(1, m):
                highest = max(highest, fall[j])
    return True


@kernel
def sweep_up(
    weights: Array,
    pairing: Pairing,
    lists: Shortlists,
    heap: Heap,
    rise: Array,
    first: IntArray,
    following: NDArray[np.int32],
    zero: Any,
    stop: NDArray[np.uint8],
) -> bool:
    """Lower `rise`, the utilities at first, to how far each price can rise; False when stopped.

    `rise`, shape (m,), holds the utility of each column's row, 0 if unsold. Rows above the least
    of them have short lists. Work space: a heap of m nodes; `first`, shape (m,), filled with -1,
    and `following`, shape (n, WIDE), for the listed edges by column.
    """
    u, p, row_to_col, _ = pairing
    n, m = u.size, p.size
    least = rise[0]
    for j in range(m):
        least = min(least, rise[j])
    for i in range(n - 1, -1, -1):
        if row_to_col[i] >= 0:
            for k in range(lists.length[i] - 1, -1, -1):
                j = int(lists.columns[i, k])
                following[i, k] = first[j]
                first[j] = i * WIDE + k
    size = 0
    for j in range(m):
        size = push(heap, size, j, rise[j])
    while size > 0:
        while size > 0:
            if stop[0] != 0:
                return False
            column = heap.nodes[0]
            base = heap.keys[0]
            size = pop(heap, size)
            e = first[column]
            while e >= 0:
                i, k = e // WIDE, e % WIDE
                j = row_to_col[i]
                d = base + max(u[i] - (lists.weights[i, k] - p[column]), zero)
                if d < rise[j]:
                    rise[j] = d
                    size = push(heap, size, j, d)
                e = np.int64(following[i, k])
        for i in range(n):
            j = row_to_col[i]
            if j < 0 or rise[j] <= least or rise[j] - least <= u[i] - lists.outside[i]:
                continue
            d = _least_rise(weights[i], u[i], p, rise, zero)
            if d < rise[j]:
                rise[j] = d
                size = push(heap, size, j, d)
    return True


@scan_part
def _bound_falls(row: Array, level: Any, p: Array, fall: Array, zero: Any) -> None:
    """Lower every fall to the slack of a row that is unmatched."""
    for j in range(p.size):
        fall[j] = min(fall[j], max(level - (row[j] - p[j]), zero))


@scan_part
def _least_rise(row: Array, level: Any, p: Array, rise: Array, zero: Any) -> Any:
    """Return the least ``rise[k] + slack`` over the whole row."""
    least = rise[0] + max(level - (row[0] - p[0]), zero)
    for k in range(p.size):
        least = min(least, rise[k] + max(level - (row[k] - p[k]), zero))
    return least
