"""Learned contracts: judged by a best-responding agent, repeatable, honest about limits."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import (
    ContractMDP,
    Limit,
    Status,
    UnsupportedError,
    contract_equilibrium,
    evaluate_contracts,
    learn_contracts,
    save,
    tree_mdp,
    verify,
)
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError
from eqsolve.families.contract_mdp.methods.learning import Beliefs, equilibrium_value, nudgeable

TREE = tree_mdp(2, 1)
SMALL = {"width": 32, "batch": 64, "lag": 25, "rate": 0.01}
LASTING = ContractMDP(
    [[[0.5, 0.5], [0.1, 0.9]], [[0.5, 0.5], [0.1, 0.9]]], [[0, 4], [0, 8]],
    costs=[[0, 1], [0, 1]], transitions=[[0, 1], [1, 0]], horizon=None, discount=0.6,
)  # fmt: skip
METHODS = ["q_learning", pytest.param("deep", marks=pytest.mark.learn)]


def learned(mdp, method, **options):
    return learn_contracts(mdp, method=method, **({**SMALL, **options} if method == "deep" else
                           options))  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("mdp", "episodes", "nudge"), [(TREE, 1500, 0.02), (LASTING, 500, 0.3)], ids=["tree", "no end"]
)
def test_learners_come_near_the_equilibrium(method, mdp, episodes, nudge):
    result = learned(mdp, method, episodes=episodes, nudge=nudge, seed=2)
    assert result.status is Status.FEASIBLE
    assert verify(mdp, result).valid
    told = result.solution.learning
    exact = contract_equilibrium(mdp).objective
    assert told["spe"] == pytest.approx(exact)
    assert told["nudge"] == nudge
    assert told["episodes"][-1] == episodes
    # Learned contracts are judged as if she committed to them, which can earn more (CON-9).
    assert 0.8 * exact <= result.objective <= result.bounds.upper + 1e-9
    contracts = result.solution.contracts if mdp.horizon else result.solution.contracts[0]
    judged = evaluate_contracts(mdp, contracts)
    assert judged.principal_value == pytest.approx(result.objective)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_bytes(method, tmp_path):
    save(TREE, tmp_path / "tree.json")
    options = {"episodes": 80, **(SMALL if method == "deep" else {})}
    texts = [part for key, x in options.items() for part in ("--option", f"{key}={x}")]
    files = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        target = tmp_path / f"{name}.json"
        command = ["solve", str(tmp_path / "tree.json"), "--method", method, "--seed", str(seed)]
        shown = CliRunner().invoke(main, [*command, *texts, "-o", str(target), "-q"])
        assert shown.exit_code == 0, shown.stderr
        document = json.loads(target.read_text())
        files.append({**document, "wall_time": 0, "compile_time": 0})
    assert files[0] == files[1]
    assert files[0]["contracts"] != files[2]["contracts"]


@pytest.mark.parametrize("method", METHODS)
def test_units_of_money_do_not_matter(method):
    plain = learned(TREE, method, episodes=200, nudge=0.0625, seed=1)
    for unit in (2.0**-20, 2.0**20):
        scaled = ContractMDP(
            TREE.probabilities, unit * TREE.principal_rewards,
            agent_rewards=unit * TREE.agent_rewards, transitions=TREE.successors[:, :, 0],
            horizon=TREE.horizon,
        )  # fmt: skip
        found = learned(scaled, method, episodes=200, nudge=0.0625 * unit, seed=1)
        assert np.allclose(found.solution.contracts, unit * plain.solution.contracts, rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_counted_probabilities_and_a_limit(method):
    found = learned(TREE, method, episodes=10**9, probabilities="counted", time_limit=2)
    assert found.status is Status.FEASIBLE
    assert found.limit is Limit.TIME
    assert 0 < found.solution.learning["episodes"][-1] < 10**9


def test_beliefs_are_counted_or_known():
    guess = Beliefs(TREE, known=False)
    before = guess.guess[0].tolist()
    assert before == [[0.5, 0.5], [0.5, 0.5]]
    guess.see(np.array([0, 0]), np.array([1, 1]), np.array([1, 1]))
    assert guess.guess[0].tolist() == [[0.5, 0.5], [0.25, 0.75]]
    known = Beliefs(TREE, known=True)
    known.see(np.array([0]), np.array([1]), np.array([1]))
    assert np.array_equal(known.guess, TREE.probabilities)


def test_what_cannot_be_nudged_is_not_recommended():
    twins = ContractMDP.one_shot([[0.5, 0.5], [0.5, 0.5], [0, 1]], [0, 0, 1], [0, 5])
    assert nudgeable(twins, 0.1).tolist() == [[False, False, True]]
    assert nudgeable(twins, 0.0).tolist() == [[True, True, True]]
    assert equilibrium_value(twins) == pytest.approx(contract_equilibrium(twins).objective)


@pytest.mark.parametrize(
    "options",
    [
        {"episodes": 0},
        {"checks": 0},
        {"checks": 10**6},
        {"nudge": -1},
        {"nudge": float("inf")},
        {"explore": 2},
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_options_that_cannot_be(method, options):
    with pytest.raises(OptionError, match=next(iter(options))):
        learn_contracts(TREE, method=method, **options)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("q_learning", {"power": 0}),
        ("deep", {"width": 0}),
        ("deep", {"batch": 0}),
        ("deep", {"rate": 1}),
        ("backward_induction", {}),
    ],
)
def test_options_of_one_learner(method, options):
    with pytest.raises(OptionError, match=next(iter(options), "must be q_learning or deep")):
        learn_contracts(TREE, method=method, **options)


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_without_torch_it_is_named():
    with pytest.raises(UnsupportedError, match=r"needs torch.*pip install torch"):
        learn_contracts(TREE, method="deep")


@pytest.mark.learn
def test_the_deep_learner_leaves_torch_as_it_was():
    import torch

    torch.set_num_threads(2)
    state = torch.random.get_rng_state()
    learned(TREE, "deep", episodes=16)
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.random.get_rng_state(), state)
