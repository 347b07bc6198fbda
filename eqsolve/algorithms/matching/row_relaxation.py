"""The least column duals, compiled: the queue of `arrays` without numpy, and a way down to them.

`relax` raises prices that are too low, row by row. `lower` lowers optimal ones as far as they fall
by one search of shortest ways (Dijkstra), which needs no row twice. The least duals are unique and
all sums are exact, so neither the way nor the order changes a bit.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel, scan_part
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["lower", "relax"]


@kernel
def relax(
    worth: FloatArray,
    row_of: IntArray,
    value: FloatArray,
    utilities: FloatArray,
    prices: FloatArray,
    queue: IntArray,
) -> bool:
    """Raise `prices` to the least ones; False where the matching is not of greatest weight.

    Parameters
    ----------
    worth : shape (n, m), C-contiguous.
    row_of : shape (m,), the row of each column, or -1.
    value : shape (n,), the worth of each row's own column, 0 if unmatched.
    utilities : shape (n,), 0 for unmatched rows; modified in place.
    prices : shape (m,), at most the least ones; modified in place.
    queue : shape (n,), the order in which rows are relaxed at first; overwritten.

    Notes
    -----
    A queue of rows, first in first out: O(n m) for each of at most n rounds, usually about 5.
    """
    n, m = worth.shape
    waiting = np.ones(n, np.bool_)
    head, count = 0, n
    while count > 0:
        i = queue[head]
        head = head + 1 if head + 1 < n else 0
        count -= 1
        waiting[i] = False
        row = worth[i]
        level = utilities[i]
        for k in range(m):
            offer = row[k] - level
            if offer > prices[k]:
                holder = row_of[k]
                if holder < 0 or offer > value[holder]:
                    return False
                prices[k] = offer
                utilities[holder] = value[holder] - offer
                if not waiting[holder] and holder != i:
                    waiting[holder] = True
                    last = head + count
                    queue[last if last < n else last - n] = holder
                    count += 1
    return True


@kernel
def lower(worth: FloatArray, row_of: IntArray, value: FloatArray, prices: FloatArray) -> None:
    """Lower optimal `prices`, shape (m,), to the least ones, in place.

    Parameters
    ----------
    worth, row_of, value : as for `relax`; ``worth[i,k] - prices[k]`` is greatest at the own column
        of each row, where it is >= 0.

    Notes
    -----
    A price can fall by no more than the slack of a row that is unmatched, and by no more than the
    slack of a matched one beside what the price of that row's own column falls: O(m (n + m)).
    """
    n, m = worth.shape
    fall = prices.copy()
    single = np.ones(n, np.bool_)
    for k in range(m):
        if row_of[k] >= 0:
            single[row_of[k]] = False
    for i in range(n):
        if single[i]:
            _bound(worth[i], prices, 0.0, fall)
    settled = np.zeros(m)  # infinite once it is
    for _ in range(m):
        j = 0
        for k in range(1, m):
            if fall[k] + settled[k] < fall[j] + settled[j]:
                j = k
        settled[j] = np.inf
        i = row_of[j]
        if i >= 0:
            _bound(worth[i], prices, fall[j] + (value[i] - prices[j]), fall)
    for k in range(m):
        prices[k] -= fall[k]


@scan_part
def _bound(row: FloatArray, prices: FloatArray, level: float, fall: FloatArray) -> None:
    """Lower every fall, shape (m,), to ``level - (row[k] - prices[k])`` where it is greater."""
    for k in range(row.size):
        fall[k] = min(fall[k], level - (row[k] - prices[k]))
