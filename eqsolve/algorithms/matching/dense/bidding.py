"""A first matching at given prices: greedy choice, then a short auction without increments.

Every row takes a column of greatest margin that is still free. Rows without one then bid, as in
the augmenting row reduction of Jonker and Volgenant: the best column is taken over at the price at
which the second best would be as good, and its former holder bids next. All pairs made are tight
and prices never fall, so whatever is left over is a valid start for exact augmentation.

Shapes: for n rows and m columns `weights` is (n, m), or (m, n) if `flipped`; `u` and `row_to_col`
are (n,), `p` and `col_to_row` (m,).

Sources: Jonker and Volgenant (1987), Bertsekas (1981).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, part
from eqsolve.algorithms.matching.dense.pairing import Pairing
from eqsolve.algorithms.matching.dense.shortlist import CAPACITY, Scan, Shortlists, refresh

Array = NDArray[Any]

ROUNDS = 2


@kernel
def greedy(pairing: Pairing, lists: Shortlists, least: Any) -> None:
    """Match every row to a best column of its short list that is free, in row order.

    `pairing.u` becomes the greatest margins. `pairing` is modified in place.
    """
    u, p, row_to_col, col_to_row = pairing
    for i in range(u.size):
        best = least
        free = -1
        for k in range(lists.length[i]):
            j = int(lists.columns[i, k])
            margin = lists.weights[i, k] - p[j]
            if margin > best:
                best = margin
                free = j if col_to_row[j] < 0 else -1
            elif margin == best and free < 0 and col_to_row[j] < 0 and best > least:
                free = j
        u[i] = best
        if free >= 0:
            row_to_col[i] = free
            col_to_row[free] = i


@kernel
def bidding(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
    queue: NDArray[np.int64],
    top: Any,
    least: Any,
) -> int:
    """Let unmatched rows bid for a few rounds; return the number of bids made.

    `queue` is work space of shape (n,).
    """
    u, p, row_to_col, col_to_row = pairing
    n = u.size
    waiting = 0
    for i in range(n):
        if row_to_col[i] < 0 and u[i] > least:
            queue[waiting] = i
            waiting += 1
    bids = 0
    for _ in range(ROUNDS):
        length = waiting
        waiting = 0
        head = 0
        budget = 2 * n  # a price war must not last: searches will settle it
        while head < length:
            i = queue[head]
            head += 1
            while i >= 0:
                bids += 1
                budget -= 1
                best, second, choice, other = _two_best(p, col_to_row, lists, i, least)
                if second < lists.outside[i]:
                    refresh(weights, flipped, i, p, lists, scan, CAPACITY, -top)
                    best, second, choice, other = _two_best(p, col_to_row, lists, i, least)
                if choice < 0:
                    u[i] = least
                    break
                if best == second and col_to_row[choice] >= 0 and other >= 0:
                    choice = other
                loser = col_to_row[choice]
                u[i] = second
                p[choice] += best - second
                row_to_col[i] = choice
                col_to_row[choice] = i
                i = loser
                if loser >= 0:
                    row_to_col[loser] = -1
                    if best == second or budget < 0:
                        queue[waiting] = loser
                        waiting += 1
                        i = -1
        if waiting == 0:
            break
    return bids


@part
def _two_best(
    p: Array, col_to_row: NDArray[np.int64], lists: Shortlists, i: int, least: Any
) -> tuple[Any, Any, int, int]:
    """Best and second best margin of row `i` (not below `least`), the best column, a second."""
    best = second = least
    choice = -1
    other = -1
    for k in range(lists.length[i]):
        j = int(lists.columns[i, k])
        margin = lists.weights[i, k] - p[j]
        if margin > second:
            if margin > best:
                second = best
                best = margin
                choice = j
            else:
                second = margin
                other = j
        elif margin == best and choice >= 0 and col_to_row[j] < 0:
            other = j
    return best, second, choice, other
