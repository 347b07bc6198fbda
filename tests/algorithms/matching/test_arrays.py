"""Matching by scipy and numpy: against enumeration, the definition and the compiled kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.matching import arrays
from eqsolve.algorithms.matching.arrays import EXACT, least_column_duals, optimum
from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.algorithms.matching.row_relaxation import lower, relax
from eqsolve.algorithms.matching.service import PLAIN_PAIRS, dense_matching, needs_kernels
from eqsolve.core.limits import Deadline
from tests.algorithms.matching.dense_cases import (
    brute_force,
    line,
    low_rank,
    plane,
    products,
    small_weights,
    uniform,
    whole,
)

Array = NDArray[Any]


def ends_by_removal(weights: Array) -> tuple[list[int], list[int]]:
    """Both ends by BIP-3 and BIP-4: what is lost without a column, gained by a second one."""
    best = brute_force(weights)
    columns = range(weights.shape[1])
    high = [int(best - brute_force(np.delete(weights, j, axis=1))) for j in columns]
    low = [int(brute_force(np.hstack([weights, weights[:, [j]]])) - best) for j in columns]
    return low, high


@given(small_weights(), st.sampled_from([1, 0.125]))
def test_small_matrices_match_enumeration(weights: Array, unit: float) -> None:
    scaled = weights * unit if unit != 1 else weights
    best = optimum(scaled)
    rows = np.flatnonzero(best.matching >= 0)
    columns = best.matching[rows]
    assert len(set(columns.tolist())) == len(columns)
    assert (scaled[rows, columns] > 0).all()
    assert scaled[rows, columns].sum() == brute_force(scaled)
    assert best.low.dtype == best.high.dtype == scaled.dtype
    low, high = ends_by_removal(weights)
    assert best.low.tolist() == [price * unit for price in low]
    assert best.high.tolist() == [price * unit for price in high]


@pytest.fixture(params=[0.0, 1e9], ids=["numpy", "kernel"])
def relaxed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relaxation by rows in numpy, and by the kernel."""
    monkeypatch.setattr(arrays, "_spent", [request.param])
    monkeypatch.setattr(arrays, "_PATIENCE", 1e8)


@given(small_weights())
def test_the_kernel_matches_enumeration(weights: Array) -> None:
    worth = np.maximum(weights, 0).astype(np.float64)
    best = optimum(weights)
    rows = np.flatnonzero(best.matching >= 0)
    columns = best.matching[rows]
    value = np.zeros(len(worth))
    value[rows] = worth[rows, columns]
    row_of = np.full(worth.shape[1], -1)
    row_of[columns] = rows
    prices = np.zeros(worth.shape[1])
    assert relax(worth, row_of, value, value.copy(), prices, np.arange(len(worth))[::-1].copy())
    low, high = ends_by_removal(weights)
    assert prices.tolist() == low
    for start in (low, high, [(a + b) / 2 for a, b in zip(low, high, strict=True)]):
        prices = np.array(start, dtype=np.float64)
        lower(worth, row_of, value, prices)
        assert prices.tolist() == low


@given(small_weights())
def test_plain_python_matches_enumeration(weights: Array) -> None:
    table, m = weights.tolist(), weights.shape[1]
    matching = match_plainly(table, m, Deadline())
    assert matching is not None
    assert sum(table[i][j] for i, j in enumerate(matching) if j >= 0) == brute_force(weights)
    assert relaxed_price_ends(table, m, matching) == ends_by_removal(weights)


@pytest.mark.parametrize("recipe", [uniform, whole, line, low_rank, plane, products])
@pytest.mark.parametrize("shape", [(50, 50), (210, 210), (40, 90), (90, 40)])
@pytest.mark.usefixtures("relaxed")
def test_larger_matrices_are_proved_by_their_duals(recipe: Any, shape: tuple[int, int]) -> None:
    weights = recipe(np.random.default_rng(3), *shape)
    best = optimum(weights)
    slack = 0 if weights.dtype.kind == "i" else float(weights.max()) * 2.0**-45
    rows = np.flatnonzero(best.matching >= 0)
    columns = best.matching[rows]
    for prices in (best.low, best.high):
        utilities = best.row_duals(weights, prices)
        assert (utilities[:, None] + prices >= weights - slack).all()
        assert np.abs(utilities[rows] + prices[columns] - weights[rows, columns]).max() <= slack
        assert (np.delete(prices, columns) == 0).all()
    assert (best.low <= best.high + slack).all()


def test_sums_are_exact_up_to_the_bound() -> None:
    top = int(EXACT)
    weights = np.array([[top, top - 1], [top - 1, top - 3]])
    best = optimum(weights)
    assert best.matching.tolist() == [1, 0]
    assert (best.low.tolist(), best.high.tolist()) == ([1, 0], [top - 1, top - 2])


@pytest.mark.usefixtures("relaxed")
def test_a_matching_that_is_not_the_best_is_refused() -> None:
    worth = np.array([[5.0, 3.0], [4.0, 1.0]])
    pairs = np.array([0, 1])
    with pytest.raises(ValueError, match="not of greatest weight"):
        least_column_duals(worth, pairs, pairs, worth[pairs, pairs])


def test_one_size_rule() -> None:
    assert needs_kernels(PLAIN_PAIRS, EXACT, whole=True) is None
    assert "pairs" in str(needs_kernels(PLAIN_PAIRS + 1, 1.0, whole=True))
    assert "exact" in str(needs_kernels(4, 2 * EXACT, whole=True))
    assert needs_kernels(4, 2 * EXACT, whole=False) is None


@pytest.mark.parametrize("factor", [1, 2**51])
def test_both_paths_of_the_service_agree(factor: int) -> None:
    weights = np.array([[5, 8, -1], [4, 6, 0]]) * factor
    found = dense_matching(weights)
    assert found is not None
    assert found.matching.tolist() == [1, 0]
    assert int(found.row_duals.sum() + found.col_duals.sum()) == 12 * factor
