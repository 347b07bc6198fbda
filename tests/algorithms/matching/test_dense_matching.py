"""Dense matching: against enumeration, against scipy, from good and bad starts, when stopped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.matching.dense.matching import (
    LARGEST_WEIGHT,
    MatchingResult,
    max_weight_matching,
)
from tests.algorithms.matching.dense_cases import (
    CLASSES,
    blocks,
    brute_force,
    equal,
    line,
    low_rank,
    plane,
    products,
    sellers_matter,
    small_weights,
    uniform,
    whole,
)

Array = NDArray[Any]


def assert_optimal(weights: Array, found: MatchingResult, slack: float = 0.0) -> None:
    """Check that the result is a matching and that its duals prove it (BIP-5)."""
    u, p, matching = found.row_duals, found.col_duals, found.matching
    n, m = weights.shape
    assert (u.shape, p.shape, matching.shape) == ((n,), (m,), (n,))
    assert u.dtype == p.dtype == weights.dtype
    assert matching.dtype == np.int64
    assert not found.stopped
    rows = np.flatnonzero(matching >= 0)
    cols = matching[rows]
    assert len(set(cols.tolist())) == len(cols)
    assert (matching >= -1).all()
    assert (matching < max(m, 1)).all()
    assert (weights[rows, cols] >= 0).all()
    assert (u >= 0).all()
    assert (p >= 0).all()
    assert (u[:, None] + p >= weights - slack).all()
    assert (np.abs(u[rows] + p[cols] - weights[rows, cols]) <= slack).all()
    assert (u[matching < 0] == 0).all()
    assert (np.delete(p, cols) == 0).all()


def weight_of(weights: Array, matching: Array) -> Any:
    rows = np.flatnonzero(matching >= 0)
    return weights[rows, matching[rows]].sum()


@given(small_weights(), st.sampled_from([np.int64, np.float64]))
@example(np.full((3, 2), -4), np.int64)
@example(np.zeros((0, 3), np.int64), np.float64)
def test_small_matrices_agree_with_enumeration(weights: Array, kind: type) -> None:
    weights = weights.astype(kind)
    found = max_weight_matching(weights)
    assert_optimal(weights, found)
    assert weight_of(weights, found.matching) == brute_force(weights)


@given(st.data(), small_weights(), st.sampled_from([np.int64, np.float64]))
def test_any_start_gives_an_optimum(data: st.DataObject, weights: Array, kind: type) -> None:
    weights = weights.astype(kind)
    m = weights.shape[1]
    start = data.draw(st.lists(st.integers(-3, 1200), min_size=m, max_size=m))
    found = max_weight_matching(weights, np.array(start, np.int64))
    assert_optimal(weights, found)
    assert weight_of(weights, found.matching) == brute_force(weights)


SIZES = [(7, 7), (40, 40), (150, 150), (280, 280), (300, 90), (90, 300), (200, 199), (1, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
def test_classes_agree_with_scipy(make: Any, size: tuple[int, int]) -> None:
    from scipy.optimize import linear_sum_assignment

    weights = make(np.random.default_rng(5), *size)
    scale = float(np.abs(weights).max())
    slack = 0.0 if weights.dtype.kind == "i" else 4e-15 * scale
    found = max_weight_matching(weights)
    assert_optimal(weights, found, slack)
    gains = np.maximum(weights, 0)
    best = gains[linear_sum_assignment(gains, maximize=True)].sum()
    assert weight_of(weights, found.matching) == pytest.approx(best, rel=1e-13)


@pytest.mark.parametrize("size", [(60, 60), (150, 120), (120, 150)], ids=str)
@pytest.mark.parametrize("make", CLASSES, ids=lambda make: make.__name__)
def test_good_and_bad_starts_agree(make: Any, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(11)
    weights = make(rng, *size)
    scale = max(1.0, float(weights.max()))
    slack = 0.0 if weights.dtype.kind == "i" else 4e-15 * scale
    cold = max_weight_matching(weights)
    total = weight_of(weights, cold.matching)
    starts = [
        cold.col_duals,
        cold.col_duals[::-1],
        rng.random(size[1]) * scale,
        np.full(size[1], 10 * scale),
        np.full(size[1], np.inf),
        np.zeros(size[1]),
    ]
    for start in starts:
        warm = max_weight_matching(weights, start)
        assert warm.start == "given"
        assert_optimal(weights, warm, slack)
        assert weight_of(weights, warm.matching) == pytest.approx(total, rel=1e-13)


@pytest.mark.parametrize("make", [uniform, plane, products], ids=lambda make: make.__name__)
def test_optimal_start_saves_searches(make: Any) -> None:
    weights = make(np.random.default_rng(2), 250, 250)
    cold = max_weight_matching(weights, np.zeros(250))
    warm = max_weight_matching(weights, cold.col_duals)
    assert warm.row_scans < 0.7 * cold.row_scans


def test_largest_whole_weights_are_exact() -> None:
    rng = np.random.default_rng(3)
    weights = LARGEST_WEIGHT - rng.integers(0, 9, (40, 40))
    weights[rng.random((40, 40)) < 0.3] *= -1
    shifted = np.where(weights > 0, weights - (LARGEST_WEIGHT - 10**6), -1)
    found, easy = max_weight_matching(weights), max_weight_matching(shifted)
    u, p = found.row_duals.astype(object), found.col_duals.astype(object)
    assert (u[:, None] + p >= weights.astype(object)).all()
    assert (found.matching >= 0).all()
    rows = np.arange(40)
    total = sum(weights[rows, found.matching].tolist())
    assert total == sum(u) + sum(p)
    assert total == sum(weights[rows, easy.matching].tolist())


def test_input_is_left_alone_and_runs_repeat() -> None:
    weights = plane(np.random.default_rng(4), 120, 130)
    before = weights.copy()
    weights.flags.writeable = False
    start = np.linspace(0, 1, 130)
    start.flags.writeable = False
    first, second = max_weight_matching(weights, start), max_weight_matching(weights, start)
    assert (weights == before).all()
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a, b)


def test_raised_flag_is_reported() -> None:
    weights = plane(np.random.default_rng(4), 150, 150)
    found = max_weight_matching(weights, stop=np.ones(1, np.uint8))
    assert found.stopped
    assert not max_weight_matching(weights, stop=np.zeros(1, np.uint8)).stopped


@pytest.mark.parametrize(
    ("weights", "start", "message"),
    [
        (np.zeros(3), None, "shape"),
        (np.zeros((2, 2), np.float32), None, "float32"),
        (np.zeros((2, 2)), np.zeros(3), "initial_prices"),
        (np.zeros((2, 2)), np.array([0, np.nan]), "initial_prices"),
    ],
)
def test_unfit_arrays_are_refused(weights: Array, start: Array | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        max_weight_matching(weights, start)


def test_structured_squares_start_from_a_sample_without_driving_rows_out() -> None:
    """A dear start must not leave rows unmatched: every pair is worth something here."""
    rng = np.random.default_rng(6)
    for make in (low_rank, products, line):
        weights = make(rng, 220, 220)
        found = max_weight_matching(weights)
        assert found.start == "sample"
        assert (found.matching >= 0).all()


def test_large_whole_numbers_with_structure_stay_exact() -> None:
    """Products scaled close to the largest weight, where duals without bounds could overflow."""
    products_of = np.multiply.outer(np.arange(1, 131), np.arange(1, 131))
    scale = LARGEST_WEIGHT // (130 * 130)
    found = max_weight_matching(products_of * scale)
    u, p = found.row_duals.astype(object), found.col_duals.astype(object)
    assert sum(u) + sum(p) == scale * sum(k * k for k in range(1, 131))
    assert (u[:, None] + p >= (products_of * scale).astype(object)).all()


@pytest.mark.parametrize(
    ("make", "size", "start"),
    [
        (uniform, (200, 200), "columns"),
        (uniform, (200, 300), "zero"),
        (blocks, (200, 200), "columns"),
        (sellers_matter, (200, 300), "ties"),
        (whole, (300, 300), "ties"),
        (equal, (300, 200), "ties"),
        (plane, (200, 200), "sample"),
        (plane, (200, 300), "zero"),
        (plane, (220, 200), "sample"),
        (products, (200, 300), "sample"),
    ],
)
def test_probe_chooses_the_start(make: Any, size: tuple[int, int], start: str) -> None:
    assert max_weight_matching(make(np.random.default_rng(1), *size)).start == start


def test_one_sided_values_are_cheap() -> None:
    """From prices of zero the searches would scan n (n + 1) / 2 rows."""
    weights = sellers_matter(np.random.default_rng(1), 150, 400)
    assert max_weight_matching(weights).row_scans <= 400
    assert max_weight_matching(np.ascontiguousarray(weights.T)).row_scans <= 400
