"""The kernels against enumeration and scipy, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from numpy.typing import NDArray

from eqsolve import TradingNetwork
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.kernels import (
    price_ends,
    price_ranges,
    shortest_paths,
    truncated_bound,
)
from eqsolve.families.trading_network.methods.bound import (
    all_ranges,
    blank_optimum,
    priced_network,
)
from eqsolve.testing import trading_networks
from tests.families.trading_network import oracle

Array = NDArray[Any]
GO = np.zeros(1, np.uint8)
FAR = 10**6

cover, mend = interpreted(shortest_paths.cover), interpreted(shortest_paths.mend)
best_splits, relax = interpreted(truncated_bound.best_splits), interpreted(truncated_bound.relax)
by_stability, by_cost = interpreted(price_ranges.by_stability), interpreted(price_ranges.by_cost)


@st.composite
def matrices(draw: st.DrawFn) -> Array:
    """Small matrices with ties; -1 is no edge."""
    n, m = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    entries = st.lists(st.integers(-1, draw(st.integers(1, 9))), min_size=n * m, max_size=n * m)
    return np.array(draw(entries), np.int64).reshape(n, m)


def whole(low: int, high: int, size: int) -> Any:
    return st.lists(st.integers(low, high), min_size=size, max_size=size).map(
        lambda entries: np.array(entries, np.int64)
    )


def greatest(weights: Array) -> int:
    """The greatest weight of a matching, by enumeration."""
    pairs = [(i, j) for i, j in np.argwhere(weights > 0).tolist()]
    return int(oracle.welfare(weights.tolist(), pairs))


def solved(weights: Array, p: Array) -> tuple[Array, ...]:
    """Duals and matching in both directions, after searches from prices `p`."""
    n, m = weights.shape
    u, p = np.zeros(n, np.int64), p.copy()
    rows, columns = np.full(n, -1), np.full(m, -1)
    cover(weights, u, p)
    assert u.tolist() == np.maximum(weights - p, 0).max(axis=1, initial=0).tolist()
    searches = mend(weights, np.ascontiguousarray(weights.T), u, p, rows, columns, FAR, GO)
    assert searches <= n + m
    return u, p, rows, columns


def assert_optimal(weights: Array, u: Array, p: Array, rows: Array, columns: Array) -> None:
    """Duals prove the matching: feasible, tight on pairs, zero at the unmatched."""
    assert (u >= 0).all()
    assert (p >= 0).all()
    assert (u[:, None] + p >= weights).all()
    pairs = [(i, j) for i, j in enumerate(rows.tolist()) if j >= 0]
    assert all(columns[j] == i and u[i] + p[j] == weights[i, j] for i, j in pairs)
    assert np.count_nonzero(columns >= 0) == len(pairs)
    assert (u[rows < 0] == 0).all()
    assert (p[columns < 0] == 0).all()
    assert u.sum() + p.sum() == greatest(weights)


@given(matrices(), st.data())
def test_searches_mend_any_start_and_follow_changes(weights: Array, data: st.DataObject) -> None:
    n, m = weights.shape
    u, p, rows, columns = solved(weights, data.draw(whole(0, 9, m)))
    assert_optimal(weights, u, p, rows, columns)
    if n == 0:
        return
    changed = weights.copy()
    row = data.draw(st.integers(0, n - 1))
    changed[row] = data.draw(whole(-1, 9, m))
    interpreted(shortest_paths.change_row)(
        changed, np.ascontiguousarray(changed.T), row, u, p, rows, columns, FAR
    )
    assert_optimal(changed, u, p, rows, columns)


def test_what_stood_in_the_utilities_does_not_matter() -> None:
    u = np.array([np.nan, np.inf])
    cover(np.array([[3.0, 1.0], [-1.0, 1.0]]), u, np.array([1.0, 2.0]))
    assert u.tolist() == [2, 0]


def test_a_raised_flag_stops_the_searches() -> None:
    weights = np.ones((2, 2), np.int64)
    arrays = np.ones(2, np.int64), np.zeros(2, np.int64), np.full(2, -1), np.full(2, -1)
    assert mend(weights, weights, *arrays, FAR, np.ones(1, np.uint8)) == -1


@given(matrices(), st.integers(1, 3), st.integers(0, 4), st.data())
def test_a_fee_is_taken_off_what_is_charged(
    weights: Array, scale: int, fee: int, data: st.DataObject
) -> None:
    n, m = weights.shape
    charged = data.draw(whole(0, 1, n * m)).reshape(n, m)
    p, u, out = data.draw(whole(0, 9, m)), np.zeros(n, np.int64), np.zeros_like(weights)
    interpreted(shortest_paths.discount)(weights, charged, scale, fee, p, out, u)
    wanted = weights * scale - fee * charged
    assert out.tolist() == wanted.tolist()
    assert u.tolist() == np.maximum(wanted - p, 0).max(axis=1, initial=0).tolist()


@given(matrices(), st.integers(0, 2), st.data())
def test_only_tight_pairs_of_a_proposal_are_adopted(
    weights: Array, tolerance: int, data: st.DataObject
) -> None:
    n, m = weights.shape
    p, u = data.draw(whole(0, 4, m)), np.zeros(n, np.int64)
    cover(weights, u, p)
    proposal = data.draw(whole(-1, m - 1, n))
    rows, columns = np.full(n, -1), np.full(m, -1)
    interpreted(shortest_paths.adopt_tight)(weights, u, p, rows, columns, proposal, tolerance)
    taken: set[int] = set()
    for i, j in enumerate(proposal.tolist()):
        fits = (
            j >= 0 and weights[i, j] >= 0 and u[i] + p[j] - weights[i, j] <= tolerance
            and j not in taken
        )  # fmt: skip
        assert rows[i] == (j if fits else -1)
        if fits:
            assert columns[j] == i
            taken.add(j)


@given(matrices(), st.integers(1, 3))
def test_prices_rise_to_the_loss_without_the_seller(weights: Array, scale: int) -> None:
    m = weights.shape[1]
    u, p, rows, columns = solved(weights, np.zeros(m, np.int64))
    u, p = u * scale, p * scale
    interpreted(price_ends.raise_prices)(
        np.ascontiguousarray(weights.T), scale, u, p, rows, columns, FAR
    )
    assert_optimal(weights * scale, u, p, rows, columns)
    for j in range(m):  # BIP-3
        without = greatest(np.delete(weights, j, axis=1))
        assert p[j] == scale * (greatest(weights) - without)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 9))
def test_one_column_bounds_the_rises(utilities: list[int], reach: int) -> None:
    u = np.array(utilities)
    row = np.arange(len(u)) % 3
    rise = u.copy()
    least = interpreted(price_ends.bound_rises)(row, 2, u, reach, rise)
    assert rise.tolist() == np.minimum(u, reach + u - 2 * row).tolist()
    assert least == rise.min()


@st.composite
def priced(draw: st.DrawFn) -> tuple[TradingNetwork, Any, Array]:
    """A small network, its arrays for the bound, and multipliers."""
    network = draw(trading_networks(max_buyers=3, max_sellers=3))
    assume(network.is_integral and 0 < network.scale < 10**6)
    arrays = priced_network(Evaluator(network).view)
    share = st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 2.0])
    known = arrays.worth.size
    multipliers = draw(st.lists(share, min_size=known, max_size=known))
    return network, arrays, np.array([*multipliers, 0.0])


def height(arrays: Any, multipliers: Array, i: int, j: int, r: float) -> float:
    """What a trade contributes to the bound at price r, from the definition."""
    total = r - multipliers[-1] if arrays.candidate[i, j] else 0.0
    for k, w in enumerate(arrays.worth):
        if arrays.row[k] == i:
            total += multipliers[k] * min(arrays.values[i, j] - r, w)
        if arrays.column[k] == j:
            total += multipliers[k] * min(r, w)
    return float(total)


@given(priced())
def test_the_best_split_is_at_a_corner(case: tuple[TradingNetwork, Any, Array]) -> None:
    network, arrays, multipliers = case
    view = Evaluator(network).view
    ranges = all_ranges(view)
    f, split = np.zeros(view.values.shape), np.zeros(view.values.shape)
    best_splits(arrays, ranges, multipliers, f, split)
    for i, j in np.ndindex(*f.shape):
        if not ranges.allowed[i, j]:
            assert f[i, j] == -1
            continue
        v = arrays.values[i, j]
        low = max(ranges.least_p[j], v - ranges.most_u[i])
        high = min(ranges.most_p[j], v - ranges.least_u[i])
        corners = {low, high, *arrays.worth, *(v - arrays.worth)}
        best = max(height(arrays, multipliers, i, j, r) for r in corners if low <= r <= high)
        assert low <= split[i, j] <= high
        assert f[i, j] == pytest.approx(best, abs=1e-9 * network.scale)
        assert height(arrays, multipliers, i, j, split[i, j]) == pytest.approx(
            best, abs=1e-9 * network.scale
        )
        one = interpreted(price_ranges._height)(arrays, multipliers, i, j, split[i, j])
        assert one == pytest.approx(f[i, j], abs=1e-9 * network.scale)


def best_income(network: TradingNetwork) -> Any:
    """The best total price over all introductions, by enumeration."""
    values = np.where(network.known_mask() | network.candidate_mask(), network.values, 0).tolist()
    known = [tuple(pair) for pair in np.argwhere(network.known_mask()).tolist()]
    candidates = [tuple(pair) for pair in np.argwhere(network.candidate_mask()).tolist()]
    return oracle.best_revenue(values, known, candidates)


@given(priced())
def test_any_multipliers_bound_the_income(case: tuple[TradingNetwork, Any, Array]) -> None:
    network, arrays, multipliers = case
    view = Evaluator(network).view
    now = blank_optimum(view)
    violation = np.zeros(len(multipliers))
    bound = relax(arrays, all_ranges(view), multipliers, now.matching, now, violation, GO)
    income, _ = best_income(network)
    assert bound >= income
    # the bound is the value of an optimal matching in f, less what the multipliers cost
    weights = np.maximum(now.f, 0)
    pairs = [tuple(pair) for pair in np.argwhere(now.f > 0).tolist()]
    total = oracle.welfare(weights.tolist(), pairs)
    assert bound == pytest.approx(total - multipliers[:-1] @ arrays.worth, abs=1e-6 * network.scale)
    assert (now.u[:, None] + now.p >= now.f - 1e-9 * network.scale).all()


@given(priced())
def test_steps_only_lower_the_bound(case: tuple[TradingNetwork, Any, Array]) -> None:
    network, arrays, multipliers = case
    view = Evaluator(network).view
    n, m = view.values.shape
    first = blank_optimum(view)
    violation = np.zeros(len(multipliers))
    start = relax(arrays, all_ranges(view), multipliers, first.matching, first, violation, GO)
    income, _ = best_income(network)
    used, seen, best = np.zeros((n, m)), np.zeros((6, n + m)), blank_optimum(view)
    bound, taken = interpreted(truncated_bound.descend)(
        arrays, all_ranges(view), multipliers, best, used, seen, float(income), 5, 2, GO
    )
    assert 1 <= taken <= 6
    assert income <= bound <= start
    assert (multipliers >= 0).all()
    assert used.sum() <= taken * min(n, m)
    again = blank_optimum(view)
    assert bound == pytest.approx(
        relax(arrays, all_ranges(view), multipliers, again.matching, again, violation, GO),
        abs=1e-6 * network.scale,
    )


@given(priced())
def test_ranges_keep_every_best_outcome(case: tuple[TradingNetwork, Any, Array]) -> None:
    """Narrowing with room for the best income leaves its trades and prices where they are."""
    network, arrays, multipliers = case
    evaluator = Evaluator(network)
    view = evaluator.view
    income, chosen = best_income(network)
    outcome = evaluator.solution(np.array(sorted(chosen), np.int64).reshape(-1, 2))
    ranges, now = all_ranges(view), blank_optimum(view)
    fixed = np.zeros(view.values.shape, np.bool_)
    violation = np.zeros(len(multipliers))
    bound = relax(arrays, ranges, multipliers, now.matching, now, violation, GO)
    slack = 1e-9 * network.scale
    assert by_stability(arrays, ranges, fixed, 0.0, slack)
    by_cost(arrays, ranges, fixed, multipliers, now, bound - income + slack, 0.0, 1e-3)
    assert by_stability(arrays, ranges, fixed, 0.0, slack)
    for i, j in enumerate(outcome.matching.tolist()):
        if j < 0:
            continue
        r = outcome.prices[j]
        assert ranges.allowed[i, j]
        assert ranges.least_p[j] - 2 * slack <= r <= ranges.most_p[j] + 2 * slack
        utility = view.values[i, j] - r
        assert ranges.least_u[i] - 2 * slack <= utility <= ranges.most_u[i] + 2 * slack
    for i, j in np.argwhere(fixed).tolist():
        assert outcome.matching[i] == j


@pytest.mark.parametrize(
    ("number", "grain", "up", "down"),
    [(2.5, 1.0, 3, 2), (2.5, 0.0, 2.5, 2.5), (3.0000001, 1.0, 3, 3), (7.0, 2.0, 8, 6)],
)
def test_rounding_to_the_grain(number: float, grain: float, up: float, down: float) -> None:
    assert price_ranges._up.py_func(number, grain) == up
    assert price_ranges._down.py_func(number, grain) == down
