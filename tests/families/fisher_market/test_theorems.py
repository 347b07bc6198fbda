"""FIS-1..6 on drawn markets, against exact brute force and metamorphic facts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st

from eqsolve import FisherMarket, Status, bundle_utilities, fisher_equilibrium, verify
from eqsolve.core.theorem import Theorem
from eqsolve.families.fisher_market.theorems import THEOREMS
from eqsolve.testing import (
    cobb_douglas_markets,
    equal_budget_markets,
    fisher_markets,
    linear_fisher_markets,
    quasi_linear_markets,
)
from tests.families.fisher_market.oracle import exact_prices

BY_ID = {theorem.id: theorem for theorem in THEOREMS}
LINEAR = fisher_markets(max_buyers=3, max_goods=3, utility="linear", whole=True)
QUASI_LINEAR = fisher_markets(max_buyers=3, max_goods=2, utility="quasi_linear", whole=True)
ANY = fisher_markets()


def claims(theorem: Theorem, market: FisherMarket) -> None:
    assert theorem.applies(market)
    assert theorem.claim(market) is None


def against_oracle(market: FisherMarket) -> None:
    assume(market.n_buyers and (market.utilities > 0).any(axis=1).all())
    values, budgets = market.utilities.tolist(), market.budgets.tolist()
    prices, allocation = exact_prices(
        values, budgets, market.supplies.tolist(), keep_money=market.is_quasi_linear
    )
    solution = fisher_equilibrium(market).require()
    total = sum(budgets)
    np.testing.assert_allclose(solution.prices, np.array(prices, float), atol=1e-5 * total)
    exact = np.array(allocation, float)
    mine = bundle_utilities(market, solution.allocation)
    theirs = bundle_utilities(market, exact)
    if market.is_quasi_linear:
        mine = mine - solution.allocation @ solution.prices
        theirs = theirs - exact @ np.array(prices, float)
    np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-4)


@given(ANY)
def test_fis_1_equilibrium_solves_the_program(market: FisherMarket) -> None:
    claims(BY_ID["FIS-1"], market)


@given(LINEAR)
def test_fis_1_linear_prices_are_those_of_exact_brute_force(market: FisherMarket) -> None:
    against_oracle(market)


@given(QUASI_LINEAR)
def test_fis_1_quasi_linear_prices_are_those_of_exact_brute_force(market: FisherMarket) -> None:
    against_oracle(market)


@given(linear_fisher_markets())
def test_fis_2_prices_are_unique_and_money_is_conserved(market: FisherMarket) -> None:
    claims(BY_ID["FIS-2"], market)


@given(equal_budget_markets())
def test_fis_3_equal_budgets_are_fair(market: FisherMarket) -> None:
    claims(BY_ID["FIS-3"], market)


@given(cobb_douglas_markets())
def test_fis_4_closed_form(market: FisherMarket) -> None:
    claims(BY_ID["FIS-4"], market)


@given(linear_fisher_markets())
def test_fis_5_proportional_response_converges_like_one_over_t(market: FisherMarket) -> None:
    claims(BY_ID["FIS-5"], market)


@given(quasi_linear_markets())
def test_fis_6_quasi_linear_prices_are_capped(market: FisherMarket) -> None:
    claims(BY_ID["FIS-6"], market)


@given(ANY, st.sampled_from([0.01, 3, 1000]))
def test_money_is_only_a_unit(market: FisherMarket, factor: float) -> None:
    assume(not market.is_quasi_linear)
    kind = market.utility if market.rho is None else {"ces": market.rho}
    richer = FisherMarket(market.utilities, market.budgets * factor, market.supplies, utility=kind)
    first, second = fisher_equilibrium(market).require(), fisher_equilibrium(richer).require()
    total = market.budgets.sum() * factor
    np.testing.assert_allclose(
        second.prices * market.supplies,
        first.prices * market.supplies * factor,
        atol=1e-4 * max(total, 1e-300),
    )


DEGENERATE = FisherMarket(
    [[0, 0, 0], [0, 0.1, 0], [0, 0.1, 0], [0, 0.1, 0.3]], [1, 1, 1, 1], utility="leontief"
)
CHEAP_GOODS = FisherMarket(
    [[0, 0, 0, 1, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1]], [1e-3, 1e-3, 7, 1]
)


@given(ANY)
@example(CHEAP_GOODS)  # a tie that is not used, among buyers with little money
@example(DEGENERATE)  # a good is sold out at price 0
def test_every_drawn_market_is_solved_and_verified(market: FisherMarket) -> None:
    result = fisher_equilibrium(market)
    assert result.status is Status.SOLVED
    assert verify(market, result).valid
    assert verify(market, result.require()).valid
    assert result.require().duality_gap <= 1e-8


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
def test_theorems_have_the_ids_of_the_theory(theorem: Theorem) -> None:
    assert theorem.kind == "fisher_market"
    assert theorem.id in {f"FIS-{k}" for k in range(1, 7)}
