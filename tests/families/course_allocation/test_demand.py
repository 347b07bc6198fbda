"""Demand and utilities beside brute force from the definition."""

from __future__ import annotations

from hypothesis import given, strategies as st

from eqsolve import CourseAllocation, student_demand
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
