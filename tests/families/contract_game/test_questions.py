"""Side questions of games of many agents, against recursion in fractions; lies are noticed."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings

import eqsolve
from eqsolve import (
    ContractGame,
    UnsupportedError,
    dominance_payments,
    load,
    minimal_payments,
    solve,
    target_costs,
)
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Means
from eqsolve.families.contract_game.questions import named
from eqsolve.testing import contract_games
from tests.families.contract_game import oracle

MEANS = Means(Deadline(), np.random.default_rng(0))
DILEMMA = load("catalog:paid-cooperation")


@given(contract_games())
@settings(max_examples=40)
def test_promises_make_following_dominant_in_one_step(game):
    assume(game.horizon is not None)
    found, exact = dominance_payments(game), oracle.Game(game)
    target = found.target.tolist()
    for i in range(game.n_agents):
        for t in range(game.horizon):
            later = dict.fromkeys(exact.states, 0)
            if t + 1 < game.horizon:
                later = exact.values(target[t + 1 :], i, reply=True)
            promises = [
                {k: table[k] for k in np.ndindex(table.shape)} for table in found.promises[i][t]
            ]
            assert exact.is_dominant(target, later, promises, i, t)
            for s in exact.states:  # what is promised on the target is what is paid
                others = tuple(a for k, a in enumerate(target[t][s]) if k != i)
                assert promises[s][others] == pytest.approx(found.payments[t, s, i], abs=1e-12)
    assert found.cost == pytest.approx(solve(game).objective, abs=1e-12)


@given(contract_games(max_states=1))
@settings(max_examples=40)
def test_every_target_costs_its_distance_from_equilibrium(game):
    assume(game.horizon == 1)
    costs = target_costs(game)
    for profile in itertools.product(*map(range, game.sizes)):
        assert costs[profile] == pytest.approx(minimal_payments(game, [profile]).objective)


def test_answers_on_the_command_line(tmp_path):
    answer = eqsolve.ask(DILEMMA, "implementation", target=[[0, 1]])
    assert answer.to_dict()["cost_by_agent"].tolist() == [1, 0]
    assert "1 below the greatest" in answer.sentence
    path = tmp_path / "target.json"
    path.write_text(json.dumps([[[1, 1]]]))
    assert eqsolve.ask(DILEMMA, "implementation", target=str(path)).to_dict()["cost"] == 0
    assert eqsolve.ask(DILEMMA, "dominance").to_dict()["promises"][0].tolist() == [[[2, 1]]]
    rows = eqsolve.ask(DILEMMA, "targets").to_dict()["targets"]
    assert [row["target"] for row in rows] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    with pytest.raises(eqsolve.FormatError, match=r"absent\.json: cannot be read"):
        eqsolve.ask(DILEMMA, "implementation", target="absent.json")
    with pytest.raises(eqsolve.InstanceError, match=r"target\[0, 1\] = 2: must be an action"):
        eqsolve.ask(DILEMMA, "dominance", target=[[0, 2]])
    with pytest.raises(UnsupportedError, match="one state and one period"):
        eqsolve.ask(eqsolve.coin_game(2, 2), "targets")


def test_rechecks_catch_wrong_answers():
    solution = solve(DILEMMA).solution
    found = dominance_payments(DILEMMA)
    assert named._recheck_dominance(DILEMMA, found, solution.agent_values, MEANS).valid
    for table in (found.promises[0] - 0.1, found.promises[0] + 0.1):
        lie = replace(found, promises=(table, found.promises[1]))
        assert not named._recheck_dominance(DILEMMA, lie, solution.agent_values, MEANS).valid
    costs = target_costs(DILEMMA)
    assert named._recheck_targets(DILEMMA, costs, MEANS).valid
    assert not named._recheck_targets(DILEMMA, costs + np.eye(2), MEANS).valid


def test_many_targets_are_left_unproved():
    wide = ContractGame(np.random.default_rng(0).integers(0, 9, (2, 60, 60)))
    answer = eqsolve.ask(wide, "targets")
    assert answer.check.verdict.value == "not proved"
