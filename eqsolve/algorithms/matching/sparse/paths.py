"""Exact completion of a matching by shortest augmenting paths, for sparse graphs.

Given feasible duals (u[i] + p[j] >= w[i, j], u, p >= 0) and a matching on tight edges, what is
missing for optimality is that unmatched agents have dual 0. One Dijkstra search from an unmatched
row with positive dual, over the reduced costs u + p - w, finds the cheapest of three ends: an
unmatched column; a matched row that is content to leave (its dual falls to 0); the row itself
staying out. The duals of the tree move by what is left to the end, and the path is switched. Duals
stay feasible, matched edges tight, no other agent becomes unsettled. Applied to the rows and then,
with the roles exchanged, to the columns, it ends with an optimal matching and optimal duals from
any feasible start.

Shapes: mates and duals of the n rows are (n,), those of the m columns (m,); see `Adjacency` for
the edges.

A search costs O(k log k) for the k edges it meets, which is few if the start is good.

Sources: Kuhn (1955); Tomizawa (1971), Edmonds and Karp (1972) for shortest paths with potentials;
Jonker and Volgenant (1987) for the list of columns that are ready at the current distance.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.integer_grid import IntArray
from eqsolve.algorithms.matching.sparse.graph import Adjacency, Mates, StopFlag
from eqsolve.algorithms.matching.sparse.heap import pop, push

FAR = np.int64(2**62)


@kernel
def match_tight(
    rows: Adjacency, row_mate: Mates, col_mate: Mates, u: IntArray, p: IntArray
) -> None:
    """Match unsettled rows with unmatched columns along tight edges, in place, O(E)."""
    starts, neighbors, weights = rows
    for i in range(len(u)):
        if row_mate[i] < 0 and u[i] > 0:
            for e in range(starts[i], starts[i + 1]):
                j = neighbors[e]
                if col_mate[j] < 0 and weights[e] == u[i] + p[j]:
                    row_mate[i] = j
                    col_mate[j] = i
                    break


@kernel
def augment(
    rows: Adjacency,
    row_mate: Mates,
    col_mate: Mates,
    u: IntArray,
    p: IntArray,
    budget: int,
    stop: StopFlag,
) -> tuple[int, int]:
    """Settle the unmatched rows of positive dual one by one; return (searches, rows scanned).

    Mates and duals are modified in place and stay valid when it ends early, which it does after the
    search in which more than `budget` rows have been scanned in all.
    """
    starts, neighbors, weights = rows
    n_cols = len(p)
    dist = np.full(n_cols, FAR)
    via = np.empty(n_cols, np.int32)
    settled = np.zeros(n_cols, np.uint8)
    seen = np.empty(n_cols, np.int32)
    tree = np.empty(n_cols, np.int32)
    ready = np.empty(n_cols, np.int32)
    keys = np.empty(len(neighbors) + 1, np.int64)
    items = np.empty(len(neighbors) + 1, np.int32)
    searches = 0
    scans = 0
    for source in range(len(u)):
        if row_mate[source] >= 0 or u[source] == 0:
            continue
        if stop[0] != 0 or scans > budget:
            break
        searches += 1
        n_seen = n_tree = n_ready = size = 0
        here = np.int64(0)
        length = u[source]  # the end so far: the source stays out
        end_row = source
        end_col = -1
        i = source
        while True:
            scans += 1
            for e in range(starts[i], starts[i + 1]):
                j = neighbors[e]
                far = here + u[i] + p[j] - weights[e]
                if far < length and far < dist[j]:
                    if dist[j] == FAR:
                        seen[n_seen] = j
                        n_seen += 1
                    dist[j] = far
                    via[j] = i
                    if col_mate[j] < 0:
                        length = far
                        end_col = j
                    elif far == here:
                        ready[n_ready] = j
                        n_ready += 1
                    else:
                        size = push(keys, items, size, far, j)
            if length == here:
                break
            j = -1
            while n_ready > 0 and j < 0:
                n_ready -= 1
                if settled[ready[n_ready]] == 0:
                    j = ready[n_ready]
            while size > 0 and j < 0 and keys[0] < length:
                if settled[items[0]] == 0:
                    here = keys[0]
                    j = items[0]
                size = pop(keys, items, size)
            if j < 0:
                break
            settled[j] = 1
            tree[n_tree] = j
            n_tree += 1
            i = col_mate[j]
            if here + u[i] < length:
                length = here + u[i]
                end_row = i
                end_col = -1
        u[source] -= length
        for t in range(n_tree):
            j = tree[t]
            p[j] += length - dist[j]
            u[col_mate[j]] -= length - dist[j]
        j = end_col
        if j < 0 and end_row != source:
            j = row_mate[end_row]
            row_mate[end_row] = -1
        while j >= 0:
            i = via[j]
            before = row_mate[i]
            row_mate[i] = j
            col_mate[j] = i
            j = before if i != source else -1
        for t in range(n_seen):
            dist[seen[t]] = FAR
            settled[seen[t]] = 0
    return searches, scans
