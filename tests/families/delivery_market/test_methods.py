"""Every method of delivery markets on every case it supports: status, report, agreement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import DeliveryMarket, Limit, Status, UnsupportedError, verify
from eqsolve.families.delivery_market.generate import RECIPES
from eqsolve.families.delivery_market.solve import METHODS, tipped_equilibrium
from eqsolve.testing import delivery_markets

NAMES = [method.name for method in METHODS]
RIVALS = [name for name in NAMES if name != "auto"]


def answer(market: DeliveryMarket, method: str, **options: Any) -> tuple[str, Any]:
    result = tipped_equilibrium(market, method=method, time_limit=None, **options)
    assert verify(market, result).valid
    worth = None if result.objective is None else pytest.approx(result.objective, abs=1e-6)
    return result.status.value, worth


@pytest.mark.parametrize("method", RIVALS)
@settings(max_examples=25)
@given(market=delivery_markets())
def test_methods_agree(market: DeliveryMarket, method: str) -> None:
    try:
        found = answer(market, method)
    except UnsupportedError:
        return
    assert found == answer(market, "auto")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_solved_and_repeatable(recipe: Any) -> None:
    made = recipe(buyers=6, stores=5, couriers=4)
    market = made.instance(3)
    assert market == made.instance(3)
    assert market != made.instance(4)
    assert {"buyers", "stores", "couriers"} == set(market.side_sizes())
    first, second = (tipped_equilibrium(market, time_limit=None) for _ in range(2))
    assert first.status is Status.SOLVED
    assert first.solution.to_dict() == second.solution.to_dict()
    assert first.bounds.upper == first.objective


@pytest.mark.parametrize("backend", ["cp_sat", "scip", "highs"])
def test_backends_agree(backend: str) -> None:
    made = {recipe.name: recipe for recipe in RECIPES}["rearranged"]
    for index in range(3):
        market = made(buyers=6, stores=6, couriers=6, extra=2).instance(0, index)
        assert answer(market, "support_search", backend=backend) == answer(market, "auto")


def test_no_time_gives_a_checked_solution_or_nothing() -> None:
    rng = np.random.default_rng(0)
    market = DeliveryMarket(rng.integers(0, 9, (8, 8)), rng.integers(0, 9, (9, 8, 8)))
    for method in ("auto", "support_search", "compact"):
        result = tipped_equilibrium(market, method=method, time_limit=1e-6)
        assert result.status in (Status.FEASIBLE, Status.UNKNOWN)
        assert result.limit is Limit.TIME


def test_rounds_are_a_limit() -> None:
    market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    result = tipped_equilibrium(market, method="support_search", rounds=0)
    assert result.status is Status.FEASIBLE
    assert result.limit is Limit.ITERATIONS
    assert result.objective == 3
    assert result.bounds.upper == 5
