"""Ends of the price lattice: against marginal products, alone and beyond the short lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.matching.dense.matching import max_weight_matching
from eqsolve.algorithms.matching.dense.prices import extreme_prices, price_ends
from tests.algorithms.matching.dense_cases import CLASSES, brute_force, small_weights

Array = NDArray[Any]


def ends(weights: Array) -> tuple[Array, Array, Array]:
    found = max_weight_matching(weights)
    low, high = extreme_prices(weights, found.matching, found.row_duals, found.col_duals)
    return found.matching, low, high


@given(small_weights(), st.sampled_from([np.int64, np.float64]))
def test_ends_are_marginal_products(weights: Array, kind: type) -> None:
    """BIP-3 and BIP-4, by enumeration."""
    weights = weights.astype(kind)
    n, m = weights.shape
    _, low, high = ends(weights)
    assert low.dtype == high.dtype == weights.dtype
    total = brute_force(weights)
    for j in range(m):
        assert high[j] == total - brute_force(np.delete(weights, j, axis=1))
    for i in range(n):
        utility = max(0, *(weights[i] - low).tolist()) if m else 0
        assert utility == total - brute_force(np.delete(weights, i, axis=0))


@given(small_weights(), st.data())
def test_ends_do_not_depend_on_the_duals_given(weights: Array, data: st.DataObject) -> None:
    m = weights.shape[1]
    _, low, high = ends(weights)
    start = data.draw(st.lists(st.integers(0, 20), min_size=m, max_size=m))
    other = max_weight_matching(weights, np.array(start, np.int64))
    again = extreme_prices(weights, other.matching, other.row_duals, other.col_duals)
    assert (again[0] == low).all()
    assert (again[1] == high).all()


@pytest.mark.parametrize("size", [(130, 130), (90, 140), (140, 90)], ids=str)
@pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
def test_ends_are_optimal_duals_and_extreme(make: Any, size: tuple[int, int]) -> None:
    """Both ends close the duality gap; marginal products by scipy at some agents."""
    from scipy.optimize import linear_sum_assignment

    def welfare(part: Array) -> Any:
        gains = np.maximum(part, 0)
        return gains[linear_sum_assignment(gains, maximize=True)].sum()

    weights = make(np.random.default_rng(8), *size)
    scale = max(1.0, float(weights.max()))
    tolerance = 0 if weights.dtype.kind == "i" else 1e-12 * scale
    _, low, high = ends(weights)
    total = welfare(weights)
    assert (low <= high + tolerance).all()
    assert (low >= 0).all()
    for prices in (low, high):
        utilities = np.maximum(0, (weights - prices).max(axis=1))
        assert abs(utilities.sum() + prices.sum() - total) <= 200 * tolerance
    for j in range(0, size[1], 29):
        assert abs(high[j] - total + welfare(np.delete(weights, j, axis=1))) <= 99 * tolerance
    for i in range(0, size[0], 29):
        utility = max(0, (weights[i] - low).max())
        assert abs(utility - total + welfare(np.delete(weights, i, axis=0))) <= 99 * tolerance


def test_raised_flag_is_reported() -> None:
    weights = np.random.default_rng(0).random((40, 40))
    found = max_weight_matching(weights)
    arrays = found.matching, found.row_duals, found.col_duals
    assert price_ends(weights, *arrays, stop=np.ones(1, np.uint8)).stopped
    assert not price_ends(weights, *arrays).stopped


def test_unfit_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="must be of shape"):
        price_ends(np.zeros((2, 3)), np.zeros(3, np.int64), np.zeros(2), np.zeros(3))
