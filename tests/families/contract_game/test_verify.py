"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsolve import (
    Bounds,
    ContractGame,
    Result,
    Stats,
    Status,
    minimal_payments,
    solve,
    verify,
)
from eqsolve.families.contract_game.generate import Random

GAME = Random(states=3, actions=2, horizon=2).instance(5)


@pytest.fixture(scope="module")
def result():
    found = solve(GAME)
    assert found.solution.payments.max() > 0
    return found


def failed(result, **fields):
    changed = replace(result, solution=replace(result.solution, **fields))
    return {check.id for check in verify(GAME, changed).failures}


def test_payments_raised_lowered_and_negative(result):
    payments = result.solution.payments
    place = np.unravel_index(payments.argmax(), payments.shape)
    changes = {1.0: "game.minimal", -1.0: "game.incentives", -99.0: "game.payments"}
    for change, name in changes.items():
        wrong = payments.copy()
        wrong[place] += change
        assert name in failed(result, payments=wrong)


def test_another_target_another_shape(result):
    target = result.solution.target.copy()
    target[0] = 1 - target[0]
    assert "game.optimum" in failed(result, target=target)
    assert "game.form" in failed(result, target=target[:1])
    target[0, 0, 0] = 7
    assert failed(result, target=target) == {"game.actions"}


@pytest.mark.parametrize("key", ["cost", "welfare", "best_welfare", "share"])
def test_wrong_figures(result, key):
    wrong = getattr(result.solution, key) * 1.1 + 0.1
    assert f"game.{key.replace('_', '-')}" in failed(result, **{key: wrong})


@pytest.mark.parametrize("key", ["agent_values", "unpaid_values", "best_reply_values"])
def test_wrong_values(result, key):
    wrong = getattr(result.solution, key) + 0.1
    assert f"game.{key.replace('_', '-')}" in failed(result, **{key: wrong})


def test_wrong_objective_and_bound(result):
    wrong = replace(result, objective=result.objective + 1)
    assert "game.objective" in {check.id for check in verify(GAME, wrong).failures}
    bounds = Bounds(lower=0.0, upper=result.objective, source="certified")
    wrong = replace(result, bounds=bounds)
    assert "game.objective" in {check.id for check in verify(GAME, wrong).failures}


def test_another_target_than_the_one_asked_for():
    dilemma = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    asked = ContractGame(dilemma, target=[0, 1])
    assert verify(asked, minimal_payments(asked)).valid
    best = minimal_payments(ContractGame(dilemma))
    assert {check.id for check in verify(asked, best).failures} == {"game.target"}


def test_costs_of_agents_and_the_share(result):
    wrong = result.solution.cost_by_agent + np.array([0.1, -0.1])
    assert failed(result, cost_by_agent=wrong) == {"game.cost-by-agent"}
    assert failed(result, share=None) == {"game.share-told"}
    sorry = ContractGame([[[-3, 0], [-5, -1]], [[-3, -5], [0, -1]]])
    assert minimal_payments(sorry).solution.share is None


def test_no_end():
    game = Random(states=3, actions=3, horizon=0, discount=0.9).instance(5)
    found = minimal_payments(game)
    assert found.solution.payments.max() > 0
    for change, name in ((0.5, "game.minimal"), (-0.5, "game.incentives")):
        payments = found.solution.payments + change * (found.solution.payments > 0)
        wrong = replace(found, solution=replace(found.solution, payments=payments))
        assert name in {check.id for check in verify(game, wrong).failures}
    replies = replace(found.solution, best_reply_values=found.solution.unpaid_values)
    wrong = replace(found, solution=replies)
    assert "game.best-reply-values" in {check.id for check in verify(game, wrong).failures}


def test_nobody_may_say_that_there_is_no_answer():
    lie = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="x"))
    assert {check.id for check in verify(GAME, lie).failures} == {"game.existence"}
