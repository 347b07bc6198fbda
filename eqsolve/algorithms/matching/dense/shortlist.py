"""Short lists of the best columns of a row, with a bound on all columns left out.

At prices `p` the margin of row `i` on column `j` is `w[i,j] - p[j]`. A short list holds the
`CAPACITY` columns of greatest margin (`WIDE` once these proved too few), and `outside[i]`, the
greatest margin left out. As long as prices only rise, that bound stays valid, so that a search may
look at a few columns instead of the whole row and still prove what it finds; only when the bound
is too weak the row is scanned again.

A scan costs one vector pass over the row (margins and the maxima of about 64 blocks), after which
only the few blocks that can hold a listed column are looked at. Ties at the end of the list are
filled in cyclic order from a place that depends on the row, so that rows with equal values list
different columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, scan_kernel
from eqsolve.algorithms.matching.dense.pairing import Pairing

CAPACITY = 32
"""Columns listed for each row at first."""

WIDE = 128
"""Columns listed for a row whose first list was too short for the searches."""

_SEEDS = 20  # the entry level of a list is the block maximum of this rank
_WIDE_SEEDS = 54
_BLOCKS = 64

Array = NDArray[Any]


class Shortlists(NamedTuple):
    """Short lists of all rows (first six), and the work space of a row scan.

    `columns`, `weights`: shape (rows, WIDE), `length` entries, of which the first `near` have
    margins of at least `between`, all others in the list less; none outside it has more than
    `outside`. These four have shape (rows,).
    `margins`, `found`, `pool`, `order`: shape (columns,); `peaks`: shape (blocks,).
    """

    columns: NDArray[np.int32]
    weights: Array
    near: NDArray[np.int64]
    length: NDArray[np.int64]
    between: Array
    outside: Array
    margins: Array
    peaks: Array
    found: NDArray[np.int64]
    pool: NDArray[np.int64]
    order: Array


def new_shortlists(pairing: Pairing, top: Any) -> Shortlists:
    """Return short lists for the rows of `pairing` that know nothing yet: every bound is `top`."""
    n_rows, n_cols, kind = pairing.u.size, pairing.p.size, pairing.p.dtype
    return Shortlists(
        np.empty((n_rows, WIDE), np.int32),
        np.empty((n_rows, WIDE), kind),
        np.zeros(n_rows, np.int64),
        np.zeros(n_rows, np.int64),
        np.full(n_rows, top, kind),
        np.full(n_rows, top, kind),
        np.empty(n_cols, kind),
        np.empty(_BLOCKS + 1, kind),
        np.empty(n_cols, np.int64),
        np.empty(n_cols, np.int64),
        np.empty(max(n_cols, _BLOCKS), kind),
    )


@scan_kernel
def margins_of(weights: Array, flipped: bool, i: int, prices: Array, lists: Shortlists) -> int:
    """Fill `lists.margins` and block maxima `lists.peaks` for row `i`; return the block size."""
    margins, peaks = lists.margins, lists.peaks
    m = margins.size
    if flipped:
        for j in range(m):
            margins[j] = weights[j, i] - prices[j]
        row = margins
    else:
        row = weights[i]
    size = max(16, 8 * ((m + 8 * _BLOCKS - 1) // (8 * _BLOCKS)))
    for b in range((m + size - 1) // size):
        low = b * size
        part = row[low : low + size]
        out = margins[low : low + size]
        if not flipped:
            cost = prices[low : low + size]
            for j in range(part.size):
                out[j] = part[j] - cost[j]
        best = out[0]
        for j in range(part.size):
            best = max(best, out[j])
        peaks[b] = best
    return size


@kernel
def _rank(values: Array, count: int, rank: int) -> Any:
    """Return the value of the given rank (0 = greatest) of `values[:count]`, which is reordered."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        a, b, c = values[low], values[middle], values[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


@kernel
def select(
    lists: Shortlists, size: int, capacity: int, start: int, floor: Any, none: Any
) -> tuple[int, Any]:
    """Collect in `lists.found` columns of greatest margin, if at least `floor`.

    At most `capacity`, and no fewer than `_SEEDS` where so many reach `floor`. Margins must have
    been filled by `margins_of`. Ties at the last place go in cyclic order from column `start`.
    Returns the number found and a bound on all margins left out (`none`: no other above `floor`).
    """
    margins, peaks, pool, order = lists.margins, lists.peaks, lists.pool, lists.order
    m = margins.size
    if m <= capacity:
        for j in range(m):
            lists.found[j] = j
        return m, none
    blocks = (m + size - 1) // size
    seeds = _SEEDS if capacity == CAPACITY else _WIDE_SEEDS
    level = floor
    if blocks > seeds:
        for b in range(blocks):
            order[b] = peaks[b]
        level = max(floor, _rank(order, blocks, seeds - 1))
    left_out = none
    count = 0
    higher = 0
    for b in range(blocks):
        higher += peaks[b] > level
    if higher == 0:
        return _ties(lists, capacity, start, level, floor, none)
    for b in range(blocks):
        if peaks[b] < level:
            left_out = max(left_out, peaks[b])
            continue
        low = b * size
        part = margins[low : low + size]
        for j in range(part.size):
            if part[j] >= level:
                pool[count] = low + j
                order[count] = part[j]
                count += 1
            elif part[j] > left_out:
                left_out = part[j]
    last = level
    if count > capacity:
        last = _rank(order, count, capacity - 1)
    kept = 0
    for k in range(count):
        j = pool[k]
        if margins[j] > last:
            lists.found[kept] = j
            kept += 1
        elif margins[j] < last:
            left_out = max(left_out, margins[j])
    for turn in range(2):
        for k in range(count):
            j = pool[k]
            if margins[j] == last and (j < start) == (turn == 1):
                if kept < capacity:
                    lists.found[kept] = j
                    kept += 1
                else:
                    left_out = last
    return kept, left_out if left_out > floor else none


@kernel
def _ties(
    lists: Shortlists, capacity: int, start: int, level: Any, floor: Any, none: Any
) -> tuple[int, Any]:
    """Collect columns of margin `level`, the greatest, in cyclic order from `start`."""
    margins = lists.margins
    left_out = none
    count = 0
    for step in range(margins.size):
        j = start + step if start + step < margins.size else start + step - margins.size
        if margins[j] == level:
            if count == capacity:
                left_out = level
                break
            lists.found[count] = j
            count += 1
        else:
            left_out = max(left_out, margins[j])
    return count, left_out if left_out > floor else none


@kernel
def select_all(lists: Shortlists, floor: Any) -> int:
    """Collect in `lists.found` every column of margin above `floor`; return their number."""
    count = 0
    for j in range(lists.margins.size):
        if lists.margins[j] > floor:
            lists.found[count] = j
            count += 1
    return count


@kernel
def refresh(
    weights: Array, flipped: bool, i: int, prices: Array, lists: Shortlists, none: Any
) -> None:
    """Rebuild the short list of row `i` at the present prices."""
    size = margins_of(weights, flipped, i, prices, lists)
    start = i % lists.margins.size
    capacity = min(
        CAPACITY, lists.margins.size
    )  # a variable: constants would compile `select` anew
    count, left_out = select(lists, size, capacity, start, none, none)
    keep(weights, flipped, i, lists, count, left_out)


@kernel
def ensure(
    weights: Array, flipped: bool, i: int, prices: Array, lists: Shortlists, top: Any
) -> None:
    """Build the short list of row `i` at the present prices if it knows nothing yet."""
    if lists.outside[i] == top:
        refresh(weights, flipped, i, prices, lists, -top)


@kernel
def keep(
    weights: Array, flipped: bool, i: int, lists: Shortlists, count: int, left_out: Any
) -> None:
    """Store the columns just selected as the short list of row `i`, the best ones first."""
    found, margins = lists.found, lists.margins
    lists.near[i] = lists.length[i] = count
    lists.outside[i] = left_out
    if count > CAPACITY:
        for k in range(count):
            lists.order[k] = margins[found[k]]
        last = _rank(lists.order, count, min(CAPACITY, count) - 1)
        near = 0
        for k in range(count):
            j = found[k]
            if margins[j] >= last:
                found[k] = found[near]
                found[near] = j
                near += 1
        lists.near[i] = near
        lists.between[i] = last
    for k in range(count):
        j = found[k]
        lists.columns[i, k] = j
        lists.weights[i, k] = weights[j, i] if flipped else weights[i, j]
