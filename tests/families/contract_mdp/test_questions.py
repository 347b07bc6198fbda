"""Side questions of contracts, against brute force in fractions; lies are noticed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

import eqsolve
from eqsolve import (
    ContractMDP,
    OptionError,
    UnsupportedError,
    action_payments,
    evaluate_contracts,
    linear_contract,
    load,
    stopping_cost,
    sweep_costs,
)
from eqsolve.core.errors import NoSolutionError
from eqsolve.core.limits import Deadline
from eqsolve.core.question import Means
from eqsolve.families.contract_mdp.questions import recheck
from eqsolve.testing import contract_mdps, lasting_contract_mdps, one_shot_contracts
from tests.families.contract_mdp import oracle

MEANS = Means(Deadline(), np.random.default_rng(0))
TREE = load("catalog:effort-on-a-tree")
MIXED = load("catalog:no-pure-stationary-equilibrium")
TASK = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9], [0.1, 0.9]], [0, 1, 2], [0, 10])


@given(contract_mdps())
@settings(max_examples=60)
def test_payments_of_every_action_with_their_proofs(mdp):
    game = oracle.Game(mdp)
    entries = action_payments(mdp)
    assert [[x.state, x.action] for x in entries] == np.argwhere(mdp.exists).tolist()
    for entry in entries:
        least = oracle.least_payment(game.p[entry.state], game.r[entry.state], entry.action)
        assert entry.implementable is (least is not None)
        if least is not None:
            assert entry.payment == pytest.approx(float(least), abs=1e-9)
        else:
            assert sum(entry.imitation.values()) == pytest.approx(1)
    assert recheck.payments(mdp, entries, np.zeros(mdp.n_states)).valid


@given(one_shot_contracts())
@settings(max_examples=60)
def test_shares_are_rechecked_at_every_tie(problem):
    answer = eqsolve.ask(problem, "linear")
    assert answer.check.valid
    tried = np.linspace(0, 1, 41)
    q = problem.agent_rewards[0]
    gains = problem.probabilities[0] @ problem.principal_rewards[0]
    for share in tried:
        his = q + share * gains
        kept = (1 - share) * gains[his >= his.max() - 1e-12].max()
        assert kept <= answer.value.principal_value + 1e-9


@given(lasting_contract_mdps())
@settings(max_examples=15)
def test_questions_without_a_horizon(mdp):
    for question in ("agency", "payments", "implementation", "commitment"):
        answer = eqsolve.ask(mdp, question)
        assert answer.check.valid, question


@given(contract_mdps() | lasting_contract_mdps())
@settings(max_examples=30)
def test_bonuses_by_state_sum_to_what_is_paid(mdp):
    try:
        answer = eqsolve.ask(mdp, "bonuses")
    except NoSolutionError:
        return  # drawn at random
    assert answer.check.valid
    solution = eqsolve.solve(mdp).require()
    assert answer.value.payments.sum() == pytest.approx(solution.expected_payment, abs=1e-9)


def test_bonuses_of_the_tree_are_due_at_every_node():
    found = eqsolve.ask(TREE, "bonuses")
    assert found.value.visits == pytest.approx([1, 0.9, 0.1])
    assert found.value.payments[:, 0] == pytest.approx([0.9, 0.81, 0.09])
    solution = eqsolve.solve(TREE).solution
    lie = replace(found.value, payments=found.value.payments[::-1])
    assert not recheck.spent(TREE, solution, lie, MEANS).valid
    with pytest.raises(NoSolutionError, match="at random"):
        eqsolve.ask(MIXED, "bonuses")
    for wrong in (None, found.value):
        with pytest.raises(OptionError, match="is no ContractSolution"):
            eqsolve.bonuses(TREE, wrong)


def test_first_best_is_implemented_or_imitated():
    answer = eqsolve.ask(TREE, "implementation")
    assert answer.fields["implementable"]
    assert answer.fields["expected_payment"] == pytest.approx(1.8)
    dear = eqsolve.ask(TASK, "implementation", target=[2])
    assert dear.fields == {"implementable": False, "imitated": [{"state": 0, "action": 2}]}
    assert dear.check.valid
    assert action_payments(TASK)[2].imitation == {1: 1.0}


def test_a_policy_from_a_file_and_from_numbers(tmp_path):
    path = tmp_path / "policy.json"
    path.write_text(json.dumps([[0, 0, 0], [0, 0, 1]]))
    answer = eqsolve.ask(TREE, "implementation", target=str(path))
    assert answer.fields["principal_value"] == pytest.approx(19 / 18)
    assert eqsolve.ask(TREE, "implementation", target=[1, 1, 1]).fields["expected_payment"] == 0
    with pytest.raises(OptionError, match=r"0\.5 is no whole number"):
        eqsolve.ask(TREE, "implementation", target=[0, 0.5, 1])


def test_commitment_is_compared_with_the_equilibrium():
    answer = eqsolve.ask(TREE, "commitment")
    assert answer.fields["gain"] == pytest.approx(1 / 18)
    assert answer.fields["proved"]


def test_agency_and_evaluation_of_a_given_solution():
    learned = eqsolve.solve(TREE, method="q_learning", episodes=300, seed=1)
    told = eqsolve.ask(TREE, "evaluate", result=learned).fields
    assert told["regret"] == pytest.approx(1 - told["principal_value"])
    assert told["principal_value"] == pytest.approx(learned.objective)
    assert eqsolve.ask(TREE, "agency", result=learned).fields["first_best"] == pytest.approx(1.2)
    with pytest.raises(NoSolutionError, match="mixed contracts"):
        eqsolve.ask(MIXED, "evaluate")


def test_costs_at_which_she_stops_paying():
    answer = eqsolve.ask(TREE, "sweep_costs", costs=[0.5, 1, 2])
    points = sweep_costs(TREE, [0.5, 1, 2])
    assert answer.value == points
    stops = answer.fields["stops_paying"]
    assert stopping_cost(TREE, 1, 2) == pytest.approx(stops)
    below, above = sweep_costs(TREE, [stops - 2e-3, stops + 2e-3])
    assert below.expected_payment > 0
    assert above.expected_payment == 0
    assert answer.sentence == f"beyond a cost of {stops:.4g} she pays nothing"
    assert stopping_cost(TREE, 0.5, 1) is None
    assert eqsolve.ask(TREE, "sweep_costs", costs=[2, 3]).fields["stops_paying"] is None
    for low, high, precision in ((2, 1, 0.1), (1, 2, 0), (-1, 2, 0.1)):
        with pytest.raises(OptionError, match=r"precision|below the second|must be a number"):
            stopping_cost(TREE, low, high, precision=precision)
    free = ContractMDP.one_shot([[1]], [0], [1])
    with pytest.raises(UnsupportedError, match="nothing to scale"):
        eqsolve.ask(free, "sweep_costs")


def test_one_state_or_stage_of_many():
    answer = eqsolve.ask(TREE, "payments", stage=1, state=2)
    assert [x.state for x in answer.value] == [2, 2]
    assert answer.value[0].payment == pytest.approx(0.9)
    for options in ({"stage": 2}, {"state": 3}):
        with pytest.raises(OptionError, match=r"no such stage|state = 3"):
            eqsolve.ask(TREE, "payments", **options)
    with pytest.raises(UnsupportedError, match="one period and one state"):
        eqsolve.ask(TREE, "linear")
    with pytest.raises(UnsupportedError, match="rewards >= 0"):
        eqsolve.ask(ContractMDP.one_shot([[1]], [0], [-1]), "linear")


def test_rechecks_catch_wrong_payments():
    entries = action_payments(TASK)
    nothing = np.zeros(1)
    effort, dear = entries[1], entries[2]
    lies = [
        replace(effort, payment=effort.payment + 0.1),
        replace(effort, contract=(0.0, effort.contract[1] - 0.1)),
        replace(effort, contract=(-0.1, effort.contract[1])),
        replace(effort, weights=tuple(2 * x for x in effort.weights)),
        replace(effort, payment=None, contract=None, weights=None, imitation={0: 1.0}),
        replace(dear, imitation={0: 1.0}),
        replace(dear, imitation={2: 1.0}),
    ]
    assert recheck.payments(TASK, entries, nothing).valid
    for lie in lies:
        assert not recheck.payments(TASK, [lie], nothing).valid, lie


def test_rechecks_catch_wrong_shares_and_answers():
    found = linear_contract(TASK)
    for change in ({"principal_value": 5.5}, {"first_best": 9.0}, {"actions": (1, 0)}):
        assert not recheck.linear(TASK, replace(found, **change)).valid, change
    contracts = np.tile([1.0, 0.0], (2, 3, 1))
    told = evaluate_contracts(TREE, contracts)
    assert recheck.answered(TREE, contracts, told).valid
    for change in (
        {"agent_values": told.agent_values + 0.1}, {"principal_values": told.principal_values - 1},
        {"actions": 1 - told.actions}, {"agent_value": 3.0}, {"principal_value": 3.0},
    ):  # fmt: skip
        assert not recheck.answered(TREE, contracts, replace(told, **change)).valid, change


def test_payments_are_told_with_the_names_of_outcomes() -> None:
    labels = {"outcomes": ["fail", "win"]}
    task = eqsolve.ContractMDP([[0.5, 0.5], [0.1, 0.9]], [0, 10], costs=[0, 1], labels=labels)
    solved = eqsolve.solve(task)
    assert "2.5 for win" in str(eqsolve.view(task, solved))
    for question in ("payments", "bonuses"):
        assert "for win" in str(eqsolve.ask(task, question))
    plain = eqsolve.ContractMDP([[0.5, 0.5], [0.1, 0.9]], [0, 10], costs=[0, 1])
    assert "2.5 for 1" in str(eqsolve.view(plain, eqsolve.solve(plain)))
