"""Probabilities over many orders of magnitude: fractions decide, and every path agrees."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import ContractMDP, Status, contract_equilibrium, verify
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.contract_mdp import programs, reference
from eqsolve.families.contract_mdp.kernels import payments as kernels
from eqsolve.families.contract_mdp.methods import base
from eqsolve.families.contract_mdp.verify.payments import lower_bounds
from tests.families.contract_mdp import oracle

least_payment = interpreted(kernels.least_payment)

IMITATED = 10**9
"""Weights that sum to more are those of a mixture that imitates the action but for a billionth."""


@st.composite
def problems(draw: st.DrawFn) -> tuple[Any, Any]:
    """Probabilities (A, O) from 1e-14 to 1 with zeros, equal and nearly equal rows; values (A,)."""
    n_actions, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lowest = draw(st.sampled_from([0, -4, -8, -14]))
    rows = np.round(rng.uniform(1, 10, (n_actions, m)), 1) * 10.0 ** rng.integers(
        lowest, 1, (n_actions, m)
    )
    rows[rng.random((n_actions, m)) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    rows[rows.sum(axis=1) == 0, 0] = 1.0
    rows /= rows.sum(axis=1, keepdims=True)
    near = draw(st.sampled_from([None, 0.0, 1e-3, 1e-7, 1e-12]))
    if near is not None and n_actions > 1:
        share = rng.dirichlet(np.ones(n_actions - 1))
        rows[0] = (1 - near) * (share @ rows[1:]) + near * rows[0]
    q = rng.integers(-4, 1, n_actions) if draw(st.booleans()) else -rng.random(n_actions)
    return rows / rows.sum(axis=1, keepdims=True), q * draw(st.sampled_from([1.0, 1e-6, 1e6]))


def decided(probs: Any, q: Any, action: int) -> tuple[Fraction | None, float]:
    """Return the least payment in fractions, and what a unit more for every rival adds to it."""
    exact = [[Fraction(x) for x in row] for row in probs.tolist()]
    values = [Fraction(x) for x in q.tolist()]
    table = dict(enumerate(exact))
    least = oracle.least_payment(table, values, action)
    if least is None:
        return None, np.inf
    step = Fraction(1, 10**40)
    lower = [*values[:action], values[action] - step, *values[action + 1 :]]
    more = oracle.least_payment(table, lower, action)
    return least, np.inf if more is None else float((more - least) / step)


def answers(probs: Any, q: Any, action: int) -> dict[str, float]:
    """Return the least payment by every path, inf where there is none."""
    n_actions, m = probs.shape
    exists, rows = (
        np.ones(n_actions, np.bool_),
        (probs[None], q[None], np.ones((1, n_actions), bool)),
    )
    plain = programs.cheapest_contract(probs, q, exists, action)
    highs = reference.cheapest_contract(probs, q, exists, action)
    contract, weights = np.zeros(m), np.zeros(n_actions)
    compiled = least_payment(
        probs, q, exists, action, 0.0, np.empty((n_actions + 1, m + 1)),
        np.empty(n_actions, np.int64), np.empty(m, np.int64), contract, weights,
    )  # fmt: skip
    return {
        "plain": np.inf if plain is None else plain.payment,
        "highs": np.inf if highs is None else highs.payment,
        "compiled": compiled,
        "verifier": float(lower_bounds(*rows, np.array([action])).values[0]),
        "screen": float(programs.two_action_bounds(*rows)[0, action]),
    }


@settings(max_examples=200)
@given(problems())
def test_fractions_decide_what_can_be_implemented_and_what_it_costs(problem: Any) -> None:
    probs, q = problem
    slack = 2.0**-40 * float(np.abs(q).max())
    for action in range(len(q)):
        least, rate = decided(probs, q, action)
        found = answers(probs, q, action)
        bound = found.pop("screen")
        if found["compiled"] == -1.0:
            del found["compiled"]  # left to the plain path
        if least is None:
            assert set(found.values()) == {np.inf}, (action, found)
        elif 10 * IMITATED < rate < np.inf and float(least) > slack:
            assert set(found.values()) == {np.inf}, (action, found, float(least), rate)
        elif rate < IMITATED / 10 or rate == np.inf:  # inf: imitated by others as good as it
            room = slack * (1 + (rate if rate < np.inf else 0.0))
            wanted = pytest.approx(float(least), rel=1e-6, abs=room)
            assert all(value == wanted for value in found.values()), (action, found, float(least))
            assert bound <= float(least) * (1 + 1e-6) + room


@pytest.mark.parametrize("small", [0, 2000])
@settings(max_examples=60)
@given(problems(), st.integers(1, 2), st.integers(0, 9))
def test_games_with_rare_outcomes_end_in_proved_equilibria(
    small: int, problem: Any, horizon: int, seed: int
) -> None:
    """Compiled or not: what the verifier does not accept is never an answer."""
    probs, q = problem
    rng = np.random.default_rng(seed)
    mdp = ContractMDP(
        np.stack([probs, probs[::-1]]), rng.integers(0, 5, (2, probs.shape[1])) * np.abs(q).max(),
        agent_rewards=np.stack([q, q]), transitions=rng.integers(-1, 2, (2, probs.shape[1])),
        horizon=horizon,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "_SMALL", small)
        result = contract_equilibrium(mdp)
    assert result.status is Status.SOLVED
    assert verify(mdp, result).valid


def test_what_only_the_rounding_of_probabilities_would_pay_for_cannot_be_implemented() -> None:
    """Others imitate action 0; as the floats do not quite sum to 1, 4e15 would do in fractions."""
    probs = np.array([
        [4.510906979225319e-11, 0.0017513902221631954, 0.9982486097327279],
        [0.0, 0.0017513543100167012, 0.9982486456899834],
        [0.0, 0.9999421715891105, 5.782841088952078e-05],
        [0.4605548571517531, 0.0, 0.539445142848247],
    ])  # fmt: skip
    q = np.array([-0.322, -0.068, -0.41, -0.26])
    least, rate = decided(probs, q, 0)
    assert least is not None
    assert least > 4e15
    assert rate > 1e6 * IMITATED
    found = answers(probs, q, 0)
    assert [found[path] for path in ("plain", "highs", "verifier")] == [np.inf] * 3
    assert found["compiled"] in (np.inf, -1.0)


def test_a_rare_outcome_that_betrays_the_action_is_paid_for() -> None:
    probs, q = np.array([[1e-12, 1 - 1e-12], [0.0, 1.0]]), np.array([-1.0, 0.0])
    found = programs.cheapest_contract(probs, q, np.ones(2, np.bool_), 0)
    assert found is not None
    assert found.payment == pytest.approx(1.0)
    assert found.contract.tolist() == [pytest.approx(1e12), 0.0]


def test_the_verifier_asks_whole_numbers_where_its_pivots_are_off() -> None:
    probs = np.array([
        [3.97530786e-08, 8.05522909e-07, 9.93826966e-01, 6.17218853e-03],
        [1.04285702e-07, 8.99999898e-09, 1.01428560e-13, 9.99999887e-01],
        [1.82319530e-04, 9.01795525e-07, 1.48992304e-09, 9.99816777e-01],
        [3.99007872e-14, 9.92127682e-11, 7.87231748e-03, 9.92127682e-01],
    ])  # fmt: skip
    probs /= probs.sum(axis=1, keepdims=True)
    q = np.array([-2.0, -2.0, -4.0, -2.0])
    least, _ = decided(probs, q, 2)
    assert least is not None
    assert answers(probs, q, 2)["verifier"] == pytest.approx(float(least), rel=1e-9)


def test_large_programs_prove_themselves_without_whole_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many pivots leave errors that are computed afresh."""
    rng = np.random.default_rng(2)
    probs = rng.integers(0, 5, (100, 90)).astype(float)
    probs /= probs.sum(axis=1, keepdims=True)
    q = -rng.integers(0, 5, 100).astype(float)
    monkeypatch.delattr(programs, "_exact")
    action = int(q.argmin())
    found = programs.cheapest_contract(probs, q, np.ones(100, np.bool_), action)
    assert found is not None
    assert found.weights @ (q - q[action]) == pytest.approx(found.payment, rel=1e-9)
    gained = q + probs @ found.contract
    assert gained.max() - gained[action] <= 1e-9
