"""What an instance holds, and every fault of bad input by field and position."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import ContractMDP, contract_equilibrium, evaluate_contracts, load, save
from eqsolve.core.errors import FormatError, InstanceError, OptionError
from eqsolve.families.contract_mdp.files import read, write
from eqsolve.testing import contract_mdps, lasting_contract_mdps

GOOD = {
    "eqsolve": 1,
    "kind": "contract_mdp",
    "outcome_probs": [[[0.5, 0.5], [0.25, 0.75]], [[1.0, 0.0], None]],
    "agent_rewards": [[0, -1], [0, None]],
    "principal_rewards": [[0, 4], [1, 1]],
    "transitions": [[0, [0.5, 0.5]], [None, 1]],
    "horizon": 2,
}


@given(contract_mdps() | lasting_contract_mdps())
@settings(max_examples=40)
def test_what_is_written_reads_back_equal(mdp):
    fields = json.loads(json.dumps(write(mdp), default=lambda array: array.tolist()))
    assert read(fields, {}) == mdp


def test_the_short_form_and_the_long_one_are_equal():
    short = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 2], [0, 10])
    long = ContractMDP([[[0.5, 0.5], [0.1, 0.9]]], [[0, 10]], agent_rewards=[[0, -2]])
    assert short == long
    assert short.is_one_shot


def test_dense_arrays_with_ends(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", rng.dirichlet(np.ones(3), (4, 2)))
    np.save(tmp_path / "next.npy", np.array([[1, 2, -1]] * 4))
    document = {
        "eqsolve": 1, "kind": "contract_mdp", "outcome_probs": {"file": "p.npy"},
        "costs": [[0, 1]] * 4, "principal_rewards": [[0, 1, 2]] * 4,
        "transitions": {"file": "next.npy"}, "horizon": 3,
    }  # fmt: skip
    (tmp_path / "game.json").write_text(json.dumps(document))
    mdp = load(tmp_path / "game.json")
    assert mdp.successors[0, :, 0].tolist() == [1, 2, -1]
    save(mdp, tmp_path / "again.json")
    assert load(tmp_path / "again.json") == mdp


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"outcome_probs": [[[0.5, 0.6], [0, 1]], [[1, 0], None]]},
         r"outcome_probs\[0, 0\]: sums to 1.1, but"),
        ({"outcome_probs": [[[1.5, -0.5], [0, 1]], [[1, 0], None]]},
         r"outcome_probs\[0, 0, 1\] = -0.5: must be >= 0"),
        ({"costs": [[0, 1], [0, None]]}, "exactly one of agent_rewards and costs"),
        ({"transitions": [[0, 7], [None, 1]]}, r"transitions\[0, 1\] = 7: must be a state, 0 to 1"),
        ({"transitions": [[0, [0.5, 0.4]], [None, 1]]}, r"transitions\[0, 1\]: sums to 0.9"),
        ({"transitions": [[0, -1], [None, 1]]}, r"transitions\[0, 1\] = -1: must be a state"),
        ({"horizon": None}, "discount = 1.0: must be below 1"),
        ({"horizon": 0}, "horizon = 0: must be a whole number >= 1"),
        ({"discount": 1.5}, "discount = 1.5: must be in"),
        ({"outcome_probs": [[[0.5, 0.5], []], [[1, 0], None]]},
         r"outcome_probs\[0, 1\]: an action needs at least one outcome"),
        ({"outcome_probs": [[[0.5, 0.5], [1.0]], [[1, 0], None]]},
         r"outcome_probs\[0, 1\]: has 1 outcomes, action 0 has 2"),
        ({"principal_rewards": [[0], [1, 1]]},
         r"principal_rewards\[0\]: has 1 entries, but the state has 2"),
        ({"principal_rewards": [[0], [1]]},
         r"principal_rewards\[0\]: has 1 entries, but the state has 2"),
        ({"agent_rewards": [[0, -1]]}, "agent_rewards: has length 1"),
        ({"initial": 5}, "initial = 5: must be a state, 0 to 1"),
        ({"outcome_probz": 1}, "unknown field; did you mean 'outcome_probs'"),
        ({"outcome_probs": [[["a", 0.5], [0, 1]], [[1, 0], None]]},
         r"outcome_probs\[0, 0, 0\] = 'a': must be a number"),
    ],
)  # fmt: skip
def test_bad_input_is_named(tmp_path, change, line):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(GOOD | change))
    with pytest.raises(FormatError, match=rf"bad\.json: .*{line}"):
        load(path)


def test_the_horizon_is_required_beside_transitions(tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({key: GOOD[key] for key in GOOD if key != "horizon"}))
    with pytest.raises(FormatError, match="horizon: required beside transitions"):
        load(path)


def test_positions_of_the_short_form_have_no_state():
    with pytest.raises(InstanceError, match=r"^outcome_probs\[1\]: sums to 0.9"):
        ContractMDP([[0.5, 0.5], [0.5, 0.4]], [0, 1], costs=[0, 1])


def test_contracts_and_targets_of_the_wrong_shape():
    mdp = load("catalog:effort-on-a-tree")
    with pytest.raises(InstanceError, match=r"contracts\[1\]: .*has length 1|contracts"):
        evaluate_contracts(mdp, [[1, 0], [1], [0, 0]])
    with pytest.raises(InstanceError, match=r"contracts\[0, 1\] = -1: must be >= 0"):
        evaluate_contracts(mdp, [[1, -1], [1, 0], [0, 0]])
    with pytest.raises(InstanceError, match="target: must be a list of actions by state"):
        contract_equilibrium(mdp, question="target", target=[[0, 0, 0]] * 3)
    with pytest.raises(InstanceError, match=r"target\[2\] = 2: must be an action of right"):
        contract_equilibrium(mdp, question="target", target=[0, 0, 2])


def test_sums_and_signs_are_told_together():
    with pytest.raises(InstanceError) as caught:
        ContractMDP.one_shot([[0.5, 0.4], [-0.1, 1.1]], [0, 1], [0, 10])
    assert [str(fault) for fault in caught.value.faults] == [
        "outcome_probs[1, 0] = -0.1: must be >= 0 and finite",
        "outcome_probs[0]: sums to 0.9, but probabilities sum to 1",
    ]


def test_every_action_of_a_target_that_cannot_be_had_is_named(tmp_path):
    rows = [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    mdp = ContractMDP(
        [rows, rows], [[0, 1], [0, 1]], costs=[[0, 0, 1], [0, 0, 2]], horizon=2,
        transitions=[[0, 1], [1, 1]],
    )  # fmt: skip
    path = tmp_path / "policy.json"
    path.write_text("[2, 2]")
    with pytest.raises(FormatError) as caught:
        contract_equilibrium(mdp, question="target", target=str(path))
    assert [str(fault) for fault in caught.value.faults] == [
        f"target[{s}] = 2: the action cannot be implemented: 1 x action 0 has the same outcomes "
        f"and pleases the agent {s + 1} more"
        for s in (0, 1)
    ]
    with pytest.raises(OptionError, match=r"target\[1, 1\] = 1: a nudge of 0.1 is") as seen:
        contract_equilibrium(mdp, question="target", target=[[0, 1], [0, 1]], nudge=0.1)
    assert len(str(seen.value).splitlines()) == 4


def test_odd_sizes_are_solved():
    one = ContractMDP.one_shot([[1.0]], [0], [3])
    assert contract_equilibrium(one).objective == 3
    ends = ContractMDP(
        [[None, None], [[1.0], None]], [[], [2]], agent_rewards=[[], [0, None]],
        transitions=[[], [0]], horizon=3, initial=1,
    )  # fmt: skip
    assert contract_equilibrium(ends).objective == 2
    never = ContractMDP.one_shot([[0.5, 0.5, 0], [0.1, 0.9, 0]], [0, 1], [0, 10, 99])
    assert contract_equilibrium(never).objective == pytest.approx(6.75)
    pleased = ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, -1], [0, 10])
    assert contract_equilibrium(pleased).solution.expected_payment == 0
