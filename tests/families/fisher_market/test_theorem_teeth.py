"""The claims of the theorems bite: each refuses a market in which it does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve import FisherMarket, fisher_equilibrium
from eqsolve.families.fisher_market import theorems

CLAIMS = {theorem.id: theorem.claim for theorem in theorems.THEOREMS}
MARKET = FisherMarket([[3, 1], [1, 3]], [1, 1])


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes the claims see another allocation or other prices."""

    def instead(**fields: Any) -> None:
        def forged(market: FisherMarket, **options: Any) -> Any:
            result = fisher_equilibrium(market, **options)
            arrays = {key: np.array(value, dtype=float) for key, value in fields.items()}
            return replace(result, solution=replace(result.require(), **arrays))

        monkeypatch.setattr(theorems, "fisher_equilibrium", forged)

    return instead


@pytest.mark.parametrize("theorem", ["FIS-1", "FIS-2", "FIS-3", "FIS-5"])
def test_claims_hold_where_they_should(theorem: str) -> None:
    assert CLAIMS[theorem](MARKET) is None


def test_fis_2_money_that_is_lost(found: Any) -> None:
    found(prices=[0.5, 1.0])
    assert "budgets 2" in CLAIMS["FIS-2"](MARKET)


def test_fis_2_prices_that_depend_on_the_order_of_buyers(found: Any) -> None:
    uneven = FisherMarket([[3, 1], [1, 3]], [1, 2])
    true = fisher_equilibrium(uneven).require().prices
    shifted = true + np.array([0.2, -0.2])
    original = theorems.fisher_equilibrium

    def first_only(market: FisherMarket, **options: Any) -> Any:
        result = original(market, **options)
        if market.n_buyers > 2:
            return result
        return replace(result, solution=replace(result.require(), prices=shifted))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(theorems, "fisher_equilibrium", first_only)
        assert "buyers split" in CLAIMS["FIS-2"](uneven)


def test_fis_3_needs_equal_budgets() -> None:
    rich_and_poor = FisherMarket([[1, 1], [1, 1]], [1, 3])
    theorem = next(theorem for theorem in theorems.THEOREMS if theorem.id == "FIS-3")
    assert not theorem.applies(rich_and_poor)
    assert "with buyer 1's goods" in theorem.claim(rich_and_poor)


def test_fis_3_envy(found: Any) -> None:
    found(allocation=[[0, 1], [1, 0]])
    assert "would have 3.0 with buyer" in CLAIMS["FIS-3"](MARKET)


def test_fis_3_less_than_an_equal_share(found: Any) -> None:
    found(allocation=[[0.3, 0.3], [0.3, 0.3]])  # nobody envies anybody
    assert "an equal share of all goods is worth" in CLAIMS["FIS-3"](MARKET)


def test_fis_3_waste(found: Any) -> None:
    found(allocation=[[0.5, 0.5], [0.5, 0.5]])  # no envy, and everybody has an equal share
    assert "is possible" in CLAIMS["FIS-3"](MARKET)


def test_fis_6_a_price_above_every_value(found: Any) -> None:
    market = FisherMarket([[3, 1], [1, 3]], [9, 9], utility="quasi_linear")
    assert CLAIMS["FIS-6"](market) is None
    found(prices=[4, 3])
    assert "its highest value is 3" in CLAIMS["FIS-6"](market)
    found(prices=[1, 1])
    assert "though a good gives" in CLAIMS["FIS-6"](market)
