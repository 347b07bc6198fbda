"""Scales do not change answers: uneven utilities, budgets and supplies against exact prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

import eqsolve
from eqsolve import FisherMarket, Status, UnsupportedError
from eqsolve.families.fisher_market.solve import METHODS
from tests.families.fisher_market import oracle
from tests.scales import exact

KINDS: list[Any] = ["linear", "quasi_linear", "leontief", {"ces": -1}, {"ces": 0.5}]
DEGENERATE = FisherMarket(
    [[0, 0, 0.0001], [0.0001, 0, 0], [0.0001, 10000, 0]], [1, 1, 1], utility="quasi_linear"
)


@st.composite
def uneven_markets(draw: st.DrawFn, kind: Any) -> FisherMarket:
    """Draw markets of at most 3 x 3 whose numbers differ by up to 1e12."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    number = st.sampled_from([1.0, 2.0, 3.0, 1 + 1e-9, 1e-4, 1e4, 1e6])
    row = st.lists(st.just(0.0) | number, min_size=m, max_size=m).filter(any)
    utilities = draw(st.lists(row, min_size=n, max_size=n))
    budgets = draw(st.lists(st.sampled_from([1.0, 2.0, 1e-3]), min_size=n, max_size=n))
    supplies = draw(st.lists(st.sampled_from([1.0, 2.0, 1e-6, 1e6]), min_size=m, max_size=m))
    return FisherMarket(utilities, budgets, supplies, utility=kind)


@settings(max_examples=60)
@given(st.sampled_from(["linear", "quasi_linear"]).flatmap(uneven_markets))
@example(DEGENERATE)
def test_the_interior_point_solves_uneven_markets(market: FisherMarket) -> None:
    result = eqsolve.solve(market, method="interior_point")
    assert result.status is Status.SOLVED
    numbers = exact(market.utilities.tolist()), exact(market.budgets.tolist())
    supplies = exact(market.supplies.tolist())
    kept = market.is_quasi_linear
    expected, _ = oracle.exact_prices(*numbers, supplies, keep_money=kept)
    value = result.require().prices * market.supplies
    wanted = [float(price * supply) for price, supply in zip(expected, supplies, strict=True)]
    np.testing.assert_allclose(value, wanted, rtol=1e-6, atol=3e-6 * market.budgets.sum())


@settings(max_examples=30)
@given(uneven_markets("linear"), st.sampled_from([1e-12, 1e-6, 1e6, 1e12]))
def test_units_of_goods_do_not_matter(market: FisherMarket, unit: float) -> None:
    goods = np.ones(market.n_goods)
    goods[0] = unit
    other = FisherMarket(market.utilities / goods, market.budgets, market.supplies * goods)
    here, there = (eqsolve.solve(each).require() for each in (market, other))
    wanted = here.prices > 0
    np.testing.assert_allclose(
        (there.prices * goods)[wanted], here.prices[wanted], rtol=1e-4, atol=1e-9
    )


def test_a_degenerate_quasi_linear_market_is_solved() -> None:
    solution = eqsolve.solve(DEGENERATE, method="interior_point").require()
    np.testing.assert_allclose(solution.prices, [1e-4, 1.0, 1e-4], rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_supplies_beyond_doubles_are_refused_by_name(kind: Any) -> None:
    market = FisherMarket([[1, 2], [2, 1]], [1, 1], [1e-120, 1e120], utility=kind)
    for method in METHODS:
        with pytest.raises(UnsupportedError, match=r"differ by a factor of 1e240|utilities are"):
            eqsolve.solve(market, method=method.name)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("share", [1e-20, 1e-60, 1e-110])
def test_supplies_within_are_never_an_exception(kind: Any, share: float) -> None:
    market = FisherMarket([[1, 2], [2, 1]], [1, 1], [share, 1.0], utility=kind)
    for method in METHODS:
        if method().supports(market) is None:
            result = eqsolve.solve(market, method=method.name)
            assert result.status in (Status.SOLVED, Status.FEASIBLE), method.name


def test_a_formula_has_no_limit() -> None:
    market = FisherMarket([[1, 3], [3, 1]], [1, 1], [1e-120, 1e120], utility="cobb_douglas")
    np.testing.assert_allclose(eqsolve.solve(market).require().prices, [1e120, 1e-120])


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_exact_prices_at_every_scale(scale: float) -> None:
    utilities, budgets = [[3, 1], [1, 2]], [1, 2]
    expected, _ = oracle.exact_prices(utilities, budgets, [1, 1], keep_money=False)
    market = FisherMarket(np.array(utilities) * scale, budgets)
    found = eqsolve.solve(market).require().prices
    np.testing.assert_allclose(found, [float(price) for price in expected], rtol=1e-6)


@pytest.mark.parametrize("kind", [*KINDS, "cobb_douglas"])
@pytest.mark.parametrize("budgets", [[1e-300, 1], [1e300, 1], [1e-320, 1e-320], [1e300, 1e300]])
def test_budgets_that_doubles_cannot_weigh_are_refused(kind: Any, budgets: list[float]) -> None:
    market = FisherMarket([[4, 2], [7, 7]], budgets, utility=kind)
    with pytest.raises(UnsupportedError, match="budgets"):
        eqsolve.solve(market)


@pytest.mark.parametrize("kind", ["linear", "leontief", "cobb_douglas"])
@pytest.mark.parametrize("budgets", [[1e-120, 1], [1e120, 1], [1e-120, 1e-120], [1e120, 1e120]])
def test_budgets_within_the_limit_are_solved(kind: Any, budgets: list[float]) -> None:
    market = FisherMarket([[4, 2], [7, 7]], budgets, utility=kind)
    result = eqsolve.solve(market)
    assert result.status is Status.SOLVED
    assert eqsolve.verify(market, result).valid
