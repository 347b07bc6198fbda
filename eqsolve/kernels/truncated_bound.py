"""The best split of every trade's value when stability is priced by multipliers.

For the pair (i, j) of value v the platform's bound needs ::

    f = max over 0 <= r <= v of
        c r + sum_k L[i,k] min(v - r, w[i,k]) + sum_l L[l,j] min(r, w[l,j])

where k and l run over the known partners of i and j that carry a multiplier. The function is
concave and piecewise linear: walk its corners from r = 0 while it rises. O(partners) per pair.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.kernels._compile import kernel

__all__ = ["best_splits"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@kernel
def best_splits(
    values: FloatArray,
    present: NDArray[np.bool_],
    charge: NDArray[np.bool_],
    row_start: IntArray,
    row_breaks: FloatArray,
    row_slopes: FloatArray,
    column_start: IntArray,
    column_breaks: FloatArray,
    column_slopes: FloatArray,
    bounds: FloatArray,
    prices: FloatArray,
) -> None:
    """Write f into `bounds` and the maximizing r into `prices`, both of shape (n, m).

    Parameters
    ----------
    values, present, charge : shape (n, m); which pairs exist, and which of them have c = 1.
    row_start, row_breaks, row_slopes : for each row the values w (rising) and multipliers L of its
        known pairs, compressed by rows; the same for columns.
    """
    n, m = values.shape
    for i in range(n):
        first, last = row_start[i], row_start[i + 1]
        for j in range(m):
            if not present[i, j]:
                bounds[i, j] = prices[i, j] = 0.0
                continue
            v = values[i, j]
            slope = 1.0 if charge[i, j] else 0.0
            height = 0.0
            k = last - 1  # next partner of the buyer whose term begins to fall
            while k >= first and row_breaks[k] >= v:
                slope -= row_slopes[k]
                height += row_slopes[k] * v
                k -= 1
            for t in range(first, k + 1):
                height += row_slopes[t] * row_breaks[t]
            end = column_start[j + 1]
            low = column_start[j]  # next partner of the seller whose term stops rising
            for t in range(low, end):
                slope += column_slopes[t]
            r = 0.0
            while slope > 0.0 and r < v:
                step = v
                if low < end:
                    step = min(step, column_breaks[low])
                if k >= first:
                    step = min(step, v - row_breaks[k])
                if step > r:
                    height += slope * (step - r)
                    r = step
                while low < end and column_breaks[low] <= r:
                    slope -= column_slopes[low]
                    low += 1
                while k >= first and v - row_breaks[k] <= r:
                    slope -= row_slopes[k]
                    k -= 1
            bounds[i, j] = height
            prices[i, j] = r


def compressed(breaks: Any, slopes: Any) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return starts, breaks (rising) and slopes of the positive entries of each row."""
    rows, columns = np.nonzero(slopes > 0)
    order = np.lexsort((breaks[rows, columns], rows))
    rows, columns = rows[order], columns[order]
    start = np.zeros(len(slopes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=len(slopes)), out=start[1:])
    return start, breaks[rows, columns].astype(np.float64), slopes[rows, columns]
