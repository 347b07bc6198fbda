"""Limits, Ctrl-C and processes: the best prices so far come back, and answers do not depend."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve import Deadline, Limit, Limits, Status, solve
from eqsolve.families.course_allocation.generate import Additive, Simulator
from eqsolve.families.course_allocation.methods.aceei import Aceei
from eqsolve.families.course_allocation.methods.tabu import Tabu

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
