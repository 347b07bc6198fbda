"""Models: every fault in one pass, each with its place; what is held is the user's no more."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from eqsolve import DecPOMDP, InstanceError, load, posterior, save
from eqsolve.families.dec_pomdp.instance import Rows
from eqsolve.testing import dec_pomdps

GOOD: dict[str, Any] = {
    "n_actions": [2, 1],
    "n_observations": [1, 2],
    "transitions": [[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]],
    "observation_probs": [[[1, 0], [0, 1]]] * 2,
    "initial": [0.5, 0.5],
    "rewards": [[1, -1], [0, 2]],
    "policies": [[0.25, 0.75], [1]],
    "embedding": [[0], [1]],
    "histories": [[[[0, 0], [0, 1]]]],
}


def faults(**changes: Any) -> list[str]:
    with pytest.raises(InstanceError) as error:
        DecPOMDP(**GOOD | changes)
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("n_actions", [], "n_actions = []: must be a list with a number for each agent"),
        ("n_actions", [2, 0], "n_actions[1] = 0: must be a whole number >= 1"),
        ("n_actions", [2, 1.5], "n_actions[1] = 1.5: must be a whole number >= 1"),
        ("n_observations", [2], "n_observations: has 1 entries, expected one for each of 2"),
        ("initial", [], "initial: a model needs at least one state"),
        ("initial", [0.5, 0.4], "initial: sums to 0.9, but probabilities sum to 1"),
        ("initial", [1.5, -0.5], "initial[1] = -0.5: must be >= 0 and finite"),
        ("transitions", [[[1, 0], [0, 1]]], "transitions: has length 1 along axis 0, expected 2"),
        ("transitions", [[[1, 0], [0, 0.8]]] * 2, "transitions[0, 1]: sums to 0.8, but"),
        ("transitions", [[[1, "x"], [0, 1]]] * 2, "transitions[0, 0, 1] = 'x': must be a number"),
        ("observation_probs", [[[1, 0], [0.5, 0.4]]] * 2, "observation_probs[0, 1]: sums to 0.9"),
        ("transitions", [[[[0, 1]], [[2, 1]]]] * 2, "must be a number from 0 to 1"),
        ("transitions", [[[[0, 1]], [[1, 0.5]]]] * 2, "transitions[0, 1]: sums to 0.5"),
        ("transitions", [[[[0, 0.5], [0, 0.5]], [[1, 1]]]] * 2, "[0, 0]: names 0 twice"),
        ("transitions", [[[[0, 1, 2]], [[1, 1]]]] * 2, "[0, 0]: must be a list of pairs"),
        ("rewards", [[1, 2]], "rewards: has length 1 along axis 0, expected 2"),
        ("discount", 2, "discount = 2: must be in [0, 1]"),
        ("policies", [[1, 0]], "policies: must be a list of probabilities for each of 2 agents"),
        ("policies", [[1, 0], [0.5]], "policies[1]: sums to 0.5, but probabilities sum to 1"),
        ("policies", [[1], [1]], "policies[0]: has length 1, expected 2"),
        ("embedding", [[0]], "embedding: has length 1 along axis 0, expected 2"),
        ("histories", 3, "histories = 3: must be a list of joint histories"),
        ("histories", [3], "histories[0] = 3: must be a list of steps"),
        ("histories", [[[[0, 0]]]], "histories[0, 0] = [[0, 0]]: must be [actions of all agents"),
        ("histories", [[[[0], [0, 1]]]], "histories[0, 0, 0]: has length 1, expected an action"),
        ("histories", [[[[0, 0], [0, 1, 1]]]], "[0, 0, 1]: has length 3, expected an observation"),
        ("histories", [[[[0, 0], [0, 2]]]], "histories[0, 0, 1, 1] = 2: must be an observation of"),
        ("histories", [[[[2, 0], [0, 1]]]], "[0, 0, 0, 0] = 2: must be an action of agent 0, 0 to"),
        ("histories", [[[[0.5, 0], [0, 1]]]], "[0, 0, 0, 0] = 0.5: must be an action of agent 0"),
    ],
)
def test_faults_name_their_place(field: str, value: Any, words: str) -> None:
    found = faults(**{field: value})
    assert any(words in fault for fault in found), found


def test_all_faults_come_at_once() -> None:
    found = faults(initial=[0.5, 0.4], discount=-1, policies=[[1, 1], [1]], histories=[3])
    assert [fault.partition(":")[0].partition("[")[0].partition(" ")[0] for fault in found] == [
        "initial", "policies", "histories", "discount",
    ]  # fmt: skip


def test_histories_that_are_asked_about_are_checked() -> None:
    with pytest.raises(InstanceError, match=r"history\[0, 1, 1\] = 5: must be an observation"):
        posterior(DecPOMDP(**GOOD), [[[0, 0], [0, 5]]])
    with pytest.raises(InstanceError, match="list is no DecPOMDP"):
        posterior([], [])  # type: ignore[arg-type]
    with pytest.raises(InstanceError, match="histories"):
        DecPOMDP(**GOOD).with_histories([[[[0], [0]]]])


def test_rows_given_as_pairs_are_the_same_rows() -> None:
    pairs = [[[[0, 1]], [[1, 1]]], [[[1, 0.5], [0, 0.5]], [[0, 0.5], [1, 0.5]]]]
    assert DecPOMDP(**GOOD | {"transitions": pairs}) == DecPOMDP(**GOOD)


def test_rows_are_checked_where_tables_are_given_as_rows() -> None:
    moves, sights = Rows.of(np.array([[0.5, 0.4], [0, 1]])), Rows.of(np.array([[1.0], [1.0]]))
    with pytest.raises(InstanceError, match=r"moves\[0, 0\]: sums to 0.9"):
        DecPOMDP.from_rows([1], [1], moves, sights, np.array([0.5, 0.5]))
    with pytest.raises(InstanceError, match="sights: must have 2 rows of 2"):
        DecPOMDP.from_rows([1], [2], Rows.of(np.eye(2)), sights, np.array([0.5, 0.5]))


def test_what_is_held_is_frozen_and_owned() -> None:
    table = np.array([[[0.5, 0.5], [0.0, 1.0]]])
    start = np.array([0.5, 0.5])
    model = DecPOMDP([1], [1], table, [[[1], [1]]], start)
    table[:], start[:] = 0, 0
    assert model.transitions[0, 0].tolist() == [0.5, 0.5]
    assert model.initial.tolist() == [0.5, 0.5]
    for array in (model.moves.chances, model.sights.columns, model.initial, *model.policies):
        assert not array.flags.writeable
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert not again.moves.chances.flags.writeable


@given(model=dec_pomdps())
def test_files_give_the_model_back(model: DecPOMDP, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("models") / "model.json"
    save(model, path)
    again = load(path)
    assert again == model
    assert again.histories == model.histories
    assert np.array_equal(again.transitions, model.transitions)


def test_digests_tell_what_differs() -> None:
    model = DecPOMDP(**GOOD)
    for field, value in {
        "initial": [0.25, 0.75],
        "policies": [[0.5, 0.5], [1]],
        "rewards": None,
        "embedding": [[0], [2]],
        "discount": 0.5,
        "histories": [],
        "observation_probs": [[[1, 0], [0.5, 0.5]]] * 2,
    }.items():
        assert DecPOMDP(**GOOD | {field: value}) != model, field


def test_words_name_what_has_names() -> None:
    labels = {"actions of agent 0": ["stay", "go"], "observations of agent 1": ["dark", "light"]}
    model = DecPOMDP(**GOOD, labels=labels)
    assert model.words(model.histories[0]) == "stay 0 -> 0 light"
    assert repr(model) == "<DecPOMDP: 2 agents, 2 states, 2 x 1 actions, 1 x 2 observations>"


def test_histories_are_given_by_name() -> None:
    names = {
        "actions of agent 0": ["wait", "open"], "actions of agent 1": ["wait"],
        "observations of agent 0": ["nothing"], "observations of agent 1": ["left", "right"],
    }  # fmt: skip
    model = DecPOMDP(**GOOD, labels=names)
    named = [[["wait", "wait"], ["nothing", "right"]]]
    assert model.history(named) == model.history([[[0, 0], [0, 1]]])
    assert model.with_histories([named]) == model
    assert DecPOMDP(**GOOD | {"histories": [named]}, labels=names) == model
    with pytest.raises(InstanceError, match=r"history\[0, 0, 0\] = 'opens': .*did you mean 'open'"):
        posterior(model, [[["opens", "wait"], ["nothing", "right"]]])
    with pytest.raises(InstanceError, match=r"'wait': must be an action of agent 0, 0 to 1\n"):
        DecPOMDP(**GOOD).history(named)
