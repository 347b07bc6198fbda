"""Matching along ties: the start of dense matching for values that repeat.

At given prices every row has a greatest margin; where values are coarse it is reached on many
columns. Rows take such a column while one is free, and the rows left over look for an
alternating path of ties, breadth first. All pairs made are tight and no price moves, so whatever
is left over is a valid start for exact augmentation; if nothing is, the prices were optimal.

No graph is stored: a row is read again when a search comes by. The columns of a search that failed
lead nowhere and are never entered again.

Shapes: `weights` is (n, m), `u` and `row_to_col` are (n,), `p` and `col_to_row` (m,).

Cost: one pass over the matrix, then one row for each row that a search visits, O(n m) at worst for
each row left over. Sources: Kuhn (1955), Hopcroft and Karp (1973) for the greedy start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, part, scan_part
from eqsolve.algorithms.matching.dense.pairing import Pairing

Array = NDArray[Any]

TRIAL = 64  # rows after which a start with few ties is given up
FEW = 0.75  # share of the rows that must find a free column, else prices are far from right


def along_ties(weights: Array, pairing: Pairing, stop: NDArray[np.uint8]) -> bool:
    """Set `u` to the greatest margins at `p` and match along ties; False if these are too few.

    `pairing` is modified in place, also where the answer is False.
    """
    n, m = weights.shape
    work = np.empty(n, np.int64), np.empty(m, np.int64), np.full(m, -1, np.int64)
    return match_ties(weights, pairing, *work, weights.dtype.type(0), stop)


@kernel
def match_ties(
    weights: Array,
    pairing: Pairing,
    queue: NDArray[np.int64],
    parent: NDArray[np.int64],
    seen: NDArray[np.int64],
    zero: Any,
    stop: NDArray[np.uint8],
) -> bool:
    """Do what `along_ties` does, in work space of the caller.

    That is `queue`, shape (n,), `parent` and `seen`, shape (m,), of which `seen` holds -1.
    """
    u, p, row_to_col, _ = pairing
    n = u.size
    left = 0
    for i in range(n):
        u[i] = _greatest(weights[i], p, zero)
        if u[i] > zero:
            left += not _take(weights[i], i, pairing)
        if left > (1 - FEW) * max(i, TRIAL):
            return False
    for i in range(n):
        if row_to_col[i] < 0 and u[i] > zero and stop[0] == 0:
            _search(weights, i, pairing, queue, parent, seen)
    return True


@scan_part
def _greatest(row: Array, p: Array, zero: Any) -> Any:
    """Return the greatest margin, at least zero."""
    best = zero
    for j in range(p.size):
        best = max(best, row[j] - p[j])
    return best


@part
def _take(row: Array, i: int, pairing: Pairing) -> bool:
    """Match row `i` to a free column that is tied for it, in cyclic order from column `i`."""
    u, p, row_to_col, col_to_row = pairing
    level = u[i]
    m = p.size
    start = i % m
    for step in range(m):
        j = start + step if start + step < m else start + step - m
        if row[j] - p[j] == level and col_to_row[j] < 0:
            row_to_col[i] = j
            col_to_row[j] = i
            return True
    return False


@part
def _search(
    weights: Array,
    root: int,
    pairing: Pairing,
    queue: NDArray[np.int64],
    parent: NDArray[np.int64],
    seen: NDArray[np.int64],
) -> None:
    """Match `root` by an alternating path of ties, or mark in `seen` what leads nowhere."""
    u, p, row_to_col, col_to_row = pairing
    n, m = u.size, p.size
    queue[0] = root
    head, length = 0, 1
    while head < length:
        i = queue[head]
        head += 1
        row, level = weights[i], u[i]
        for j in range(m):
            if row[j] - p[j] != level or seen[j] == root or seen[j] == n:
                continue
            seen[j] = root
            parent[j] = i
            if col_to_row[j] >= 0:
                queue[length] = col_to_row[j]
                length += 1
                continue
            while True:
                i = parent[j]
                previous = row_to_col[i]
                row_to_col[i] = j
                col_to_row[j] = i
                if i == root:
                    return
                j = previous
    for k in range(1, length):
        seen[row_to_col[queue[k]]] = n
