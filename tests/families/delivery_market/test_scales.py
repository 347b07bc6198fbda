"""Scales do not change answers: uneven numbers against brute force in fractions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st

import eqsolve
from eqsolve import DeliveryMarket, Status, UnsupportedError
from eqsolve.families.delivery_market.scales import tamed
from eqsolve.families.delivery_market.solve import METHODS, verify
from tests.families.assignment_market import oracle as pairs
from tests.scales import exact, uneven_numbers


@st.composite
def uneven_markets(draw: st.DrawFn) -> DeliveryMarket:
    """Draw markets of at most 2 x 2 orders and 3 couriers."""
    n, m, couriers = (draw(st.integers(1, most)) for most in (2, 2, 3))
    entry = draw(uneven_numbers())
    values = [[draw(entry) for _ in range(m)] for _ in range(n)]
    cost = st.none() | entry if draw(st.booleans()) else entry
    costs = [[[draw(cost) for _ in range(m)] for _ in range(n)] for _ in range(couriers)]
    if draw(st.booleans()):  # one prohibitive cost
        costs[0][0][0] = draw(st.sampled_from([10**6, 10**13, 10**15]))
    return DeliveryMarket(values, costs, tips=draw(st.booleans()))


def fractions(market: DeliveryMarket) -> tuple[Any, Any]:
    """Return values and costs as fractions, None where a delivery is forbidden."""
    assert market.costs.full is not None
    costs = exact(market.costs.full.tolist())
    for table in costs:
        for row in table:
            row[:] = [None if cost < 0 else cost for cost in row]
    return exact(market.values.tolist()), costs


def matchings(n: int, m: int) -> Iterator[tuple[tuple[int, int], ...]]:
    for size in range(min(n, m) + 1):
        for buyers in itertools.combinations(range(n), size):
            for stores in itertools.permutations(range(m), size):
                yield tuple(zip(buyers, stores, strict=True))


def least_cost(costs: Any, orders: tuple[tuple[int, int], ...]) -> Fraction | None:
    """Return the least cost of carrying orders, None where nobody can."""
    sums = [
        [costs[k][i][j] for k, (i, j) in zip(who, orders, strict=True)]
        for who in itertools.permutations(range(len(costs)), len(orders))
    ]
    return min((sum(row, Fraction(0)) for row in sums if None not in row), default=None)


def equilibria(values: Any, costs: Any, tips: bool) -> dict[tuple[tuple[int, int], ...], Fraction]:
    """Return the welfare of every supported set of orders, by TIP-0."""
    found = {}
    for orders in matchings(len(values), len(values[0])):
        spent = least_cost(costs, orders)
        if spent is None:
            continue
        weights = [list(row) for row in values]
        for i, j in itertools.product(range(len(values)), range(len(values[0]))):
            if tips and (i, j) not in orders:
                more = least_cost(costs, (*orders, (i, j)))
                weights[i][j] = None if more is None else weights[i][j] - (more - spent)
        worth = sum((values[i][j] for i, j in orders), Fraction(0))
        if pairs.welfare(weights, [Fraction(0)] * len(values[0])) == worth:
            found[orders] = worth - spent
    return found


@settings(max_examples=150)
@given(uneven_markets())
def test_every_method_agrees_with_fractions(market: DeliveryMarket) -> None:
    values, costs = fractions(market)
    found = equilibria(values, costs, market.tips)
    for method in METHODS:
        if method().supports(market) is not None or method.name == "compact":
            continue
        try:
            result = eqsolve.solve(market, method=method.name)
        except UnsupportedError as error:  # the answer itself needs a prohibitive delivery
            if method.name == "auto" or "more than everything is worth" not in str(error):
                raise
            continue
        if not found:
            assert result.status is Status.NO_EQUILIBRIUM, method.name
            continue
        best = max(found.values())
        assert result.status is Status.SOLVED, method.name
        scale = float(max(abs(best), market.values.max()))
        expected = best if market.is_integral else pytest.approx(float(best), abs=1e-12 * scale)
        assert result.objective == expected, method.name
        if method.name in ("auto", "enumeration"):
            orders = tuple((int(i), int(j)) for i, j, _ in result.solution.transactions)
            assert found[orders] == best


@settings(max_examples=60)
@example(DeliveryMarket([[1]], [[[2**50 - 2]]], tips=False))
@given(uneven_markets().filter(lambda market: market.is_integral))
def test_one_unit_more_is_refuted(market: DeliveryMarket) -> None:
    result = eqsolve.solve(market)
    if result.solution is None:
        return
    assert verify(market, result).tolerance == 0
    for field in ("buyer_utilities", "courier_utilities", "prices"):
        numbers = getattr(result.solution, field)
        for place in range(len(numbers)):
            wrong = numbers.copy()
            wrong[place] += 1
            claim = replace(result, solution=replace(result.solution, **{field: wrong}))
            assert not verify(market, claim).valid, field
    welfare = result.solution.welfare
    for wrong in (welfare - 1, welfare + 1):
        assert not verify(market, replace(result.solution, welfare=wrong)).valid
        lie = replace(result, objective=wrong, solution=replace(result.solution, welfare=wrong))
        assert not verify(market, lie).valid


CASES = {
    "a courier beside a prohibitive one": (
        DeliveryMarket([[6.5]], [[[1e15]], [[5]]], tips=False), 1.5
    ),
    "the only courier is prohibitive": (
        DeliveryMarket([[8.5]], [[[10000004]]], tips=False), -9999995.5
    ),
    "a million times the value": (DeliveryMarket([[0.5]], [[[1000006]], [[7]]], tips=False), -6.5),
    "a near-tie decides what is demanded": (
        DeliveryMarket([[0, 2e-9, 0]], [[[1.0, 2.000000002, 0]]], tips=False), 2e-9 - 2.000000002
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_uneven_costs(case: str) -> None:
    market, welfare = CASES[case]
    result = eqsolve.solve(market)
    assert result.status is Status.SOLVED
    assert result.objective == pytest.approx(welfare, rel=1e-15)


@pytest.mark.parametrize("choose", ["none", "buyers", "cash_flow", "least_tips", "least_subsidy"])
def test_prices_are_chosen_beside_prohibitive_costs(choose: str) -> None:
    market = DeliveryMarket([[2.5, 4.5], [0.5, 6.5]], [[[0, 1e13], [1e13, 6]]])
    result = eqsolve.solve(market, choose=choose)
    assert (result.status, result.objective) == (Status.SOLVED, 2.5)
    if choose == "buyers":
        assert result.solution.buyer_utilities.sum() == pytest.approx(2.5)


WHOLE = DeliveryMarket(
    [[291684572846380, 1125899906842621], [1125899906842621, 1125899906842624]],
    [
        [[1125899906842623, 1125899906842623], [1125899906842623, 111693274588660]],
        [[1125899906842623, 512902120246867], [0, 0]],
    ],
)


def test_whole_numbers_near_2_50_are_exact_or_refused() -> None:
    best = max(equilibria(*fractions(WHOLE), True).values())
    result = eqsolve.solve(WHOLE)
    assert (result.status, result.objective, result.check.tolerance) == (Status.SOLVED, best, 0)
    with pytest.raises(UnsupportedError, match=r"2\*\*52.*apply: auto, enumeration"):
        eqsolve.solve(WHOLE, method="support_search")


def test_whole_numbers_beyond_64_bits_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="to stay exact"):
        eqsolve.solve(DeliveryMarket([[2**62]], [[[2**62]]]))


def test_sums_that_overflow_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="so that sums stay finite"):
        eqsolve.solve(DeliveryMarket([[1e308]], [[[1e308]]]))


def test_prohibitive_costs_are_tamed_and_others_left_alone() -> None:
    plain = DeliveryMarket([[3, 4]], [[[1, None]], [[9, 2]]])
    assert tamed(plain) is plain
    wild = DeliveryMarket([[3, 4]], [[[1, None]], [[10**15, 2]]])
    ceiling = int(tamed(wild).costs.full[1, 0, 0])
    assert 100 < ceiling < 2000
    assert tamed(wild).costs.full.tolist() == [[[1, -1]], [[ceiling, 2]]]
    parts = DeliveryMarket([[3, 4]], cost_parts={"courier": [1, 10**15], "order": [[1, 2]]})
    assert tamed(parts).costs.courier.tolist() == [1, ceiling]
