"""Matrices for the tests of dense kernels, and the greatest weight by enumeration."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[Any]


def brute_force(weights: Array) -> Any:
    """Greatest weight over all partial matchings, by enumeration."""
    n, m = weights.shape
    if n > m:
        return brute_force(weights.T)
    gains = np.maximum(weights, 0).tolist()
    return max(
        sum(gains[i][j] for i, j in enumerate(cols)) for cols in itertools.permutations(range(m), n)
    )


sizes = st.integers(0, 5)


@st.composite
def small_weights(draw: st.DrawFn, n: int | None = None, m: int | None = None) -> Array:
    n = draw(sizes) if n is None else n
    m = draw(sizes) if m is None else m
    low, high = draw(st.sampled_from([(0, 1), (-1, 2), (0, 6), (-5, 5), (-3, 1000)]))
    entries = draw(st.lists(st.integers(low, high), min_size=n * m, max_size=n * m))
    return np.array(entries, np.int64).reshape(n, m)


def uniform(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.random((n, m))


def whole(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(1, 101, (n, m))


def few(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(0, 3, (n, m))


def plane(rng: np.random.Generator, n: int, m: int) -> Array:
    a, b = rng.random((n, 1, 2)), rng.random((1, m, 2))
    distances: Array = 1.5 - np.sqrt(((a - b) ** 2).sum(axis=2))
    return distances


def line(rng: np.random.Generator, n: int, m: int) -> Array:
    return 1000 - np.abs(rng.integers(0, 1000, (n, 1)) - rng.integers(0, 1000, (1, m)))


def products(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.multiply.outer(np.arange(1, n + 1), np.arange(1, m + 1))


def float_products(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.multiply.outer(rng.random(n), rng.random(m))


def low_rank(rng: np.random.Generator, n: int, m: int) -> Array:
    noisy: Array = rng.random((n, 4)) @ rng.random((4, m)) + 0.05 * rng.random((n, m))
    return noisy


def equal(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.full((n, m), 3.0)


def buyers_matter(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.repeat(rng.random((n, 1)), m, axis=1)


def sellers_matter(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.repeat(rng.random((1, m)), n, axis=0)


def added(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(0, 500, (n, 1)) + rng.integers(0, 500, (1, m)) + rng.integers(0, 9, (n, m))


def blocks(rng: np.random.Generator, n: int, m: int) -> Array:
    same = rng.integers(0, 6, (n, 1)) == rng.integers(0, 6, (1, m))
    return 0.3 * rng.random((n, m)) + same


def forbidden(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.where(rng.random((n, m)) < 0.9, -1.0, rng.random((n, m)))


def mostly_zero(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.where(rng.random((n, m)) < 0.9, 0, rng.integers(1, 50, (n, m)))


def repeated(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.random((max(1, n // 8), m))[rng.integers(0, max(1, n // 8), n)]


def negative(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.normal(-1.0, 1.0, (n, m))


CLASSES = [
    uniform, whole, few, plane, line, products, float_products, low_rank, equal, buyers_matter,
    sellers_matter, added, blocks, forbidden, mostly_zero, repeated, negative,
]  # fmt: skip
