"""Raise the prices of an optimal dual solution as far as they go: one Dijkstra sweep.

In equilibrium the price of a sold column j can rise by ``d[j] = min(u[owner], min over the other
columns k of slack(owner, k) + d[k])``: until its owner would rather buy nothing, or another item.
Unsold columns stay. These are shortest path equations, so one sweep gives the greatest prices
(BIP-2); with rows and columns swapped it gives the greatest utilities, hence the least prices.

Cost: O(n m) at worst. Source: theory page 1.1, Demange, Gale and Sotomayor 1986.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, scan_kernel

__all__ = ["raise_prices"]

Array = NDArray[Any]
IntArray = NDArray[np.int64]


@scan_kernel
def bound_rises(row: Array, scale: Any, utilities: Array, reach: Any, rise: Array) -> Any:
    """Lower the rise of every owner to what one column allows; return the least open rise.

    Owners that are settled carry a utility so high that no bound is below the rise they are given.
    """
    least = rise[0]
    for i in range(rise.size):
        rise[i] = min(rise[i], reach + (utilities[i] - row[i] * scale))
        least = min(least, rise[i])
    return least


@kernel
def raise_prices(
    weights_t: Array,
    scale: Any,
    u: Array,
    p: Array,
    row_to_col: IntArray,
    col_to_row: IntArray,
    far: Any,
) -> None:
    """Move (`u`, `p`) in place to the greatest prices.

    Parameters
    ----------
    weights_t : shape (m, n), the transposed matrix; an edge weighs its entry times `scale`.
    scale : positive number.
    u, p, row_to_col, col_to_row : an optimal matching and optimal duals of these weights.
    far : at least four times the largest weight, and 4.
    """
    n, m = u.size, p.size
    if n == 0 or m == 0:
        return
    settled_rise = far // 2
    utilities = u.copy()
    rise = u.copy()  # of the item that each buyer owns
    for i in range(n):
        if row_to_col[i] < 0:
            utilities[i], rise[i] = far, settled_rise
    least = rise.min()
    for k in range(m):
        if col_to_row[k] < 0:
            least = bound_rises(weights_t[k], scale, utilities, p[k], rise)
    floor = far - far
    while least < settled_rise:
        least = max(least, floor)  # rounding only: slacks are >= 0
        i = 0
        while rise[i] > least:
            i += 1
        floor = least
        j = row_to_col[i]
        utilities[i], rise[i] = far, settled_rise
        u[i] -= least
        p[j] += least
        least = bound_rises(weights_t[j], scale, utilities, p[j], rise)
