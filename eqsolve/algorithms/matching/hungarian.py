"""The Hungarian method in plain Python: exact for whole numbers of any size, nothing to load.

Shortest augmenting paths, row by row, over columns and one outside option per row. For matrices
so small that loading scipy costs more than solving, and as a readable reference. O(n^2 (n + m)).

Source: Kuhn 1955; Munkres 1957.
"""

from __future__ import annotations

import math

from eqsolve.core.limits import Deadline

__all__ = ["Weights", "match_plainly"]

Weights = list[list[int]] | list[list[float]]
"""Whole multiples of a unit, or floats where a caller can do with rounding."""


def match_plainly(weights: Weights, m: int, deadline: Deadline) -> list[int] | None:
    """Return a maximum-weight matching (-1: unmatched), or None when the time is over.

    Parameters
    ----------
    weights : n rows of m numbers; negative: no edge.
    m : number of columns.
    deadline : looked at before each row.

    Notes
    -----
    Column m + i is the outside option of buyer i, of weight 0; rows have duals u, columns v
    with ``u[i] + v[j] >= w[i][j]``, tight on the matching.
    """
    n = len(weights)
    u = [max([0, *row]) for row in weights]
    v: list[int | float] = [0] * (m + n)
    owner = [-1] * (m + n)
    for root in range(n):
        if deadline.expired():
            return None
        slack: list[int | float] = [math.inf] * (m + n)
        came_from = [-1] * (m + n)
        done = [False] * (m + n)
        tree = [root]
        buyer, here = root, -1
        while True:
            for j in (*(j for j in range(m) if weights[buyer][j] >= 0), m + buyer):
                if not done[j]:
                    gap = u[buyer] + v[j] - (weights[buyer][j] if j < m else 0)
                    if gap < slack[j]:
                        slack[j], came_from[j] = gap, here
            # Ties go to the lowest column.
            best = min((j for j in range(m + n) if not done[j]), key=slack.__getitem__)
            step = slack[best]
            for i in tree:
                u[i] -= step
            for j in range(m + n):
                if done[j]:
                    v[j] += step
                else:
                    slack[j] -= step
            done[best] = True
            here = best
            if owner[best] < 0:
                break
            buyer = owner[best]
            tree.append(buyer)
        while here >= 0:
            before = came_from[here]
            owner[here] = root if before < 0 else owner[before]
            here = before
    matching = [-1] * n
    for j in range(m):
        # A trade worth nothing is as good as none.
        if owner[j] >= 0:
            matching[owner[j]] = j
    return matching
