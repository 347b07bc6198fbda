"""Regrets are those of the definition, and what Gambit finds is believed only after them."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

import eqsolve
from eqsolve import InstanceError, NormalFormGame, UnsupportedError, mixed_equilibria, mixed_profile
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import BackendError
from eqsolve.families.normal_form_game import gambit
from eqsolve.families.normal_form_game.questions.mixed import AskMixed

needs_gambit = pytest.mark.skipif(find_spec("pygambit") is None, reason="pygambit is not installed")
PENNIES = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
BATTLE = NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])

SHAPES = st.sampled_from([(1, 1), (2, 2), (2, 3), (3, 1), (2, 2, 2), (1, 2, 3), (4, 1)])


@st.composite
def games_and_mixtures(draw: st.DrawFn) -> tuple[NormalFormGame, list[list[Fraction]]]:
    shape = draw(SHAPES)
    table = draw(arrays(np.int64, (*shape, len(shape)), elements=st.integers(-3, 3)))
    unit = draw(st.sampled_from([1, 3]))
    weights = [draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any)) for n in shape]
    return NormalFormGame(table, unit), [[Fraction(w, sum(own)) for w in own] for own in weights]


@given(games_and_mixtures())
@settings(deadline=None)
def test_regret_is_what_a_deviation_gains(
    made: tuple[NormalFormGame, list[list[Fraction]]],
) -> None:
    game, mixtures = made
    found = mixed_profile(game, mixtures)
    assert found.probabilities == tuple(map(tuple, mixtures))

    def expected(player: int, own: list[list[Fraction]]) -> Fraction:
        total = Fraction(0)
        for pure in product(*map(range, game.n_strategies)):
            share = Fraction(1)
            for mixture, s in zip(own, pure, strict=True):
                share *= mixture[s]
            total += share * Fraction(game.payoff(pure, player))
        return total

    for player, size in enumerate(game.n_strategies):
        now = expected(player, mixtures)
        assert found.payoffs[player] == now
        gains = []
        for s in range(size):
            pure = [Fraction(int(other == s)) for other in range(size)]
            gains.append(
                expected(player, [*mixtures[:player], pure, *mixtures[player + 1 :]]) - now
            )
        assert found.regrets[player] == max(gains) >= 0


@given(
    arrays(np.int64, st.tuples(*[st.integers(1, 3)] * 2, st.just(2)), elements=st.integers(0, 2))
)
@settings(deadline=None)
def test_pure_profiles_without_regret_are_the_pure_equilibria(table: Any) -> None:
    game = NormalFormGame(table)
    result = eqsolve.solve(game)
    pure = [] if result.solution is None else list(result.solution)
    for profile in product(*map(range, game.n_strategies)):
        shares = [
            [int(s == chosen) for s in range(size)]
            for chosen, size in zip(profile, game.n_strategies, strict=True)
        ]
        found = mixed_profile(game, shares)
        assert found.is_pure
        assert (found.regret == 0) == (profile in pure)


@pytest.mark.parametrize(
    ("shares", "rule"),
    [
        ([[1, 0]], "has 1 mixtures, expected 2"),
        ([[1, 0], [0, 0]], r"probabilities\[1\]: must be 2 numbers >= 0, not all 0"),
        ([[1, 0], [1, -1]], r"probabilities\[1\]"),
        ([[1], [1, 0]], r"probabilities\[0\]"),
        ([[1, "x"], [1, float("nan")]], r"probabilities\[0\]"),
        ([[1, True], [1, 0]], r"probabilities\[0\]"),
    ],
)
def test_what_is_no_mixture_is_refused(shares: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        mixed_profile(PENNIES, shares)


@needs_gambit
def test_all_extreme_equilibria_of_two_players_exactly() -> None:
    found = mixed_equilibria(BATTLE)
    half = Fraction(1, 3)
    shares = {profile.probabilities for profile in found.profiles}
    assert shares == {
        ((1, 0), (1, 0)), ((0, 1), (0, 1)), ((1 - half, half), (half, 1 - half)),
    }  # fmt: skip
    assert found.exact
    assert found.complete
    assert found.solver == "enummixed"
    assert mixed_equilibria(BATTLE, find="one").solver == "lcp"
    fractions = NormalFormGame.from_bimatrix([[1, 0], [0, 1]], [[0, 2], [5, 0]], denominator=7)
    (only,) = mixed_equilibria(fractions).profiles
    assert only.probabilities == (
        (Fraction(5, 7), Fraction(2, 7)),
        (Fraction(1, 2), Fraction(1, 2)),
    )
    assert only.payoffs == (Fraction(1, 14), Fraction(10, 49))


@needs_gambit
def test_the_axes_of_three_players_are_kept_apart() -> None:
    rng = np.random.default_rng(4)
    game = NormalFormGame(rng.integers(0, 9, (2, 3, 2, 3)))
    pure = list(eqsolve.solve(game).solution)
    found = mixed_equilibria(game, find="all")
    assert found.solver == "enumpoly"
    as_pure = [
        tuple(max(range(len(own)), key=own.__getitem__) for own in profile.probabilities)
        for profile in found.profiles
        if profile.is_pure
    ]
    assert sorted(as_pure) == sorted(pure)
    one = mixed_equilibria(game, find="one")
    assert one.solver == "logit"
    assert not one.complete
    assert all(float(profile.regret) <= 1e-6 * game.scale for profile in one.profiles)


@needs_gambit
def test_the_question_says_what_is_proved() -> None:
    answer = eqsolve.ask(PENNIES, "mixed")
    assert answer.check is not None
    assert answer.check.valid
    assert "regret 0 in exact fractions" in answer.sentence
    assert "is Gambit's word, not proved here" in answer.sentence
    frame = eqsolve.to_pandas(answer)
    assert set(frame["exactly"]) == {"1/2"}
    shell = CliRunner().invoke(main, ["ask", "mixed", "catalog:battle-of-the-sexes", "--json"])
    assert shell.exit_code == 0, shell.output
    document = json.loads(shell.stdout)
    assert len(document["profiles"]) == 3
    assert document["check"]["valid"]


def _answering(monkeypatch: pytest.MonkeyPatch, profiles: list[list[list[str]]]) -> None:
    answer = {"profiles": profiles, "version": "0"}
    monkeypatch.setattr(gambit, "_run", lambda request, deadline: (answer, None))
    monkeypatch.setattr(AskMixed, "needs", {})


def test_what_is_no_equilibrium_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    half = [["1/2", "1/2"], ["1/2", "1/2"]]
    _answering(monkeypatch, [half, [["1", "0"], ["1/2", "1/2"]], half])
    found = mixed_equilibria(PENNIES)
    assert (len(found), found.refused) == (1, 1)
    answer = eqsolve.ask(PENNIES, "mixed")
    assert "1 more were none and are left out" in answer.sentence
    _answering(monkeypatch, [[["0.5000001", "0.4999999"], ["0.5", "0.5"]]])
    near = mixed_equilibria(PENNIES)
    assert len(near) == 1
    assert not near.exact
    assert 0 < near.profiles[0].regret < Fraction(1, 10**6)
    assert "the regret of each is small" in eqsolve.ask(PENNIES, "mixed").sentence
    _answering(monkeypatch, [[["0.51", "0.49"], ["0.5", "0.5"]]])
    assert (len(mixed_equilibria(PENNIES)), mixed_equilibria(PENNIES).refused) == (0, 1)
    _answering(monkeypatch, [[["1.0", "1e-12"], ["1.0", "1e-12"]]])
    (clean,) = mixed_equilibria(BATTLE).profiles
    assert clean.is_pure


def test_time_and_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AskMixed, "needs", {})
    kept = subprocess.Popen

    def slow(words: list[str], **options: Any) -> Any:
        return kept([words[0], "-c", "import time; time.sleep(60)"], **options)

    monkeypatch.setattr(gambit.subprocess, "Popen", slow)
    found = mixed_equilibria(PENNIES, time_limit=0.3)
    assert found.limit is eqsolve.Limit.TIME
    assert not found.complete
    answer = eqsolve.ask(PENNIES, "mixed", time_limit=0.3)
    assert "was ended before it answered" in answer.sentence

    def broken(words: list[str], **options: Any) -> Any:
        return kept([words[0], "-c", "raise ValueError('no')"], **options)

    monkeypatch.setattr(gambit.subprocess, "Popen", broken)
    with pytest.raises(BackendError, match="gambit ended with status 1: ValueError: no"):
        mixed_equilibria(PENNIES)


def test_without_gambit_or_with_large_games_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AskMixed, "needs", {"gambit_that_nobody_has": "gambit"})
    with pytest.raises(UnsupportedError, match="not installed here; pip install gambit_that"):
        mixed_equilibria(PENNIES)
    monkeypatch.setattr(AskMixed, "needs", {})
    with pytest.raises(UnsupportedError, match="it has 160000 profiles; at most 100000"):
        mixed_equilibria(NormalFormGame(np.zeros((400, 400, 2), dtype=int)))
