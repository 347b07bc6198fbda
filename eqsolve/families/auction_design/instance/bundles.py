"""Bundles of items as rows of booleans, and which bids lie inside which bundles by 64-bit masks.

Row k of a boolean matrix says which items bundle k holds. Where all 2^m bundles are listed, bundle
number S holds item j if bit j of S is set.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import BoolArray, IntArray

__all__ = ["all_bundles", "inside", "masks_of", "numbers_of"]

Masks = npt.NDArray[np.uint64]

_AT_ONCE = 1 << 17
"""Pairs of bid and bundle looked at together, so that they stay in the cache."""


def all_bundles(n_items: int) -> BoolArray:
    """Return every bundle, shape (2**m, m), in the order of their numbers.

    Examples
    --------
    >>> all_bundles(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    numbers = np.arange(1 << n_items)
    found: BoolArray = (numbers[:, None] >> np.arange(n_items)) & 1 == 1
    return found


def numbers_of(bundles: BoolArray) -> IntArray:
    """Return the number of each bundle, shape (K,); for at most 62 items."""
    weights = np.left_shift(np.int64(1), np.arange(bundles.shape[1], dtype=np.int64))
    found: IntArray = bundles.astype(np.int64) @ weights
    return found


def masks_of(bundles: BoolArray) -> Masks:
    """Return bundles as rows of 64-bit words, shape (K, words); item 0 is the lowest bit.

    Examples
    --------
    >>> masks_of(np.array([[True, False, True]])).tolist()
    [[5]]
    """
    count, m = bundles.shape
    words = max(1, -(-m // 64))
    padded = np.zeros((count, 64 * words), dtype=np.uint8)
    padded[:, :m] = bundles
    packed = np.packbits(padded, axis=1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False).reshape(count, words)


def inside(bids: Masks, bundles: Masks) -> BoolArray:
    """Return whether bid b lies inside bundle k, shape (B, K).

    Parameters
    ----------
    bids, bundles : as `masks_of` returns them, with equally many words.

    Notes
    -----
    A bid lies inside if none of its bits is missing. Cost O(B K words), with 64 items a word.

    Examples
    --------
    >>> bundles = masks_of(all_bundles(2))
    >>> inside(bundles[1:2], bundles).tolist()
    [[False, True, False, True]]
    """
    found = np.empty((len(bids), len(bundles)), dtype=np.bool_)
    absent = np.ascontiguousarray(~bundles.T)  # words of all bundles side by side
    rows = max(1, _AT_ONCE // max(1, len(bundles)))
    missing, more = np.empty((2, rows, len(bundles)), dtype=np.uint64)
    for start in range(0, len(bids), rows):
        part = bids[start : start + rows]
        here = missing[: len(part)]
        np.bitwise_and(part[:, None, 0], absent[0], out=here)
        for word in range(1, bids.shape[1]):
            there = more[: len(part)]
            np.bitwise_and(part[:, None, word], absent[word], out=there)
            np.bitwise_or(here, there, out=here)
        np.equal(here, 0, out=found[start : start + rows])
    return found
