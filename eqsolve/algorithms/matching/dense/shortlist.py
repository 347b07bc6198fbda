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

from eqsolve.algorithms.compile import few_lines, kernel, part, scan_part
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
    """Short lists of all rows.

    `columns`, `weights`: shape (rows, WIDE), `length` entries, of which the first `near` have
    margins of at least `between`, all others in the list less; none outside it has more than
    `outside`. These four have shape (rows,).
    """

    columns: NDArray[np.int32]
    weights: Array
    near: NDArray[np.int64]
    length: NDArray[np.int64]
    between: Array
    outside: Array


class Scan(NamedTuple):
    """Work space in which one row is read at a time.

    `row`, `margins`, `found`, `pool`, `order`: shape (columns,); `peaks`: shape (blocks,).
    """

    row: Array
    margins: Array
    peaks: Array
    found: NDArray[np.int64]
    pool: NDArray[np.int64]
    order: Array


def new_shortlists(pairing: Pairing, top: Any) -> Shortlists:
    """Return short lists for the rows of `pairing` that know nothing yet: every bound is `top`."""
    n_rows, kind = pairing.u.size, pairing.p.dtype
    return Shortlists(
        np.empty((n_rows, WIDE), np.int32),
        np.empty((n_rows, WIDE), kind),
        np.zeros(n_rows, np.int64),
        np.zeros(n_rows, np.int64),
        np.full(n_rows, top, kind),
        np.full(n_rows, top, kind),
    )


def new_scan(pairing: Pairing) -> Scan:
    """Return the work space for reading rows of `pairing`."""
    n_cols, kind = pairing.p.size, pairing.p.dtype
    return Scan(
        np.empty(n_cols, kind),
        np.empty(n_cols, kind),
        np.empty(_BLOCKS + 1, kind),
        np.empty(n_cols, np.int64),
        np.empty(n_cols, np.int64),
        np.empty(max(n_cols, _BLOCKS), kind),
    )


@few_lines
def row_of(weights: Array, flipped: bool, i: int, scan: Scan) -> Array:
    """Return row `i`, shape (columns,): a view, or a copy in `scan.row` if it is a column."""
    row = scan.row
    if flipped:
        for j in range(row.size):
            row[j] = weights[j, i]
    else:
        row = weights[i]
    return row


@scan_part
def margins_of(row: Array, prices: Array, scan: Scan) -> int:
    """Fill `scan.margins` and block maxima `scan.peaks` for a row; return the block size."""
    margins, peaks = scan.margins, scan.peaks
    m = margins.size
    size = max(16, 8 * ((m + 8 * _BLOCKS - 1) // (8 * _BLOCKS)))
    for b in range((m + size - 1) // size):
        low = b * size
        values, cost, out = (
            row[low : low + size],
            prices[low : low + size],
            margins[low : low + size],
        )
        best = values[0] - cost[0]
        for j in range(out.size):
            margin = values[j] - cost[j]
            out[j] = margin
            best = max(best, margin)
        peaks[b] = best
    return size


@part
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


@part
def select(
    scan: Scan, size: int, capacity: int, start: int, floor: Any, none: Any
) -> tuple[int, Any]:
    """Collect in `scan.found` columns of greatest margin, if at least `floor`.

    At most `capacity`, and no fewer than `_SEEDS` where so many reach `floor`. Margins must have
    been filled by `margins_of`. Ties at the last place go in cyclic order from column `start`.
    Returns the number found and a bound on all margins left out (`none`: no other above `floor`).
    """
    _, margins, peaks, found, pool, order = scan
    m = margins.size
    if m <= capacity:
        for j in range(m):
            found[j] = j
        return m, none
    blocks = (m + size - 1) // size
    seeds = _SEEDS if capacity == CAPACITY else _WIDE_SEEDS
    level = floor
    greatest = peaks[0]
    for b in range(blocks):
        order[b] = peaks[b]
        greatest = max(greatest, peaks[b])
    if blocks > seeds:
        level = max(floor, _rank(order, blocks, seeds - 1))
    left_out = none
    count = 0
    if greatest <= level:
        return _ties(scan, capacity, start, level, floor, none)
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
    place = 0  # of the first column from `start` on: the pool is in rising order
    for k in range(count):
        j = pool[k]
        place += j < start
        if margins[j] > last:
            found[kept] = j
            kept += 1
        elif margins[j] < last:
            left_out = max(left_out, margins[j])
    for _ in range(count):
        place = place if place < count else 0
        j = pool[place]
        place += 1
        if margins[j] == last:
            if kept == capacity:
                left_out = last
                break
            found[kept] = j
            kept += 1
    return kept, left_out if left_out > floor else none


@part
def _ties(
    scan: Scan, capacity: int, start: int, level: Any, floor: Any, none: Any
) -> tuple[int, Any]:
    """Collect columns of margin `level`, the greatest, in cyclic order from `start`."""
    margins, found = scan.margins, scan.found
    left_out = none
    count = 0
    for step in range(margins.size):
        j = start + step if start + step < margins.size else start + step - margins.size
        if margins[j] == level:
            if count == capacity:
                left_out = level
                break
            found[count] = j
            count += 1
        else:
            left_out = max(left_out, margins[j])
    return count, left_out if left_out > floor else none


@part
def select_all(scan: Scan, floor: Any) -> int:
    """Collect in `scan.found` every column of margin above `floor`; return their number."""
    margins, found = scan.margins, scan.found
    count = 0
    for j in range(margins.size):
        if margins[j] > floor:
            found[count] = j
            count += 1
    return count


@few_lines
def refresh(
    weights: Array,
    flipped: bool,
    i: int,
    prices: Array,
    lists: Shortlists,
    scan: Scan,
    capacity: int,
    none: Any,
) -> tuple[int, Any]:
    """Rebuild the short list of row `i` at the present prices, as `select` finds it."""
    row = row_of(weights, flipped, i, scan)
    size = margins_of(row, prices, scan)
    count, left_out = select(scan, size, min(capacity, row.size), i % row.size, none, none)
    _keep(row, i, lists, scan, count, left_out)
    return count, left_out


@few_lines
def ensure(
    weights: Array, flipped: bool, i: int, prices: Array, lists: Shortlists, scan: Scan, top: Any
) -> None:
    """Build the short list of row `i` at the present prices if it knows nothing yet."""
    if lists.outside[i] == top:
        refresh(weights, flipped, i, prices, lists, scan, CAPACITY, -top)


@kernel
def list_rows(
    weights: Array,
    flipped: bool,
    rows: NDArray[np.int64],
    prices: Array,
    lists: Shortlists,
    scan: Scan,
    top: Any,
) -> None:
    """Build the short lists of these rows, of any number, that know nothing yet."""
    for i in rows:
        ensure(weights, flipped, i, prices, lists, scan, top)


@part
def _keep(row: Array, i: int, lists: Shortlists, scan: Scan, count: int, left_out: Any) -> None:
    """Store the columns just selected as the short list of row `i`, the best ones first."""
    found, margins, order = scan.found, scan.margins, scan.order
    lists.near[i] = lists.length[i] = count
    lists.outside[i] = left_out
    if count > CAPACITY:
        for k in range(count):
            order[k] = margins[found[k]]
        last = _rank(order, count, min(CAPACITY, count) - 1)
        near = 0
        for k in range(count):
            j = found[k]
            if margins[j] >= last:
                found[k] = found[near]
                found[near] = j
                near += 1
        lists.near[i] = near
        lists.between[i] = last
    columns, kept = lists.columns[i], lists.weights[i]
    for k in range(count):
        j = found[k]
        columns[k] = j
        kept[k] = row[j]
