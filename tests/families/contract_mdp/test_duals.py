"""Dual vectors prove least payments: what they prove is true, and lies among them prove nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import contract_equilibrium, verify
from eqsolve.core.report import Verdict
from eqsolve.families.contract_mdp.generate import Random
from eqsolve.families.contract_mdp.solution import DualVectors, StageDuals
from eqsolve.families.contract_mdp.verify import deviations
from eqsolve.families.contract_mdp.verify.payments import lower_bounds, proved
from eqsolve.io.solutions import solution_document
from eqsolve.io.verification import verify_document
from eqsolve.testing import one_shot_contracts
from tests.families.contract_mdp import oracle

LARGE = Random(states=40, actions=5, outcomes=4, horizon=110).instance(2)
LASTING = Random(states=4100, actions=5, outcomes=3, horizon=0, discount=0.5).instance(1)


@pytest.fixture(scope="module")
def result():
    return contract_equilibrium(LARGE)


@given(one_shot_contracts(), st.lists(st.floats(0, 50) | st.integers(0, 3), min_size=6, max_size=6))
@settings(max_examples=60)
def test_no_weights_prove_too_much(mdp, entries):
    game = oracle.Game(mdp)
    for a in game.actions[0]:
        weights = np.resize(np.array(entries, dtype=np.float64), (1, mdp.n_actions))
        arrays = mdp.probabilities, mdp.agent_rewards, mdp.exists, np.array([a])
        (found,) = proved(weights, *arrays)
        least = oracle.least_payment(game.p[0], game.r[0], a)
        assert found <= (np.inf if least is None else float(least) * (1 + 1e-9) + 1e-12)
        (best,) = lower_bounds(*arrays).values
        assert best == (np.inf if least is None else pytest.approx(float(least), abs=1e-9))


def test_who_imitates_an_action_but_pleases_no_more_does_not_make_it_impossible():
    probs, q = np.full((1, 2, 2), 0.5), np.zeros((1, 2))
    twins = probs, q, np.ones((1, 2), bool), np.array([0])
    assert proved(np.array([[0.0, 1.0]]), *twins).tolist() == [0.0]
    better = probs, np.array([[0.0, 1.0]]), *twins[2:]
    assert proved(np.array([[0.0, 1.0]]), *better).tolist() == [np.inf]


def test_every_vector_of_a_large_answer_is_feasible_and_tight_where_she_pays(result):
    duals = result.certificate.data["lambda"]
    table = duals.tolist()
    solution = result.solution
    for t in (0, LARGE.horizon - 1):
        later = solution.agent_values[t + 1] if t + 1 < LARGE.horizon else np.zeros(LARGE.n_states)
        after = later[LARGE.successors[:, :, 0]]
        q = LARGE.agent_rewards + np.einsum("sao,so->sa", LARGE.probabilities, after)
        for s in range(LARGE.n_states):
            a = solution.actions[t, s]
            paid = LARGE.probabilities[s, a] @ solution.contracts[t, s]
            assert (table[t][s][a] is not None) == (paid > 1e-9)
            for k, row in enumerate(table[t][s]):
                weights = np.zeros(LARGE.n_actions) if row is None else np.array(row)
                probs = LARGE.probabilities[s]
                assert weights.min() >= 0
                assert (weights @ (probs[k] - probs) <= probs[k] + 1e-9).all()
                if k == a:
                    assert weights @ (q[s] - q[s, a]) == pytest.approx(paid, abs=1e-9)


def test_the_vectors_spare_the_verifier_its_programs(result, monkeypatch):
    solved = []

    def counted(probs, *rest):
        solved.append(len(probs))
        return lower_bounds(probs, *rest)

    monkeypatch.setattr(deviations, "lower_bounds", counted)
    assert verify(LARGE, result).verdict is Verdict.VALID
    assert sum(solved) < 0.1 * LARGE.horizon * LARGE.n_states
    solved.clear()
    bare = replace(result.certificate, data={})
    assert verify(LARGE, replace(result, certificate=bare)).verdict is Verdict.VALID
    assert sum(solved) > 0.5 * LARGE.horizon * LARGE.n_states


def test_small_answers_carry_none():
    small = Random(states=3, horizon=3).instance(0)
    assert contract_equilibrium(small).certificate.data == {}


def endless(duals):
    """The same vectors for every action of every state, thousandfold."""
    s, a, k = (x.ravel() for x in np.indices((duals.n_states,) + (duals.n_actions,) * 2))
    one = np.full(duals.n_states * duals.n_actions, duals.n_actions)
    part = StageDuals(s[:: len(set(k))], a[:: len(set(k))], one, k, np.full(len(k), 1e3))
    return DualVectors((part,) * len(duals.stages), duals.n_states, duals.n_actions)


def test_lies_among_the_vectors_prove_nothing(result):
    duals = result.certificate.data["lambda"]
    liar = replace(result.certificate, data={"lambda": endless(duals)})
    assert verify(LARGE, replace(result, certificate=liar)).verdict is Verdict.VALID
    contracts = result.solution.contracts.copy()
    place = np.unravel_index(contracts.argmax(), contracts.shape)
    contracts[place] += 0.5
    wrong = replace(result, solution=replace(result.solution, contracts=contracts))
    for certificate in (result.certificate, liar):
        report = verify(LARGE, replace(wrong, certificate=certificate))
        assert "contracts.principal" in {check.id for check in report.failures}


def test_files_carry_them_and_other_forms_count_for_nothing(result):
    document = json.loads(json.dumps(solution_document(LARGE, result)))
    assert verify_document(LARGE, document).verdict is Verdict.VALID
    table = document["certificate"]["data"]["lambda"]
    shape = len(table), LARGE.n_states, LARGE.n_actions
    read = DualVectors.of(table, shape)
    assert read.tolist() == result.certificate.data["lambda"].tolist()
    for wrong in (table[1:], [part[1:] for part in table], [[["x"] * 5] * 40] * 110, [1] * 110, {}):
        assert DualVectors.of(wrong, shape) is None
    document["certificate"]["data"]["lambda"] = table[1:]
    assert verify_document(LARGE, document).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "options", [{}, {"form": "truncated", "stages": 3}, {"question": "target"}]
)
def test_answers_without_a_horizon_carry_them_too(options):
    if options.get("question"):
        actions = contract_equilibrium(LASTING).solution.actions[0].tolist()
        options = {**options, "target": actions}
    result = contract_equilibrium(LASTING, **options)
    stages = result.certificate.data["lambda"].stages
    assert len(stages) == len(result.solution.actions)
    assert len(stages[0].states) > 0
