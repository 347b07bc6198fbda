"""The verifier's own search for a better set of bids: depth first, bounds by prices of the rows.

Rows are items and, under XOR, bidders. Whatever prices >= 0 the rows have, the bids that are still
open add at most what is left of the rows at these prices and the gains of the bids beyond them.
The prices go along from node to node and descend a few times at each, row by row, to where as many
bids gain as there is room for. A bid that loses more than the bound is above the best set is
refused. A path of decisions, sold or refused, is all that is remembered.

Whole numbers of 64 bits; the caller sees to it that sums fit. Shares no code with the solvers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = ["compiled_search"]

_SWEEPS = 6
"""Descents at a node; the root has 20 times as many."""


@cache
def compiled_search() -> Callable[..., Any]:
    """Return `_search`, compiled."""
    from eqsolve.algorithms.compile import kernel

    return kernel(_search)


def _search(
    value: Any, start: Any, row: Any, units: Any, first: Any, bid: Any, need: Any, room: Any,
    price: Any, held: Any, step: Any, stop: Any,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """Return the best worth above `held`, the bids that reach it, and whether it ran to the end.

    Parameters
    ----------
    value : of each bid; every bid fits alone.
    start, row, units : bid b needs ``units[k]`` of ``row[k]`` for k from ``start[b]`` on.
    first, bid, need : the same by rows.
    room : of each row.
    price : of each row, >= 0, to begin with; changes in place.
    held : worth of a set that is known.
    step : of which every value and `held` are multiples.
    stop : nonzero when time is over.
    """
    n, m = len(value), len(room)
    state = np.zeros(n, dtype=np.int8)  # 0 open, 1 sold, 2 refused
    gain = np.zeros(n, dtype=np.int64)
    pays = np.zeros(n, dtype=np.int64)
    left = room.copy()
    path = np.zeros(n + 1, dtype=np.int64)
    sold = np.zeros(n + 1, dtype=np.bool_)
    best, winners = held, np.zeros(n, dtype=np.bool_)
    depth = 0
    sweeps = 20 * _SWEEPS
    while True:
        # Where the decisions lead.
        state[:] = 0
        left[:] = room
        worth = 0
        for d in range(depth):
            state[path[d]] = 1 if sold[d] else 2
            if sold[d]:
                worth += value[path[d]]
                for k in range(start[path[d]], start[path[d] + 1]):
                    left[row[k]] -= units[k]
        for b in range(n):
            if state[b] == 0:
                gain[b] = value[b]
                for k in range(start[b], start[b + 1]):
                    gain[b] -= units[k] * price[row[k]]
                    if units[k] > left[row[k]]:
                        state[b] = 2
        # Prices descend until nothing better is left, or a few times.
        for turn in range(sweeps + 1):
            bound = worth
            for j in range(m):
                bound += left[j] * price[j]
            for b in range(n):
                if state[b] == 0 and gain[b] > 0:
                    bound += gain[b]
            above = bound - best - step + 1  # <= 0: no multiple of the step lies between
            if above <= 0:
                break
            for b in range(n):
                if state[b] == 0 and gain[b] <= -above:
                    state[b] = 2
                    path[depth] = b
                    sold[depth] = False
                    depth += 1
            if turn == sweeps:
                break
            for j in range(m):
                if left[j] == 0:
                    continue
                count = 0  # of the bids that would pay something for a unit
                top = second = 0
                for k in range(first[j], first[j + 1]):
                    b = bid[k]
                    if state[b] == 0 and gain[b] // need[k] + price[j] > 0:
                        pays[count] = gain[b] // need[k] + price[j]
                        if pays[count] > top:
                            top, second = pays[count], top
                        elif pays[count] > second:
                            second = pays[count]
                        count += 1
                if left[j] == 1:
                    now = (top + second) // 2
                elif count < left[j]:
                    now = 0
                else:  # as if everybody asked for one unit: any price will do
                    ranked = np.sort(pays[:count])
                    lower = ranked[count - left[j] - 1] if count > left[j] else 0
                    now = (ranked[count - left[j]] + lower) // 2
                if now != price[j]:
                    for k in range(first[j], first[j + 1]):
                        gain[bid[k]] -= need[k] * (now - price[j])
                    price[j] = now
        sweeps = _SWEEPS
        if stop[0]:
            return best, winners, False
        # The open bid with most rivals of whose fate the prices say least is sold, then refused.
        chosen = -1
        if above > 0:
            most = -1.0
            for b in range(n):
                if state[b] == 0:
                    rivals = 1
                    for k in range(start[b], start[b + 1]):
                        for other in range(first[row[k]], first[row[k] + 1]):
                            rivals += state[bid[other]] == 0
                    doubt = max(0.0, 1.0 - abs(gain[b]) / above)
                    if rivals * doubt**3 > most:
                        most = rivals * doubt**3
                        chosen = b
        if chosen >= 0:
            path[depth] = chosen
            sold[depth] = True
            depth += 1
            continue
        if worth > best:
            best = worth
            winners[:] = state == 1
        while depth > 0 and not sold[depth - 1]:
            depth -= 1
        if depth == 0:
            return best, winners, True
        sold[depth - 1] = False
