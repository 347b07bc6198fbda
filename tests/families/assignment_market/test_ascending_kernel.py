"""The exact ascending auction, against the definitions and brute force."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from eqsolve.families.assignment_market.kernels.ascending_auction import (
    ascending_auction,
    demand_sets,
    overdemanded_set,
)

Market = tuple[NDArray[np.int64], NDArray[np.int64]]


@st.composite
def markets(draw: st.DrawFn, n: int = 5, m: int = 3, top: int = 5) -> Market:
    """Values with ties, zeros and forbidden pairs; reserves from 0 on."""
    n, m = draw(st.integers(0, n)), draw(st.integers(0, m))
    number = st.integers(-1, top)
    values = draw(st.lists(number, min_size=n * m, max_size=n * m))
    reserves = draw(st.lists(st.sampled_from([0, 0, 1, 3]), min_size=m, max_size=m))
    return np.array(values, np.int64).reshape(n, m), np.array(reserves, np.int64)


def demand(values: Any, prices: Any, i: int) -> set[int]:
    """Demand of buyer i by definition; -1 stands for buying nothing."""
    gains = {j: values[i][j] - prices[j] for j in range(len(prices))} | {-1: 0}
    return {j for j, gain in gains.items() if gain == max(gains.values())}


def overdemanded(values: Any, prices: Any) -> list[set[int]]:
    """All overdemanded sets, by definition, small ones first."""
    wants = [demand(values, prices, i) for i in range(len(values))]
    return [
        set(chosen)
        for size in range(1, len(prices) + 1)
        for chosen in itertools.combinations(range(len(prices)), size)
        if sum(want <= set(chosen) for want in wants) > size
    ]


def is_minimal_overdemanded(values: Any, prices: Any, chosen: set[int]) -> bool:
    sets = overdemanded(values, prices)
    return chosen in sets and not any(other < chosen for other in sets)


def best_surplus(surplus: Any, used: frozenset[int] = frozenset(), i: int = 0) -> Any:
    """Maximum weight of a matching, by trying everything."""
    if i == len(surplus):
        return 0
    best = best_surplus(surplus, used, i + 1)
    for j, gain in enumerate(surplus[i]):
        if j not in used and gain > 0:
            best = max(best, gain + best_surplus(surplus, used | {j}, i + 1))
    return best


def is_competitive(values: Any, reserves: Any, prices: Any) -> bool:
    """Duality (BIP-5)."""
    utilities = (values - prices).max(axis=1, initial=0)
    total = best_surplus((values - reserves).tolist())
    return utilities.sum() + (prices - reserves).sum() == total


@given(markets())
def test_ends_at_the_least_competitive_prices(market: Market) -> None:
    values, reserves = market
    result = ascending_auction(values, reserves)
    assert is_competitive(values, reserves, result.prices)
    # Least: no price vector below it is competitive (they form a lattice, so this is enough).
    for lower in itertools.product(*map(range, reserves, result.prices + 1)):
        if (np.array(lower) != result.prices).any():
            assert not is_competitive(values, reserves, np.array(lower))


@given(markets(n=6, m=4))
def test_the_path_raises_minimal_overdemanded_sets(market: Market) -> None:
    values, reserves = market
    prices = reserves.copy()
    result = ascending_auction(values, reserves)
    assert len(result.steps) == result.n_steps
    for step in result.steps:
        assert step.increment > 0
        for _ in range(step.increment):
            assert is_minimal_overdemanded(values, prices, set(step.sellers.tolist()))
            prices[step.sellers] += 1
        np.testing.assert_array_equal(step.prices, prices)
    np.testing.assert_array_equal(result.prices, prices)
    assert not overdemanded(values, prices)


@given(markets())
def test_the_matching_is_an_equilibrium(market: Market) -> None:
    values, reserves = market
    result = ascending_auction(values, reserves)
    sold = result.matching[result.matching >= 0]
    assert len(set(sold)) == len(sold)
    for i, j in enumerate(result.matching):
        assert int(j) in demand(values, result.prices, i)
    unsold = np.setdiff1d(np.arange(len(reserves)), sold)
    np.testing.assert_array_equal(result.prices[unsold], reserves[unsold])


@given(markets())
def test_unit_steps_and_floats_end_at_the_same_prices(market: Market) -> None:
    values, reserves = market
    result = ascending_auction(values, reserves)
    units = ascending_auction(values, reserves, unit_steps=True)
    np.testing.assert_array_equal(units.prices, result.prices)
    assert all(step.increment == 1 for step in units.steps)
    floats = ascending_auction(values / 16, reserves / 16)
    np.testing.assert_array_equal(floats.prices, result.prices / 16)
    assert [step.sellers.tolist() for step in floats.steps] == [
        step.sellers.tolist() for step in result.steps
    ]


@given(markets(), st.lists(st.integers(0, 6), min_size=3, max_size=3))
def test_demand_and_overdemanded_sets_at_any_prices(market: Market, prices: list[int]) -> None:
    values, reserves = market
    at = np.array(prices[: len(reserves)], np.int64)
    sets = demand_sets(values, at)
    for i in range(len(values)):
        expected = demand(values, at, i)
        assert set(np.flatnonzero(sets.demanded[i])) == expected - {-1}
        assert sets.content[i] == (-1 in expected)
        assert sets.utilities[i] == max([0, *(values[i] - at)])
    chosen = set(overdemanded_set(values, at).tolist())
    if chosen:
        assert is_minimal_overdemanded(values, at, chosen)
    else:
        assert not overdemanded(values, at)


def test_random_floats_end_at_the_ends_of_the_lattice() -> None:
    from eqsolve.algorithms.matching.sparse.matching import max_weight_matching_sparse
    from eqsolve.algorithms.matching.sparse.prices import extreme_prices_sparse

    values = np.random.default_rng(1).random((60, 50))
    result = ascending_auction(values)
    csr = 50, np.arange(61) * 50, np.tile(np.arange(50), 60), values.ravel()
    best = max_weight_matching_sparse(*csr)
    least, _ = extreme_prices_sparse(*csr, *best[:3])
    np.testing.assert_array_equal(result.prices, least)


def test_only_as_many_steps_are_kept_as_asked_for() -> None:
    values = np.random.default_rng(1).integers(0, 50, (12, 8))
    full = ascending_auction(values)
    short = ascending_auction(values, record=2)
    assert len(short.steps) == 2 < full.n_steps == short.n_steps
    np.testing.assert_array_equal(short.prices, full.prices)


def test_a_raised_flag_stops_with_partial_prices() -> None:
    result = ascending_auction(np.full((3, 1), 5), stop=np.ones(1, np.uint8))
    assert result.stopped
    assert result.prices.tolist() == [0]


@pytest.mark.parametrize(
    ("values", "reserves", "options", "message"),
    [
        ([1.0], None, {}, r"shape \(n, m\)"),
        ([[1.0]], [1.0, 2.0], {}, "prices must be of shape"),
        ([[1.0]], [-1.0], {}, "must not be negative"),
        ([[float("nan")]], None, {}, "must be finite"),
        ([[0.5]], None, {"unit_steps": True}, "unit_steps needs integer"),
    ],
)
def test_bad_input_is_refused(
    values: list[Any], reserves: list[float] | None, options: dict[str, bool], message: str
) -> None:
    prices = None if reserves is None else np.array(reserves)
    with pytest.raises(ValueError, match=message):
        ascending_auction(np.array(values), prices, **options)
