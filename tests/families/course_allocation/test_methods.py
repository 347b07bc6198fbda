"""Equilibria of small markets; what is told about them beside brute force."""

from __future__ import annotations

import math

from hypothesis import given, settings, strategies as st

from eqsolve import CourseAllocation, Status, solve, verify
from eqsolve.families.course_allocation.strategies import course_allocations
from tests.families.course_allocation import oracle


def assert_best(market, solution):
    """Nobody can pay for anything better; of equally good bundles it may be any."""
    for i, bundle in enumerate(solution.allocation):
        best = oracle.demand(market, i, solution.prices, solution.budgets[i])
        assert oracle.permissible(market, i, bundle)
        assert oracle.utility(market, i, bundle) == oracle.utility(market, i, best)
        assert sum(solution.prices[j] for j in bundle) <= solution.budgets[i] * (1 + 1e-9)


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
    assert_best(market, solution)
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


@settings(max_examples=20)
@given(course_allocations())
def test_tabu_gives_equilibria_too(market):
    result = solve(market, method="tabu", restarts=2, moves=5)
    solution = result.solution
    assert (result.status is Status.SOLVED) == (solution.clearing_error == 0)
    assert_best(market, solution)


@settings(max_examples=20)
@given(course_allocations(), st.sampled_from(["aceei", "tabu"]))
def test_course_match_fits_and_nobody_gains_by_free_seats(market, first):
    result = solve(market, method="course_match", stage1=first, time_limit=20)
    solution = result.solution
    assert result.status is Status.FEASIBLE
    assert all(e <= 0 for e in solution.excess)
    assert [stage.oversubscription for stage in solution.stages][1:] == [0, 0]
    for i, bundle in enumerate(solution.allocation):
        own = oracle.utility(market, i, bundle)
        for other in oracle.bundles(market, i):
            seats = all(j in bundle or solution.excess[j] < 0 for j in other)
            cost = sum(solution.prices[j] for j in other)
            if seats and cost < 1.1 * solution.budgets[i] - 1e-9:
                assert oracle.utility(market, i, other) <= own


@settings(max_examples=20)
@given(course_allocations(), st.sampled_from(["plain", "contested"]))
def test_nobody_envies_the_poorer(market, rule):
    solution = solve(market, method="aceei", ef_tb=rule, steps=30).solution
    pairs, _ = oracle.envy(market, solution.allocation)
    initial = solution.initial_budgets
    assert not any(initial[i] > initial[h] for i, h in pairs)
    assert solution.envy.ef_tb_violations == 0
    if rule == "contested":
        free = {j for j, price in enumerate(solution.prices) if price == 0}
        for i in range(market.n_students):
            own = oracle.utility(market, i, solution.allocation[i])
            for h in range(market.n_students):
                if initial[i] > initial[h]:
                    joined = free | set(solution.allocation[h])
                    assert oracle.best_part(market, i, joined) <= own
