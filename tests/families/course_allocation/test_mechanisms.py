"""Mechanisms without prices, against brute force from their definitions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.core.status import Limit, Status
from eqsolve.families.course_allocation.generate import RECIPES
from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_allocation.methods.columns import Columns
from eqsolve.families.course_allocation.methods.serial import _plain
from eqsolve.families.course_allocation.solve import course_mechanism, solve
from eqsolve.families.course_allocation.strategies import (
    course_allocations,
    picking_course_allocations,
)
from eqsolve.families.course_allocation.verify import verify
from tests.families.course_allocation import oracle

ORDERED = ("serial_dictatorship", "round_robin", "draft")
OPTIMA = ("utilitarian", "egalitarian")
SMALL = course_allocations(max_students=3, max_courses=3)


def in_turn(market: CourseAllocation, order: list[int]) -> list[tuple[int, ...]]:
    """Return serial dictatorship by full search, with the tie rule."""
    left = market.capacities.tolist()
    found: list[tuple[int, ...]] = [()] * market.n_students
    for i in order:
        prices = [0 if seats else 1 for seats in left]
        found[i] = oracle.demand(market, i, prices, 0)
        for j in found[i]:
            left[j] -= 1
    return found


def picked(market: CourseAllocation, order: list[int], *, snake: bool) -> list[tuple[int, ...]]:
    """Return round robin or the draft, every turn looked at from the definition."""
    left = market.capacities.tolist()
    found: list[list[int]] = [[] for _ in order]
    for turn in itertools.count():
        before = sum(map(len, found))
        for i in order[::-1] if snake and turn % 2 else order:
            best = None
            for j in range(market.n_courses):
                fits = oracle.permissible(market, i, {*found[i], j})
                worth = oracle.decimal(market.values[i, j].item())
                if left[j] and j not in found[i] and fits and worth > 0:
                    best = max(best, (worth, -j)) if best else (worth, -j)
            if best:
                found[i].append(-best[1])
                left[-best[1]] -= 1
        if sum(map(len, found)) == before:
            return [tuple(sorted(bundle)) for bundle in found]
    raise AssertionError


def allocations(market: CourseAllocation, i: int = 0, left: Any = None) -> Iterator[list[Fraction]]:
    """Yield the utilities of every allocation within the seats."""
    left = market.capacities.tolist() if left is None else left
    if i == market.n_students:
        yield []
        return
    for bundle in oracle.bundles(market, i):
        if all(left[j] for j in bundle):
            rest = [seats - (j in bundle) for j, seats in enumerate(left)]
            for others in allocations(market, i + 1, rest):
                yield [oracle.utility(market, i, bundle), *others]


@given(SMALL, st.data())
def test_in_turn_each_takes_its_best_bundle(market: CourseAllocation, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(market.n_students)))
    result = solve(market, method="serial_dictatorship", order=order)
    assert list(result.require().allocation) == in_turn(market, order)
    assert result.require().order == tuple(order)
    assert result.check.valid
    assert not result.check.unchecked


@given(picking_course_allocations(), st.data())
def test_plain_students_pick_their_best_courses(
    market: CourseAllocation, data: st.DataObject
) -> None:
    assert _plain(market)
    order = data.draw(st.permutations(range(market.n_students)))
    result = solve(market, method="serial_dictatorship", order=order)
    assert list(result.require().allocation) == in_turn(market, order)


@given(st.one_of(SMALL, picking_course_allocations()), st.booleans(), st.data())
def test_picking_follows_the_order(
    market: CourseAllocation, snake: bool, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(market.n_students)))
    result = solve(market, method="draft" if snake else "round_robin", order=order)
    assert list(result.require().allocation) == picked(market, order, snake=snake)
    assert result.check.valid


@settings(max_examples=25)
@given(SMALL)
def test_the_optima_are_those_of_all_allocations(market: CourseAllocation) -> None:
    everything = list(allocations(market))
    most = max(sum(worths, Fraction(0)) for worths in everything)
    result = solve(market, method="utilitarian")
    assert result.objective == pytest.approx(float(most), abs=1e-9)
    assert result.status is Status.SOLVED
    assert result.bound == pytest.approx(float(most), abs=1e-9)
    assert not result.check.unchecked
    least, total = max(
        (min(worths, default=Fraction(0)), sum(worths, Fraction(0))) for worths in everything
    )
    fair = solve(market, method="egalitarian")
    assert fair.objective == pytest.approx(float(least), abs=1e-9)
    assert fair.require().welfare == pytest.approx(float(total), abs=1e-9)
    assert fair.status is Status.SOLVED
    assert not fair.check.unchecked


def test_several_seats_leave_envy_beyond_one_course() -> None:
    market = CourseAllocation([[4, 5, 5], [7, 1, 7]], [1, 2, 1])
    solution = course_mechanism(market, "round_robin", order=[1, 0]).require()
    assert solution.allocation == ((1,), (0, 1, 2))
    assert solution.envy.ef1_violations == 1


def test_orders_are_drawn_by_the_seed_or_given() -> None:
    market = CourseAllocation([[1]] * 20, [3])
    orders = {solve(market, method="draft", seed=seed).require().order for seed in range(5)}
    assert len(orders) == 5
    assert (
        solve(market, method="draft", seed=3).require()
        == solve(market, method="draft", seed=3).require()
    )
    for order in ([0, 1], [0] * 20, [0.5] * 20):
        with pytest.raises(OptionError, match="option order"):
            solve(market, method="draft", order=order)


@pytest.mark.parametrize("method", ORDERED + OPTIMA)
@pytest.mark.parametrize(
    ("values", "seats"), [([], [1, 2]), ([[], []], []), ([[3, 1]], [0, 0]), ([[0, 0]], [1, 1]),
                          ([[None, None], [2, None]], [1, 1])],
)  # fmt: skip
def test_edges(method: str, values: Any, seats: Any) -> None:
    market = CourseAllocation(values or np.zeros((0, 2)), seats)
    result = solve(market, method=method)
    assert result.status is Status.SOLVED
    assert result.check.valid
    assert not result.check.unchecked
    assert result.require().oversubscribed == 0


def test_two_want_one_seat() -> None:
    market = CourseAllocation([[2], [2]], [1])
    fair = solve(market, method="egalitarian")
    assert (fair.objective, fair.require().welfare) == (0.0, 2.0)
    assert fair.bounds.source == "certified"


def fractional() -> CourseAllocation:
    """Return a market in which shares of bundles bring more than whole ones."""
    pairs = [[0, 1], [1, 2], [0, 2]]
    return CourseAllocation(
        [[0, 0, 0]] * 3,
        [1, 1, 1],
        adjustments=[[[a, b, 10]] for a, b in pairs],
        max_courses=2,
    )


def test_a_gap_between_shares_and_whole_bundles_is_looked_through() -> None:
    result = solve(fractional(), method="utilitarian")
    assert (result.objective, result.bounds.source) == (10.0, "backend")
    prices = result.certificate.data["seat_prices"]
    assert sum(prices) + sum(max(0.0, 10 - prices[a] - prices[b]) for a, b in
                             ([0, 1], [1, 2], [0, 2])) == pytest.approx(15)  # fmt: skip
    assert result.check.verdict.value == "valid"  # few states: all were looked at


def test_too_many_bundles_are_refused() -> None:
    market = CourseAllocation(np.ones((6, 60)), [1] * 60, max_courses=5)
    for method in OPTIMA:
        with pytest.raises(UnsupportedError, match="are more than the 30000000 that are listed"):
            solve(market, method=method)
    assert solve(market, method="serial_dictatorship").require().welfare == 30


def market_of(recipe: str, seed: int, **options: Any) -> CourseAllocation:
    (made,) = (entry for entry in RECIPES if entry.name == recipe)
    market = made(**options).build(np.random.default_rng(seed), name="", metadata={})
    assert isinstance(market, CourseAllocation)
    return market


@pytest.mark.parametrize("seed", range(3))
def test_larger_markets(seed: int) -> None:
    market = market_of("simulator", seed, students=12, courses=10, most=3, supply=0.9)
    total = solve(market, method="utilitarian")
    fair = solve(market, method="egalitarian")
    for method in ORDERED:
        other = solve(market, method=method, seed=seed)
        assert other.require().welfare <= total.bound * (1 + 1e-9)
        assert other.require().least_utility <= fair.bound * (1 + 1e-9)
    assert fair.require().welfare <= total.bound * (1 + 1e-9)
    assert total.require().least_utility <= fair.bound * (1 + 1e-9)
    assert total.check.valid
    assert fair.check.valid


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_names_of_students_do_not_matter(seed: int) -> None:
    market = market_of("additive", seed, students=6, courses=5, most=2, supply=0.8, adjustments=2)
    turn = np.random.default_rng(seed).permutation(6)
    turned = CourseAllocation(
        market.values[turn],
        market.capacities,
        max_courses=market.max_courses[turn],
        adjustments=[market.adjustments[i] for i in turn],
    )
    for method in OPTIMA:
        one, other = solve(market, method=method), solve(turned, method=method)
        assert one.objective == pytest.approx(other.objective)
        assert one.require().welfare == pytest.approx(other.require().welfare)
    for method in ORDERED:
        one = solve(turned, method=method, order=list(range(6)))
        other = solve(market, method=method, order=turn.tolist())
        assert one.require().allocation == tuple(other.require().allocation[i] for i in turn)


def test_more_seats_never_hurt_the_optima() -> None:
    market = market_of("additive", 5, students=8, courses=6, most=3, supply=0.6, adjustments=3)
    more = CourseAllocation(
        market.values,
        market.capacities + 1,
        max_courses=market.max_courses,
        adjustments=market.adjustments,
    )
    for method in OPTIMA:
        assert solve(more, method=method).objective >= solve(market, method=method).objective


def test_a_run_that_is_stopped_says_so() -> None:
    market = market_of("simulator", 1, students=30, courses=12, most=4, supply=0.7)
    for method in OPTIMA:
        deadline = Deadline()
        deadline.cancel()
        result = solve(market, method=method, deadline=deadline)
        assert result.status is Status.FEASIBLE
        assert result.limit is Limit.INTERRUPTED
        assert result.check.valid
        assert verify(market, result).valid
        assert result.bound >= result.objective


def test_bounds_at_any_prices_hold() -> None:
    weights = np.array([[3.0, 5.0, -np.inf], [2.0, 4.0, 1.0]])
    program = Columns(weights, np.array([[0, -1], [0, 1], [1, -1]]), np.array([1, 1]))
    best = program.best(Deadline())
    assert best.total == 5.0
    for prices in np.random.default_rng(0).uniform(0, 5, (50, 2)):
        gains = (weights - program.costs(prices)).max(axis=1)
        assert program.bound(prices, gains) >= best.total - 1e-9
