"""Matching along ties: as many pairs as the tied edges allow, and the answers built on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.matching.dense.matching import max_weight_matching
from eqsolve.algorithms.matching.dense.pairing import unmatched
from eqsolve.algorithms.matching.dense.prices import extreme_prices
from eqsolve.algorithms.matching.dense.ties import along_ties
from tests.algorithms.matching.dense_cases import small_weights

Array = NDArray[Any]


def matched(weights: Array, p: Array) -> tuple[bool, Array, Array, Array]:
    """Answer, greatest margins and both directions of the matching."""
    pairing = unmatched(len(weights), p.astype(weights.dtype))
    answer = along_ties(weights, pairing, np.zeros(1, np.uint8))
    return answer, pairing.u, pairing.row_to_col, pairing.col_to_row


@given(small_weights(), st.data(), st.sampled_from([np.int64, np.float64]))
def test_matching_is_tied_and_as_large_as_ties_allow(
    weights: Array, data: st.DataObject, kind: type
) -> None:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    n, m = weights.shape
    p = np.array(data.draw(st.lists(st.integers(0, 3), min_size=m, max_size=m)), kind)
    answer, u, rows, cols = matched(weights.astype(kind), p)
    margins = weights - p
    assert answer
    assert (u == np.maximum(margins.max(axis=1, initial=0), 0)).all()
    tied = (margins == u[:, None]) & (u[:, None] > 0)
    pairs = [(i, j) for i, j in enumerate(rows.tolist()) if j >= 0]
    assert all(tied[i, j] and cols[j] == i for i, j in pairs)
    assert np.count_nonzero(cols >= 0) == len(pairs)
    best = maximum_bipartite_matching(csr_matrix(tied)) if n and m else np.zeros(0)
    assert len(pairs) == np.count_nonzero(best >= 0)


def test_prices_far_from_right_are_given_up() -> None:
    weights = np.repeat(np.arange(1, 201)[None, :], 200, axis=0)
    assert not matched(weights, np.zeros(200, np.int64))[0]
    answer, _, rows, _ = matched(weights, np.arange(200))
    assert answer
    assert (rows >= 0).all()


def coarse(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(-2, 4, (n, m))


def scarce(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.where(rng.random((n, m)) < 0.97, -1, rng.integers(0, 3, (n, m)))


def halves(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(0, 9, (n, m)) / 2


def quality(rng: np.random.Generator, n: int, m: int) -> Array:
    return rng.integers(1, 9, (1, m)) + rng.integers(0, 9, (n, 1))


def hopeless(rng: np.random.Generator, n: int, m: int) -> Array:
    return np.full((n, m), -1)


@pytest.mark.parametrize("size", [(200, 200), (120, 260), (260, 120)], ids=str)
@pytest.mark.parametrize(
    "make", [coarse, scarce, halves, quality, hopeless], ids=lambda make: make.__name__
)
def test_repeated_values_start_from_ties_and_agree_with_other_starts(
    make: Any, size: tuple[int, int]
) -> None:
    """Duals that no ties entered give the same welfare and the same two ends of the lattice."""
    weights = make(np.random.default_rng(3), *size)
    found = max_weight_matching(weights)
    assert found.start == "ties"
    other = max_weight_matching(weights, np.arange(size[1]) % 6)
    assert other.start == "given"
    one, two = (
        extreme_prices(weights, one.matching, one.row_duals, one.col_duals)
        for one in (found, other)
    )
    assert (one[0] == two[0]).all()
    assert (one[1] == two[1]).all()
    for prices in one:
        utilities = np.maximum(0, (weights - prices).max(axis=1))
        total = sum(weights[i, j] for i, j in enumerate(other.matching) if j >= 0)
        assert utilities.sum() + prices.sum() == total


def test_searches_finish_what_ties_leave_over() -> None:
    weights = np.random.default_rng(1).integers(1, 101, (300, 300))
    found = max_weight_matching(weights)
    assert found.start == "ties"
    assert 0 < found.searches < 40
