"""Bertsekas' auction: eps-complementary slackness and the welfare it guarantees."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.families.assignment_market.kernels.auction import (
    AuctionResult,
    auction,
    auction_sparse,
)
from tests.algorithms.matching import sparse_cases as cases


def assert_slackness(graph: cases.Graph, result: AuctionResult) -> None:
    """Check eps-complementary slackness with the exact integers of the result."""
    p, u, eps = result.scaled_prices, result.scaled_utilities, result.scaled_increment
    weights = graph.weights.astype(float) * result.scale
    slack = u[graph.rows] + p[graph.indices] - weights
    rounding = 0.5 if graph.weights.dtype.kind == "f" else 0.0
    assert (slack >= -eps - rounding).all()
    used = result.matching[graph.rows] == graph.indices
    assert (np.abs(slack[used]) <= rounding).all()
    assert (u >= 0).all()
    assert (p >= 0).all()
    assert (u[result.matching < 0] == 0).all()
    assert (p[np.setdiff1d(np.arange(graph.n_sellers), result.matching)] == 0).all()
    np.testing.assert_array_equal(result.prices, p / result.scale)
    assert result.increment == eps / result.scale


@given(cases.graphs(), st.booleans())
def test_default_increment_is_exact_for_integers(graph: cases.Graph, scaling: bool) -> None:
    result = auction_sparse(*graph.csr, scaling=scaling)
    assert cases.matched_weight(graph, result.matching) == cases.brute_force(graph)
    assert result.increment * min(graph.n_buyers, graph.n_sellers) < 1
    assert_slackness(graph, result)


@given(cases.graphs(), st.booleans(), st.sampled_from([0.01, 0.3, 0.5, 1, 2.5, 4, 100]))
def test_welfare_is_within_the_guarantee(graph: cases.Graph, scaling: bool, eps: float) -> None:
    result = auction_sparse(*graph.csr, eps, scaling=scaling)
    loss = cases.brute_force(graph) - cases.matched_weight(graph, result.matching)
    assert 0 <= loss <= min(graph.n_buyers, graph.n_sellers) * result.increment
    assert result.increment <= eps
    assert_slackness(graph, result)


@given(cases.graphs(floats=True), st.sampled_from([None, 0.01, 1.0]))
def test_floats(graph: cases.Graph, eps: float | None) -> None:
    result = auction_sparse(*graph.csr, eps)
    best = cases.brute_force(graph)
    loss = best - cases.matched_weight(graph, result.matching)
    allowed = min(graph.n_buyers, graph.n_sellers) * result.increment
    assert -1e-13 <= loss <= allowed + 1e-13
    top = graph.weights.max(initial=0.0)
    if eps is None and top > 1e-200:
        assert allowed <= 1.1e-6 * top
    assert_slackness(graph, result)


@pytest.mark.parametrize("scaling", [True, False])
@pytest.mark.parametrize("shape", [(300, 300), (500, 60), (60, 500)])
def test_agrees_with_the_exact_solver_on_larger_markets(
    shape: tuple[int, int], scaling: bool
) -> None:
    from scipy.optimize import linear_sum_assignment

    values = np.random.default_rng(0).integers(0, 100, shape)
    result = auction(values, scaling=scaling)
    rows = np.flatnonzero(result.matching >= 0)
    expected = values[linear_sum_assignment(values, maximize=True)].sum()
    assert values[rows, result.matching[rows]].sum() == expected


def test_scaling_needs_fewer_bids_in_a_price_war() -> None:
    values = np.full((4, 3), 1000)
    with_scaling, without = auction(values), auction(values, scaling=False)
    assert with_scaling.bids < without.bids / 20
    assert with_scaling.rounds > without.rounds == 1


def test_dense_matrix_with_forbidden_pairs() -> None:
    result = auction(np.array([[5, -1], [7, -1]]))
    assert result.matching.tolist() == [-1, 0]


def test_a_raised_flag_stops() -> None:
    result = auction(np.full((4, 3), 1000), stop=np.ones(1, np.uint8))
    assert result.stopped
    assert result.bids == 0


def test_another_thread_can_stop_a_price_war() -> None:
    # Three buyers for two items: some 10**16 bids are needed without scaling.
    stop = np.zeros(1, np.uint8)
    timer = threading.Timer(0.2, stop.__setitem__, (0, 1))
    timer.start()
    result = auction(np.full((3, 2), 10**16), scaling=False, stop=stop)
    timer.join()
    assert result.stopped
    assert result.bids > 0


@pytest.mark.parametrize(
    ("values", "eps", "message"),
    [
        (np.ones((2, 2)), 0.0, "must be positive"),
        (np.ones((2, 2)), float("nan"), "must be positive"),
        (np.ones(2), None, r"shape \(n, m\)"),
        (np.full((2, 2), np.nan), None, "must be finite"),
        (np.full((2, 2), 2**59), 0.1, "use a larger eps"),
    ],
)
def test_bad_input_is_refused(values: np.ndarray, eps: float | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        auction(values, eps)
