"""Least bonuses against programs and plain recursion, and the figures of the Coin Game."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import ContractGame, Status, coin_game, load, minimal_payments, save, solve, verify
from eqsolve.families.contract_game.generate import Random
from eqsolve.testing import contract_games


def best_reply(game, target, agent, t, s):
    """Value of the best reply by plain recursion over stages; target[t][s] is a profile."""
    if t == game.horizon:
        return 0.0, 0.0
    found = []
    for action in range(game.sizes[agent]):
        profile = list(target[t][s])
        profile[agent] = action
        j = int(np.ravel_multi_index(profile, game.sizes))
        k = game.moves[s, j]
        after = [0.0, 0.0]
        for e in range(game.indptr[k], game.indptr[k + 1]):
            later = best_reply(game, target, agent, t + 1, int(game.states[e]))
            after = [x + game.chances[e] * y for x, y in zip(after, later, strict=True)]
        now = game.rewards[agent, s, j]
        follows = action == target[t][s][agent]
        found.append((now + game.discount * after[0], now + game.discount * after[1], follows))
    return max(x[0] for x in found), next(x[1] for x in found if x[2])


@given(contract_games())
@settings(max_examples=40)
def test_costs_are_what_best_replies_gain(game):
    result = solve(game)
    assert result.status is Status.SOLVED
    assert verify(game, result).valid
    reference = solve(game, method="lp").solution
    assert np.allclose(result.solution.cost_by_agent, reference.cost_by_agent, atol=1e-6)
    if game.horizon is None:
        return
    s = int(np.argmax(game.start))
    for i in range(game.n_agents):
        top, own = best_reply(game, result.solution.target.tolist(), i, 0, s)
        assert result.solution.cost_by_agent[i] == pytest.approx(top - own, abs=1e-9)


@given(contract_games())
@settings(max_examples=25)
def test_the_welfare_optimum_is_the_best_of_all(game):
    if game.horizon != 1 or game.target is not None:
        return
    solution = solve(game).solution
    total = game.rewards.sum(axis=0)
    s = int(np.argmax(game.start))
    values = [total[s, j] for j, _ in enumerate(itertools.product(*map(range, game.sizes)))]
    assert solution.welfare == pytest.approx(max(values))


def test_equilibria_cost_nothing_and_cooperation_does():
    dilemma = load("catalog:paid-cooperation")
    assert solve(dilemma).objective == 4
    assert solve(dilemma).bound == 4
    assert minimal_payments(dilemma, [[1, 1]]).objective == 0


@pytest.mark.parametrize(
    ("both", "welfare", "cost"), [(True, 15.810, 0.160), (False, 13.900, 2.583)]
)
def test_the_coin_game(both, welfare, cost):
    solution = solve(coin_game(3, 20, both=both)).require()
    assert (solution.welfare, solution.cost) == pytest.approx((welfare, cost), abs=5e-4)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"rewards": [[1, 2], [3, 4]]}, r"2 agents need 4 axes, or 3 for one state, found 2"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "target": [[0, 5]]},
         r"target\[0, 1\] = 5: must be an action of agent 1"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "target": "profit"}, "must be 'welfare'"),
        ({"rewards": [[[[1, 2]]], [[[3, 4]]]], "transitions": [[[0, 3]]], "horizon": 2},
         r"transitions\[0, 0, 1\] = 3: must be a state, 0 to 0"),
        ({"rewards": [[[[1, 2]]], [[[3, 4]]]], "transitions": [[[0, 2**70]]], "horizon": 2},
         r"transitions\[0, 0, 1\] = 1180591620717411303424: must be a state, 0 to 0"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "horizon": None}, "discount = 1.0: must be below 1"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "transitions": [[2, 0]], "lotteries": [[[0, 1]]],
          "horizon": 2}, r"transitions\[0, 0, 0\] = 2: must be a state, 0 to 0, a lottery, 1 to 1"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "lotteries": [[[0, 0.5]]]},
         r"lotteries\[0\]: sums to 0.5"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "lotteries": [[[1, 1]]]},
         r"lotteries\[0, 0\] = \[1, 1\]: must be \[state, probability\], states 0 to 0"),
        ({"rewards": [[[1, 2]], [[3, 4]]], "lotteries": [[[0, 0.5], [0, 0.5]]]},
         r"lotteries\[0\]: names a state twice"),
    ],
)  # fmt: skip
def test_bad_input_is_named(fields, line):
    rest = dict(fields)
    with pytest.raises(ValueError, match=line):
        ContractGame(rest.pop("rewards"), **rest)


def test_many_states_without_an_end():
    """Sweeps in the solver and in the verifier, linear systems in the reference for few states."""
    few = Random(states=30, horizon=0, discount=0.9).instance(3)
    reference = solve(few, method="lp").solution
    assert np.allclose(solve(few).solution.cost_by_agent, reference.cost_by_agent, atol=1e-6)
    many = Random(states=3000, actions=2, horizon=0, discount=0.9).instance(3)
    result = solve(many)
    assert result.status is Status.SOLVED
    target = solve(many).solution.target[0].tolist()
    assert minimal_payments(many, target).objective == pytest.approx(result.objective)


def test_targets_may_change_from_stage_to_stage():
    game = Random(states=3, actions=2, horizon=4).instance(1)
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, (4, 3, 2))
    target[2] = target[1]
    mine = minimal_payments(game, target).solution
    reference = minimal_payments(game, target, method="lp").solution
    assert np.allclose(mine.best_reply_values, reference.best_reply_values, atol=1e-6)
    assert np.allclose(mine.payments, reference.payments, atol=1e-6)


def test_shared_lotteries_are_written_once_and_read_back(tmp_path):
    coins = coin_game(2, 2)
    save(coins, tmp_path / "coins.json")
    assert (tmp_path / "coins.json").stat().st_size < 60_000
    assert load(tmp_path / "coins.json") == coins
    ends = ContractGame(
        [[[1, 2], [0, 1]], [[0, 0], [0, 0]]][:1], transitions=[[None, 2], [[0.5, 0.5], 1]],
        lotteries=[[[1, 0.25], [0, 0.75]]], horizon=2,
    )  # fmt: skip
    save(ends, tmp_path / "ends.json")
    assert load(tmp_path / "ends.json") == ends
    dense = ContractGame(
        [[[1, 2], [0, 1]]], transitions=[[None, [0.75, 0.25]], [[0.5, 0.5], 1]], horizon=2
    )
    assert dense == ends


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"indptr": 1}, "begin at 0"), ({"states": 1}, "begin with the sure states"),
        ({"chances": 0.5}, "chances > 0 that sum to 1"),
    ],
)  # fmt: skip
def test_lotteries_given_as_arrays_are_checked(change, words):
    coins = coin_game(2, 2)
    arrays = {"indptr": coins.indptr, "states": coins.states, "chances": coins.chances}
    for key, more in change.items():
        arrays[key] = arrays[key] + more
    with pytest.raises(ValueError, match=words):
        ContractGame.from_lotteries(
            coins.sizes, coins.rewards, coins.moves, tuple(arrays.values()), horizon=2,
            start=coins.start,
        )  # fmt: skip


@pytest.mark.parametrize("field", ["states", "chances"])
def test_lotteries_given_as_arrays_end_where_they_say(field):
    coins = coin_game(2, 2)
    arrays = {"indptr": coins.indptr, "states": coins.states, "chances": coins.chances}
    both = {"states", "chances"}
    for cut in (both, {field}):  # the ends are three numbers, and any two may agree
        short = {key: value[:-1] if key in cut else value for key, value in arrays.items()}
        with pytest.raises(ValueError, match="end at the number of chances"):
            ContractGame.from_lotteries(
                coins.sizes, coins.rewards, coins.moves, tuple(short.values()), horizon=2,
                start=coins.start,
            )  # fmt: skip
