"""The steps of dense matching one by one, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.algorithms.compile import interpreted
from eqsolve.algorithms.matching.dense import (
    augment as augmenting,
    bidding as biddings,
    heap,
    prices as price_sweeps,
    shortlist,
    starts,
)
from eqsolve.algorithms.matching.dense.pairing import Pairing, unmatched
from eqsolve.algorithms.matching.directions import leading_directions
from tests.algorithms.matching.dense_cases import brute_force, small_weights

Array = NDArray[Any]
KINDS = [(np.int64, np.int64(2**62)), (np.float64, np.float64(np.inf))]

push, pop = interpreted(heap.push), interpreted(heap.pop)
margins_of, select = interpreted(shortlist.margins_of), interpreted(shortlist.select)
refresh, keep = interpreted(shortlist.refresh), interpreted(shortlist._keep)
row_of, list_rows = interpreted(shortlist.row_of), interpreted(shortlist.list_rows)
select_all = interpreted(shortlist.select_all)
greedy, bidding = interpreted(biddings.greedy), interpreted(biddings.bidding)
augment, augment_all = interpreted(augmenting.augment), interpreted(augmenting.augment_all)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 9)), max_size=30))
def test_the_heap_is_a_priority_queue_whose_keys_fall(offers: list[tuple[int, int]]) -> None:
    queue = heap.new_heap(8, np.dtype(float))
    least: dict[int, int] = {}
    size = 0
    for node, key in offers:
        if key <= least.get(node, key):
            size = push(queue, size, node, key)
            least[node] = key
    assert size == len(least)
    left = sorted(least.values())
    for key in left:
        node = int(queue.nodes[0])
        assert queue.keys[0] == key == least.pop(node)
        size = pop(queue, size)
        assert queue.place[node] == -1
    assert size == 0
    assert (queue.place == -1).all()


@st.composite
def wide_rows(draw: st.DrawFn) -> tuple[Array, Array]:
    """A few rows, longer than a short list, with ties; and prices."""
    m = draw(st.sampled_from([1, 31, 33, 90, 300, 1400]))
    top = draw(st.sampled_from([1, 5, 10**6]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return rng.integers(-top, top + 1, (3, m)), rng.integers(0, top + 1, m)


@given(wide_rows(), st.booleans(), st.sampled_from([32, 128]), st.integers(-3, 3))
def test_a_scan_selects_the_greatest_margins(
    rows: tuple[Array, Array], flipped: bool, capacity: int, floor: int
) -> None:
    weights, prices = rows
    m = prices.size
    scan = shortlist.new_scan(unmatched(3, prices))
    given_weights = np.ascontiguousarray(weights.T) if flipped else weights
    row = row_of(given_weights, flipped, 1, scan)
    assert row.tolist() == weights[1].tolist()
    size = margins_of(row, prices, scan)
    margins = weights[1] - prices
    assert (scan.margins == margins).all()
    blocks = range(-(-m // size))
    assert [scan.peaks[b] for b in blocks] == [
        margins[b * size : b * size + size].max() for b in blocks
    ]
    count, left_out = select(scan, size, min(capacity, m), 7 % m, floor, -(2**62))
    found = scan.found[:count].tolist()
    assert len(set(found)) == count <= capacity
    rest = np.delete(margins, found)
    assert left_out >= rest[rest > floor].max(initial=-(2**62))
    assert left_out == -(2**62) or left_out in rest
    if m > capacity:
        wanted = np.sort(margins[margins >= floor])[::-1]
        assert np.sort(margins[found])[::-1].tolist() == wanted[:count].tolist()
        assert count >= min(20, len(wanted))
    assert select_all(scan, floor) == np.count_nonzero(margins > floor)
    assert sorted(scan.found[: np.count_nonzero(margins > floor)].tolist()) == (
        np.flatnonzero(margins > floor).tolist()
    )


@given(wide_rows())
def test_a_wide_list_has_its_best_columns_in_front(rows: tuple[Array, Array]) -> None:
    weights, prices = rows
    m = prices.size
    pairing = unmatched(3, prices)
    lists, scan = shortlist.new_shortlists(pairing, 2**62), shortlist.new_scan(pairing)
    size = margins_of(weights[2], prices, scan)
    none = -(2**62)
    count, left_out = select(scan, size, min(shortlist.WIDE, m), 0, none, none)
    keep(weights[2], 2, lists, scan, count, left_out)
    columns = lists.columns[2, :count]
    assert (lists.weights[2, :count] == weights[2, columns]).all()
    margins = (weights[2] - prices)[columns]
    near = lists.near[2]
    assert lists.length[2] == count
    if near < count:
        assert near >= shortlist.CAPACITY
        assert margins[:near].min() >= lists.between[2] > margins[near:].max()
    refresh(weights, False, 0, prices, lists, scan, shortlist.CAPACITY, none)
    left = np.delete(weights[0] - prices, lists.columns[0, : lists.length[0]])
    assert lists.outside[0] == left.max(initial=none)


def test_the_leading_directions_are_those_of_the_singular_values() -> None:
    rng = np.random.default_rng(3)
    block = np.outer(rng.random(30), rng.random(20)) + rng.random((30, 20)) / 100
    down, across, share = leading_directions(block, np.linspace(-0.5, 0.4, 20))
    rows, values, columns = np.linalg.svd(block)
    assert share == pytest.approx(values[0] ** 2)
    assert abs(down @ rows[:, 0]) == pytest.approx(1)
    assert abs(across @ columns[0]) == pytest.approx(1)
    none = leading_directions(np.zeros((3, 2)), np.ones(2))
    assert [part.tolist() for part in none[:2]] == [[0, 0, 0], [0, 0]]
    assert none[2] == 0


@pytest.mark.parametrize("size", [1, 2, 10, 97, 192])
def test_spread_picks_different_indices(size: int) -> None:
    for count in {1, size // 2 + 1, size}:
        picked = starts.spread(count, size)
        assert len(set(picked.tolist())) == count
        assert 0 <= picked.min() <= picked.max() < size


@pytest.mark.parametrize(
    ("make", "sampled", "additive"),
    [
        (lambda rng: rng.random((60, 60)), False, False),
        (lambda rng: np.outer(np.arange(1, 61), np.arange(1, 61)), True, False),
        (lambda rng: rng.integers(0, 9, (60, 1)) + rng.integers(0, 9, (1, 60)), False, True),
    ],
    ids=["noise", "products", "sums"],
)
def test_the_probe_tells_structure(
    make: Callable[[np.random.Generator], Array], sampled: bool, additive: bool
) -> None:
    weights = make(np.random.default_rng(2))
    along_rows, along_cols, sums, _ = starts.probe(weights)
    assert (along_rows.size > 0, sums) == (sampled, additive)
    if sampled:  # sorted along the leading direction, products keep the order of their factors
        for along in (along_rows, along_cols):
            order = np.argsort(along)
            assert order.tolist() in (list(range(60)), list(range(59, -1, -1)))


@given(small_weights(4, 5), st.data())
def test_offers_are_what_the_sample_would_pay(weights: Array, data: st.DataObject) -> None:
    for size in (4, 5):
        part = weights[:, :size]
        rows = np.array(data.draw(st.lists(st.integers(0, 3), min_size=1, unique=True)))
        cols = np.arange(size)
        if data.draw(st.booleans()):
            cols = np.array(data.draw(st.permutations(range(size)))[:2])
        u = np.array(data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=4)))[: rows.size]
        best = (part[np.ix_(rows, cols)] - u[:, None]).max(axis=0)
        wanted = np.maximum(best - (best.min() if size == 4 else 0), 0)
        found = starts.offered(np.ascontiguousarray(part), rows, u, cols)
        assert found.tolist() == wanted.tolist()


@given(small_weights())
def test_starts_in_numpy(weights: Array) -> None:
    n, m = weights.shape
    if n and m:
        prices = starts.column_prices(weights)
        best = np.sort(np.maximum(weights.max(axis=0), 0))[::-1]
        base = best[-1] if n >= m else best[n]  # of the best column left out
        assert (prices == np.maximum(np.maximum(weights.max(axis=0), 0) - base, 0)).all()
        square = n == m and weights.min() >= 0
        assert starts.all_can_match(weights, 1e9) == square
        offers = starts.best_offers(np.ascontiguousarray(weights.T), prices)
        assert (offers == (weights - prices).max(axis=1)).all()


def assert_tight(weights: Array, pairing: Pairing) -> None:
    """Check that duals are feasible and both directions of the matching agree on tight pairs."""
    u, p, row_to_col, col_to_row = pairing
    assert (u >= 0).all()
    assert (p >= 0).all()
    assert (u[:, None] + p >= weights).all()
    rows, cols = np.flatnonzero(row_to_col >= 0), np.flatnonzero(col_to_row >= 0)
    assert (col_to_row[row_to_col[rows]] == rows).all()
    assert len(cols) == len(rows)
    assert (u[rows] + p[row_to_col[rows]] == weights[rows, row_to_col[rows]]).all()


@st.composite
def contested(draw: st.DrawFn) -> tuple[Array, Array]:
    """Small matrices, and some with more columns than a short list holds, full of ties."""
    if draw(st.booleans()):
        weights = draw(small_weights())
    else:
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        weights = rng.integers(-1, draw(st.sampled_from([2, 30])), (draw(st.integers(1, 40)), 45))
    m = weights.shape[1]
    prices = draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))
    return weights, np.array(prices, np.int64)


@given(contested(), st.sampled_from(KINDS))
def test_bids_and_searches_keep_duals_feasible_and_pairs_tight(
    case: tuple[Array, Array], kind: tuple[type, Any]
) -> None:
    dtype, top = kind
    zero = dtype(0)
    weights, prices = case[0].astype(dtype), case[1].astype(dtype)
    if weights.size == 0:
        return
    pairing = unmatched(len(weights), prices)
    lists, scan = shortlist.new_shortlists(pairing, top), shortlist.new_scan(pairing)
    rows = np.arange(len(weights))
    list_rows(weights, False, rows, pairing.p, lists, scan, top)
    greedy(pairing, lists, zero)
    assert (pairing.u == np.maximum((weights - prices).max(axis=1), 0)).all()
    assert_tight(weights, pairing)
    waiting = np.count_nonzero((pairing.row_to_col < 0) & (pairing.u > 0))
    bids = bidding(weights, False, pairing, lists, scan, rows, top, zero)
    assert bids >= waiting
    assert (pairing.p >= prices).all()
    assert_tight(weights, pairing)
    stop = np.zeros(1, np.uint8)
    for way, flipped in ((pairing, False), (pairing.flipped(), True)):
        search = augmenting.new_search(way, top)
        lists, scan = shortlist.new_shortlists(way, top), shortlist.new_scan(way)
        wanting = np.flatnonzero((way.row_to_col < 0) & (way.u > 0))
        if len(wanting):  # one search mends its root and unsettles nobody
            root = int(wanting[0])
            augment(weights, flipped, root, way, lists, scan, search, top, zero, zero)
            assert_tight(weights, pairing)
            assert way.row_to_col[root] >= 0 or way.u[root] == 0
            left = np.flatnonzero((way.row_to_col < 0) & (way.u > 0))
            assert set(left.tolist()) <= set(wanting[1:].tolist())
        augment_all(weights, flipped, way, lists, scan, search, top, zero, zero, stop)
        assert_tight(weights, pairing)
        assert (way.u[way.row_to_col < 0] == 0).all()
        assert (search.distance == top).all()  # clean for the next search
        assert (search.heap.place == -1).all()
        assert (search.mask == way.p).all()
    # feasible, tight, zero at the unmatched: a proof of the greatest weight
    assert (pairing.p[pairing.col_to_row < 0] == 0).all()
    if max(weights.shape) <= 5:
        assert pairing.u.sum() + pairing.p.sum() == brute_force(weights)


def test_nobody_gives_up_where_every_row_must_be_matched() -> None:
    rng = np.random.default_rng(4)
    weights = rng.integers(0, 30, (40, 40)).astype(float)
    prices = rng.integers(0, 60, 40).astype(float)
    pairing = unmatched(40, prices)
    top = np.float64(np.inf)
    lists, scan = shortlist.new_shortlists(pairing, top), shortlist.new_scan(pairing)
    least = -top
    list_rows(weights, False, np.arange(40), pairing.p, lists, scan, top)
    greedy(pairing, lists, least)
    search = augmenting.new_search(pairing, top)
    stop = np.zeros(1, np.uint8)
    augment_all(weights, False, pairing, lists, scan, search, top, 0.0, least, stop)
    assert sorted(pairing.row_to_col.tolist()) == list(range(40))
    from scipy.optimize import linear_sum_assignment

    rows, cols = linear_sum_assignment(weights, maximize=True)
    assert weights[range(40), pairing.row_to_col].sum() == weights[rows, cols].sum()


@given(weights=small_weights(), steps=st.booleans())
def test_one_sweep_each_way_finds_both_price_ends(weights: Array, steps: bool) -> None:
    n, m = weights.shape
    if weights.size == 0:
        return
    top = np.int64(2**62)
    stop = np.zeros(1, np.uint8)
    pairing = unmatched(n, np.zeros(m, np.int64))
    pairing.u[:] = np.maximum(weights.max(axis=1), 0)
    lists, scan = shortlist.new_shortlists(pairing, top), shortlist.new_scan(pairing)
    work = lists, scan, augmenting.new_search(pairing, top)
    augment_all(weights, False, pairing, *work, top, np.int64(0), np.int64(0), stop)
    state = weights, pairing, shortlist.new_shortlists(pairing, top), top, stop
    best = brute_force(weights)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("list_rows", "sweep_down", "sweep_up"):
            patch.setattr(price_sweeps, name, interpreted(getattr(price_sweeps, name)))
        if steps:  # not settled before by whole columns
            patch.setattr(price_sweeps, "COLUMNS", 0)
        falls, falls_ended = price_sweeps._falls(*state)
        rises, rises_ended = price_sweeps._rises(*state)
    assert falls_ended
    assert rises_ended
    low = pairing.p - falls
    for j in range(m):  # with another j: what a second copy of the item would add is its least
        doubled = np.concatenate([weights, weights[:, j : j + 1]], axis=1)
        assert low[j] == brute_force(doubled) - best
    high = pairing.p + rises
    for j in range(m):
        assert high[j] == best - brute_force(np.delete(weights, j, axis=1))
