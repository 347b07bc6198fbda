"""Relaxation of the least column duals row by row, compiled: the queue of `arrays` without numpy.

The least duals are unique and all sums are exact, so the order of relaxation changes no bit.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["relax"]


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
