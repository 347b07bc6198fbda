"""A binary heap of numbered nodes with decreasing keys, for shortest path searches.

Equal keys leave in an order fixed by the run, so searches are deterministic.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import part

Array = NDArray[Any]


class Heap(NamedTuple):
    """Three arrays of shape (number of nodes,); the caller keeps the size of the heap.

    `keys` and `nodes` are in heap order, the least first; `place` holds the position of every
    node, or -1.
    """

    keys: Array
    nodes: NDArray[np.int64]
    place: NDArray[np.int64]


def new_heap(n_nodes: int, kind: np.dtype[Any]) -> Heap:
    """Return an empty heap for nodes 0..n_nodes-1 with keys of a type."""
    keys = np.empty(n_nodes, kind)
    return Heap(keys, np.empty(n_nodes, np.int64), np.full(n_nodes, -1, np.int64))


@part
def push(heap: Heap, size: int, node: int, key: Any) -> int:
    """Insert `node`, or lower its key to `key`; return the new size of the heap."""
    keys, nodes, place = heap
    k = place[node]
    if k < 0:
        k = size
        size += 1
    while k > 0:
        parent = (k - 1) >> 1
        if keys[parent] <= key:
            break
        keys[k] = keys[parent]
        nodes[k] = nodes[parent]
        place[nodes[k]] = k
        k = parent
    keys[k] = key
    nodes[k] = node
    place[node] = k
    return size


@part
def pop(heap: Heap, size: int) -> int:
    """Remove the node of least key (`nodes[0]`, key `keys[0]`); return the new size of the heap."""
    keys, nodes, place = heap
    place[nodes[0]] = -1
    size -= 1
    if size == 0:
        return 0
    key = keys[size]
    node = nodes[size]
    k = 0
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[k] = keys[child]
        nodes[k] = nodes[child]
        place[nodes[k]] = k
        k = child
    keys[k] = key
    nodes[k] = node
    place[node] = k
    return size
