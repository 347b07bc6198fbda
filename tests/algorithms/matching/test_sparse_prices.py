"""Both ends of the price lattice of a sparse market, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.algorithms.matching.sparse.matching import max_weight_matching_sparse
from eqsolve.algorithms.matching.sparse.prices import extreme_prices_sparse
from tests.algorithms.matching import sparse_cases as cases


@given(cases.graphs())
def test_ends_are_marginal_products(graph: cases.Graph) -> None:
    result = max_weight_matching_sparse(*graph.csr)
    least, greatest = extreme_prices_sparse(*graph.csr, *result[:3])
    total = cases.brute_force(graph)
    for j in range(graph.n_sellers):
        assert greatest[j] == total - cases.brute_force(graph, without_seller=j)
    for i in range(graph.n_buyers):
        mine = slice(graph.indptr[i], graph.indptr[i + 1])
        utility = (graph.weights[mine] - least[graph.indices[mine]]).max(initial=0)
        assert utility == total - cases.brute_force(graph, without_buyer=i)


@given(cases.graphs(), st.integers(1, 2**56))
def test_ends_of_large_integers_are_exact(graph: cases.Graph, factor: int) -> None:
    scaled = graph._replace(weights=graph.weights * factor)
    ends = extreme_prices_sparse(*scaled.csr, *max_weight_matching_sparse(*scaled.csr)[:3])
    small = extreme_prices_sparse(*graph.csr, *max_weight_matching_sparse(*graph.csr)[:3])
    np.testing.assert_array_equal(ends[0], small[0] * factor)
    np.testing.assert_array_equal(ends[1], small[1] * factor)


@given(cases.graphs(floats=True))
def test_ends_for_floats(graph: cases.Graph) -> None:
    result = max_weight_matching_sparse(*graph.csr)
    least, greatest = extreme_prices_sparse(*graph.csr, *result[:3])
    total = cases.brute_force(graph)
    loss = [total - cases.brute_force(graph, without_seller=j) for j in range(graph.n_sellers)]
    np.testing.assert_allclose(greatest, loss, atol=1e-13)
    for prices in (least, greatest):
        utilities = np.zeros(graph.n_buyers)
        np.maximum.at(utilities, graph.rows, graph.weights - prices[graph.indices])
        assert utilities.sum() + prices.sum() == pytest.approx(total, abs=1e-13)


@given(cases.graphs(floats=True), cases.graphs(floats=True))
def test_small_amounts_keep_their_digits_beside_large_ones(
    small: cases.Graph, large: cases.Graph
) -> None:
    """Two markets in one, twelve orders of magnitude apart, that have nothing to do together."""
    alone = extreme_prices_sparse(*small.csr, *max_weight_matching_sparse(*small.csr)[:3])
    both = cases.Graph(
        small.n_buyers + large.n_buyers,
        small.n_sellers + large.n_sellers,
        np.concatenate((small.indptr, small.indptr[-1] + large.indptr[1:])),
        np.concatenate((small.indices, small.n_sellers + large.indices)),
        np.concatenate((small.weights, large.weights * 1e12)),
    )
    together = extreme_prices_sparse(*both.csr, *max_weight_matching_sparse(*both.csr)[:3])
    for found, expected in zip(together, alone, strict=True):
        np.testing.assert_allclose(found[: small.n_sellers], expected, atol=1e-13)


@pytest.mark.parametrize("high", [3, 10**6])
def test_both_ends_are_optimal_duals_and_independent_of_the_start(high: int) -> None:
    graph = cases.uniform(1000, 1000, 6, 5, high=high)
    ends = []
    for start in (None, np.zeros(1000, np.int64), np.full(1000, high)):
        result = max_weight_matching_sparse(*graph.csr, initial_prices=start)
        ends.append(extreme_prices_sparse(*graph.csr, *result[:3]))
        for prices in ends[-1]:
            utilities = np.zeros(graph.n_buyers, np.int64)
            np.maximum.at(utilities, graph.rows, graph.weights - prices[graph.indices])
            cases.assert_optimal_duals(graph, result.matching, utilities, prices)
    for least, greatest in ends[1:]:
        np.testing.assert_array_equal(least, ends[0][0])
        np.testing.assert_array_equal(greatest, ends[0][1])


@pytest.mark.parametrize("field", ["matching", "row_duals", "col_duals"])
def test_wrong_certificates_are_refused(field: str) -> None:
    graph = cases.uniform(20, 20, 4, 1)
    result = max_weight_matching_sparse(*graph.csr)
    broken = getattr(result, field).copy()
    broken[np.argmax(broken)] -= broken.max() + 1 if field == "matching" else 1
    result = result._replace(**{field: broken})
    with pytest.raises(ValueError, match="do not prove each other optimal"):
        extreme_prices_sparse(*graph.csr, *result[:3])
