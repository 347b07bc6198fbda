"""TIP-0 to TIP-6, against brute force that shares no code with the package."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, example, given, settings, strategies as st

import eqsolve
from eqsolve import DeliveryMarket, Status, compare_tips, support, verify
from eqsolve.families.delivery_market.questions.tips import with_tips
from eqsolve.families.delivery_market.structure import find_structure
from eqsolve.families.delivery_market.theorems import THEOREMS
from eqsolve.testing import delivery_markets, rival_courier_markets
from eqsolve.theorems import attack
from tests.families.delivery_market import oracle as oracle

WITNESS = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
FORBIDDEN = DeliveryMarket([[7, 3], [7, 5]], [[[None, 2], [0, None]], [[0, None], [None, 0]]])
ONE_COURIER = DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False)
tipped_equilibrium = partial(eqsolve.tipped_equilibrium, time_limit=None)
finite = delivery_markets(forms=("full", "parts", "prohibitive", "witness"))
small = delivery_markets(max_buyers=2, max_stores=3, max_couriers=2)


def close(market: DeliveryMarket, amount: float) -> Any:
    return pytest.approx(amount, abs=1e-6 * max(1.0, market.scale))


def numbers(market: DeliveryMarket) -> tuple[Any, Any]:
    return market.values.astype(float), market.costs.tensor()


@settings(max_examples=25)
@given(market=small)
@example(market=WITNESS)
@example(market=FORBIDDEN)
def test_tip_0_support_lemma(market: DeliveryMarket) -> None:
    values, costs = numbers(market)
    for chosen in oracle.transactions(*values.shape, len(costs)):
        if not np.isfinite(oracle.welfare(values, costs, chosen)):
            continue
        found = support(market, chosen)
        assert found.supported == oracle.supported(values, costs, chosen, market.tips)
        if found.solution is not None:
            assert verify(market, found.solution).valid
        elif found.cheaper is not None:
            event("cheaper couriers")
            cheaper = [tuple(row) for row in found.cheaper.tolist()]
            gained = oracle.welfare(values, costs, tuple(cheaper))
            assert gained > oracle.welfare(values, costs, chosen)
            assert {row[:2] for row in cheaper} == {row[:2] for row in chosen}
        else:
            event("rearrangement")
            assert found.rearrangement is not None
            assert found.gain > 0


@given(market=finite)
@example(market=WITNESS)
def test_tip_1_existence_with_tips(market: DeliveryMarket) -> None:
    market = with_tips(market, True)
    best = oracle.best_equilibrium(*numbers(market))
    assert best is not None
    assert tipped_equilibrium(market).require().welfare == close(market, best)


@given(market=delivery_markets(forms=("forbidden",), tips=True))
@example(market=FORBIDDEN)
def test_tip_1_forbidden_deliveries(market: DeliveryMarket) -> None:
    best = oracle.best_equilibrium(*numbers(market))
    result = tipped_equilibrium(market)
    event(result.status.value)
    if best is None:
        assert result.status is Status.NO_EQUILIBRIUM
    else:
        assert result.require().welfare == close(market, best)


@given(market=delivery_markets(tips=False))
@example(market=ONE_COURIER)
def test_tip_2_without_tips(market: DeliveryMarket) -> None:
    best = oracle.best_equilibrium(*numbers(market), tips=False)
    result = tipped_equilibrium(market)
    event(result.status.value)
    enough = market.n_couriers >= min(market.n_buyers, market.n_stores)
    if enough and not market.costs.has_forbidden:
        assert best is not None
    if best is None:
        assert result.status is Status.NO_EQUILIBRIUM
    else:
        assert result.require().welfare == close(market, best)


@settings(max_examples=25)
@given(market=delivery_markets())
def test_tip_3_tips_do_no_harm(market: DeliveryMarket) -> None:
    found = compare_tips(market)
    if found.untipped.status is Status.SOLVED:
        assert found.gain is not None
        assert found.gain >= -1e-6 * market.scale
    assert all(row in str(found) for row in ("welfare", "platform cash flow"))


def test_tip_4_witness() -> None:
    result = tipped_equilibrium(WITNESS)
    assert oracle.best_equilibrium(*numbers(WITNESS)) == result.objective == 3
    assert result.require().efficient_welfare == 5
    efficient = support(WITNESS, [(0, 1, 0)])
    assert not efficient.supported
    assert efficient.rearrangement is not None
    assert efficient.rearrangement.tolist() == [[0, 0], [1, 1]]
    assert efficient.gain == 1


def test_tip_4_is_found_within_thirty_draws() -> None:
    theorem = next(theorem for theorem in THEOREMS if theorem.id == "TIP-4")
    for seed in range(3):
        found = attack(theorem, examples=30, seed=seed)
        assert found.verdict == "witness found"
        values, costs = numbers(found.instance)
        best = oracle.best_equilibrium(values, costs)
        assert best is not None
        assert best < oracle.efficient_welfare(values, costs)


@given(market=rival_courier_markets(forbidden=True))
def test_tip_1_rival_couriers_and_forbidden_deliveries(market: DeliveryMarket) -> None:
    result = tipped_equilibrium(market, method="support_search")
    best = oracle.best_equilibrium(*numbers(market))
    assert (result.status is Status.NO_EQUILIBRIUM) == (best is None)
    assert best is None or result.objective == close(market, best)
    event("none" if best is None else "some")


@given(market=rival_courier_markets(forbidden=False))
def test_tip_4_rival_couriers(market: DeliveryMarket) -> None:
    values, costs = numbers(market)
    solution = tipped_equilibrium(market, method="support_search").require()
    assert solution.welfare == close(market, oracle.best_equilibrium(values, costs) or 0.0)
    assert solution.efficient_welfare == close(market, oracle.efficient_welfare(values, costs))
    event("efficient" if solution.welfare == solution.efficient_welfare else "not efficient")


@given(market=delivery_markets(forms=("witness",), tips=True, min_size=2, max_value=5))
@example(market=WITNESS)
def test_tip_4_best_equilibrium(market: DeliveryMarket) -> None:
    values, costs = numbers(market)
    solution = tipped_equilibrium(market).require()
    best = oracle.best_equilibrium(values, costs)
    assert best is not None
    assert solution.welfare == close(market, best)
    assert solution.efficient_welfare == close(market, oracle.efficient_welfare(values, costs))
    event("efficient" if solution.welfare == solution.efficient_welfare else "not efficient")


@given(market=delivery_markets(forms=("parts",), tips=True, min_size=1))
def test_tip_5_structure(market: DeliveryMarket) -> None:
    values, costs = numbers(market)
    expanded = DeliveryMarket(values, costs)
    for given_market in (market, expanded):
        assert find_structure(given_market.costs) is not None
        result = tipped_equilibrium(given_market, method="structured")
        assert result.require().welfare == close(market, oracle.efficient_welfare(values, costs))
        assert result.bounds.source == "certified"


@given(market=delivery_markets(forms=("parts",), tips=False, min_size=1))
def test_structure_without_tips(market: DeliveryMarket) -> None:
    best = oracle.best_equilibrium(*numbers(market), tips=False)
    result = tipped_equilibrium(market, method="structured")
    event(result.status.value)
    if best is None:
        assert result.status is Status.NO_EQUILIBRIUM
        assert result.certificate.source == "certified"
    else:
        assert result.require().welfare == close(market, best)
        assert result.bounds.source == "certified"


@given(market=delivery_markets(forms=("full", "witness"), tips=True, min_size=1))
def test_tip_5e_every_courier_works(market: DeliveryMarket) -> None:
    values, costs = numbers(market)
    most = oracle.efficient_welfare(values, costs)
    efficient = [
        chosen
        for chosen in oracle.transactions(*values.shape, len(costs))
        if len(chosen) == len(costs)
        and oracle.welfare(values, costs, chosen) == close(market, most)
    ]
    assume(efficient)
    for chosen in efficient[:5]:
        assert support(market, chosen).supported


@given(
    market=delivery_markets(max_couriers=4),
    choose=st.sampled_from(["cash_flow", "least_tips", "least_subsidy", "buyers", "couriers"]),
)
def test_tip_6_choices(market: DeliveryMarket, choose: Any) -> None:
    result = tipped_equilibrium(market, choose=choose)
    plain = tipped_equilibrium(market)
    assert result.status is plain.status
    assume(plain.status is Status.SOLVED)
    chosen, other = result.require(), plain.require()
    assert verify(market, result).valid
    assert chosen.transactions.tolist() == other.transactions.tolist()
    slack = 1e-6 * max(1.0, market.scale) * (1 + market.n_buyers * market.n_stores)

    def served(solution: Any) -> float:
        rows = solution.transactions
        lost = solution.compensations[rows[:, 0], rows[:, 1]] - solution.prices[rows[:, 1]]
        return {
            "cash_flow": solution.platform_cash_flow,
            "least_tips": -solution.tips.sum(),
            "least_subsidy": -np.maximum(lost, 0).sum(),
            "buyers": solution.buyer_utilities.sum(),
            "couriers": 0.0,
        }[choose]

    assert served(chosen) >= served(other) - slack


@given(market=delivery_markets(tips=True, forms=("full", "witness")), floor=st.integers(-12, 6))
@settings(max_examples=25)
def test_floor_on_cash_flow(market: DeliveryMarket, floor: int) -> None:
    result = tipped_equilibrium(market, cash_flow_floor=float(floor))
    plain = tipped_equilibrium(market, choose="cash_flow").require()
    event(result.status.value)
    if result.solution is not None:
        assert result.solution.platform_cash_flow >= floor - 1e-6 * max(1.0, market.scale)
        assert result.solution.welfare <= plain.welfare + 1e-6 * max(1.0, market.scale)
    if plain.platform_cash_flow >= floor:
        assert result.require().welfare == close(market, plain.welfare)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
@settings(max_examples=15)
@given(market=small)
@example(market=WITNESS)
@example(market=FORBIDDEN)
@example(market=ONE_COURIER)
def test_catalog_claims_hold(market: DeliveryMarket, theorem: Any) -> None:
    if theorem.applies(market) and not theorem.can_happen:
        assert theorem.claim(market) is None


def test_catalog_witnesses_are_recognized() -> None:
    claims = {theorem.id: theorem.claim for theorem in THEOREMS if theorem.can_happen}
    assert claims["TIP-4"](WITNESS) == "efficient welfare 5, best equilibrium 3"
    assert "no_equilibrium" in claims["TIP-1-forbidden"](FORBIDDEN)
