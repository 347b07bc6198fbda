"""Scales do not change answers: uneven payoffs against brute force in fractions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import NormalFormGame, Status
from eqsolve.families.normal_form_game.solve import METHODS, verify
from tests.families.normal_form_game import oracle
from tests.scales import uneven_numbers


@st.composite
def uneven_games(draw: st.DrawFn) -> NormalFormGame:
    """Draw games of two or three players with two strategies each, signs included."""
    players = draw(st.integers(2, 3))
    entry = draw(uneven_numbers())
    signed = st.tuples(entry, st.sampled_from([1, -1])).map(lambda pair: pair[0] * pair[1])
    shape = (*[2] * players, players)
    flat = draw(st.lists(signed, min_size=2**players * players, max_size=2**players * players))
    table = np.array(flat, dtype=object).reshape(shape)
    return NormalFormGame(table.tolist(), player_axis="last")


def equilibria(game: NormalFormGame) -> dict[Any, bool]:
    """Return every pure equilibrium and whether it is strict."""
    return oracle.equilibria(oracle.table_of(game.payoffs.tolist(), 1))


def largest_gain(table: Any, profile: tuple[int, ...]) -> Any:
    """Return the most that a deviation gains, as a share of the payoffs compared."""
    pairs = [(table[there][i], table[profile][i]) for i, there in oracle.neighbors(table, profile)]
    return max((then - now) / (max(abs(then), abs(now)) or 1) for then, now in pairs)


@settings(max_examples=60)
@given(uneven_games())
def test_every_method_agrees_with_comparisons(game: NormalFormGame) -> None:
    expected = equilibria(game)
    for method in METHODS:
        if method().supports(game) is not None:
            continue
        result = eqsolve.solve(game, method=method.name)
        if not expected:
            assert result.status is Status.NO_EQUILIBRIUM, method.name
            continue
        assert result.status is Status.SOLVED, method.name
        solution = result.require()
        profiles = map(tuple, solution.profiles.tolist())
        assert dict(zip(profiles, solution.strict.tolist(), strict=True)) == expected, method.name


@settings(max_examples=40)
@given(uneven_games())
def test_a_false_equilibrium_is_refuted(game: NormalFormGame) -> None:
    result = eqsolve.solve(game)
    if result.solution is None:
        return
    table, solution = oracle.table_of(game.payoffs.tolist(), 1), result.solution
    for profile in np.ndindex(*game.payoffs.shape[:-1]):
        if largest_gain(table, profile) > (0 if game.is_integral else 1e-6):
            profiles, payoffs = solution.profiles.copy(), solution.payoffs.copy()
            profiles[0], payoffs[0] = profile, game.payoffs[profile] / game.denominator
            wrong = replace(solution, profiles=profiles, payoffs=payoffs, exhaustive=False)
            assert not verify(game, wrong).valid
