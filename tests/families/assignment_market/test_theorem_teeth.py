"""The claims of the theorems bite: each refuses answers for which it does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eqsolve import AssignmentMarket
from eqsolve.families.assignment_market import theorems

CLAIMS = {theorem.id: theorem.claim for theorem in theorems.THEOREMS}
MARKET = AssignmentMarket([[5, 3], [4, 1]])
solution_of = theorems._solution


@pytest.fixture
def forged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that makes the claims see changed solutions of `MARKET`, of it alone."""

    def change(**fields: Any) -> None:
        def solution(market: AssignmentMarket) -> Any:
            found = solution_of(market)
            return replace(found, **fields) if market is MARKET else found

        monkeypatch.setattr(theorems, "_solution", solution)

    return change


@pytest.mark.parametrize("theorem", ["BIP-1", "BIP-2", "BIP-3", "BIP-4", "BIP-5", "BIP-6"])
def test_claims_hold_where_they_should(theorem: str) -> None:
    assert CLAIMS[theorem](MARKET) is None


def test_bip_1_an_answer_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = theorems.competitive_equilibrium(MARKET)
    wrong = replace(found, solution=replace(found.require(), price_min=np.array([3, 0])))
    monkeypatch.setattr(theorems, "competitive_equilibrium", lambda market: wrong)
    assert "price-min" in CLAIMS["BIP-1"](MARKET)
    far = replace(found, solution=replace(found.require(), price_min=np.array([9, 9])))
    monkeypatch.setattr(theorems, "competitive_equilibrium", lambda market: far)
    monkeypatch.setattr(theorems, "verify", lambda market, result: SimpleNamespace(valid=True))
    assert "does not support the efficient matching" in CLAIMS["BIP-1"](MARKET)


def test_bip_2_prices_that_form_no_lattice(monkeypatch: pytest.MonkeyPatch) -> None:
    corners = [np.array([9, 0]), np.array([0, 9])]
    monkeypatch.setattr(theorems, "_corners", lambda market: corners)
    assert "the join" in CLAIMS["BIP-2"](MARKET)


def test_bip_3_a_margin_that_is_no_marginal_product(forged: Callable[..., None]) -> None:
    forged(price_max=np.array([4, 1]))
    assert CLAIMS["BIP-3"](MARKET) == "seller 1 earns 1 over its reserve, marginal product 2"


def test_bip_4_payments_that_are_not_vcg(forged: Callable[..., None]) -> None:
    forged(vcg_payments=np.array([1, 2]))
    assert "buyer 0 has utility 2" in CLAIMS["BIP-4"](MARKET)


def test_bip_4_a_lie_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    def free_for_liars(market: AssignmentMarket) -> Any:
        found = solution_of(market)
        honest = market is MARKET or market.n_buyers < 2
        return found if honest else replace(found, vcg_payments=np.array([-9, -9]))

    monkeypatch.setattr(theorems, "_solution", free_for_liars)
    assert "by reporting" in CLAIMS["BIP-4"](MARKET)


def test_bip_5_prices_that_do_not_close_the_gap(forged: Callable[..., None]) -> None:
    forged(price_min=np.array([1, 0]))
    assert "price_min and the utilities it leaves" in CLAIMS["BIP-5"](MARKET)
    forged(price_max=np.array([3, 1]))
    assert "closes the gap, but lies beyond price_max" in CLAIMS["BIP-5"](MARKET)


def test_bip_6_prices_that_move_the_wrong_way(forged: Callable[..., None]) -> None:
    forged(price_min=np.array([0, 0]), price_max=np.array([0, 0]))
    assert "lowers price" in CLAIMS["BIP-6"](MARKET)
    forged(price_min=np.array([9, 9]), price_max=np.array([9, 9]))
    assert "raises a price_min" in CLAIMS["BIP-6"](MARKET)
