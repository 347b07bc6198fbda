"""Limits, Ctrl-C and processes: the best prices so far come back, and answers do not depend."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from eqsolve import CourseAllocation, Deadline, Limit, Limits, Status, solve
from eqsolve.families.course_allocation.demand import (
    Choices,
    Interrupted,
    Listed,
    Searched,
    demand_of,
)
from eqsolve.families.course_allocation.generate import Additive, Simulator
from eqsolve.families.course_allocation.measures import utility
from eqsolve.families.course_allocation.methods.aceei import Aceei
from eqsolve.families.course_allocation.methods.course_match import CourseMatch
from eqsolve.families.course_allocation.methods.stepping import Steps, at_budgets
from eqsolve.families.course_allocation.methods.tabu import Tabu
from eqsolve.families.course_allocation.ties import told_apart

MARKET = Additive(students=30, courses=12, most=4, supply=1.0).instance(0)


@pytest.mark.parametrize("method", [Aceei(), Tabu()])
def test_an_interrupt_returns_the_best_prices_so_far(method):
    deadline = Deadline()
    seen = []

    def cancel(progress):
        seen.append(progress.objective)
        if len(seen) == 3:
            deadline.cancel()

    deadline._on_progress = cancel
    outcome = method.run(MARKET, deadline, np.random.default_rng(0))
    assert outcome.limit is Limit.INTERRUPTED
    assert outcome.status is Status.FEASIBLE
    assert outcome.objective == max(seen)
    assert outcome.solution.clearing_error == min(outcome.solution.trace)


def test_steps_are_a_limit_that_is_told():
    result = solve(MARKET, method="aceei", steps=5)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.ITERATIONS)
    assert len(result.solution.trace) == result.stats.counts["steps"] == 5
    assert result.bound == 0


def test_a_time_limit_ends_with_what_is_held():
    outcome = Aceei(steps=10**6).run(
        Additive(students=40, courses=14, most=4, supply=1.0).instance(1),
        Deadline(Limits(time=1e-9)),
        np.random.default_rng(0),
    )
    assert outcome.limit is Limit.TIME


def test_the_simulator_clears_with_groups_and_conflicts():
    market = Simulator(students=20, courses=12, most=3).instance(0)
    assert any(market.groups)
    assert len(market.conflicts)
    assert solve(market, method="aceei").solution.clearing_error == 0


def test_the_simulated_market_is_that_of_its_description():
    market = Simulator().instance(1)
    assert market.values.shape == (100, 25)
    assert market.capacities.tolist() == [25] * 25
    favourites = (market.values > 50).sum() / 100
    assert 2.2 < favourites < 3.0
    bonuses = {group.bonus for own in market.groups for group in own}
    assert all(bonus[:2] in ((0.0, 0.4), (0.0, -0.4)) for bonus in bonuses)
    assert {len(bonus) for bonus in bonuses} <= {2, 3, 4, 5}
    sizes = [len(own) for own in market.groups]
    assert max(sizes) <= 4
    assert market.initial_budgets(np.random.default_rng(0)).max() == 1.0396


def repeated(first=7, second=5, seats=5):
    """Return a market of 12 students and 8 courses whose values repeat."""
    i, j = np.mgrid[:12, :8]
    return CourseAllocation((first * i + second * j * j) % 11, [seats] * 8, max_courses=3)


def test_students_between_equally_good_bundles_do_not_all_move():
    for market in (repeated(), repeated(3, 2, 4), repeated(9, 4, 3)):
        solution = solve(market, method="aceei").require()
        assert solution.clearing_error == 0
        matched = solve(market, method="course_match").solution
        assert matched.stages[0].error == 0
        assert matched.welfare >= solution.welfare


@pytest.mark.parametrize("seed", [2, 3, 5, 6])
def test_tabu_search_tells_equally_good_bundles_apart(seed):
    values = np.random.default_rng(seed).integers(0, 4, (12, 8))
    market = CourseAllocation(values, [5] * 8, max_courses=3, budgets={"order": "index"})
    solution = solve(market, method="tabu", restarts=6, moves=30, seed=seed).require()
    assert solution.clearing_error == 0


def test_utilities_told_apart_keep_their_order():
    market = CourseAllocation(
        [[5, 4, 3, 0], [2, 2, 2, 2]], [1] * 4, max_courses=2,
        adjustments=[[[0, 1, -1.5]], []], groups=[[{"courses": [1, 2], "bonus": [0, 0.5]}], []],
    )  # fmt: skip
    apart = told_apart(market, np.random.default_rng(0))
    bundles = [b for size in range(3) for b in itertools.combinations(range(4), size)]
    for i in range(2):
        for one, other in itertools.product(bundles, bundles):
            if utility(market, i, one) > utility(market, i, other):
                assert utility(apart, i, one) > utility(apart, i, other)
    assert len({utility(apart, 1, (j,)) for j in range(4)}) > 1


def test_a_search_for_demand_ends_when_it_is_told_to():
    stop = np.ones(1, dtype=np.uint8)
    pairs = [[[0, 1, 2]]] * MARKET.n_students
    paired = CourseAllocation(MARKET.values, MARKET.capacities, max_courses=4, adjustments=pairs)
    prices, budgets = np.full(12, 0.25), np.ones(30)
    for market, kind in ((MARKET, Searched), (paired, Listed)):
        demand = demand_of(market, stop)
        assert isinstance(demand, kind)
        with pytest.raises(Interrupted):
            demand.within(prices, budgets, budgets)


def test_prices_that_are_equal_leave_no_gap_to_search():
    values = np.random.default_rng(0).integers(1, 100, (20, 60))
    market = CourseAllocation(values, [30] * 60)
    budgets = np.full(20, 1.0)
    found = demand_of(market).within(np.full(60, 0.125), 0.99 * budgets, 1.01 * budgets)
    for i in range(20):
        best = np.sort(values[i])[::-1]
        assert [found.utilities[k] for k in found.of(i)] == [best[:8].sum(), best[:7].sum()]


@pytest.mark.parametrize("rules", [{}, {"credits": True}])
def test_large_bundles_take_little_time(rules):
    rng = np.random.default_rng(0)
    values = rng.integers(1, 101, (100, 60))
    if rules:
        rules = {"credits": rng.integers(1, 6, 60), "max_credits": 15}
    market = CourseAllocation(values, [8] * 60, budgets={"order": "index"}, **rules)
    outcome = Aceei(steps=25).run(market, Deadline(Limits(time=60)), rng)
    assert outcome.limit is Limit.ITERATIONS
    assert outcome.solution.clearing_error < 15


@pytest.mark.parametrize("stage1", ["aceei", "tabu"])
def test_course_match_without_time_closes_all_courses(stage1):
    outcome = CourseMatch(stage1=stage1).run(
        MARKET, Deadline(Limits(time=1e-9)), np.random.default_rng(0)
    )
    assert (outcome.status, outcome.limit) == (Status.FEASIBLE, Limit.TIME)
    assert outcome.solution.oversubscribed == 0
    assert outcome.solution.welfare == 0


def test_a_budget_below_all_bundles_that_were_listed_takes_the_last():
    start, costs = np.array([0, 2, 3]), np.array([1.0, 0.9, 0.4])
    found = Choices(start, np.zeros((3, 1), dtype=np.int64), costs, np.array([3, 2, 1]))
    assert at_budgets(found, np.array([0.95, 0.5])).tolist() == [1, 2]
    assert at_budgets(found, np.array([0.5, 0.3])).tolist() == [1, 2]


@pytest.mark.parametrize("rule", ["plain", "contested"])
def test_the_poorer_is_not_envied_where_its_own_demand_was_left_out(rule):
    # Course 10 is what student 0 can pay, behind more dearer ones than are listed.
    values = np.zeros((2, 14))
    values[0, :11] = range(30, 19, -1)
    values[1, [7, 11]] = 10, 1
    market = CourseAllocation(values, [5] * 14, budgets=[1.0, 1.02])
    steps = Steps(market, market.budgets, 0.1, rule, "l2", Deadline())
    prices = steps.rounded(np.array([*np.arange(1.1, 0.995, -0.01), 0.5, 2.0, 2.0]))
    place = steps.at(prices)
    assert place.allocation == [(10,), (11,)]
    assert place.budgets.tolist() == [1.0, 1.02]
