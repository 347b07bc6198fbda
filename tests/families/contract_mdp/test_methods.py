"""Every method against brute force in fractions, and the figures of the literature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import ContractMDP, Status, contract_equilibrium, load, tree_mdp, verify
from eqsolve.core.errors import InstanceError, OptionError
from eqsolve.families.contract_mdp.generate import LinearGap, Random
from eqsolve.testing import contract_mdps, lasting_contract_mdps, one_shot_contracts
from tests.families.contract_mdp import oracle

TREE = load("catalog:effort-on-a-tree")
NONE_PURE = load("catalog:no-pure-stationary-equilibrium")


def start(mdp, values):
    return float(sum(chance * float(x) for chance, x in zip(mdp.start, values, strict=True)))


@given(contract_mdps())
@settings(max_examples=40)
def test_backward_induction_is_the_recursion_in_fractions(mdp):
    game = oracle.Game(mdp)
    for tie in ("agent", "index"):
        his, hers = oracle.equilibrium(game, mdp.horizon, tie)
        solution = contract_equilibrium(mdp, tie=tie).require()
        assert np.allclose(solution.principal_values[0], np.array(hers, float), atol=1e-9)
        assert np.allclose(solution.agent_values[0], np.array(his, float), atol=1e-9)
    assert solution.first_best == pytest.approx(start(mdp, oracle.first_best(game, mdp.horizon)))
    unpaid = start(mdp, oracle.unpaid(game, mdp.horizon))
    assert solution.no_contract["agent"] == pytest.approx(unpaid, abs=1e-9)


@given(contract_mdps())
@settings(max_examples=20)
def test_compiled_and_plain_code_and_the_reference_agree(mdp):
    from eqsolve.families.contract_mdp import payments, reference
    from eqsolve.families.contract_mdp.dynamics import stage_payoffs
    from eqsolve.families.contract_mdp.kernels import payments as compiled

    nothing = np.zeros(mdp.n_states)
    q, gains = stage_payoffs(mdp, nothing, nothing)
    for by_index in (True, False):
        one, two, three = (
            engine.best_contracts(mdp.probabilities, q, gains, mdp.exists, by_index=by_index)
            for engine in (payments, compiled, reference)
        )
        assert one.actions.tolist() == two.actions.tolist() == three.actions.tolist()
        assert np.allclose(one.payments, two.payments)
        assert np.allclose(one.payments, three.payments)
        assert one.tied.tolist() == two.tied.tolist() == three.tied.tolist()


@given(contract_mdps(max_states=2, max_size=2, max_horizon=2))
@settings(max_examples=25)
def test_commitment_is_the_best_of_all_policies(mdp):
    game = oracle.Game(mdp)
    best = oracle.committed(game, mdp.horizon, int(np.argmax(mdp.start)))
    result = contract_equilibrium(mdp, question="commitment")
    assert result.status is Status.SOLVED
    assert result.objective == pytest.approx(float(best), abs=1e-9)


@given(one_shot_contracts())
@settings(max_examples=40)
def test_each_action_of_one_period(problem):
    game = oracle.Game(problem)
    solution = contract_equilibrium(problem).require()
    for entry in solution.per_action:
        least = oracle.least_payment(game.p[0], game.r[0], entry["action"])
        assert entry["implementable"] is (least is not None)
        if least is not None:
            assert entry["payment"] == pytest.approx(float(least), abs=1e-9)


def test_commitment_beats_the_equilibrium_on_the_tree():
    alone = contract_equilibrium(TREE).require()
    assert (alone.principal_value, alone.agent_value) == pytest.approx((1, 1 / 5))
    assert np.allclose(alone.contracts[0], [1, 0])
    committed = contract_equilibrium(TREE, question="commitment")
    assert committed.objective == pytest.approx(19 / 18)
    assert committed.solution.actions[1, 2] == 1


def test_ties_and_contracts_that_hurt():
    ties = load("catalog:ties-of-the-principal")
    values = [contract_equilibrium(ties, tie=tie).objective for tie in ("agent", "index")]
    assert values == pytest.approx([21 / 16, 27 / 16])
    hurt = contract_equilibrium(load("catalog:contracts-that-hurt")).require()
    assert hurt.principal_value == pytest.approx(86 / 15)
    assert hurt.no_contract["principal"] == pytest.approx(6)


@pytest.mark.parametrize(("n", "optimum"), [(2, 1.999), (3, 2.998), (5, 4.996)])
def test_the_family_on_which_linear_contracts_lose(n, optimum):
    epsilon = 0.001
    solution = contract_equilibrium(LinearGap(actions=n, epsilon=epsilon).instance(0)).require()
    assert solution.principal_value == pytest.approx(optimum, abs=5e-4)
    assert solution.linear["principal_value"] == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("discount", [0.5, 0.6, 0.7, 0.75, 0.8, 0.9])
def test_no_pure_stationary_equilibrium_but_a_mixed_one(discount):
    mdp = ContractMDP(
        NONE_PURE.probabilities, NONE_PURE.principal_rewards,
        agent_rewards=NONE_PURE.agent_rewards, transitions=[[0, 1], [1, 1]], horizon=None,
        discount=discount,
    )  # fmt: skip
    assert contract_equilibrium(mdp, form="pure").status is Status.NO_EQUILIBRIUM
    mixed = contract_equilibrium(mdp).require()
    assert mixed.form == "mixed"
    assert mixed.pure_exhaustive
    if discount == 0.5:
        chance = {part.action: part.probability for part in mixed.mixture if part.state == 0}
        assert chance[0] == pytest.approx(10 / 17)
        assert mixed.agent_values[0] == pytest.approx([8 / 15, 0])
        assert mixed.principal_values[0] == pytest.approx([17 / 10, 9 / 2])


@given(lasting_contract_mdps())
@settings(max_examples=25)
def test_without_a_horizon_there_is_a_proof_or_an_epsilon(mdp):
    result = contract_equilibrium(mdp)
    assert result.status is Status.SOLVED
    last = contract_equilibrium(mdp, form="truncated")
    assert last.status is Status.FEASIBLE
    assert last.solution.epsilon <= 1e-5 * max(1.0, mdp.scale)


def test_the_alternation_ends_with_its_cycle():
    result = contract_equilibrium(NONE_PURE, method="meta")
    assert result.status is Status.UNKNOWN
    assert result.certificate.kind == "cycle"
    assert len(result.certificate.states) == 2


@given(contract_mdps())
@settings(max_examples=25)
def test_the_alternation_finds_the_equilibrium(mdp):
    exact = contract_equilibrium(mdp).require()
    if exact.principal_ties == 0:
        found = contract_equilibrium(mdp, method="meta")
        assert found.stats.counts["rounds"] <= mdp.horizon + 1
        assert found.objective == pytest.approx(exact.principal_value, abs=1e-9)


def test_a_chain_of_a_thousand_stages():
    chain = Random(states=2, actions=2, outcomes=2, horizon=1000).instance(0)
    result = contract_equilibrium(chain)
    assert result.status is Status.SOLVED
    assert len(result.solution.actions) == 1000


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_answers_scale_with_the_units(unit):
    mdp = Random(states=3, horizon=3, whole=True).instance(2)
    scaled = ContractMDP(
        mdp.probabilities, mdp.principal_rewards * unit, agent_rewards=mdp.agent_rewards * unit,
        transitions=mdp.successors[:, :, 0], horizon=3,
    )  # fmt: skip
    one, two = (contract_equilibrium(each).require() for each in (mdp, scaled))
    assert two.actions.tolist() == one.actions.tolist()
    assert two.principal_value == pytest.approx(one.principal_value * unit, rel=1e-9)


def test_targets_and_what_imitates_them():
    twin = ContractMDP.one_shot([[0.5, 0.5], [0.25, 0.75], [0.75, 0.25]], [1, 0, 0.5], [0, 1])
    with pytest.raises(OptionError, match=r"0\.5 x action 1 \+ 0\.5 x action 2 has the same"):
        contract_equilibrium(twin, question="target", target=[0])
    same = ContractMDP.one_shot([[0.5, 0.5], [0.5, 0.5]], [0, 0], [0, 1])
    assert contract_equilibrium(same, question="target", target=[1]).status is Status.SOLVED
    with pytest.raises(OptionError, match=r"a nudge of 0\.1 is impossible"):
        contract_equilibrium(same, question="target", target=[1], nudge=0.1)
    with pytest.raises(OptionError, match="no action of state 0 can be made strictly better"):
        contract_equilibrium(same, nudge=0.1)
    one = contract_equilibrium(same, question="target", target="1").solution
    assert one.actions.tolist() == [[1]]
    with pytest.raises(InstanceError, match=r"target\[0\] = 7: must be an action"):
        contract_equilibrium(same, question="target", target="7")


def test_a_nudge_pays_more_and_says_by_how_much():
    exact, nudged = contract_equilibrium(TREE), contract_equilibrium(TREE, nudge=0.01)
    assert nudged.status is Status.FEASIBLE
    assert 0 < nudged.solution.epsilon < 0.1
    assert nudged.objective < exact.objective


@pytest.mark.parametrize("probabilities", ["known", "counted"])
def test_learners_repeat_themselves_and_come_near(probabilities):
    tree = tree_mdp(3, 1)
    runs = [
        contract_equilibrium(
            tree, method="q_learning", episodes=20_000, seed=seed, probabilities=probabilities
        )
        for seed in (5, 5, 6)
    ]
    contracts = [run.solution.contracts.tobytes() for run in runs]
    assert contracts[0] == contracts[1] != contracts[2]
    spe = contract_equilibrium(tree).objective
    assert runs[0].status is Status.FEASIBLE
    assert runs[0].objective >= 0.8 * spe
    assert runs[0].solution.learning["spe"] == pytest.approx(spe)
    assert verify(tree, runs[0]).valid
