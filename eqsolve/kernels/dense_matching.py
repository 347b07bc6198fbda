"""Maximum-weight matching of a dense matrix, with optimal duals that prove it.

For weights `w` of shape (n, m) find a matching of greatest weight (it need not be perfect; edges of
negative weight count as absent) and duals `u`, `p >= 0` with ``u[i] + p[j] >= w[i,j]`` everywhere,
equality on matched pairs and zero at unmatched agents (BIP-5). `p` are then competitive prices.

Method: good start prices (`dense_starts`), short lists of the best columns of every row at these
prices (`dense_shortlist`), a greedy matching and two rounds of bidding (`dense_bidding`), or where
values repeat a matching along ties (`dense_ties`); then exact shortest augmenting paths for the
rows left over (`dense_augment`), and, if the start left unsold columns with a positive price, the
same searches from those columns. Matrices with more rows than columns are transposed first.

Cost: O(n m) for the lists, then O(n m) at worst for each row left over, far less on most data.
Sources: Kuhn (1955), Jonker and Volgenant (1987); the rest is described in the modules named.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.kernels._compile import kernel, plain
from eqsolve.kernels.dense_augment import augment_all
from eqsolve.kernels.dense_bidding import bidding, greedy
from eqsolve.kernels.dense_shortlist import new_shortlists, refresh
from eqsolve.kernels.dense_starts import (
    RATIO,
    SMALLEST,
    all_can_match,
    column_prices,
    every,
    offered,
    order_of,
    part,
    probe,
)
from eqsolve.kernels.dense_ties import tied_start

__all__ = ["LARGEST_WEIGHT", "MatchingResult", "max_weight_matching", "solve_from", "solve_matrix"]

LARGEST_WEIGHT = 2**60
"""Whole weights up to this size (in absolute value) are handled exactly, for any n and m.

No sum over agents is ever formed: duals lie between 0 and the greatest weight, and path lengths
below it, so that every intermediate number stays below 2**63.
"""

Array = NDArray[Any]
IntArray = NDArray[np.int64]


class MatchingResult(NamedTuple):
    """A maximum-weight matching with optimal duals.

    Attributes
    ----------
    matching : int64, shape (n,): column of each row, or -1.
    row_duals, col_duals : shapes (n,) and (m,), of the type of the weights.
    searches : shortest path searches made for the matrix itself (not for samples of it).
    row_scans : rows looked at in these searches, by their short lists.
    full_scans : times a whole row was read again in these searches.
    start : "given", "zero", "columns", "sample" or "ties", see `dense_starts`.
    stopped : the stop flag was raised; the matching is then incomplete and proves nothing.
    """

    matching: IntArray
    row_duals: Array
    col_duals: Array
    searches: int
    row_scans: int
    full_scans: int
    start: str
    stopped: bool


_STARTS = ("given", "zero", "columns", "sample", "ties")


def max_weight_matching(
    weights: Array,
    initial_prices: Array | None = None,
    stop: NDArray[np.uint8] | None = None,
) -> MatchingResult:
    """Return a matching of greatest total weight, with duals that prove it.

    Parameters
    ----------
    weights : int64 or float64, shape (n, m), finite; negative means no edge. Whole weights must not
        exceed `LARGEST_WEIGHT` in absolute value, and are then handled exactly.
    initial_prices : shape (m,), not NaN: where to start the column duals. Any vector gives a right
        answer, one near the optimal prices saves time.
    stop : uint8, shape (1,): set it to nonzero from another thread to stop early.

    Returns
    -------
    MatchingResult
        With floats, matched pairs are tight and duals feasible up to a few units in the last place
        of the greatest weight.

    Raises
    ------
    ValueError : `weights` is not a matrix of int64 or float64, or `initial_prices` do not fit.

    Notes
    -----
    Deterministic. Among equal choices there is no promise but repeatability.

    Examples
    --------
    >>> found = max_weight_matching(np.array([[5, 8], [4, 6]]))
    >>> found.matching.tolist(), int(found.row_duals.sum() + found.col_duals.sum())
    ([1, 0], 12)
    """
    weights = np.ascontiguousarray(weights)
    if weights.ndim != 2 or weights.dtype not in (np.int64, np.float64):
        raise ValueError(
            f"weights: shape {weights.shape} of {weights.dtype}: must be an int64 or float64 matrix"
        )
    n, m = weights.shape
    kind = weights.dtype.type
    if initial_prices is None:
        prices = np.zeros(0, weights.dtype)
    else:
        given = np.asarray(initial_prices)
        if given.shape != (m,) or np.isnan(given).any():
            raise ValueError(f"initial_prices: shape {given.shape}: must be {m} numbers, not NaN")
        greatest = max(0, weights.max(initial=0))
        prices = np.ascontiguousarray(np.clip(given, 0, greatest), weights.dtype)
    if n == 0 or m == 0:
        return MatchingResult(
            np.full(n, -1), np.zeros(n, kind), np.zeros(m, kind), 0, 0, 0, "zero", False
        )
    flag = np.zeros(1, np.uint8) if stop is None else stop
    top = kind(2**62) if weights.dtype.kind == "i" else np.inf
    matching, _, u, p, counts = solve_matrix(
        plain(weights), prices, initial_prices is not None, top, kind(0), flag
    )
    searches, row_scans, full_scans, start, stopped = counts.tolist()
    return MatchingResult(
        matching, u, p, searches, row_scans, full_scans, _STARTS[start], bool(stopped)
    )


@kernel
def solve_matrix(
    weights: Array,
    prices: Array,
    given: bool,
    top: Any,
    zero: Any,
    stop: NDArray[np.uint8],
) -> tuple[IntArray, IntArray, Array, Array, IntArray]:
    """Solve a nonempty matrix: transpose if tall, choose a start, solve samples, then the whole.

    Returns row to column, column to row, row duals, column duals, and the counts of
    `MatchingResult` (searches, row scans, full scans, start, stopped). `top` is inf or 2**62,
    `zero` the zero of the weights' type; `prices` are read if `given`. Callable from compiled code.
    """
    counts = np.zeros(5, np.int64)
    tall = weights.shape[0] > weights.shape[1]
    whole = _transposed(weights) if tall else weights
    n, m = whole.shape
    stride = 1
    row_order = col_order = np.arange(0)
    least = zero
    coarse = False
    if given:
        begin = _levels(whole, prices) if tall else prices
    else:
        along_rows, along_cols, additive, coarse = probe(whole)
        if along_rows.size > 0:
            counts[3] = 3
            if all_can_match(whole, top / 16):
                least = zero - top
            row_order = order_of(along_rows)
            col_order = order_of(along_cols)
            while n // (stride * RATIO) >= SMALLEST:
                stride *= RATIO
            begin = np.zeros(every(col_order, stride).size, whole.dtype)
        else:
            counts[3] = 2 if n == m or additive else 1
            begin = np.zeros(m, whole.dtype)
            if counts[3] == 2 and not coarse:
                begin = column_prices(whole)
    while True:
        rows = every(row_order, stride)
        sample = whole if stride == 1 else part(whole, rows, every(col_order, stride))
        counts[0] = counts[1] = counts[2] = 0
        row_to_col, col_to_row, u, p = solve_from(
            sample, begin, coarse, top, zero, least, stop, counts
        )
        if stride == 1:
            break
        stride //= RATIO
        cols = np.arange(m) if stride == 1 else every(col_order, stride)
        begin = offered(whole, rows, u, cols)
    if tall:
        return col_to_row, row_to_col, p, u, counts
    return row_to_col, col_to_row, u, p, counts


@kernel
def solve_from(
    weights: Array,
    prices: Array,
    coarse: bool,
    top: Any,
    zero: Any,
    least: Any,
    stop: NDArray[np.uint8],
    counts: IntArray,
) -> tuple[IntArray, IntArray, Array, Array]:
    """Solve a nonempty matrix from start prices; `counts` is added to in place.

    With `coarse`, ties are tried first, and prices by column if these are what `counts` names.
    `least` is zero, or minus `top` if `all_can_match`: then no row gives up on the way, and the
    level of all prices is mended at the end. This spares rows that a dear start would drive out.

    Returns row to column, column to row (-1 if unmatched), row duals and column duals.
    """
    n, m = weights.shape
    u = np.empty(n, weights.dtype)
    p = prices.copy()
    row_to_col = np.full(n, -1, np.int64)
    col_to_row = np.full(m, -1, np.int64)
    for side in range(2):
        flipped = side == 1
        if not flipped:
            bidders, items, own, held = u, p, row_to_col, col_to_row
        else:
            bidders, items, own, held = p, u, col_to_row, row_to_col
            waiting = 0
            for j in range(m):
                waiting += own[j] < 0 and p[j] > zero
            if waiting == 0:  # else the start was too dear for these: they look for buyers
                break
        lists = new_shortlists(bidders, bidders.size, items.size, top)
        if (
            not flipped
            and coarse
            and tied_start(weights, u, p, row_to_col, col_to_row, counts[3] == 2, zero, stop)
        ):
            counts[3] = 4
        elif not flipped:
            for i in range(n):
                refresh(weights, flipped, i, p, lists, -top)
            greedy(u, p, row_to_col, col_to_row, lists, least)
            bidding(weights, flipped, u, p, row_to_col, col_to_row, lists, top, least)
        augment_all(
            weights, flipped, bidders, items, own, held, lists, top, zero, least, counts, stop
        )
    if stop[0] != 0:
        counts[4] = 1
    deficit = zero
    for i in range(n):
        deficit = min(deficit, u[i])
    if deficit < zero:
        for j in range(m):
            p[j] = max(p[j] + deficit, zero)
    for i in range(n):
        j = row_to_col[i]
        if j >= 0:
            u[i] = max(weights[i, j] - p[j], zero)
    return row_to_col, col_to_row, u, p


@kernel
def _levels(turned: Array, prices: Array) -> Array:
    """Return ``max(0, max_j w[i,j] - prices[j])`` for every row `i` of the matrix not turned."""
    levels = np.zeros(turned.shape[1], turned.dtype)
    for j in range(turned.shape[0]):
        row, price = turned[j], prices[j]
        for i in range(levels.size):
            levels[i] = max(levels[i], row[i] - price)
    return levels


@kernel
def _transposed(weights: Array) -> Array:
    """Return a contiguous transpose, copied in square tiles."""
    n, m = weights.shape
    turned = np.empty((m, n), weights.dtype)
    for low_i in range(0, n, 32):
        for low_j in range(0, m, 32):
            for j in range(low_j, min(m, low_j + 32)):
                for i in range(low_i, min(n, low_i + 32)):
                    turned[j, i] = weights[i, j]
    return turned
