"""The greatest of many lines at rising values, where later lines are at least as steep.

The best line never goes back as the value rises, so the middle value is searched first and each
half keeps to one side of its line: O((lines + values) log values).
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["best_lines"]


@kernel
def best_lines(slopes: FloatArray, costs: FloatArray, values: FloatArray) -> IntArray:
    """Return for each value the line k with the greatest ``value * slopes[k] - costs[k]``.

    Parameters
    ----------
    slopes : shape (K,), never falling.
    costs : shape (K,).
    values : shape (V,), rising.
    """
    count = len(values)
    best = np.zeros(count, np.int64)
    stack = np.empty((128, 4), np.int64)
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0, count, 0, len(slopes)
    depth = 1
    while depth:
        depth -= 1
        start, end, low, high = (
            stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3],
        )  # fmt: skip
        if start >= end:
            continue
        middle = (start + end) // 2
        top = low
        found = values[middle] * slopes[low] - costs[low]
        for k in range(low + 1, high):
            gain = values[middle] * slopes[k] - costs[k]
            if gain > found:
                found, top = gain, k
        best[middle] = top
        stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3] = (
            start,
            middle,
            low,
            top + 1,
        )
        depth += 1
        stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3] = (
            middle + 1,
            end,
            top,
            high,
        )
        depth += 1
    return best
