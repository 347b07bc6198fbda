"""The kernels against scipy and runs by hand, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.algorithms.compile import interpreted
from eqsolve.families.contract_mdp.kernels import learning, payments

GO = np.zeros(1, np.uint8)

least_payment = interpreted(payments.least_payment)
learn, contracts_of = interpreted(learning.learn), interpreted(learning.contracts_of)


def cheapest(probs: Any, q: Any, exists: Any, action: int, nudge: float) -> tuple[float, Any]:
    """Payment and contract of the kernel, with work space."""
    n_actions, m = probs.shape
    contract, weights = np.zeros(m), np.zeros(n_actions)
    payment = least_payment(
        probs, q, exists, action, nudge, np.empty((n_actions + 1, m + 1)),
        np.empty(n_actions, np.int64), np.empty(m, np.int64), contract, weights,
    )  # fmt: skip
    return payment, contract


@st.composite
def stages(draw: st.DrawFn) -> tuple[Any, Any, Any, int]:
    """Outcome probabilities with zeros and equal rows, values, which actions exist, one of them."""
    n_actions, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    mass = st.lists(st.integers(0, 3), min_size=m, max_size=m).filter(any)
    rows = np.array(draw(st.lists(mass, min_size=n_actions, max_size=n_actions)), float)
    q = draw(st.lists(st.integers(-3, 3), min_size=n_actions, max_size=n_actions))
    exists = np.array(draw(st.lists(st.booleans(), min_size=n_actions, max_size=n_actions)))
    action = draw(st.integers(0, n_actions - 1))
    exists[action] = True
    return rows / rows.sum(axis=1, keepdims=True), np.array(q, float), exists, action


@given(stages(), st.sampled_from([0.0, 0.5]))
def test_the_cheapest_contract_is_that_of_the_linear_program(
    stage: tuple[Any, Any, Any, int], nudge: float
) -> None:
    from scipy.optimize import linprog

    probs, q, exists, action = stage
    rivals = [k for k in range(len(q)) if exists[k] and k != action]
    payment, contract = cheapest(probs, q, exists, action, nudge)
    rows = probs[rivals] - probs[action]
    limits = q[action] - q[rivals] - nudge
    program = linprog(probs[action], rows, limits) if rivals else None
    bound = interpreted(payments.two_action_bound)(probs, q, exists, action, nudge, 1e-9)
    if program is not None and program.status == 2:
        assert payment == np.inf
        return
    assert payment == pytest.approx(0.0 if program is None else program.fun, abs=1e-7)
    assert (contract >= 0).all()
    assert (rows @ contract <= limits + 1e-7).all()
    assert contract @ probs[action] == pytest.approx(payment, abs=1e-9)
    assert bound <= payment + 1e-7
    if len(rivals) <= 1:
        assert bound == pytest.approx(payment, abs=1e-7)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5).filter(any), st.floats(0, 1))
def test_what_is_drawn_has_its_share_of_the_interval(mass: list[int], x: float) -> None:
    weights = np.array(mass) / sum(mass)
    drawn = interpreted(learning._drawn)(weights, x)
    assert weights[drawn] > 0
    assert weights[:drawn].sum() <= x + 1e-12
    if x < 1 - 1e-12:
        assert x < weights[: drawn + 1].sum() + 1e-12


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=5))
def test_the_greedy_action_is_the_first_best_that_can_be_had(table: list[tuple[int, bool]]) -> None:
    values, usable = (np.array(column) for column in zip(*table, strict=True))
    found = interpreted(learning._greedy)(values.astype(float), usable)
    best = max((value for value, can in table if can), default=None)
    assert found == next((k for k, entry in enumerate(table) if entry == (best, True)), -1)


def run(draws: Any, *, known: bool, stages: int, power: float, probs: Any, gains: Any) -> Any:
    """Episodes of a chain of states with one action each, the last one without successor."""
    n, _, m = probs.shape
    successors = np.repeat(np.append(np.arange(1, n), -1)[:, None, None], m, axis=1)
    tables = [np.zeros((stages, n, 1)) for _ in range(2)]
    visits, counts = np.zeros((stages, n, 1), np.int64), np.ones_like(probs)
    guess = probs.copy() if known else np.full_like(probs, 1 / m)
    start = np.eye(n)[0]
    rewards = -np.arange(1.0, n + 1)[:, None]
    done = learn(
        probs, guess, counts, known, rewards, gains, successors, np.ones((n, m, 1)),
        np.ones((n, 1), np.bool_), np.ones((n, 1), np.bool_), start, 0.5, 0.0, *tables, visits,
        draws, 0, len(draws), 0.1, power, stages, GO,
    )  # fmt: skip
    return done, *tables, visits, counts, guess


def test_one_action_is_worth_the_mean_of_what_was_drawn() -> None:
    probs, gains = np.array([[[0.2, 0.5, 0.3]]]), np.array([[4.0, 1.0, 7.0]])
    draws = np.random.default_rng(1).random((50, 1, 4))
    done, agent, principal, visits, counts, guess = run(
        draws, known=False, stages=1, power=1.0, probs=probs, gains=gains
    )
    outcomes = np.searchsorted(np.cumsum(probs[0, 0]), draws[:, 0, 1], side="right")
    seen = np.bincount(outcomes, minlength=3)
    assert done == visits[0, 0, 0] == 50
    assert agent[0, 0, 0] == pytest.approx(-1.0)
    assert principal[0, 0, 0] == pytest.approx(gains[0, outcomes].mean())
    assert counts[0, 0].tolist() == (1 + seen).tolist()
    np.testing.assert_allclose(guess[0, 0], (1 + seen) / 53)


def test_values_travel_back_along_a_chain() -> None:
    """Certain outcomes, learning rate 1: three episodes carry the last value to the first state."""
    gains = np.array([[1.0], [2.0], [8.0]])
    draws = np.zeros((3, 3, 4))
    done, agent, principal, visits, *_ = run(
        draws, known=True, stages=3, power=0.0, probs=np.ones((3, 1, 1)), gains=gains
    )
    assert done == 3
    assert np.diagonal(principal[:, :, 0]).tolist() == [1 + 1 + 2, 2 + 4, 8]
    assert np.diagonal(agent[:, :, 0]).tolist() == [-1 - 1 - 0.75, -2 - 1.5, -3]
    assert np.diagonal(visits[:, :, 0]).tolist() == [3, 3, 3]
    assert visits.sum() == 9


@given(stages(), st.data())
def test_tables_recommend_the_cheapest_contract_of_the_best_action(
    stage: tuple[Any, Any, Any, int], data: st.DataObject
) -> None:
    probs, q, exists, action = stage
    payment, wanted = cheapest(probs, q, exists, action, 0.0)
    principal = np.zeros((1, 1, len(q)))
    principal[0, 0, action] = 1.0
    usable = np.array([data.draw(st.lists(st.booleans(), min_size=len(q), max_size=len(q)))])
    usable[0, action] = payment < np.inf
    contracts = np.full((1, 1, probs.shape[1]), 9.0)
    contracts_of(probs[None], exists[None], usable, 0.0, q[None, None], principal, contracts)
    if usable[0, action]:
        assert contracts[0, 0].tolist() == wanted.tolist()
    elif not usable.any():
        assert not contracts.any()
