"""Shortest augmenting paths over short lists: the exact finish of dense matching.

State: duals `u`, `p` with `u[i] + p[j] >= w[i,j]`, equality on matched pairs, and `u, p >= 0`. An
unmatched row with `u > 0` breaks complementary slackness. One search (Dijkstra on the slacks
`u[i] + p[j] - w[i,j]`) mends it: the path ends at an unmatched column, or at a row whose utility
falls to zero and which is left unmatched. Prices only rise, utilities only fall, so the bounds of
the short lists stay valid through all searches.

A scanned row relaxes the columns of its short list; the rest of the row waits in the heap as one
node, with the least slack it can have. If that node becomes the least of the heap, the row is read
in full and the best of its unsettled columns are relaxed. The path found is therefore shortest.

Shapes: for n rows and m columns `weights` is (n, m), or (m, n) if `flipped`; `u` and `row_to_col`
are (n,), `p` and `col_to_row` (m,).

Cost: one heap search per unmatched row, O(n m) at worst each, usually a few dozen list entries.
Sources: Jonker and Volgenant (1987); Carpaneto and Toth (1980) for reduced lists. The bound by
which the rest of a row enters the heap makes the lists exact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import few_lines, kernel, part
from eqsolve.algorithms.matching.dense.heap import Heap, new_heap, pop, push
from eqsolve.algorithms.matching.dense.pairing import Pairing
from eqsolve.algorithms.matching.dense.shortlist import (
    CAPACITY,
    WIDE,
    Scan,
    Shortlists,
    ensure,
    margins_of,
    refresh,
    row_of,
    select,
    select_all,
)

Array = NDArray[Any]

NEAR, FAR, FOUND = 0, 1, 2  # what to relax: a part of the short list, or `Scan.found`
RENEW = 8  # searches after which a short list that was too short is rebuilt for later ones, too


class Search(NamedTuple):
    """Work space of a search: nodes below `m` are columns, node `m + i` is the rest of row `i`.

    `distance`, `parent`, `touched` and `mask` have shape (m,), `rows`, `depth`, `stamp` and
    `opened` (n,), the arrays of `heap` (n + m,). `counters`, shape (3,): searches, row scans, full
    scans.
    """

    distance: Array
    parent: NDArray[np.int64]
    touched: NDArray[np.int64]
    rows: NDArray[np.int64]
    depth: Array
    stamp: NDArray[np.int64]
    opened: NDArray[np.int64]
    mask: Array
    heap: Heap
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
        new_heap(n_rows + n_cols, kind),
        np.zeros(3, np.int64),
    )


@kernel
def augment_all(
    weights: Array,
    flipped: bool,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
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
            augment(weights, flipped, i, pairing, lists, scan, search, top, zero, least)


@part
def augment(
    weights: Array,
    flipped: bool,
    root: int,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
    search: Search,
    top: Any,
    zero: Any,
    least: Any,
) -> None:
    """Match `root`, or prove that it is left out, by one shortest augmenting path.

    `pairing` is modified in place.
    """
    u, m = pairing.u, pairing.p.size
    n_rows = 0  # scanned so far
    size = 0  # of the heap
    n_touched = 0  # columns reached
    limit = u[root] - least  # shortest path to an end found so far: giving up the root
    end_col = -1
    end_row = root
    i = root
    base = zero
    stage = NEAR
    count = 0
    while True:
        begin = 0
        if stage == NEAR:
            search.rows[n_rows] = i
            search.depth[i] = base
            n_rows += 1
            ensure(weights, flipped, i, pairing.p, lists, scan, top)
            count = lists.near[i]
            beyond = lists.between[i] if count < lists.length[i] else lists.outside[i]
            if base + u[i] - least < limit:
                limit = base + u[i] - least
                end_col = -1
                end_row = i
        elif stage == FAR:
            begin = lists.near[i]
            count = lists.length[i]
            beyond = lists.outside[i]
        reach = base + u[i]
        limit, end_col, size, n_touched = _relax(
            i,
            base,
            stage,
            begin,
            count,
            pairing,
            lists,
            scan,
            search,
            top,
            limit,
            end_col,
            size,
            n_touched,
        )
        # the rest of the row; nothing there is of use if no margin left out exceeds `least`
        if beyond > least:
            d = max(reach - beyond, base)
            if d < limit:
                size = push(search.heap, size, m + i, d)
        if size == 0 or search.heap.keys[0] >= limit:
            break
        node = search.heap.nodes[0]
        key = search.heap.keys[0]
        size = pop(search.heap, size)
        if node < m:
            i = pairing.col_to_row[node]
            base = key
            stage = NEAR
            search.mask[node] = top
            continue
        i = node - m
        base = search.depth[i]
        if search.opened[i] < search.counters[0] and lists.near[i] < lists.length[i]:
            search.opened[i] = search.counters[0]
            stage = FAR
            continue
        stage = FOUND
        count, beyond = _read_in_full(
            weights, flipped, i, base + u[i], limit, key, pairing, lists, scan, search, top
        )
    search.counters[1] += n_rows
    search.counters[0] += 1
    _move_duals(pairing, search, root, n_rows, limit, zero, least)
    _exchange(pairing, search, root, end_col, end_row, least)
    for k in range(n_touched):
        search.distance[search.touched[k]] = top
    for k in range(size):
        search.heap.place[search.heap.nodes[k]] = -1


@part
def _relax(
    i: int,
    base: Any,
    stage: int,
    begin: int,
    count: int,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
    search: Search,
    top: Any,
    limit: Any,
    end_col: int,
    size: int,
    n_touched: int,
) -> tuple[Any, int, int, int]:
    """Shorten paths through row `i`, at distance `base`, to the listed columns begin..count.

    Returns
    -------
    limit, end_col, size, n_touched : the shortest path to an end and its column, the size of the
        heap and the number of columns reached, as before or improved.
    """
    reach = base + pairing.u[i]
    for k in range(begin, count):
        if stage == FOUND:
            j = scan.found[k]
            d = reach - scan.margins[j]
        else:
            j = int(lists.columns[i, k])
            d = reach - (lists.weights[i, k] - pairing.p[j])
        d = max(d, base)
        if d < limit and d < search.distance[j]:
            if search.distance[j] == top:
                search.touched[n_touched] = j
                n_touched += 1
            search.distance[j] = d
            search.parent[j] = i
            if pairing.col_to_row[j] < 0:
                limit = d
                end_col = j
            else:
                size = push(search.heap, size, j, d)
    return limit, end_col, size, n_touched


@few_lines
def _read_in_full(
    weights: Array,
    flipped: bool,
    i: int,
    reach: Any,
    limit: Any,
    key: Any,
    pairing: Pairing,
    lists: Shortlists,
    scan: Scan,
    search: Search,
    top: Any,
) -> tuple[int, Any]:
    """Collect in `scan.found` the best columns of row `i` that are worth a look.

    A list that has been too short for a while is rebuilt on the way. Distances from the row are
    `reach` less the margin; those from `limit` on are of no use, and `key` is the row's own place
    in the heap.

    Returns
    -------
    count, beyond : how many columns were found, and the greatest margin of what was left out.
    """
    search.counters[2] += 1
    if search.counters[0] - search.stamp[i] > RENEW:
        search.stamp[i] = search.counters[0]
        search.opened[i] = search.counters[0]
        count, beyond = refresh(weights, flipped, i, pairing.p, lists, scan, WIDE, -top)
    else:
        block = margins_of(row_of(weights, flipped, i, scan), search.mask, scan)
        m = pairing.p.size
        floor = reach - limit
        count, beyond = select(scan, block, min(CAPACITY, m), i % m, floor, -top)
        if reach - beyond <= key:  # ties: the same columns would come again
            count, beyond = select_all(scan, floor), -top
    return count, beyond


@part
def _move_duals(
    pairing: Pairing,
    search: Search,
    root: int,
    n_rows: int,
    length: Any,
    zero: Any,
    least: Any,
) -> None:
    """Lower utilities and raise prices so that a path of this length from `root` becomes tight.

    The mask of the search, where settled columns are infinite, becomes the prices again.
    """
    u, p, row_to_col, _ = pairing
    for k in range(n_rows):
        i = search.rows[k]
        change = length - search.depth[i]
        if change > zero:
            u[i] = max(u[i] - change, least)
            if i != root:
                p[row_to_col[i]] += change
        if i != root:
            search.mask[row_to_col[i]] = p[row_to_col[i]]


@part
def _exchange(
    pairing: Pairing, search: Search, root: int, end_col: int, end_row: int, least: Any
) -> None:
    """Match along the path from `root` that ends at a free column, or at a row that gives up."""
    u, _, row_to_col, col_to_row = pairing
    j = end_col
    if end_col < 0:
        u[end_row] = least
        if end_row != root:
            j = row_to_col[end_row]
            row_to_col[end_row] = -1
    while j >= 0:
        i = search.parent[j]
        previous = row_to_col[i]
        row_to_col[i] = j
        col_to_row[j] = i
        j = previous if i != root else -1
