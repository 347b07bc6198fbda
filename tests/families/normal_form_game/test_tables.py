"""A table for each player is read as people write it; what reads two ways is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

import eqsolve
from eqsolve import InstanceError, NormalFormGame
from eqsolve.families.normal_form_game.instance import strategies_of

A, B = [[-1, -3], [0, -2]], [[-1, 0], [-3, -2]]


@given(
    arrays(np.int64, st.tuples(*[st.integers(1, 3)] * 2), elements=st.integers(-2, 2)).flatmap(
        lambda one: st.tuples(
            st.just(one), arrays(np.int64, one.shape, elements=st.integers(-2, 2))
        )
    )
)
def test_two_matrices_are_the_game_with_the_player_last(pair: tuple[Any, Any]) -> None:
    one, two = pair
    expected = NormalFormGame(np.stack(pair, axis=-1))
    tables: Any
    for tables in (list(pair), [one.tolist(), two.tolist()], np.stack(pair)):
        assert NormalFormGame.from_payoffs(tables) == expected
    assert NormalFormGame.from_bimatrix(one.tolist(), two) == expected
    assert NormalFormGame(np.stack(pair).tolist(), player_axis="first") == expected
    nested = np.stack(pair, axis=-1).tolist()
    assert NormalFormGame(nested, player_axis="last") == expected
    both = one.shape[0] == 2 and not np.array_equal(np.stack(pair), np.stack(pair, axis=-1))
    if both:
        with pytest.raises(InstanceError, match="read two ways"):
            NormalFormGame(nested)
    else:
        assert NormalFormGame(nested) == expected


def test_the_refusal_names_both_readings() -> None:
    with pytest.raises(InstanceError) as refused:
        NormalFormGame([A, B])
    text = str(refused.value)
    assert "-1, -3 at the first" in text
    assert "-1, -1 at the first profile" in text
    assert 'player_axis="last"' in text
    assert "NormalFormGame.from_payoffs" in text
    with pytest.raises(InstanceError, match=r"NormalFormGame\.from_payoffs"):
        NormalFormGame([np.array(A), np.array(B)])
    with pytest.raises(InstanceError, match="from_payoffs"):
        NormalFormGame([[[1, 2, 3]], [[1, 2, 3]]])
    with pytest.raises(InstanceError, match="player_axis = 'middle'"):
        NormalFormGame([[[1, 2]]], player_axis="middle")  # type: ignore[arg-type]
    dilemma = NormalFormGame.from_payoffs([A, B])
    assert eqsolve.solve(dilemma).solution.profiles.tolist() == [[1, 1]]


def test_frames_name_the_strategies_in_any_order() -> None:
    row = pd.DataFrame(A, ["quiet", "talk"], ["still", "speak"])
    column = pd.DataFrame(B, ["quiet", "talk"], ["still", "speak"]).iloc[::-1, ::-1]
    game = NormalFormGame.from_payoffs({"Ann": row, "Bob": column})
    assert game == NormalFormGame.from_bimatrix(A, B)
    assert game.labels["players"] == ("Ann", "Bob")
    assert game.labels[strategies_of(0)] == ("quiet", "talk")
    assert game.labels[strategies_of(1)] == ("still", "speak")
    with pytest.raises(InstanceError, match=r"'yell' is none of the strategies of player 1"):
        NormalFormGame.from_bimatrix(row, column.rename(columns={"speak": "yell"}))


def test_three_players_and_fractions() -> None:
    rng = np.random.default_rng(3)
    tables = [rng.integers(-5, 5, (2, 3, 2)) for _ in range(3)]
    game = NormalFormGame.from_payoffs(tables, denominator=7)
    assert game == NormalFormGame(np.stack(tables, axis=-1), 7)
    assert game == NormalFormGame.from_payoffs([table.tolist() for table in tables], denominator=7)


@pytest.mark.parametrize(
    ("tables", "rule"),
    [
        ([], "a table for each player"),
        (7, "a table for each player"),
        ([A], "payoffs"),
        ([A, [[1, 2, 3], [4, 5, 6]]], "payoffs"),
        ([[[0]]] * 40, "at most 31"),
    ],
)
def test_other_lists_are_refused(tables: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        NormalFormGame.from_payoffs(tables)
