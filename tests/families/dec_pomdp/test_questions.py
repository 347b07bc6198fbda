"""Side questions, recipes and pictures: options, what is refused, what is drawn anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import DecPOMDP, FormatError, OptionError, load, observability, posterior
from eqsolve.core.errors import InstanceError
from eqsolve.families.dec_pomdp.generate import RECIPES, Random, Revealing, Xor
from eqsolve.testing import dec_pomdps
from tests.families.dec_pomdp.test_convert import HEAD, PLAIN

COINS = load("catalog:exclusive-or")


def test_histories_are_rows_of_actions_and_observations() -> None:
    answer = eqsolve.ask(COINS, "posterior", history=[[0, 0, 1, 0]])
    assert answer.value.joint.tolist() == [0.0, 1.0]
    assert answer.check.valid
    nested = eqsolve.ask(COINS, "posterior", history=[[[0, 0], [1, 0]]])
    assert nested.value.joint.tolist() == [0.0, 1.0]
    shared = eqsolve.ask(COINS, "shared_states", history=[[0, 0, 1, 0]])
    assert shared.value == (0, 1)
    assert len(eqsolve.ask(COINS, "posterior").value) == len(COINS.histories)


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ([[0, 0, 1]], "has a row of 3 numbers, expected 2 actions and 2 observations"),
        ([[0, 0, 1, 2]], "must be an observation of agent 1, 0 to 1"),
        ([[0, 0, 1, 0.5]], "is no whole number"),
    ],
)
def test_histories_that_do_not_fit_are_refused(history: Any, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        eqsolve.ask(COINS, "posterior", history=history)


@pytest.mark.parametrize("history", [[[[0, 0]]], [[[0, 0], [0]]], [[[0, 0, 0], [0, 0]]], 5])
def test_verbs_refuse_histories_of_wrong_lengths(history: Any) -> None:
    with pytest.raises(InstanceError, match="history"):
        posterior(COINS, history)


def test_no_history_is_what_is_known_at_first() -> None:
    told = posterior(load("catalog:three-agent-cycle"), [])
    assert told.probability == 1
    assert told.joint.tolist() == [0.25] * 4
    assert told.shared == (0, 1, 2, 3)


def test_many_files_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "one.dpomdp").write_text(HEAD + PLAIN)
    (tmp_path / "notes.txt").write_text("nothing")
    answer = eqsolve.ask(load(tmp_path / "one.dpomdp"), "observability", beside=str(tmp_path))
    assert [row["name"] for row in answer.fields["models"]] == ["one"]
    assert answer.check.valid
    (tmp_path / "two.dpomdp").write_text(HEAD + PLAIN.replace("listen 0", "open 0"))
    answer = eqsolve.ask(COINS, "observability", beside=str(tmp_path / "*.dpomdp"))
    assert [row["name"] for row in answer.fields["models"]] == ["exclusive-or", "one", "two"]
    with pytest.raises(FormatError, match=r"holds no \.dpomdp file"):
        eqsolve.ask(COINS, "observability", beside=str(tmp_path / "*.gz"))
    with pytest.raises(OptionError, match="most_sets"):
        eqsolve.ask(COINS, "observability", most_sets=0)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_repeat_and_play_what_can_happen(recipe: Any) -> None:
    model = recipe().instance(3)
    assert model == recipe().instance(3)
    assert model != recipe().instance(4)
    assert model.histories
    for entry in eqsolve.solve(model).require().posteriors:
        assert entry.joint is not None
        assert set(np.flatnonzero(entry.joint).tolist()) <= set(entry.shared)


def test_recipes_are_what_they_promise() -> None:
    for seed in range(5):
        found = observability(Revealing(states=4).instance(seed))
        assert found.collectively_observable
        assert found.shared_identifiable
    for agents in (2, 3, 4):
        found = observability(Xor(agents=agents).instance(0))
        assert found.collectively_observable
        assert not found.shared_identifiable
    with pytest.raises(OptionError):
        Random(states=0).instance(0)
    with pytest.raises(OptionError):
        Revealing(states=9, observations=2).instance(0)
    with pytest.raises(OptionError):
        Xor(agents=0).instance(0)


def test_weights_need_actions_that_do_not_matter() -> None:
    """Independent observations, one step, uniform actions; the state is whether actions differ."""
    moves = np.zeros((4, 2, 2))
    for action in range(4):
        moves[action, :, int(action in (1, 2))] = 1
    model = DecPOMDP([2, 2], [1, 1], moves, [[[1], [1]]] * 4, [0.5, 0.5])
    told = posterior(model, [[[0, 1], [0, 0]]])
    assert told.joint.tolist() == [0.0, 1.0]
    assert [row.tolist() for row in told.local] == [[0.5, 0.5], [0.5, 0.5]]


@given(model=dec_pomdps())
def test_more_is_known_together_than_alone(model: DecPOMDP) -> None:
    for entry in eqsolve.solve(model, method="filter").require().posteriors:
        taken = all(
            model.policies[i][k] > 0 for actions, _ in entry.history for i, k in enumerate(actions)
        )
        if entry.joint is not None and taken:
            assert set(np.flatnonzero(entry.joint).tolist()) <= set(entry.shared)
