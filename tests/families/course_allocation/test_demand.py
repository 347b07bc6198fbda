"""Demand and utilities beside brute force from the definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from eqsolve import CourseAllocation, student_demand
from eqsolve.families.course_allocation.bundles import bundles_of
from eqsolve.families.course_allocation.demand import Listed, Searched
from eqsolve.families.course_allocation.generate import Additive, Simulator
from eqsolve.families.course_allocation.measures import envy_of, rows_of, utility
from eqsolve.families.course_allocation.strategies import course_allocations, course_prices
from tests.families.course_allocation import oracle


@given(st.data())
def test_demand_is_the_documented_choice(data):
    market = data.draw(course_allocations(max_students=2))
    prices = data.draw(course_prices(market))
    budget = data.draw(st.sampled_from([0.0, 0.5, 1.0, 1.25, 2.0]))
    for i in range(market.n_students):
        assert student_demand(market, i, prices, budget) == oracle.demand(market, i, prices, budget)


@given(st.data())
def test_searching_and_listing_give_the_same_choices(data):
    market = data.draw(course_allocations(max_students=3))
    prices = np.array(data.draw(course_prices(market)))
    n = market.n_students
    low, high = np.full(n, data.draw(st.sampled_from([0.0, 0.5, 1.0]))), np.full(n, 1.5)
    one = Searched(market).within(prices, low, high)
    other = Listed(bundles_of(market)).within(prices, low, high)
    for i in range(n):
        budgets = []
        assert len(one.of(i)) == len(other.of(i))
        for place, same in zip(one.of(i), other.of(i), strict=True):
            assert one.courses(place) == other.courses(same)
            assert one.costs[place] == other.costs[same]
            assert one.utilities[place] == other.utilities[same]
            budgets.append(one.costs[place])
        assert budgets == sorted(budgets, reverse=True)
        for budget in {1.5, *(cost for cost in budgets if low[i] <= cost)}:
            place = min(place for place in one.of(i) if one.costs[place] <= budget)
            assert one.courses(place) == oracle.demand(market, i, prices.tolist(), budget)


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_searching_and_listing_agree_on_larger_markets(seed):
    rng = np.random.default_rng(seed)
    for recipe in (
        Additive(students=6, courses=12, most=4, conflicts=0.1, adjustments=4, largest=9),
        Simulator(students=4, courses=12, most=3),
    ):
        market = recipe.instance(seed)
        prices = rng.integers(0, 40, 12) / 64
        low, high = np.full(market.n_students, 0.9), np.full(market.n_students, 1.1)
        one = Searched(market).within(prices, low, high)
        other = Listed(bundles_of(market)).within(prices, low, high)
        assert (one.start == other.start).all()
        assert (one.costs == other.costs).all()
        assert [one.courses(k) for k in range(len(one.rows))] == [
            other.courses(k) for k in range(len(other.rows))
        ]


@settings(max_examples=5)
@given(st.integers(0, 10**6))
def test_searching_and_listing_agree_on_large_bundles(seed):
    rng = np.random.default_rng(seed)
    recipe = Additive(students=4, courses=10, most=10, conflicts=0.05, adjustments=2, largest=9)
    plain = recipe.instance(seed)
    for rules in ({}, {"credits": rng.integers(1, 4, 10), "max_credits": 9}):
        market = CourseAllocation(
            plain.values, plain.capacities, conflicts=plain.conflicts.tolist(),
            adjustments=plain.adjustments, **rules,
        )  # fmt: skip
        for prices in (np.zeros(10), np.full(10, 0.125), (16 + rng.integers(0, 6, 10)) / 128):
            low, high = np.full(4, 0.9), np.full(4, 1.1)
            one = Searched(market).within(prices, low, high)
            other = Listed(bundles_of(market)).within(prices, low, high)
            assert (one.start == other.start).all()
            assert (one.costs == other.costs).all()
            assert [one.courses(k) for k in range(len(one.rows))] == [
                other.courses(k) for k in range(len(other.rows))
            ]


@given(course_allocations(max_students=2))
def test_utilities_follow_the_definition(market):
    for i in range(market.n_students):
        for bundle in oracle.bundles(market, i):
            exact = oracle.utility(market, i, bundle)
            assert utility(market, i, bundle) == float(exact)


@given(st.data())
def test_envy_is_that_of_the_definition(data):
    market = data.draw(course_allocations(max_students=3))
    allocation = [
        data.draw(st.sampled_from(list(oracle.bundles(market, i))))
        for i in range(market.n_students)
    ]
    gains, remains = envy_of(market, rows_of(allocation))
    pairs, unexplained = oracle.envy(market, allocation)
    n = market.n_students
    assert {(i, h) for i in range(n) for h in range(n) if gains[i, h] > 0} == pairs
    assert {(i, h) for i in range(n) for h in range(n) if remains[i, h]} == unexplained


def test_ties_go_to_the_cheapest_then_the_smallest_then_the_first():
    market = CourseAllocation([[2, 1, 1, 2]], [1, 1, 1, 1], max_courses=2)
    assert student_demand(market, 0, [1, 0.5, 0.5, 1], 1) == (0,)
    assert student_demand(market, 0, [1, 0.25, 0.5, 1], 1) == (1, 2)
    assert student_demand(market, 0, [1, 0.5, 0.5, 0.75], 1) == (3,)
