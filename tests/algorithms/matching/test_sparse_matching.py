"""Sparse maximum-weight matching: optimal, with duals that prove it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from eqsolve.algorithms.matching.sparse.matching import max_weight_matching_sparse
from tests.algorithms.matching import sparse_cases as cases

MARKETS = {
    "uniform": lambda: cases.uniform(1500, 1500, 8, 1),
    "ties": lambda: cases.uniform(1500, 1500, 8, 2, high=5),
    "ones": lambda: cases.uniform(2000, 2000, 3, 3, high=1),
    "floats": lambda: cases.uniform(1500, 1500, 8, 4, floats=True),
    "large cardinality first": lambda: cases.shifted(cases.uniform(1500, 1500, 8, 13), 10**8),
    "tall": lambda: cases.uniform(400, 3000, 5, 5),
    "wide": lambda: cases.uniform(3000, 400, 5, 6),
    "nearest": lambda: cases.nearest(800, 800, 8, 7),
    "popular": lambda: cases.popular(1500, 1500, 8, 8),
    "clusters": lambda: cases.clusters(1500, 1500, 6, 9),
    "chain": lambda: cases.chain(3000, 10),
    "chain of ties": lambda: cases.chain(3000, 11, spread=1),
    "chain with a surplus buyer": lambda: cases.chain(3000, 12, surplus=1),
}


@given(cases.graphs())
def test_weight_is_maximum_and_duals_prove_it(graph: cases.Graph) -> None:
    result = max_weight_matching_sparse(*graph.csr)
    assert cases.matched_weight(graph, result.matching) == cases.brute_force(graph)
    cases.assert_optimal_duals(graph, result.matching, result.row_duals, result.col_duals)
    assert not result.stopped


@given(cases.graphs(floats=True))
def test_floats_are_optimal_up_to_rounding(graph: cases.Graph) -> None:
    result = max_weight_matching_sparse(*graph.csr)
    weight = cases.matched_weight(graph, result.matching)
    assert weight == pytest.approx(cases.brute_force(graph), rel=1e-14, abs=1e-14)
    cases.assert_optimal_duals(graph, result.matching, result.row_duals, result.col_duals)


@given(cases.graphs(), st.lists(st.integers(-3, 12), min_size=5, max_size=5))
def test_any_initial_prices_lead_to_the_optimum(graph: cases.Graph, prices: list[int]) -> None:
    start = np.array(prices[: graph.n_sellers])
    result = max_weight_matching_sparse(*graph.csr, initial_prices=start)
    assert cases.matched_weight(graph, result.matching) == cases.brute_force(graph)
    cases.assert_optimal_duals(graph, result.matching, result.row_duals, result.col_duals)


@given(cases.graphs(), st.integers(0, 2**50))
@example(cases.from_pairs(2, 2, [0, 0, 1], [0, 1, 0], [2**10, 2**10 - 1, 2**10 - 1]), 2**50)
def test_large_integers_stay_exact(graph: cases.Graph, factor: int) -> None:
    scaled = graph._replace(weights=graph.weights * factor)
    result = max_weight_matching_sparse(*scaled.csr)
    weight = cases.matched_weight(scaled, result.matching)
    assert int(weight) == cases.brute_force(graph) * factor
    cases.assert_optimal_duals(scaled, result.matching, result.row_duals, result.col_duals)


@pytest.mark.parametrize("name", MARKETS)
def test_agrees_with_the_solver_of_scipy(name: str) -> None:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    graph = MARKETS[name]()
    result = max_weight_matching_sparse(*graph.csr)
    cases.assert_optimal_duals(graph, result.matching, result.row_duals, result.col_duals)
    # A private item of value 0 for everybody makes each matching a full one.
    n, m = graph.n_buyers, graph.n_sellers
    top = float(graph.weights.max()) + 1
    costs = np.concatenate([top - graph.weights, np.full(n, top)])
    rows = np.concatenate([graph.rows, np.arange(n)])
    cols = np.concatenate([graph.indices, m + np.arange(n)])
    matrix = csr_array((costs, (rows, cols)), shape=(n, m + n))
    matrix.indices = matrix.indices.astype(np.int32)  # older versions of scipy take no others
    matrix.indptr = matrix.indptr.astype(np.int32)
    i, j = min_weight_full_bipartite_matching(matrix)
    expected = n * top - matrix[i, j].sum()
    assert cases.matched_weight(graph, result.matching) == pytest.approx(expected, rel=1e-12)


def test_warm_start_from_optimal_prices_needs_no_bids_and_few_searches() -> None:
    graph = cases.uniform(1500, 1500, 8, 1)
    cold = max_weight_matching_sparse(*graph.csr)
    warm = max_weight_matching_sparse(*graph.csr, initial_prices=cold.col_duals)
    assert warm.bids == 0
    assert warm.searches < graph.n_buyers / 2
    assert (
        warm.row_duals.sum() + warm.col_duals.sum() == cold.row_duals.sum() + cold.col_duals.sum()
    )


def test_a_raised_flag_stops_with_a_matching_and_feasible_duals() -> None:
    graph = cases.uniform(300, 300, 8, 1)
    result = max_weight_matching_sparse(*graph.csr, stop=np.ones(1, np.uint8))
    assert result.stopped
    cases.matched_weight(graph, result.matching)
    slack = result.row_duals[graph.rows] + result.col_duals[graph.indices] - graph.weights
    assert slack.min() >= 0


def test_same_input_gives_the_same_output() -> None:
    graph = cases.uniform(500, 500, 6, 3, high=4)
    first, second = (max_weight_matching_sparse(*graph.csr) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_input_is_not_changed() -> None:
    graph = cases.uniform(50, 50, 4, 3)
    graph.weights[:20] *= -1
    copies = [np.copy(part) for part in graph.csr]
    for part in graph.csr[1:]:
        part.flags.writeable = False
    max_weight_matching_sparse(*graph.csr, initial_prices=np.zeros(50, np.int64))
    for part, copy in zip(graph.csr, copies, strict=True):
        np.testing.assert_array_equal(part, copy)


@pytest.mark.parametrize(
    ("indptr", "indices", "weights", "message"),
    [
        ([0, 2], [0], [1], "the three must agree"),
        ([0, 2, 1], [0], [1], "never descend"),
        ([0, 1], [3], [1], "indices must lie in 0..1"),
        ([0, 1], [0.0], [1], "indices must be integers"),
        ([0, 1], [0], [float("nan")], "amounts must be finite"),
        ([0, 1], [0], [float("inf")], "amounts must be finite"),
        ([0, 1], [0], [2**61], "must not exceed"),
    ],
)
def test_malformed_graphs_are_refused(
    indptr: list[int], indices: list[int], weights: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        max_weight_matching_sparse(2, *map(np.array, (indptr, indices, weights)))
