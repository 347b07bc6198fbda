"""Discounted sums against a dense system, whichever way they are found."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve.algorithms import discounting
from eqsolve.algorithms.discounting import discounted_sums, needs_sweeps


def chain(n, seed, ends=0.1):
    """Three moves from each state, some of which lead nowhere."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(np.arange(n), 3)
    chances = rng.dirichlet(np.ones(3), n).ravel()
    stays = rng.random(3 * n) >= ends
    return (rows[stays], rng.integers(0, n, 3 * n)[stays], chances[stays]), rng.normal(size=(n, 2))


@pytest.mark.parametrize("n", [1, 30, 500])
@pytest.mark.parametrize("discount", [0.5, 0.95])
@pytest.mark.parametrize("work", [0, 2e9])
@pytest.mark.parametrize("ends", [0.1, 0.0])
def test_sums_solve_the_system(monkeypatch, n, discount, work, ends):
    monkeypatch.setattr(discounting, "_WORK", work)
    moves, rewards = chain(n, seed=n, ends=ends)
    matrix = np.eye(n)
    np.subtract.at(matrix, moves[:2], discount * moves[2])
    wanted = np.linalg.solve(matrix, rewards)
    assert needs_sweeps(n, len(moves[0]), discount) == (n == 500 and work > 0)
    for part in (np.s_[:, 0], np.s_[:, :]):
        found = discounted_sums(moves, rewards[part], discount)
        np.testing.assert_allclose(found, wanted[part], rtol=1e-12, atol=1e-12)


def test_a_guess_and_a_few_sweeps_come_nearer():
    moves, rewards = chain(500, seed=0)
    exact = discounted_sums(moves, rewards[:, 0], 0.9)
    few = discounted_sums(moves, rewards[:, 0], 0.9, sweeps=20)
    more = discounted_sums(moves, rewards[:, 0], 0.9, guess=few, sweeps=20)
    errors = [np.abs(values - exact).max() for values in (few, more)]
    assert 0 < errors[1] < errors[0] < 0.2 * np.abs(exact).max()


def test_without_an_end_what_all_states_gain_alike_is_added_at_once():
    moves, rewards = chain(500, seed=0, ends=0.0)
    matrix = np.eye(500)
    np.subtract.at(matrix, moves[:2], 0.99 * moves[2])
    exact = np.linalg.solve(matrix, rewards)
    few = discounted_sums(moves, rewards, 0.99, sweeps=60)  # 0.99 ** 60 is 0.55
    np.testing.assert_allclose(few, exact, atol=1e-4)


def test_states_that_never_meet_are_not_mistaken_for_alike():
    """Each state is its own chain, one of them without gain."""
    n = 500
    moves = np.arange(n), np.arange(n), np.ones(n)
    rewards = np.append(np.ones(n - 1), 0.0)
    np.testing.assert_allclose(discounted_sums(moves, rewards, 0.9), 10 * rewards, atol=1e-12)
