"""Shortest augmenting paths over short lists: the exact finish of dense matching.

State: duals `u`, `p` with `u[i] + p[j] >= w[i,j]`, equality on matched pairs, and `u, p >= 0`. An
unmatched row with `u > 0` breaks complementary slackness. One search (Dijkstra on the slacks
`u[i] + p[j] - w[i,j]`) mends it: the path ends at an unmatched column, or at a row whose utility
falls to zero and which is left unmatched. Prices only rise, utilities only fall, so the bounds of
the short lists stay valid through all searches.

A scanned row relaxes the columns of its short list; the rest of the row waits in the heap as one
node, with the least slack it can have. If that node becomes the least of the heap, the row is read
in full and the best of its unsettled columns are relaxed. The path found is therefore shortest.

Cost: one heap search per unmatched row, O(n m) at worst each, usually a few dozen list entries.
Sources: Jonker and Volgenant (1987); Carpaneto and Toth (1980) for reduced lists. The bound by
which the rest of a row enters the heap makes the lists exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.algorithms.matching.dense.heap import pop, push
from eqsolve.algorithms.matching.dense.pairing import Pairing
from eqsolve.algorithms.matching.dense.shortlist import (
    CAPACITY,
    WIDE,
    Shortlists,
    ensure,
    keep,
    margins_of,
    select,
    select_all,
)

Array = NDArray[Any]

RENEW = 8  # searches after which a short list that was too short is rebuilt for later ones, too


class Search(NamedTuple):
    """Work space of a search: nodes below `m` are columns, node `m + i` is the rest of row `i`."""

    distance: Array
    parent: NDArray[np.int64]
    touched: NDArray[np.int64]
    rows: NDArray[np.int64]
    depth: Array
    stamp: NDArray[np.int64]
    opened: NDArray[np.int64]
    mask: Array
    keys: Array
    nodes: NDArray[np.int64]
    place: NDArray[np.int64]
    counters: NDArray[np.int64]


def new_search(pairing: Pairing, top: Any) -> Search:
    """Return an empty work space for searches from the rows of `pairing`."""
    n_rows, n_cols, kind = pairing.u.size, pairing.p.size, pairing.p.dtype
    return Search(
        np.full(n_cols, top, kind),
        np.full(n_cols, -1, np.int64),
        np.empty(n_cols, np.int64),
        np.empty(n_rows, np.int64),
        np.empty(n_rows, kind),
        np.full(n_rows, -99, np.int64),
        np.full(n_rows, -1, np.int64),
        pairing.p.copy(),
        np.empty(n_rows + n_cols, kind),
        np.empty(n_rows + n_cols, np.int64),
        np.full(n_rows + n_cols, -1, np.int64),
        np.zeros(3, np.int64),
    )


@kernel
def augment_all(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    search: Search,
    top: Any,
    zero: Any,
    least: Any,
    stop: NDArray[np.uint8],
) -> None:
    """Mend every unmatched row with ``u > least``, in row order.

    With `flipped`, rows are the columns of `weights`. `least` is the utility at which a row gives
    up: zero, or less than any if every row must be matched. Searches, row scans and full scans are
    counted in `search.counters`.
    """
    for i in range(pairing.u.size):
        if pairing.row_to_col[i] < 0 and pairing.u[i] > least and stop[0] == 0:
            augment(weights, flipped, i, pairing, lists, search, top, zero, least)


@kernel
def augment(
    weights: Array,
    flipped: bool,
    root: int,
    pairing: Pairing,
    lists: Shortlists,
    search: Search,
    top: Any,
    zero: Any,
    least: Any,
) -> None:
    """Match `root`, or prove that it is left out, by one shortest augmenting path.

    `pairing` is modified in place.
    """
    u, p, row_to_col, col_to_row = pairing
    distance, parent, touched = search.distance, search.parent, search.touched
    rows, depth, stamp, mask = search.rows, search.depth, search.stamp, search.mask
    opened = search.opened
    keys, nodes, place = search.keys, search.nodes, search.place
    m = p.size
    size = 0
    n_touched = 0
    n_rows = 0
    limit = u[root] - least  # shortest path to an end found so far: giving up the root
    end_col = -1
    end_row = root
    i = root
    base = zero
    stage = 0  # what to relax: 0 near part of the short list, 1 its far part, 2 `lists.found`
    count = 0
    while True:
        begin = 0
        if stage == 0:
            rows[n_rows] = i
            depth[i] = base
            n_rows += 1
            ensure(weights, flipped, i, p, lists, top)
            count = lists.near[i]
            beyond = lists.between[i] if count < lists.length[i] else lists.outside[i]
            if base + u[i] - least < limit:
                limit = base + u[i] - least
                end_col = -1
                end_row = i
        elif stage == 1:
            begin = lists.near[i]
            count = lists.length[i]
            beyond = lists.outside[i]
        reach = base + u[i]
        for k in range(begin, count):
            if stage < 2:
                j = int(lists.columns[i, k])
                d = reach - (lists.weights[i, k] - p[j])
            else:
                j = lists.found[k]
                d = reach - lists.margins[j]
            d = max(d, base)
            if d < limit and d < distance[j]:
                if distance[j] == top:
                    touched[n_touched] = j
                    n_touched += 1
                distance[j] = d
                parent[j] = i
                if col_to_row[j] < 0:
                    limit = d
                    end_col = j
                else:
                    size = push(keys, nodes, place, size, j, d)
        # the rest of the row; nothing there is of use if no margin left out exceeds `least`
        if beyond > least:
            d = max(reach - beyond, base)
            if d < limit:
                size = push(keys, nodes, place, size, m + i, d)
        if size == 0 or keys[0] >= limit:
            break
        node = nodes[0]
        key = keys[0]
        size = pop(keys, nodes, place, size)
        if node < m:
            i = col_to_row[node]
            base = key
            stage = 0
            mask[node] = top
            continue
        i = node - m
        base = depth[i]
        stage = 2
        if opened[i] < search.counters[0] and lists.near[i] < lists.length[i]:
            opened[i] = search.counters[0]
            stage = 1
            continue
        search.counters[2] += 1
        start = i % m
        if search.counters[0] - stamp[i] > RENEW:
            stamp[i] = search.counters[0]
            opened[i] = search.counters[0]
            block = margins_of(weights, flipped, i, p, lists)
            count, beyond = select(lists, block, min(WIDE, m), start, -top, -top)
            keep(weights, flipped, i, lists, count, beyond)
        else:
            block = margins_of(weights, flipped, i, mask, lists)
            floor = base + u[i] - limit
            count, beyond = select(lists, block, min(CAPACITY, m), start, floor, -top)
            if base + u[i] - beyond <= key:  # ties: the same columns would come again
                count, beyond = select_all(lists, floor), -top
    search.counters[1] += n_rows
    search.counters[0] += 1
    for k in range(n_rows):
        i = rows[k]
        change = limit - depth[i]
        if change > zero:
            u[i] = max(u[i] - change, least)
            if i != root:
                p[row_to_col[i]] += change
        if i != root:
            mask[row_to_col[i]] = p[row_to_col[i]]
    if end_col < 0:
        u[end_row] = least
        if end_row == root:
            j = -1
        else:
            j = row_to_col[end_row]
            row_to_col[end_row] = -1
    else:
        j = end_col
    while j >= 0:
        i = parent[j]
        previous = row_to_col[i]
        row_to_col[i] = j
        col_to_row[j] = i
        if i == root:
            break
        j = previous
    for k in range(n_touched):
        distance[touched[k]] = top
    for k in range(size):
        place[nodes[k]] = -1
