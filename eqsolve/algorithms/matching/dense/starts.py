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

from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel, scan_kernel

Array = NDArray[Any]

PROBE = 192
RATIO = 4
SMALL = 96
SMALLEST = 48
NOISE = 9.0  # a share above NOISE / block size is structure; noise has about 4 / size
COARSE = 1.2  # times that a row reaches its best, on average; once where values differ
PLENTY = 1.25  # columns per row from which diverse best columns are hardly contested
DIVERSE = 0.5  # columns that are some row's best, as a share; noise has 1 - 1/e


@kernel
def spread(count: int, size: int) -> NDArray[np.int64]:
    """Return `count` different indices below `size`, evenly spread without a short period."""
    step = max(1, int(size * 0.6180339887498949))
    while np.gcd(step, size) != 1:
        step += 1
    picked = np.empty(count, np.int64)
    for k in range(count):
        picked[k] = (k * step) % size
    return picked


@kernel
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
    block = np.empty((k, k))
    row_mean, col_mean = np.zeros(k), np.zeros(k)
    mean = 0.0
    favorite = np.zeros(k, np.bool_)
    favorites = bests = 0
    for a in range(k):
        best = 0
        ties = 0
        for b in range(k):
            value = float(max(weights[rows[a], cols[b]], 0))
            block[a, b] = value
            row_mean[a] += value / k
            col_mean[b] += value / k
            if value > block[a, best]:
                best, ties = b, 0
            ties += value == block[a, best]
        mean += row_mean[a] / k
        bests += ties
        favorites += not favorite[best]
        favorite[best] = True
    total = inner = 0.0
    for a in range(k):
        for b in range(k):
            total += (block[a, b] - mean) * (block[a, b] - mean)
            block[a, b] -= row_mean[a] + col_mean[b] - mean
            inner += block[a, b] * block[a, b]
    if inner <= 1e-12 * total or total <= 1e-24 * mean * mean * k * k:
        return none, none, True, True
    x, y = np.empty(k), np.empty(k)
    for b in range(k):
        y[b] = ((b * 7919 + 13) % 1009) / 1009 - 0.5
    share = 0.0
    for _ in range(6):
        for a in range(k):
            x[a] = _dot(block[a], y)
        x /= np.sqrt(_dot(x, x)) + 1e-300
        y[:] = 0.0
        for a in range(k):
            y += x[a] * block[a]
        share = _dot(y, y) / inner
        y /= np.sqrt(_dot(y, y)) + 1e-300
    effects = 1.0 - inner / total
    noise = share < NOISE / k and effects < NOISE / k
    easy = share < 0.3 or m >= PLENTY * n
    if noise or (easy and favorites > DIVERSE * k):
        return none, none, False, bests > COARSE * k
    along_rows = np.zeros(n)
    for i in range(n):
        row = weights[i]
        value = 0.0
        for b in range(k):
            value += y[b] * max(row[cols[b]], 0)
        along_rows[i] = value
    along_cols = np.zeros(m)
    for a in range(k):
        row = weights[rows[a]]
        for j in range(m):
            along_cols[j] += x[a] * max(row[j], 0)
    return along_rows, along_cols, False, False


@kernel
def _dot(x: Array, y: Array) -> float:
    """Inner product (that of numpy would load a linear algebra library)."""
    total = 0.0
    for k in range(x.size):
        total += x[k] * y[k]
    return total


@scan_kernel
def offered(weights: Array, rows: NDArray[np.int64], u: Array, cols: NDArray[np.int64]) -> Array:
    """Price the columns picked by the best offer ``w[i,j] - u[i]`` of the rows picked, at least 0.

    In a square matrix every column may be sold, so the least price can as well be zero.
    """
    prices = np.empty(cols.size, weights.dtype)
    for b in range(prices.size):
        prices[b] = weights[rows[0], cols[b]] - u[0]
    for a in range(1, rows.size):
        row, level = weights[rows[a]], u[a]
        if cols.size == row.size:
            for b in range(prices.size):
                prices[b] = max(prices[b], row[b] - level)
        else:
            for b in range(prices.size):
                prices[b] = max(prices[b], row[cols[b]] - level)
    low = 0 * prices[0]
    if weights.shape[0] == weights.shape[1]:
        low = prices[0]
        for b in range(prices.size):
            low = min(low, prices[b])
    for b in range(prices.size):
        prices[b] = max(prices[b] - low, 0)
    return prices


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
