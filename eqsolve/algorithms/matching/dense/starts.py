"""Start prices for dense matching, chosen by a probe of the data.

Searches are short when prices are nearly right from the start. Three starts:

- *zero*: right when there are more columns than rows, most of which stay unsold.
- *columns*: the greatest weight of each column. Right for noise, and for values that depend on
  one side only.
- *sample*: solve a quarter of the rows and columns first (itself started from a quarter), then
  price every column by what the rows of the sample would pay, ``max_i w[i,j] - u[i]``. Right when
  the matrix has structure (distances, products, low rank): duals of a sample are then close to
  those of the whole. Rows and columns are sampled evenly along the leading singular directions of
  the doubly centered matrix, so that sorted structure (products of two factors, points on a line)
  keeps its quantiles.

The probe looks at a block of at most 192 x 192 entries: the share of the leading singular value in
the doubly centered block, the share of row and column effects in its variance, how many columns
are the best of some row, and how often a row reaches its best. A sample is used if one of the
shares exceeds that of noise, unless the best columns are as diverse as in noise and the leading
share is small (blocks) or columns are plenty: there is little to compete for. Where no sample is
used and ties are frequent, or values are a sum of row and column effects, rows are first matched
along ties (`dense_ties`).

Any start is right: the searches that follow prove their own result. Cost O(n m / 4) or less.
Source: sampling as in multi-scale optimal transport (Gerber and Maggioni, 2017), without geometry.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.matching.directions import leading_directions

Array = NDArray[Any]

PROBE = 192
RATIO = 4
SMALL = 96
SMALLEST = 48
NOISE = 9.0  # a share above NOISE / block size is structure; noise has about 4 / size
COARSE = 1.2  # times that a row reaches its best, on average; once where values differ
PLENTY = 1.25  # columns per row from which diverse best columns are hardly contested
_BLOCK = 1 << 16  # numbers that stay in the cache
DIVERSE = 0.5  # columns that are some row's best, as a share; noise has 1 - 1/e


def spread(count: int, size: int) -> NDArray[np.int64]:
    """Return `count` different indices below `size`, evenly spread without a short period."""
    step = max(1, int(size * 0.6180339887498949))
    while math.gcd(step, size) != 1:
        step += 1
    return np.arange(count) * step % size


def probe(weights: Array) -> tuple[Array, Array, bool, bool]:
    """Measure structure on a block of the matrix.

    Returns the projections of all rows and all columns on the leading singular directions of the
    doubly centered block, or empty arrays if a sample would not help; whether values in the
    block are a sum of row and column effects; and whether ties are frequent.
    """
    n, m = weights.shape
    k = min(PROBE, n, m)
    none = np.empty(0)
    rows, cols = spread(k, n), spread(k, m)
    block = np.maximum(weights[np.ix_(rows, cols)], 0).astype(np.float64)
    block /= block.max() or 1.0  # squares of great amounts would overflow
    row_mean, col_mean, mean = block.mean(axis=1), block.mean(axis=0), block.mean()
    centered = block - (row_mean[:, None] - mean) - col_mean
    inner = np.einsum("ij,ij->", centered, centered)
    effects = k * (((row_mean - mean) ** 2).sum() + ((col_mean - mean) ** 2).sum())
    total = inner + effects
    if inner <= 1e-12 * total or total <= 1e-24 * mean * mean * k * k:
        return none, none, True, True
    down, across, share = leading_directions(
        centered, (np.arange(k) * 7919 + 13) % 1009 / 1009 - 0.5
    )
    share /= inner
    noise = share < NOISE / k and effects < NOISE / k * total
    easy = share < 0.3 or m >= PLENTY * n
    if noise or (easy and len(np.unique(block.argmax(axis=1))) > DIVERSE * k):
        bests = np.count_nonzero(block == block.max(axis=1, keepdims=True))
        return none, none, False, bests > COARSE * k
    along_rows = np.einsum("ij,j->i", np.maximum(weights[:, cols], 0), across)
    along_cols = np.einsum("i,ij->j", down, np.maximum(weights[rows], 0))
    return along_rows, along_cols, False, False


def offered(weights: Array, rows: NDArray[np.int64], u: Array, cols: NDArray[np.int64]) -> Array:
    """Price the columns picked by the best offer ``w[i,j] - u[i]`` of the rows picked, at least 0.

    In a square matrix every column may be sold, so the least price can as well be zero.
    """
    n, m = weights.shape
    part = weights[rows] if cols.size == m else weights[np.ix_(rows, cols)]
    prices = best_offers(part, u)
    above: Array = np.maximum(prices - prices.min() if n == m else prices, 0)
    return above


def best_offers(weights: Array, levels: Array) -> Array:
    """Return ``max_i w[i,j] - levels[i]`` for every column, shape (m,), in blocks of rows."""
    n, m = weights.shape
    size = max(1, _BLOCK // m)
    best: Array = weights[0] - levels[0]
    for start in range(0, n, size):
        block = weights[start : start + size] - levels[start : start + size, None]
        np.maximum(best, block.max(axis=0), out=best)
    return best


def all_can_match(weights: Array, largest: float) -> bool:
    """Return whether some optimum matches every agent, and duals without bounds stay exact.

    True for square matrices without negative entries and with entries of at most `largest` / n.
    """
    n, m = weights.shape
    return n == m and bool(weights.min() >= 0) and bool(weights.max() <= largest / n)


def column_prices(weights: Array) -> Array:
    """Price every column by its greatest weight above that of the best column left out.

    With n rows and more columns, n columns at most get a positive price.
    """
    n, m = weights.shape
    prices = weights.max(axis=0, initial=0)
    ranked = np.sort(prices)
    above: Array = np.maximum(prices - (ranked[0] if n >= m else ranked[m - n - 1]), 0)
    return above
