"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eqsolve import Bounds, ContractMDP, Result, Stats, Status, contract_equilibrium, load, verify
from eqsolve.families.contract_mdp.generate import Random

GAME = Random(states=3, actions=3, outcomes=3, horizon=3).instance(1)
NONE_PURE = load("catalog:no-pure-stationary-equilibrium")


@pytest.fixture(scope="module")
def result():
    found = contract_equilibrium(GAME)
    assert found.solution.contracts.max() > 0
    return found


def failed(mdp, result, **fields):
    changed = replace(result, solution=replace(result.solution, **fields))
    return {check.id.removeprefix("contracts.") for check in verify(mdp, changed).failures}


def test_payments_raised_lowered_and_negative(result):
    contracts = result.solution.contracts
    place = np.unravel_index(contracts.argmax(), contracts.shape)
    for change, names in ((0.3, {"principal"}), (-0.3, {"agent"}), (-9.0, {"payments"})):
        wrong = contracts.copy()
        wrong[place] += change
        assert names & failed(GAME, result, contracts=wrong)


def test_an_action_swapped(result):
    actions = result.solution.actions.copy()
    actions[0, 0] = (actions[0, 0] + 1) % 3
    assert {"agent", "principal"} & failed(GAME, result, actions=actions)


def test_a_value_changed(result):
    values = result.solution.agent_values.copy()
    values[1, 2] += 1e-3
    assert failed(GAME, result, agent_values=values) == {"agent-values"}
    values = result.solution.principal_values.copy()
    values[0, 0] += 1e-3
    assert "principal-values" in failed(GAME, result, principal_values=values)


def test_a_stage_dropped_and_a_stationary_claim(result):
    solution = result.solution
    parts = {
        key: getattr(solution, key)[1:]
        for key in ("actions", "contracts", "agent_values", "principal_values")
    }
    assert failed(GAME, result, **parts) == {"form"}
    one = {key: part[:1] for key, part in parts.items()}
    assert failed(GAME, result, form="stationary", **one) == {"form"}


@pytest.mark.parametrize(
    "key",
    ["principal_value", "agent_value", "welfare", "first_best", "agency_cost", "expected_payment"],
)
def test_wrong_figures(result, key):
    wrong = getattr(result.solution, key) + 0.01
    assert key.replace("_", "-") in failed(GAME, result, **{key: wrong})


def test_wrong_ties_epsilon_objective_and_bound(result):
    ties = result.solution.principal_ties + 1
    assert failed(GAME, result, principal_ties=ties) == {"ties"}
    assert "epsilon" in failed(GAME, result, epsilon=0.1)
    for wrong in (
        replace(result, objective=result.objective + 0.1),
        replace(result, bounds=Bounds(upper=result.objective + 1, source="certified")),
    ):
        assert "contracts.objective" in {check.id for check in verify(GAME, wrong).failures}


def test_mixtures():
    mixed = contract_equilibrium(NONE_PURE)
    parts = mixed.solution.mixture
    first = replace(parts[0], probability=parts[0].probability + 0.1)
    assert "mixture" in failed(NONE_PURE, mixed, mixture=(first, *parts[1:]))
    second = replace(parts[1], probability=parts[1].probability - 0.1)
    assert {"agent", "principal"} & failed(NONE_PURE, mixed, mixture=(first, second, *parts[2:]))
    less = replace(parts[0], probability=parts[0].probability - 0.1)
    gift = replace(parts[0], probability=0.1, contract=tuple(x + 0.3 for x in parts[0].contract))
    assert "principal" in failed(NONE_PURE, mixed, mixture=(less, gift, *parts[1:]))


def test_no_pure_equilibrium_where_one_exists():
    game = ContractMDP(
        [[[0.5, 0.5], [0.1, 0.9]]], [[0, 10]], costs=[[0, 1]], transitions=[[0, 0]], horizon=None,
        discount=0.5,
    )  # fmt: skip
    lie = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="x"))
    assert {check.id for check in verify(game, lie).failures} == {"contracts.existence"}
    assert {check.id for check in verify(GAME, lie).failures} == {"contracts.existence"}


def test_commitments_and_targets_that_could_be_better():
    tree = load("catalog:effort-on-a-tree")
    alone = contract_equilibrium(tree)
    called = replace(
        alone,
        solution=replace(alone.solution, question="commitment", principal_ties=None),
        bounds=contract_equilibrium(tree, question="commitment").bounds,
    )
    assert "contracts.commitment" in {check.id for check in verify(tree, called).failures}
    target = contract_equilibrium(tree, question="target", target=[0, 0, 0])
    contracts = target.solution.contracts + 0.2
    assert "principal" in failed(tree, target, contracts=contracts)


@pytest.mark.parametrize("change", ["contract", "payment", "implementable"])
def test_what_is_told_of_single_actions(change):
    task = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
    found = contract_equilibrium(task)
    entry = dict(found.solution.per_action[1])
    assert entry["contract"] == [0.0, 2.5]
    entry[change] = {"contract": [0.1, 2.6], "payment": 2.0, "implementable": False}[change]
    per_action = (found.solution.per_action[0], entry)
    assert failed(task, found, per_action=per_action) == {"per-action"}
