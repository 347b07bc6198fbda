"""The steps of sparse matching one by one, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

import heapq
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.compile import interpreted
from eqsolve.algorithms.matching import bidding
from eqsolve.algorithms.matching.cheapest import cheapest_assignment
from eqsolve.algorithms.matching.integer_grid import put_on_grid
from eqsolve.algorithms.matching.row_relaxation import relax
from eqsolve.algorithms.matching.sparse import heap, paths, prices, refinement
from eqsolve.algorithms.matching.sparse.graph import Adjacency, transposed
from tests.algorithms.matching import sparse_cases as cases

Array = NDArray[Any]
GO = np.zeros(1, np.uint8)


def both_ways(graph: cases.Graph) -> tuple[Adjacency, Adjacency]:
    """The graph by rows and by columns."""
    rows = Adjacency(graph.indptr, graph.indices.astype(np.int32), graph.weights)
    return rows, Adjacency(*interpreted(transposed)(graph.n_sellers, *rows))


def nobody(graph: cases.Graph) -> tuple[Array, Array]:
    """Mates of an empty matching."""
    return np.full(graph.n_buyers, -1, np.int32), np.full(graph.n_sellers, -1, np.int32)


def least_utilities(graph: cases.Graph, p: Array) -> Array:
    """The least utilities that make prices feasible."""
    u = np.zeros(graph.n_buyers, np.int64)
    np.maximum.at(u, graph.rows, graph.weights - p[graph.indices])
    return u


def optimum(graph: cases.Graph) -> tuple[Any, ...]:
    """Both directions, mates and duals after searches from both sides."""
    rows, cols = both_ways(graph)
    row_mate, col_mate = nobody(graph)
    p = np.zeros(graph.n_sellers, np.int64)
    u = least_utilities(graph, p)
    interpreted(paths.augment)(rows, row_mate, col_mate, u, p, 10**9, GO)
    return rows, cols, row_mate, col_mate, u, p


@given(st.lists(st.none() | st.integers(0, 9), max_size=30))
def test_the_heap_is_a_priority_queue(steps: list[int | None]) -> None:
    keys, items = np.zeros(30, np.int64), np.zeros(30, np.int32)
    queue: list[int] = []
    size = 0
    for key in steps:
        if key is not None:
            size = interpreted(heap.push)(keys, items, size, key, key + 100)
            heapq.heappush(queue, key)
        elif queue:
            least = heapq.heappop(queue)
            assert (keys[0], items[0]) == (least, least + 100)
            size = interpreted(heap.pop)(keys, items, size)
        assert size == len(queue)


@given(cases.graphs())
def test_the_columns_list_the_same_edges(graph: cases.Graph) -> None:
    _, cols = both_ways(graph)
    columns = np.repeat(np.arange(graph.n_sellers), np.diff(cols.starts))
    order = np.lexsort((graph.rows, graph.indices))
    assert columns.tolist() == graph.indices[order].tolist()
    assert cols.neighbors.tolist() == graph.rows[order].tolist()
    assert cols.weights.tolist() == graph.weights[order].tolist()


@given(cases.graphs(), st.data())
def test_tight_pairs_then_searches_prove_an_optimum(
    graph: cases.Graph, data: st.DataObject
) -> None:
    rows, cols = both_ways(graph)
    row_mate, col_mate = nobody(graph)
    m = graph.n_sellers
    p = np.array(data.draw(st.lists(st.integers(0, 4), min_size=m, max_size=m)), np.int64)
    u = least_utilities(graph, p)
    interpreted(paths.match_tight)(rows, row_mate, col_mate, u, p)
    used = row_mate[graph.rows] == graph.indices
    assert used.sum() == (row_mate >= 0).sum() == (col_mate >= 0).sum()
    assert (u[graph.rows] + p[graph.indices] == graph.weights)[used].all()
    tight = (u[graph.rows] + p[graph.indices] == graph.weights) & (u[graph.rows] > 0)
    free = (row_mate[graph.rows] < 0) & (col_mate[graph.indices] < 0)
    assert not (tight & free).any()
    for side in ((rows, row_mate, col_mate, u, p), (cols, col_mate, row_mate, p, u)):
        unsettled = np.count_nonzero((side[1] < 0) & (side[3] > 0))
        searches, scans = interpreted(paths.augment)(*side, 10**9, GO)
        assert searches <= unsettled
        assert scans >= searches
    cases.assert_optimal_duals(graph, row_mate.astype(np.int64), u, p)
    assert u.sum() + p.sum() == cases.brute_force(graph)


def test_searches_end_with_the_budget_or_the_flag() -> None:
    graph = cases.from_pairs(3, 3, [0, 1, 2], [0, 1, 2], np.array([3, 3, 3]))
    rows, _ = both_ways(graph)
    for budget, stop, searches in ((1, 0, 2), (9, 0, 3), (9, 1, 0)):
        row_mate, col_mate = nobody(graph)
        flag = np.array([stop], np.uint8)
        u, p = np.full(3, 3), np.zeros(3, np.int64)
        found, _ = interpreted(paths.augment)(rows, row_mate, col_mate, u, p, budget, flag)
        assert found == searches == np.count_nonzero(row_mate >= 0)


@given(cases.graphs(side=4))
def test_falls_lead_to_the_least_duals(graph: cases.Graph) -> None:
    rows, cols, row_mate, col_mate, u, p = optimum(graph)
    assert interpreted(prices._optimal)(rows, row_mate, col_mate, u, p)
    falls, order = interpreted(prices._falls)(rows, row_mate, col_mate, u, p)
    utility_falls, _ = interpreted(prices._falls)(cols, col_mate, row_mate, p, u)
    best = cases.brute_force(graph)
    low = p - falls
    own = [best - cases.brute_force(graph, without_buyer=i) for i in range(graph.n_buyers)]
    lost = [best - cases.brute_force(graph, without_seller=j) for j in range(graph.n_sellers)]
    for j, i in enumerate(col_mate.tolist()):  # BIP-3, BIP-4
        if i < 0:
            assert low[j] == lost[j] == 0
        else:
            assert low[j] == own_weight(graph, i, j) - own[i]
            assert u[i] - utility_falls[i] == own_weight(graph, i, j) - lost[j]
    assert sorted(order.tolist()) == np.flatnonzero(col_mate >= 0).tolist()
    assert (np.diff(falls[order]) >= 0).all()
    exact = graph.weights.astype(float)
    found, held = interpreted(refinement._least_duals)(
        rows.starts, rows.neighbors, exact, row_mate, col_mate, order
    )
    assert found.tolist() == low.tolist()
    assert held.tolist() == [own_weight(graph, i, j) for i, j in enumerate(row_mate)]


def own_weight(graph: cases.Graph, i: int, j: int) -> int:
    """The weight of an edge, 0 for no partner."""
    for e in range(graph.indptr[i], graph.indptr[i + 1]):
        if graph.indices[e] == j:
            return int(graph.weights[e])
    return 0


@pytest.mark.parametrize("broken", ["price", "utility", "mate", "unmatched"])
def test_duals_that_prove_nothing_are_noticed(broken: str) -> None:
    graph = cases.from_pairs(2, 2, [0, 0, 1], [0, 1, 0], np.array([5, 2, 4]))
    rows, _, row_mate, col_mate, u, p = optimum(graph)
    holds = interpreted(prices._optimal)
    assert holds(rows, row_mate, col_mate, u, p)
    if broken == "price":
        p[0] -= 1
    elif broken == "utility":
        u[0] += 1
    elif broken == "mate":
        col_mate[0] = 1 - col_mate[0]
    else:
        col_mate[row_mate[0]] = row_mate[0] = -1
    assert not holds(rows, row_mate, col_mate, u, p)


@given(cases.graphs(), st.integers(1, 3), st.data())
def test_a_phase_of_bids_ends_in_slackness(
    graph: cases.Graph, eps: int, data: st.DataObject
) -> None:
    rows, cols = both_ways(graph)
    row_mate, col_mate = nobody(graph)
    m = graph.n_sellers
    p = np.array(data.draw(st.lists(st.integers(0, 9), min_size=m, max_size=m)), np.int64)
    u = np.zeros(graph.n_buyers, np.int64)
    for e in np.flatnonzero(graph.weights >= 0).tolist():  # any matching to begin with
        i, j = int(graph.rows[e]), int(graph.indices[e])
        if row_mate[i] < 0 and col_mate[j] < 0 and data.draw(st.booleans()):
            row_mate[i], col_mate[j] = j, i
    before = row_mate.copy()
    undone = interpreted(bidding.release)(rows, row_mate, col_mate, u, p, eps)
    assert np.count_nonzero(before >= 0) - np.count_nonzero(row_mate >= 0) == undone

    def assert_slackness() -> None:
        slack = u[graph.rows] + p[graph.indices] - graph.weights
        assert (slack >= -eps).all()
        assert (slack[row_mate[graph.rows] == graph.indices] == 0).all()
        assert (u >= 0).all()
        assert (p >= 0).all()

    assert_slackness()
    interpreted(bidding.bid)(rows, row_mate, col_mate, u, p, eps, GO)
    assert_slackness()
    assert (u[row_mate < 0] == 0).all()
    interpreted(bidding.bid)(cols, col_mate, row_mate, p, u, eps, GO)
    assert_slackness()
    assert (u[row_mate < 0] == 0).all()
    assert (p[col_mate < 0] == 0).all()
    weight = cases.matched_weight(graph, row_mate.astype(np.int64))
    assert cases.brute_force(graph) - weight <= min(graph.n_buyers, m) * eps


@given(cases.graphs(side=4, least=0))
def test_rows_relax_to_the_least_prices(graph: cases.Graph) -> None:
    _, _, row_mate, col_mate, _, _ = optimum(graph)
    if 0 in (graph.n_buyers, graph.n_sellers):
        return
    worth = np.zeros((graph.n_buyers, graph.n_sellers))
    worth[graph.rows, graph.indices] = graph.weights
    mates = row_mate.astype(np.int64)
    value = np.where(mates >= 0, worth[range(graph.n_buyers), mates], 0.0)
    found = np.zeros(graph.n_sellers)
    queue = np.arange(graph.n_buyers)
    assert interpreted(relax)(worth, col_mate.astype(np.int64), value, value.copy(), found, queue)
    best = cases.brute_force(graph)
    for j, i in enumerate(col_mate.tolist()):
        own = best - cases.brute_force(graph, without_buyer=i)
        assert found[j] == (value[i] - own if i >= 0 else 0)


def test_a_matching_below_the_greatest_weight_is_noticed() -> None:
    worth = np.array([[3.0], [5.0]])
    value = np.array([3.0, 0.0])
    arrays = value.copy(), np.zeros(1), np.arange(2)
    assert not interpreted(relax)(worth, np.array([0]), value, *arrays)


@given(
    st.integers(0, 4).flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from([0.0, 1.0, 2.5, np.inf]), min_size=n, max_size=n),
            min_size=1,
            max_size=4,
        )
    )
)
def test_the_cheapest_assignment_is_cheapest(table: list[list[float]]) -> None:
    costs = np.array(table)
    rows, columns = costs.shape
    totals = [
        sum(costs[i, j] for j, i in enumerate(chosen))
        for chosen in itertools.permutations(range(rows), columns)
    ]
    least = min(totals, default=np.inf)
    found = cheapest_assignment(costs)
    if found is None:
        assert least == np.inf
    else:
        assert len(set(found.tolist())) == columns
        assert costs[found, range(columns)].sum() == least


AMOUNTS = st.just(-np.inf) | st.floats(-5, -1e-5) | st.just(0.0) | st.floats(1e-290, 1e6)


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_the_grid_holds_large_amounts_exactly(amounts: list[float]) -> None:
    numbers, grid = put_on_grid(np.array(amounts))
    top = max(0.0, *amounts)
    back = grid.from_grid(numbers)
    for amount, number, again in zip(amounts, numbers.tolist(), back.tolist(), strict=True):
        assert number <= 2**53
        assert (number == -1) == (amount < 0)
        if amount >= top / 2:
            assert again == amount
        elif amount >= 0:
            assert abs(again - amount) <= top * 2.0**-53
    whole, unit = put_on_grid(np.array([3, -7, 2**60]))
    assert whole.tolist() == [3, -1, 2**60]
    assert not unit.is_float
    with pytest.raises(ValueError, match="2\\*\\*60"):
        put_on_grid(np.array([2**60 + 1]))
