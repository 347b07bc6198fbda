"""A binary heap of (key, item) pairs in two plain arrays, for Dijkstra sweeps over sparse graphs.

Entries are never changed: a shorter distance is pushed as a new entry, and the reader skips items
that it has settled already. With at most E pushes the arrays need E places; a step costs O(log E).
On dense graphs that would be n m places: `dense_heap` holds each node once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel


@kernel
def push(keys: NDArray[np.int64], items: NDArray[np.int32], size: int, key: int, item: int) -> int:
    """Add (key, item) to a heap of `size` entries; return the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at] = keys[above]
        items[at] = items[above]
        at = above
    keys[at] = key
    items[at] = item
    return size + 1


@kernel
def pop(keys: NDArray[np.int64], items: NDArray[np.int32], size: int) -> int:
    """Remove the first entry (read it at index 0 before); return the new size."""
    size -= 1
    key = keys[size]
    item = items[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at] = keys[below]
        items[at] = items[below]
        at = below
    keys[at] = key
    items[at] = item
    return size
