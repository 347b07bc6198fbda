"""Short lists of the best columns of a row, with a bound on all columns left out.

At prices `p` the margin of row `i` on column `j` is `w[i,j] - p[j]`. A short list holds the
`CAPACITY` columns of greatest margin, and `outside[i]`, the greatest margin left out. As long as
prices only rise, that bound stays valid, so that a search may look at a few columns instead of the
whole row and still prove what it finds; only when the bound is too weak the row is scanned again.

A scan costs one vector pass over the row (margins and the maxima of about 64 blocks), after which
only the few blocks that can hold a listed column are looked at. Ties at the end of the list are
filled in cyclic order from a place that depends on the row, so that rows with equal values list
different columns.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.kernels._compile import kernel, scan_kernel

CAPACITY = 32
"""Columns kept for each row."""

_SEEDS = 20
_BLOCKS = 64

Array = NDArray[Any]


class Shortlists(NamedTuple):
    """Short lists of all rows (first four), and the work space of a row scan.

    `columns`, `weights`: shape (rows, CAPACITY); `length`, `outside`: shape (rows,);
    `margins`, `found`, `values`, `order`: shape (columns,); `peaks`, `seeds`: a block each.
    """

    columns: NDArray[np.int32]
    weights: Array
    length: NDArray[np.int64]
    outside: Array
    margins: Array
    peaks: Array
    seeds: Array
    found: NDArray[np.int64]
    values: Array
    order: Array


@kernel
def new_shortlists(kind: Array, n_rows: int, n_cols: int, top: Any) -> Shortlists:
    """Return short lists of `kind.dtype` that know nothing yet: every bound is `top`."""
    return Shortlists(
        np.empty((n_rows, CAPACITY), np.int32),
        np.empty((n_rows, CAPACITY), kind.dtype),
        np.zeros(n_rows, np.int64),
        np.full(n_rows, top, kind.dtype),
        np.empty(n_cols, kind.dtype),
        np.empty(_BLOCKS + 1, kind.dtype),
        np.empty(_SEEDS, kind.dtype),
        np.empty(n_cols, np.int64),
        np.empty(n_cols, kind.dtype),
        np.empty(n_cols, kind.dtype),
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
def select(lists: Shortlists, size: int, start: int, floor: Any, none: Any) -> tuple[int, Any]:
    """Collect in `lists.found` the `CAPACITY` columns of greatest margin above `floor`.

    Margins must have been filled by `margins_of`. Ties at the last place go in cyclic order from
    column `start`. Returns the number found and a bound on all margins left out (`none`: no other).
    """
    margins, peaks, found, values = lists.margins, lists.peaks, lists.found, lists.values
    m = margins.size
    if m <= CAPACITY:
        for j in range(m):
            found[j] = j
        return m, none
    blocks = (m + size - 1) // size
    seeds = lists.seeds
    level = floor
    left_out = none
    if blocks > _SEEDS:
        kept = 0
        for b in range(blocks):
            peak = peaks[b]
            if kept < _SEEDS:
                kept += 1
            elif peak <= seeds[_SEEDS - 1]:
                continue
            k = kept - 1
            while k > 0 and seeds[k - 1] < peak:
                seeds[k] = seeds[k - 1]
                k -= 1
            seeds[k] = peak
        level = max(floor, seeds[_SEEDS - 1])
    count = 0
    first = start // size
    for step in range(blocks):
        b = first + step
        if b >= blocks:
            b -= blocks
        if peaks[b] < level:
            left_out = max(left_out, peaks[b])
            continue
        low = b * size
        part = margins[low : low + size]
        for j in range(part.size):
            if part[j] >= level:
                found[count] = low + j
                values[count] = part[j]
                count += 1
            elif part[j] > left_out:
                left_out = part[j]
    if count <= CAPACITY:
        return count, left_out if left_out > floor else none
    order = lists.order
    for k in range(count):
        order[k] = values[k]
    last = _rank(order, count, CAPACITY - 1)
    above = 0
    for k in range(count):
        if values[k] > last:
            above += 1
    ties = CAPACITY - above
    kept = 0
    for k in range(count):
        value = values[k]
        if value == last and ties > 0:
            ties -= 1
        elif value <= last:
            left_out = max(left_out, value)
            continue
        found[kept] = found[k]
        kept += 1
    return kept, left_out


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
    start = (i * CAPACITY) % lists.margins.size
    count, left_out = select(lists, size, start, none, none)
    keep(weights, flipped, i, lists, count, left_out)


@kernel
def keep(
    weights: Array, flipped: bool, i: int, lists: Shortlists, count: int, left_out: Any
) -> None:
    """Store the columns just selected as the short list of row `i`."""
    for k in range(count):
        j = lists.found[k]
        lists.columns[i, k] = j
        lists.weights[i, k] = weights[j, i] if flipped else weights[i, j]
    lists.length[i] = count
    lists.outside[i] = left_out
