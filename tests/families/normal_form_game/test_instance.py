"""Normal-form games as values: shapes, exactness, faults, words."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest

from eqsolve import InstanceError, NormalFormGame, load, save, solve
from eqsolve.families.normal_form_game import files, show


def test_whole_numbers_decimals_and_floats() -> None:
    whole = NormalFormGame([[[1, 2.0]]])
    assert whole.payoffs.dtype == np.int64
    decimal = NormalFormGame([[[0.1, -2.75]]])
    assert (decimal.payoffs.ravel().tolist(), decimal.denominator) == ([2, -55], 20)
    other = NormalFormGame([[[1 / 3, 2]]])
    assert (other.payoffs.dtype, other.denominator) == (np.float64, 1)


@pytest.mark.parametrize("digits", [1, 5, 12, 15])
def test_decimals_are_recognized_up_to_15_digits(digits: int) -> None:
    rng = np.random.default_rng(digits)
    numerators = rng.integers(-(10**digits) + 1, 10**digits, 600)
    game = NormalFormGame((numerators / 10**digits).reshape(600, 1))
    assert game.is_integral
    for k in (0, 1, 599):
        assert game.payoff((k,), 0) == Fraction(int(numerators[k]), 10**digits)


def test_a_float_among_decimals_keeps_all_floats() -> None:
    table = np.full((1000, 1), 0.5)
    table[700] = np.nextafter(0.5, 1)
    game = NormalFormGame(table)
    assert not game.is_integral
    assert (game.payoffs == table).all()


def test_equal_games_in_different_forms_are_equal() -> None:
    half = NormalFormGame.from_bimatrix([[1], [2]], [[0], [4]], denominator=4)
    assert half == NormalFormGame.from_bimatrix([[0.25], [0.5]], [[0], [1]])
    assert half == NormalFormGame.from_bimatrix([[3], [6]], [[0], [12]], denominator=12)
    assert half != NormalFormGame.from_bimatrix([[1], [2]], [[0], [4]])
    assert NormalFormGame([[[4, 8]]], 4) == NormalFormGame([[[1, 2]]])
    assert NormalFormGame([[[0, 0]]], 7).denominator == 1


def test_pickles() -> None:
    game = NormalFormGame([[[0.1, 0]]], labels={"players": ["a", "b"]})
    copy = pickle.loads(pickle.dumps(game))
    assert (copy, copy.labels) == (game, game.labels)
    assert not copy.payoffs.flags.writeable


@pytest.mark.parametrize(
    ("payoffs", "denominator", "words"),
    [
        ([[[1, 2, 3]]], 1, "2 axes of strategies need 2 payoffs"),
        ([], 1, "at least one strategy"),
        ([[[]]], 1, "at least one strategy"),
        (np.zeros((2, 0, 2)), 1, "at least one strategy"),
        (3, 1, "is one number, must be a matrix"),
        (np.zeros((1,) * 31 + (32,)).tolist(), 1, "need 31 payoffs"),
        (json.loads("[" * 90 + "1" + "]" * 90), 1, "nested 90 deep, but games have at most 31"),
        ([[[1, 2]], [[1]]], 1, "has 1 entries, expected 2"),
        ([[[1, None]]], 1, "a number is missing"),
        ([[[1, float("inf")]]], 1, "must be finite"),
        ([[[1, "2"]]], 1, "must be a number"),
        ([[[1, 2]]], 0, "denominator = 0: must be a whole number >= 1"),
        ([[[1, 2]]], 1.5, "denominator = 1.5"),
        ([[[1, 2]]], True, "denominator = True"),
        ([[[1, 0.5]]], 2, "whole numbers beside a denominator"),
    ],
)
def test_faults(payoffs: object, denominator: object, words: str) -> None:
    with pytest.raises(InstanceError, match=words):
        NormalFormGame(payoffs, denominator)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InstanceError) as caught:
        NormalFormGame([[[1, None]]], 0, labels={"players": 3}, name=4)
    assert len(caught.value.faults) == 4


def test_labels_must_fit() -> None:
    with pytest.raises(InstanceError, match="did you mean 'strategies of player 0'"):
        NormalFormGame([[[1, 2]]], labels={"strategies of players 0": ["a"]})
    with pytest.raises(InstanceError, match="has 2 names, expected 1"):
        NormalFormGame([[[1, 2]]], labels={"strategies of player 1": ["a", "b"]})


def test_files_hold_payoffs_as_they_are_where_they_can(tmp_path) -> None:
    assert files.write(NormalFormGame([[[1, 0.25]]]))["payoffs"].tolist() == [[[1, 0.25]]]
    thirds = files.write(NormalFormGame([[[1, 2]]], 3))
    assert (thirds["payoffs"].tolist(), thirds["denominator"]) == ([[[1, 2]]], 3)
    for arrays in ("inline", "npy"):
        game = NormalFormGame(np.arange(8).reshape(2, 2, 2), 7)
        save(game, tmp_path / "game.json", arrays=arrays)
        assert load(tmp_path / "game.json") == game


def test_what_is_shown() -> None:
    game = NormalFormGame.from_bimatrix(
        [[3, 0], [0, 2]],
        [[0.5, 0], [0, 3]],
        labels={"players": ["Ann", "Bob"], "strategies of player 0": ["up", "down"]},
    )
    assert show.facts(game) == {
        "players": "2",
        "strategies": "2 x 2",
        "profiles": "4",
        "payoffs": "exact fractions over 2, from 0 to 3",
    }
    result = solve(game)
    assert show.headline(game, result) == "all pure equilibria: 2 (2 strict)"
    (table,) = show.tables(game, result)
    assert table.columns == [
        "equilibrium", "Ann", "Bob", "payoff of Ann", "payoff of Bob", "strict",
    ]  # fmt: skip
    assert table.rows == [("0", "up", "0", "3", "0.5", "yes"), ("1", "down", "1", "2", "3", "yes")]
    some = solve(game, max_equilibria=1)
    assert show.headline(game, some) == "pure equilibria: 1 (1 strict); more may exist"
    pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    none = solve(pennies)
    assert show.headline(pennies, none).startswith("no pure equilibrium: every one of 4")
    assert show.tables(pennies, none) == []


def test_tables_of_unlike_shapes_are_told_apart() -> None:
    rule = "^payoffs: one table is 1 x 2 and one is 2 x 2: must have one shape$"
    with pytest.raises(InstanceError, match=rule):
        NormalFormGame.from_bimatrix([[1, 2]], [[1, 2], [3, 4]])
    rule = "^payoffs: 2 tables are of 2 players and have 2 axes each: one has 3$"
    with pytest.raises(InstanceError, match=rule):
        NormalFormGame.from_payoffs([np.zeros((2, 2, 2)), np.zeros((2, 2, 2))])
    with pytest.raises(InstanceError, match=r"has 1 entries, expected 2 as in the first row"):
        NormalFormGame.from_bimatrix([[1, 2], [3]], [[1, 2], [3, 4]])
