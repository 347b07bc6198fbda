"""BIP-1..8 against brute force, and metamorphic facts on larger markets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

import eqsolve
from eqsolve import AssignmentMarket
from eqsolve.families.assignment_market.generate import RECIPES
from eqsolve.testing import assignment_markets
from tests.families.assignment_market import oracle as oracle

Case = tuple[list[list[float | None]], list[float]]


def plain(market: AssignmentMarket) -> Case:
    """Return values and reserves as nested lists for the oracle."""
    rows = range(market.n_buyers)
    values = [[market.values[i, j] for j in range(market.n_sellers)] for i in rows]
    return values, market.reserves.tolist()


def near(market: AssignmentMarket, expected: object) -> object:
    """Return what numbers must equal: exactly for whole numbers, within rounding otherwise."""
    if market.is_integral:
        return expected
    return pytest.approx(expected, rel=1e-9, abs=1e-9 * max(market.scale, 1e-300))


markets = given(assignment_markets())


@markets
@example(AssignmentMarket([[2**55 + 1, 2**55], [2**55, 1]]))
@example(AssignmentMarket([[0.1, 0.2], [0.3, 0.7]], [0.1, 0.3]))
def test_bip_1_the_matching_is_efficient(market: AssignmentMarket) -> None:
    values, reserves = plain(market)
    solution = eqsolve.solve(market).require()
    assert solution.welfare == near(market, oracle.welfare(values, reserves))
    assert oracle.gain(values, reserves, solution.matching.tolist()) == near(
        market, solution.welfare
    )


@given(assignment_markets(whole=True))
def test_bip_1_every_end_supports_every_efficient_matching(market: AssignmentMarket) -> None:
    values, reserves = plain(market)
    solution = eqsolve.solve(market).require()
    for matching in oracle.best_matchings(values, reserves):
        for prices in (solution.price_min, solution.price_max):
            assert oracle.is_equilibrium(values, reserves, matching, prices.tolist())


@given(assignment_markets(max_buyers=3, max_sellers=2, whole=True, reserves=False), st.data())
def test_bip_2_prices_form_a_lattice(market: AssignmentMarket, data: st.DataObject) -> None:
    values, reserves = plain(market)
    matching = oracle.best_matchings(values, reserves)[0]
    solution = eqsolve.solve(market).require()
    low, high = solution.price_min.tolist(), solution.price_max.tolist()
    draw = st.tuples(*(st.integers(a, b) for a, b in zip(low, high, strict=True)))
    first, second = list(data.draw(draw)), list(data.draw(draw))
    good = [oracle.is_equilibrium(values, reserves, matching, p) for p in (first, second)]
    assert [eqsolve.is_price_vector(market, p) for p in (first, second)] == good
    if all(good):
        above = eqsolve.join(market, first, second).tolist()
        below = eqsolve.meet(market, first, second).tolist()
        assert oracle.is_equilibrium(values, reserves, matching, above)
        assert oracle.is_equilibrium(values, reserves, matching, below)
    else:
        with pytest.raises(eqsolve.InstanceError, match="must be equilibrium prices"):
            eqsolve.join(market, first, second)


@markets
def test_the_least_prices_are_below_the_greatest(market: AssignmentMarket) -> None:
    for method in ("auto", "augmenting", "sparse"):
        solution = eqsolve.solve(market, method=method, prices="mid").require()
        assert (market.reserves <= solution.price_min).all()
        assert (solution.price_min <= solution.prices).all()
        assert (solution.prices <= solution.price_max).all()


@markets
def test_bip_3_greatest_prices_are_marginal_products(market: AssignmentMarket) -> None:
    solution = eqsolve.solve(market).require()
    assert solution.price_max.tolist() == near(market, oracle.greatest_prices(*plain(market)))


@markets
def test_bip_4_least_prices_are_vcg(market: AssignmentMarket) -> None:
    values, reserves = plain(market)
    solution = eqsolve.solve(market, prices="min").require()
    total = oracle.welfare(values, reserves)
    products = [
        total - oracle.welfare(oracle.without_buyer(values, buyer), reserves)
        for buyer in range(market.n_buyers)
    ]
    assert solution.utilities.tolist() == near(market, products)
    assert solution.price_min.tolist() == near(market, oracle.least_prices(values, reserves))
    assert eqsolve.vcg_payments(market).tolist() == near(market, solution.vcg_payments.tolist())


@markets
def test_bip_5_duals_sum_to_the_welfare(market: AssignmentMarket) -> None:
    for rule in ("min", "mid", "max"):
        result = eqsolve.solve(market, prices=rule)
        duals = result.certificate
        total = sum(duals.row_duals.tolist()) + sum(duals.column_duals.tolist())
        assert total == near(market, result.solution.welfare)


@given(assignment_markets(whole=True))
def test_bip_6_prices_are_monotone(market: AssignmentMarket) -> None:
    values, reserves = plain(market)
    solution = eqsolve.solve(market).require()
    if market.n_buyers:
        fewer = AssignmentMarket(np.array(values[1:] or np.zeros((0, len(reserves)))), reserves)
        less = eqsolve.solve(fewer).require()
        assert (less.price_min <= solution.price_min).all()
        assert (less.price_max <= solution.price_max).all()
    if market.n_sellers and market.n_buyers:
        table = np.array(values, dtype=object)[:, 1:]
        scarce = AssignmentMarket(table if table.size else np.zeros(table.shape), reserves[1:])
        more = eqsolve.solve(scarce).require()
        assert (more.price_min >= solution.price_min[1:]).all()
        assert (more.price_max >= solution.price_max[1:]).all()


@given(assignment_markets(whole=True))
def test_bip_7_the_ascending_auction_ends_at_the_least_prices(market: AssignmentMarket) -> None:
    values, reserves = plain(market)
    solution = eqsolve.solve(market, method="ascending", prices="min").require()
    prices = list(reserves)
    for step in solution.price_path:
        assert oracle.is_overdemanded(values, prices, set(step.sellers))
        for seller in step.sellers:
            prices[seller] += step.increase
    assert prices == oracle.least_prices(values, reserves)


@markets
def test_bip_8_the_midpoint_is_an_equilibrium(market: AssignmentMarket) -> None:
    solution = eqsolve.solve(market, prices="mid").require()
    assert eqsolve.is_price_vector(market, solution.prices)
    if market.is_integral:
        values, reserves = plain(market)
        matching, prices = solution.matching.tolist(), solution.prices.tolist()
        assert oracle.is_equilibrium(values, reserves, matching, prices)


@given(assignment_markets(whole=True, max_sellers=3), st.data())
def test_an_overdemanded_set_is_one_and_minimal(
    market: AssignmentMarket, data: st.DataObject
) -> None:
    values, _ = plain(market)
    prices = [data.draw(st.integers(0, 5)) for _ in range(market.n_sellers)]
    found = set(eqsolve.overdemanded_set(market, prices).tolist())
    subsets = [
        {j for j in range(market.n_sellers) if mask >> j & 1}
        for mask in range(1, 2**market.n_sellers)
    ]
    over = [subset for subset in subsets if oracle.is_overdemanded(values, prices, subset)]
    assert bool(found) == bool(over)
    if found:
        assert found in over
        assert not any(subset < found for subset in over)


@given(assignment_markets(whole=True), st.data())
def test_demand_sets_hold_the_best_choices(market: AssignmentMarket, data: st.DataObject) -> None:
    values, _ = plain(market)
    prices = [data.draw(st.integers(0, 5)) for _ in range(market.n_sellers)]
    for row, demanded in zip(values, eqsolve.demand_sets(market, prices), strict=True):
        surplus = {-1: 0} | {j: v - prices[j] for j, v in enumerate(row) if v is not None}
        best = max(surplus.values())
        assert demanded.tolist() == [j for j, amount in surplus.items() if amount == best]


# Facts about larger markets, where brute force is out of reach.

KINDS = {
    "uniform": {},
    "integers": {"high": 20},
    "geometric": {},
    "machol_wien": {},
    "low_rank": {"rank": 2},
    "one_sided_ties": {},
    "all_equal": {},
    "sparse_uniform": {"degree": 6},
    "popularity": {"degree": 6, "whole": True},
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def large(request: pytest.FixtureRequest) -> AssignmentMarket:
    """Return a market of 60 x 70 agents of each recipe."""
    recipe = next(recipe for recipe in RECIPES if recipe.name == request.param)
    return recipe(buyers=60, sellers=70, **KINDS[request.param]).instance(7)


def dense(market: AssignmentMarket) -> np.ndarray:
    return np.asarray(market.values)  # NaN where there is no edge


def test_relabeling_agents_permutes_the_ends(large: AssignmentMarket) -> None:
    rng = np.random.default_rng(3)
    rows, columns = rng.permutation(60), rng.permutation(70)
    solution = eqsolve.solve(large).require()
    moved = eqsolve.solve(AssignmentMarket(dense(large)[rows][:, columns])).require()
    for end in ("price_min", "price_max"):
        np.testing.assert_allclose(
            getattr(moved, end), getattr(solution, end)[columns], rtol=1e-9, atol=1e-9
        )


def test_scaling_values_scales_prices(large: AssignmentMarket) -> None:
    solution = eqsolve.solve(large).require()
    scaled = eqsolve.solve(AssignmentMarket(dense(large) * 4)).require()
    np.testing.assert_allclose(scaled.price_max, 4 * solution.price_max, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scaled.price_min, 4 * solution.price_min, rtol=1e-9, atol=1e-9)


def test_shifting_values_and_reserves_shifts_prices(large: AssignmentMarket) -> None:
    solution = eqsolve.solve(large).require()
    shifted = eqsolve.solve(AssignmentMarket(dense(large) + 2, np.full(70, 2))).require()
    assert shifted.welfare == pytest.approx(solution.welfare)
    np.testing.assert_allclose(shifted.price_min, solution.price_min + 2, rtol=1e-9, atol=1e-9)


def test_the_twin_of_a_seller_takes_its_rent(large: AssignmentMarket) -> None:
    solution = eqsolve.solve(large).require()
    table = dense(large)
    twins = eqsolve.solve(AssignmentMarket(np.hstack([table, table[:, :1]]))).require()
    assert twins.price_max[0] == pytest.approx(twins.price_max[-1])
    assert (twins.price_max[:-1] <= solution.price_max + 1e-9).all()
    assert (twins.price_min[:-1] <= solution.price_min + 1e-9).all()


def test_the_twin_of_a_buyer_raises_prices(large: AssignmentMarket) -> None:
    solution = eqsolve.solve(large).require()
    table = dense(large)
    twins = eqsolve.solve(AssignmentMarket(np.vstack([table, table[:1]]))).require()
    assert (twins.price_max >= solution.price_max - 1e-9).all()
    assert (twins.price_min >= solution.price_min - 1e-9).all()
