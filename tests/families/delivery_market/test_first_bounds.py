"""What is known before any solver is loaded: bounds, good transactions, small markets."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import DeliveryMarket, Status, UnsupportedError, support, tipped_equilibrium, verify
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.generate import RECIPES
from eqsolve.families.delivery_market.methods.courier_prices import price_couriers
from eqsolve.families.delivery_market.methods.enumeration import MOST, count_matchings
from eqsolve.families.delivery_market.methods.least_cost_assignment import assign, assign_plainly
from eqsolve.families.delivery_market.methods.reassignment import (
    gains_of,
    improved,
    with_every_courier,
)
from eqsolve.testing import delivery_markets
from tests.families.delivery_market import oracle as oracle

BY_NAME: dict[str, Any] = {recipe.name: recipe for recipe in RECIPES}


@given(st.integers(0, 4), st.integers(0, 2), st.data())
def test_plain_assignment_is_cheapest(rows: int, spare: int, data: Any) -> None:
    columns = rows + spare
    entry = st.sampled_from([0.0, 1.0, 2.0, 5.0, math.inf])
    flat = data.draw(st.lists(entry, min_size=rows * columns, max_size=rows * columns))
    costs = np.array(flat).reshape(rows, columns)
    least = min(
        sum(costs[row, column] for row, column in enumerate(chosen))
        for chosen in permutations(range(columns), rows)
    )
    found = assign_plainly(costs)
    if math.isinf(least):
        assert found is None
    else:
        assert found is not None
        assert len(set(found.tolist())) == rows
        assert costs[np.arange(rows), found].sum() == least


def test_plain_assignment_agrees_with_scipy_beyond_small() -> None:
    rng = np.random.default_rng(0)
    for rows, columns, top in ((30, 30, 4), (25, 60, 100), (40, 40, 1000)):
        costs = rng.integers(0, top, (rows, columns)).astype(float)
        totals = [
            costs[np.arange(rows), assign(costs, plain=plain)].sum() for plain in (0, costs.size)
        ]
        assert totals[0] == totals[1]
    assert assign(np.zeros((3, 2))) is None


@given(market=delivery_markets(max_buyers=3, max_stores=3, max_couriers=3))
def test_first_bound_and_first_transactions(market: DeliveryMarket) -> None:
    values, costs = market.values.astype(float), market.costs.tensor()
    best = oracle.efficient_welfare(values, costs)
    slack = 1e-6 * max(1.0, market.scale)
    for steps in (1, 100):
        found = price_couriers(market, Deadline(), steps)
        assert found.bound >= best - slack
        assert found.welfare <= best + slack
        rows = tuple(tuple(row) for row in found.transactions.tolist())
        assert found.welfare == pytest.approx(oracle.welfare(values, costs, rows))
        assert all(len(set(side)) == len(side) for side in found.transactions.T.tolist())
    assert found.steps <= 100


def test_first_bound_is_close_to_the_relaxation() -> None:
    from eqsolve.families.delivery_market.methods.program import Program

    for name, sizes in (("uniform", (12, 12, 12)), ("geometric", (20, 20, 12))):
        buyers, stores, couriers = sizes
        market = BY_NAME[name](buyers=buyers, stores=stores, couriers=couriers).instance(5)
        found = price_couriers(market, Deadline())
        relaxed = Program(market).relax(Deadline())
        assert relaxed is not None
        assert math.floor(relaxed.bound + 1e-6) <= found.bound <= 1.01 * relaxed.bound
        assert found.welfare >= 0.95 * relaxed.bound


@given(market=delivery_markets(forms=("full", "forbidden"), min_size=1), data=st.data())
def test_improving_never_loses(market: DeliveryMarket, data: Any) -> None:
    size = min(market.n_buyers, market.n_stores, market.n_couriers)
    stores = data.draw(st.permutations(range(market.n_stores)))[:size]
    orders = np.column_stack([np.arange(size), stores]).astype(np.int64)
    found = improved(market, orders)
    assert (gains_of(market, found) > 0).all()
    assert all(len(set(side)) == len(side) for side in found.T.tolist())
    given_rows = np.column_stack([orders, np.arange(size)])
    start = np.maximum(gains_of(market, given_rows), 0.0).sum()
    assert gains_of(market, found).sum() >= start - 1e-9


@given(market=delivery_markets(tips=True, min_size=1, max_couriers=2))
def test_transactions_without_idle_couriers_are_supported(market: DeliveryMarket) -> None:
    found = with_every_courier(market, np.zeros((0, 3), dtype=np.int64))
    if found is None:
        scarce = market.n_couriers <= min(market.n_buyers, market.n_stores)
        assert not scarce or market.costs.has_forbidden
        return
    assert len(found) == market.n_couriers
    cheapest = support(market, found)
    assert cheapest.supported or cheapest.cheaper is not None
    if cheapest.cheaper is not None:
        assert support(market, cheapest.cheaper).supported


@pytest.mark.parametrize("name", ["uniform", "masked", "geometric"])
def test_no_time_still_gives_a_certified_bound_and_an_equilibrium(name: str) -> None:
    market = BY_NAME[name](buyers=30, stores=30, couriers=20, max_cost=300).instance(0)
    result = tipped_equilibrium(market, time_limit=1e-6)
    assert result.status in (Status.FEASIBLE, Status.SOLVED)
    assert result.bounds.source == "certified"
    assert math.isfinite(result.bounds.upper)
    assert result.objective is not None
    assert result.objective > 0  # the K orders of greatest value alone would lose money
    assert verify(market, result).valid


def test_a_market_without_tips_is_answered_first_and_its_efficient_welfare_later() -> None:
    market = BY_NAME["uniform"](buyers=12, stores=12, couriers=14, tips=False).instance(0)
    result = tipped_equilibrium(market, time_limit=None)
    assert result.status is Status.SOLVED
    best = tipped_equilibrium(market, method="compact", time_limit=None)
    assert best.objective == result.objective
    assert result.require().efficient_welfare is not None


def test_matchings_are_counted() -> None:
    for buyers in range(5):
        for stores in range(5):
            chosen = oracle.transactions(buyers, stores, 4)
            every = {tuple(row[:2] for row in rows) for rows in chosen}
            assert count_matchings(buyers, stores) == len(every)
    assert count_matchings(4, 4) <= MOST < count_matchings(50, 50)


def test_enumeration_refuses_large_markets() -> None:
    with pytest.raises(UnsupportedError, match="more than 250 sets"):
        tipped_equilibrium(BY_NAME["uniform"]().instance(0), method="enumeration")


def test_small_markets_load_no_solver() -> None:
    code = (
        "import sys, eqsolve\n"
        "v, c = [[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]]\n"
        "for tips in (True, False):\n"
        "    print(eqsolve.solve(eqsolve.DeliveryMarket(v, c, tips=tips)).objective)\n"
        "one = eqsolve.DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False)\n"
        "print(eqsolve.solve(one).certificate.source)\n"
        "print([name for name in ('scipy', 'numba', 'ortools') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split("\n")[:4] == ["3", "-12", "certified", "[]"]
