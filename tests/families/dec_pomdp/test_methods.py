"""What can be known, beside brute force over paths in fractions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import eqsolve
from eqsolve import DecPOMDP, Limit, Status, load, observability, posterior, shared_states, solve
from eqsolve.catalog import catalog_names
from eqsolve.families.dec_pomdp.generate import Random, guessing_model, xor_model
from eqsolve.testing import dec_pomdps, told_apart_dec_pomdps
from tests.families.dec_pomdp.oracle import Model

CATALOG = catalog_names("dec_pomdp")


@given(model=dec_pomdps())
def test_posteriors_are_sums_over_paths(model: DecPOMDP) -> None:
    oracle = Model(model)
    solution = solve(model).require()
    assert [entry.history for entry in solution.posteriors] == list(model.histories)
    for entry in solution.posteriors:
        rows = [oracle.joint(entry.history)]
        assert entry.probability == pytest.approx(float(sum(rows[0])), abs=1e-12)
        rows += [oracle.local(entry.history, i) for i in range(model.n_agents)]
        for told, right in zip((entry.joint, *entry.local), rows, strict=True):
            total = sum(right)
            assert (told is None) == (total == 0)
            if told is not None:
                assert told == pytest.approx([float(x / total) for x in right], abs=1e-9)
        assert set(entry.shared) == oracle.shared(entry.history)


@settings(max_examples=60)
@given(model=dec_pomdps(longest=0))
def test_observability_is_that_of_all_histories(model: DecPOMDP) -> None:
    oracle, found = Model(model), observability(model)
    first = oracle.first_ambiguous(2)
    witness = found.ambiguous_history
    assert found.collectively_observable == (witness is None)
    if witness is None or len(witness) > 2:
        assert first is None
    else:
        assert first == len(witness)
        assert oracle.support(oracle.joint(witness)) == set(found.states_left)
        assert len(found.states_left) > 1


@settings(max_examples=60)
@given(model=told_apart_dec_pomdps())
def test_identifiability_is_that_of_all_histories(model: DecPOMDP) -> None:
    oracle, found = Model(model), observability(model)
    assert found.collectively_observable
    first = oracle.first_shared(1)  # later looks only rule out more
    assert found.shared_identifiable == (first is None)
    if found.unshared_history is not None:
        assert len(oracle.shared(found.unshared_history)) > 1


@pytest.mark.parametrize("name", CATALOG)
def test_the_catalog_says_what_is_found(name: str) -> None:
    model = load(f"catalog:{name}")
    expected = model.metadata["expected"]
    result = solve(model)
    assert result.status.value == expected["status"]
    solution = result.require()
    for key in ("collectively_observable", "shared_identifiable"):
        assert getattr(solution, key) is expected[key]
    assert [list(entry.shared) for entry in solution.posteriors] == expected["shared"]
    assert eqsolve.verify(model, result).valid


def test_one_state_and_one_agent() -> None:
    trivial = DecPOMDP([2], [1], [[[1]], [[1]]], [[[1]], [[1]]], [1], histories=[[], [[[1], [0]]]])
    solution = solve(trivial).require()
    assert solution.collectively_observable
    assert solution.shared_identifiable
    assert solution.knowledge_sets == ((0,),)
    assert [entry.joint.tolist() for entry in solution.posteriors if entry.joint is not None] == [
        [1.0],
        [1.0],
    ]


def test_a_single_agent_knows_what_all_together_know() -> None:
    model = Random(agents=1, states=3, observations=3, histories=4).instance(5)
    for entry in solve(model).require().posteriors:
        assert entry.joint is not None
        assert entry.local[0] == pytest.approx(entry.joint)
        assert entry.shared == tuple(np.flatnonzero(entry.joint).tolist())


def test_three_agents_and_a_coin_each() -> None:
    found = observability(load("catalog:three-agent-cycle"))
    assert found.collectively_observable is False
    heads = np.indices((2, 2, 2)).sum(axis=0) % 2
    three = guessing_model(np.stack([heads == 0, heads == 1]) / 4)
    found = observability(three)
    assert (found.collectively_observable, found.shared_identifiable) == (True, False)
    assert shared_states(three, [[[0, 0, 0], [1, 1, 0]]]) == (0, 1)


def test_what_cannot_happen() -> None:
    impossible = [[[0, 0], [0, 1]], [[0, 0], [0, 0]]]
    told = posterior(xor_model(), impossible)
    assert (told.probability, told.joint) == (0.0, None)
    assert all(row is not None for row in told.local)
    blind = guessing_model([[[1.0, 0.0]], [[1.0, 0.0]]])
    told = posterior(blind, [[[0, 0], [0, 1]]])
    assert told.local[1] is None
    assert told.shared == ()


def test_actions_that_nobody_takes_are_no_histories() -> None:
    moves = [[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]
    sights = [[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]
    free = DecPOMDP([2], [2], moves, sights, [1, 0])
    bound = DecPOMDP([2], [2], moves, sights, [1, 0], policies=[[1, 0]])
    assert observability(free).collectively_observable is False
    assert observability(bound).collectively_observable is True


def test_rows_of_rounded_decimals_are_divided_out() -> None:
    third = [0.33333, 0.33333, 0.33333]
    model = DecPOMDP([1], [1], [[third] * 3], [[[1]] * 3], third)
    assert model.transitions.sum(axis=2) == pytest.approx(1, abs=1e-15)
    assert posterior(model, [[[0], [0]]]).joint == pytest.approx([1 / 3] * 3)


def test_a_late_look_brings_back_what_floats_lose() -> None:
    """After 400 looks that speak for the first state a look rules it out."""
    sights = [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1]]
    model = DecPOMDP([1], [3], [[[1, 0], [0, 1]]], [sights], [0.5, 0.5])
    told = posterior(model, [[[0], [0]]] * 400 + [[[0], [2]]])
    assert told.joint is not None
    assert told.joint.tolist() == [0.0, 1.0]
    asked = model.with_histories([told.history])
    assert eqsolve.verify(asked, solve(asked)).valid


def test_searches_that_are_cut_say_so() -> None:
    model = load("catalog:line-embedding")
    result = solve(model, most_sets=1)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.NODES)
    assert result.solution.collectively_observable is None
    assert eqsolve.verify(model, result).valid


def test_filtering_alone_leaves_the_question_open() -> None:
    model = xor_model(histories=[[[[0, 0], [0, 0]]]])
    result = solve(model, method="filter")
    assert result.status is Status.SOLVED
    assert result.solution.collectively_observable is None
    assert result.solution.explored == 0


def test_many_histories_are_filtered_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from eqsolve.families.dec_pomdp import filter as filtering

    model = Random(states=3, histories=12, length=3).instance(2)
    whole = solve(model).require().posteriors
    monkeypatch.setattr(filtering, "_AT_ONCE", 6)
    parts = solve(model).require().posteriors
    for one, other in zip(whole, parts, strict=True):
        assert one.to_dict() == other.to_dict()


def test_agents_may_change_places() -> None:
    model = Random(histories=3, observations=3).instance(7)
    tables = {
        "transitions": model.transitions.reshape(2, 2, 4, 4).swapaxes(0, 1).reshape(4, 4, 4),
        "observation_probs": model.observation_probs.reshape(2, 2, 4, 3, 3)
        .transpose(1, 0, 2, 4, 3)
        .reshape(4, 4, 9),
    }
    swapped: Any = [
        [[list(reversed(part)) for part in step] for step in history] for history in model.histories
    ]
    other = DecPOMDP([2, 2], [3, 3], initial=model.initial, histories=swapped, **tables)
    for one, two in zip(solve(model).require().posteriors, solve(other).require().posteriors,
                        strict=True):  # fmt: skip
        assert one.joint == pytest.approx(two.joint)
        assert one.local[0] == pytest.approx(two.local[1])
        assert one.shared == two.shared
    assert (
        observability(model).collectively_observable == observability(other).collectively_observable
    )
