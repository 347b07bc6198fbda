"""The parts of the delivery family, each against something simpler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import (
    DeliveryMarket,
    InstanceError,
    OptionError,
    Status,
    UnsupportedError,
    compare_tips,
    support,
    tipped_equilibrium,
)
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.generate import RECIPES
from eqsolve.families.delivery_market.methods.couriers import greatest_wages
from eqsolve.families.delivery_market.methods.program import Program
from eqsolve.families.delivery_market.show import facts, headline, tables
from eqsolve.families.delivery_market.solution import as_transactions
from eqsolve.families.delivery_market.structure import find_structure
from eqsolve.testing import delivery_markets
from tests.families.delivery_market import oracle as oracle

WITNESS = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
BY_NAME: dict[str, Any] = {recipe.name: recipe for recipe in RECIPES}


@given(market=delivery_markets(min_size=1), wage=st.integers(0, 3))
def test_costs_answer_by_parts_as_in_full(market: DeliveryMarket, wage: int) -> None:
    costs, tensor = market.costs, market.costs.tensor()
    wages = np.arange(market.n_couriers, dtype=float) * wage
    pay, who = costs.cheapest(wages)
    assert (pay == (wages[:, None, None] + tensor).min(axis=0)).all()
    found = np.isfinite(pay)
    i, j = np.nonzero(found)
    assert (wages[who[i, j]] + costs.at(who[i, j], i, j) == pay[i, j]).all()
    assert (who[~found] == -1).all()
    offers = market.values.astype(float)
    margin, where = costs.margins(offers)
    assert margin == pytest.approx((offers - tensor).max(axis=(1, 2)))
    for k in np.flatnonzero(np.isfinite(margin)):
        i, j = divmod(int(where[k]), market.n_stores)
        assert offers[i, j] - tensor[k, i, j] == pytest.approx(margin[k])
    buyers, stores = np.arange(market.n_buyers), np.zeros(market.n_buyers, dtype=np.int64)
    assert (costs.of_orders(buyers, stores) == tensor[:, :, 0]).all()
    assert costs.largest >= np.where(np.isinf(tensor), 0, tensor).max()


@given(st.integers(1, 4), st.integers(0, 3), st.data())
def test_greatest_wages_are_marginal_products(orders: int, spare: int, data: Any) -> None:
    from eqsolve.algorithms.matching.cheapest import cheapest_assignment

    size = (orders + spare) * orders
    flat = data.draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))
    costs = np.array(flat, dtype=float).reshape(orders + spare, orders)
    couriers = cheapest_assignment(costs)
    assert couriers is not None
    least = costs[couriers, np.arange(orders)].sum()
    wages = greatest_wages(costs, couriers, 0.0).wages
    for k in range(orders + spare):
        without = cheapest_assignment(np.delete(costs, k, axis=0))
        if without is None:
            assert np.isinf(wages[k])
        else:
            kept = np.delete(costs, k, axis=0)[without, np.arange(orders)].sum()
            assert wages[k] == kept - least


@given(market=delivery_markets(forms=("full", "forbidden", "witness"), min_size=1))
def test_program_without_cuts_is_efficient(market: DeliveryMarket) -> None:
    program = Program(market, "auto")
    answer = program.solve(Deadline())
    relaxed = program.relax(Deadline())
    best = oracle.efficient_welfare(market.values.astype(float), market.costs.tensor())
    assert answer.finished
    assert answer.welfare == pytest.approx(best, abs=1e-6)
    assert relaxed is not None
    assert relaxed.bound >= best - 1e-6


def test_large_programs_go_to_scip_at_once() -> None:
    program = Program(WITNESS)
    assert [name for name, _ in program._backends(650)] == ["cp_sat", "scip"]
    assert [name for name, _ in program._backends(651)] == ["scip"]
    assert [name for name, _ in Program(WITNESS, "highs")._backends(651)] == ["highs"]


def test_structures_are_recognized() -> None:
    words = {
        "identical": "identical couriers",
        "constants": "courier constants",
        "pickup": "pick-up legs",
        "dropoff": "drop-off legs",
    }
    for name, expected in words.items():
        market = BY_NAME[name](buyers=5, stores=4, couriers=6).instance(0)
        expanded = DeliveryMarket(market.values, market.costs.tensor())
        for given_market in (market, expanded):
            found = find_structure(given_market.costs)
            assert found is not None
            assert found.words == expected
            legs = found.legs[:, None, :] if found.at_store else found.legs[:, :, None]
            assert (legs + found.order == market.costs.tensor()).all()
        assert tipped_equilibrium(expanded).stats.method == "structured"
    for name in ("uniform", "geometric"):
        assert find_structure(BY_NAME[name]().instance(0).costs) is None


def test_structured_refuses_what_it_cannot() -> None:
    with pytest.raises(UnsupportedError, match="none of the forms of TIP-5"):
        tipped_equilibrium(WITNESS, method="structured")
    market = BY_NAME["pickup"]().instance(0)
    with pytest.raises(UnsupportedError, match="floor"):
        tipped_equilibrium(market, method="structured", cash_flow_floor=0.0)
    with pytest.raises(UnsupportedError, match="cash flow"):
        tipped_equilibrium(WITNESS, method="compact", cash_flow_floor=0.0)


def test_large_markets_by_parts_are_never_written_out() -> None:
    market = BY_NAME["pickup"](buyers=400, stores=300, couriers=350).instance(0)
    with pytest.raises(UnsupportedError, match="triples"):
        tipped_equilibrium(market, method="compact")
    result = tipped_equilibrium(market)
    assert result.status is Status.SOLVED
    assert result.bounds.source == "certified"
    assert len(result.require().transactions) > 250


def test_large_markets_without_tips_are_never_written_out_either() -> None:
    sizes = {"buyers": 400, "stores": 380, "tips": False}
    staffed = tipped_equilibrium(BY_NAME["pickup"](couriers=400, **sizes).instance(0))
    assert (staffed.status, staffed.bounds.source) == (Status.SOLVED, "certified")
    assert staffed.require().efficient_welfare > staffed.require().welfare
    scarce = tipped_equilibrium(BY_NAME["dropoff"](couriers=300, **sizes).instance(0))
    assert scarce.status is Status.NO_EQUILIBRIUM
    assert isinstance(scarce.certificate, BoundCertificate)
    assert scarce.certificate.source == "certified"


def test_blocks_are_cut_separately() -> None:
    market = BY_NAME["rearranged"](buyers=10, stores=10, couriers=10, extra=0).instance(0)
    result = tipped_equilibrium(market)
    assert result.objective == 3 * 5
    assert result.require().efficient_welfare == 5 * 5
    assert result.stats.counts["rounds"] <= 4


def test_transactions_are_checked() -> None:
    for rows, words in (
        ([(0, 0, 0), (0, 1, 1)], "buyer 0 is in two transactions"),
        ([(0, 5, 0)], "there are 2 stores"),
        ([(0, 0)], "expected 3"),
        ([(0, 0, 0.5)], "whole numbers"),
        ("x", "number"),
    ):
        with pytest.raises(InstanceError, match=words):
            support(WITNESS, rows)
    assert as_transactions([(1, 0, 0), (0, 1, 1)], WITNESS).tolist() == [[0, 1, 1], [1, 0, 0]]
    forbidden = DeliveryMarket([[1]], [[[None]]])
    with pytest.raises(InstanceError, match="cannot deliver"):
        support(forbidden, [(0, 0, 0)])


def test_support_names_cheaper_couriers() -> None:
    found = support(WITNESS, [(0, 1, 1)])
    assert not found.supported
    assert found.cheaper is not None
    assert found.cheaper.tolist() == [[0, 1, 0]]
    assert found.reason == "the same orders can be carried at cost 0 instead of 20"


def test_what_tips_do() -> None:
    found = compare_tips(DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False))
    assert found.untipped.status is Status.NO_EQUILIBRIUM
    assert found.gain is None
    assert found.efficient_welfare == 1
    assert found.tipped_orders
    assert found.market.tips
    market = BY_NAME["uniform"](buyers=4, stores=4, couriers=5).instance(1)
    both = compare_tips(market)
    assert both.gain is not None
    assert both.gain >= 0
    with pytest.raises(InstanceError, match="no DeliveryMarket"):
        compare_tips("market")  # type: ignore[arg-type]


def test_what_people_see() -> None:
    for market, words in (
        (WITNESS, "efficient would be 5, which no equilibrium reaches"),
        (DeliveryMarket([[4]], [[[1]]]), ": 1 transaction, welfare 3, which is efficient"),
        (
            DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False),
            "no equilibrium without tips",
        ),
    ):
        result = tipped_equilibrium(market)
        assert words in headline(market, result)
        titles = [table.title for table in tables(market, result)]
        assert bool(titles) == (result.solution is not None)
        assert facts(market)["couriers"] == str(market.n_couriers)
    late = tipped_equilibrium(WITNESS, method="support_search", rounds=0)
    assert "as far as known" in headline(WITNESS, late)


def test_options_are_checked() -> None:
    with pytest.raises(OptionError, match="choose"):
        tipped_equilibrium(WITNESS, choose="stores")
    for floor in (float("nan"), float("inf")):
        with pytest.raises(OptionError, match="cash_flow_floor"):
            tipped_equilibrium(WITNESS, cash_flow_floor=floor)
    with pytest.raises(OptionError, match="rounds = -1"):
        tipped_equilibrium(WITNESS, method="support_search", rounds=-1)
    with pytest.raises(OptionError, match="prohibitive = -5"):
        BY_NAME["masked"](prohibitive=-5).instance(0)
    with pytest.raises(OptionError, match="at most 50000000"):
        BY_NAME["uniform"](buyers=10**4, stores=10**4, couriers=10**4).instance(0)
    with pytest.raises(OptionError, match="share"):
        BY_NAME["masked"](share=2.0).instance(0)
    with pytest.raises(OptionError, match="buyers"):
        BY_NAME["uniform"](buyers=-1).instance(0)


def test_a_floor_above_every_welfare_is_refuted_at_once() -> None:
    market = BY_NAME["geometric"](buyers=12, stores=12, couriers=12).instance(0)
    result = tipped_equilibrium(market, method="support_search", cash_flow_floor=1e6)
    assert result.status is Status.NO_EQUILIBRIUM
    assert isinstance(result.certificate, BoundCertificate)
    assert result.certificate.source == "certified"


def test_coordinates_are_kept_for_pictures() -> None:
    for name in ("geometric", "pickup", "dropoff"):
        places = BY_NAME[name](buyers=3, stores=2, couriers=4).instance(0).metadata["coordinates"]
        assert [len(places[side]) for side in ("buyers", "stores", "couriers")] == [3, 2, 4]


def test_forbidden_deliveries_of_the_masked_recipe() -> None:
    market = BY_NAME["masked"](prohibitive=None, share=1.0).instance(0)
    result = tipped_equilibrium(market)
    assert len(result.require().transactions) == 0
    assert result.objective == 0
