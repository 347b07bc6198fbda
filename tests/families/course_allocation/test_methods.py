"""Equilibria of small markets; what is told about them beside brute force."""

from __future__ import annotations

import math

from hypothesis import given, settings

from eqsolve import CourseAllocation, Status, solve, verify
from eqsolve.families.course_allocation.strategies import course_allocations
from tests.families.course_allocation import oracle


@settings(max_examples=30)
@given(course_allocations())
def test_every_answer_is_an_equilibrium_with_its_error(market):
    result = solve(market, method="aceei", steps=40)
    solution = result.solution
    assert verify(market, result).valid
    total = 0
    for j, price in enumerate(solution.prices):
        z = sum(j in bundle for bundle in solution.allocation) - market.capacities[j]
        total += max(z, 0) ** 2 if price == 0 else z**2
    assert math.isclose(solution.clearing_error, math.sqrt(total))
    for i, bundle in enumerate(solution.allocation):
        assert bundle == oracle.demand(market, i, solution.prices, solution.budgets[i])
    assert (result.status is Status.SOLVED) == (total == 0)


def test_one_seat_for_two_clears_by_perturbed_budgets():
    market = CourseAllocation([[1], [1]], [1], budgets=[1, 1])
    result = solve(market, method="aceei")
    assert result.status is Status.SOLVED
    assert 0 < result.solution.perturbation <= 0.01


def test_the_same_seed_gives_the_same_answer():
    market = CourseAllocation([[3, 2, 1]] * 5, [2, 2, 2], max_courses=2)
    one, other = (solve(market, seed=3).solution for _ in range(2))
    assert one == other
