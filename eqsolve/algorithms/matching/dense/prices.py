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

from eqsolve.algorithms.compile import kernel, plain, scan_kernel
from eqsolve.algorithms.matching.dense.heap import pop, push
from eqsolve.algorithms.matching.dense.pairing import Pairing, unmatched
from eqsolve.algorithms.matching.dense.shortlist import (
    CAPACITY,
    Shortlists,
    ensure,
    margins_of,
    new_shortlists,
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
    flag = np.zeros(1, np.uint8) if stop is None else stop
    kind = weights.dtype.type
    top = kind(2**62 if weights.dtype.kind == "i" else np.inf)
    pairing = unmatched(n, p)
    pairing.u[:] = u
    pairing.row_to_col[:] = matching
    rows = np.flatnonzero(matching >= 0)
    pairing.col_to_row[matching[rows]] = rows
    lists = new_shortlists(pairing, top)
    # `flipped` comes from here: a constant in the kernels would compile the lists anew.
    given = plain(weights), False, pairing, lists, top, kind(0), flag
    falls, whole = _falls(*given)
    rises, whole_too = _rises(*given)
    return PriceEnds(p - falls, p + rises, not (whole and whole_too))


@kernel
def _falls(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    top: Any,
    zero: Any,
    stop: NDArray[np.uint8],
) -> tuple[Array, bool]:
    """Return how far each price can fall, and whether the sweep ended."""
    u, p, row_to_col, col_to_row = pairing
    n, m = u.size, p.size
    keys = np.empty(n + m, weights.dtype)
    nodes = np.empty(n + m, np.int64)
    place = np.full(n + m, -1, np.int64)
    depth = np.zeros(n, weights.dtype)
    fall = p.copy()
    mask = p.copy()
    for i in range(n):
        if row_to_col[i] < 0:
            _bound_falls(weights[i], u[i], p, fall, zero)
    size = 0
    left = m
    highest = zero  # no distance is greater
    for j in range(m):
        size = push(keys, nodes, place, size, j, fall[j])
        highest = max(highest, fall[j])
    full = False
    while left > 0:
        if stop[0] != 0:
            return fall, False
        node = nodes[0]
        key = keys[0]
        if key >= highest:
            break
        size = pop(keys, nodes, place, size)
        extra = 0
        if node < m:
            left -= 1
            mask[node] = top
            i = col_to_row[node]
            if i < 0:
                continue
            base = key
            depth[i] = base
        else:
            i = node - m
            base = depth[i]
            block = margins_of(weights, flipped, i, mask, lists)
            floor = max(base + u[i] - highest, -top)
            extra, beyond = select(lists, block, min(CAPACITY, m), i % m, floor, -top)
            if base + u[i] - beyond <= key:  # ties: the same columns would come again
                extra, beyond = select_all(lists, floor), -top
            if extra == 0:
                continue
            full = True
        reach = base + u[i]
        if extra == 0:
            ensure(weights, flipped, i, p, lists, top)
            count = lists.length[i]
            beyond = lists.outside[i]
        else:
            count = extra
        for k in range(count):
            if extra == 0:
                j = int(lists.columns[i, k])
                margin = lists.weights[i, k] - p[j]
            else:
                j = lists.found[k]
                margin = lists.margins[j]
            d = max(reach - margin, base)
            if d < fall[j]:
                fall[j] = d
                size = push(keys, nodes, place, size, j, d)
        if beyond > -top:
            d = max(reach - beyond, base)
            if d < highest:
                size = push(keys, nodes, place, size, m + i, d)
        if full:
            full = False
            highest = fall[0]
            for j in range(1, m):
                highest = max(highest, fall[j])
    return fall, True


@kernel
def _rises(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    top: Any,
    zero: Any,
    stop: NDArray[np.uint8],
) -> tuple[Array, bool]:
    """Return how far each price can rise, and whether the sweep ended."""
    u, p, row_to_col, col_to_row = pairing
    n, m = u.size, p.size
    rise = np.zeros(m, weights.dtype)
    for j in range(m):
        if col_to_row[j] >= 0:
            rise[j] = u[col_to_row[j]]
    if _settled_by_ties(weights, row_to_col, u, p, rise, zero):
        return rise, True
    least = rise[0]
    for j in range(m):
        least = min(least, rise[j])
    for i in range(n):
        if row_to_col[i] >= 0 and rise[row_to_col[i]] > least:
            ensure(weights, flipped, i, p, lists, top)
    starts, sellers, slacks = _by_column(row_to_col, u, p, lists, zero)
    keys = np.empty(m, weights.dtype)
    nodes = np.empty(m, np.int64)
    place = np.full(m, -1, np.int64)
    size = 0
    for j in range(m):
        size = push(keys, nodes, place, size, j, rise[j])
    while size > 0:
        while size > 0:
            if stop[0] != 0:
                return rise, False
            k = nodes[0]
            base = keys[0]
            size = pop(keys, nodes, place, size)
            for e in range(starts[k], starts[k + 1]):
                j = sellers[e]
                d = base + slacks[e]
                if d < rise[j]:
                    rise[j] = d
                    size = push(keys, nodes, place, size, j, d)
        for i in range(n):
            j = row_to_col[i]
            if j < 0 or rise[j] <= least or rise[j] - least <= u[i] - lists.outside[i]:
                continue
            d = _least_rise(weights[i], u[i], p, rise, zero)
            if d < rise[j]:
                rise[j] = d
                size = push(keys, nodes, place, size, j, d)
    return rise, True


@kernel
def _settled_by_ties(
    weights: Array, row_to_col: IntArray, u: Array, p: Array, rise: Array, zero: Any
) -> bool:
    """Take the first steps of the sweep by whole columns; return whether they settle all.

    Where values repeat, one column is often tied with all rows, and no short list is needed.
    """
    m = p.size
    settled = np.zeros(m, np.bool_)
    for _ in range(min(m, COLUMNS)):
        k = -1
        highest = rise[0]
        for j in range(m):
            highest = max(highest, rise[j])
            if not settled[j] and (k < 0 or rise[j] < rise[k]):
                k = j
        if rise[k] >= highest:
            return True
        settled[k] = True
        for i in range(u.size):
            j = row_to_col[i]
            if j >= 0 and rise[j] > rise[k]:
                rise[j] = min(rise[j], rise[k] + max(u[i] - (weights[i, k] - p[k]), zero))
    return False


@kernel
def _by_column(
    row_to_col: IntArray, u: Array, p: Array, lists: Shortlists, zero: Any
) -> tuple[IntArray, IntArray, Array]:
    """Return the listed edges of matched rows by column: starts, column held by the row, slack."""
    n, m = u.size, p.size
    starts = np.zeros(m + 2, np.int64)
    for i in range(n):
        if row_to_col[i] >= 0:
            for k in range(lists.length[i]):
                starts[lists.columns[i, k] + 2] += 1
    for j in range(m):
        starts[j + 2] += starts[j + 1]
    sellers = np.empty(starts[m + 1], np.int64)
    slacks = np.empty(starts[m + 1], u.dtype)
    for i in range(n):
        if row_to_col[i] >= 0:
            for k in range(lists.length[i]):
                j = int(lists.columns[i, k])
                e = starts[j + 1]
                starts[j + 1] += 1
                sellers[e] = row_to_col[i]
                slacks[e] = max(u[i] - (lists.weights[i, k] - p[j]), zero)
    return starts, sellers, slacks


@scan_kernel
def _bound_falls(row: Array, level: Any, p: Array, fall: Array, zero: Any) -> None:
    """Lower every fall to the slack of a row that is unmatched."""
    for j in range(p.size):
        fall[j] = min(fall[j], max(level - (row[j] - p[j]), zero))


@scan_kernel
def _least_rise(row: Array, level: Any, p: Array, rise: Array, zero: Any) -> Any:
    """Return the least ``rise[k] + slack`` over the whole row."""
    least = rise[0] + max(level - (row[0] - p[0]), zero)
    for k in range(p.size):
        least = min(least, rise[k] + max(level - (row[k] - p[k]), zero))
    return least
