"""Bundles of items as rows of booleans, and which bids lie inside which bundles, by bits.

Row k of a boolean matrix says which items bundle k holds. Where all 2^m bundles are listed, bundle
number S holds item j if bit j of S is set.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import BoolArray, IntArray

__all__ = ["all_bundles", "inside", "masks_of", "numbers_of"]

Masks = npt.NDArray[np.uint64]

_SIDE_BY_SIDE = 1 << 13
"""Bundles looked at together, so that tables of bits stay in the cache."""

_UNPACKED = 64
"""Bids whose answers leave their bits together, for the same reason."""


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


def inside(bids: BoolArray, bundles: BoolArray) -> BoolArray:
    """Return whether bid b lies inside bundle k, shape (B, K).

    Parameters
    ----------
    bids, bundles : shapes (B, m) and (K, m).

    Notes
    -----
    What bundles lack an item is a row of bits, 64 bundles a word; a bid lies inside those that lack
    none of its items. Unions of rows are tabled for all subsets of eight items at a time, so that a
    bid looks up m / 8 of them: O(B K m / 512) words, and the B K answers.

    Source: Arlazarov, Dinic, Kronrod and Faradzhev (1970), the method of four Russians.

    Examples
    --------
    >>> bundles = all_bundles(2)
    >>> inside(bundles[1:2], bundles).tolist()
    [[False, True, False, True]]
    """
    found = np.empty((len(bids), len(bundles)), dtype=np.bool_)
    subsets = np.packbits(bids, axis=1, bitorder="little")  # of each eight items, by number
    for start in range(0, len(bundles), _SIDE_BY_SIDE):
        part = bundles[start : start + _SIDE_BY_SIDE]
        bits = ~_missing(subsets, _lacking(part))
        for first in range(0, len(bids), _UNPACKED):
            rows = slice(first, first + _UNPACKED)
            answers = np.unpackbits(bits[rows].view(np.uint8), axis=1, count=len(part))
            found[rows, start : start + len(part)] = answers.view(np.bool_)
    return found


def _lacking(bundles: BoolArray) -> Masks:
    """Return which bundles lack each item, shape (m up to whole bytes, words), 64 in a word."""
    count, m = bundles.shape
    rows = np.zeros((-(-m // 8) * 8, -(-count // 64) * 8), dtype=np.uint8)
    rows[:m, : -(-count // 8)] = np.packbits(np.ascontiguousarray(~bundles.T), axis=1)
    return rows.view(np.uint64)


def _missing(subsets: npt.NDArray[np.uint8], lacking: Masks) -> Masks:
    """Return which bundles lack something of each row of subsets of eight items, as bits."""
    words = lacking.shape[1]
    unions = np.zeros((256, words), dtype=np.uint64)
    found, more = np.zeros((2, len(subsets), words), dtype=np.uint64)
    for place, column in enumerate(subsets.T):
        for j in range(8):
            np.bitwise_or(unions[: 1 << j], lacking[8 * place + j], out=unions[1 << j : 2 << j])
        np.take(unions, column, axis=0, out=more, mode="clip")
        np.bitwise_or(found, more, out=found)
    return found
