"""Normal-form games: each theorem against brute force, and facts that need no oracle."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

import eqsolve
from eqsolve import NormalFormGame
from eqsolve.core.theorem import Theorem
from eqsolve.families.normal_form_game.theorems import THEOREMS
from eqsolve.io.nfg import read_nfg, write_nfg
from eqsolve.testing import normal_form_games
from tests.families.normal_form_game import oracle as oracle


def table_of(game: NormalFormGame) -> oracle.Table:
    return oracle.table_of(game.payoffs.tolist(), game.denominator)


def listed(game: NormalFormGame) -> dict[tuple[int, ...], bool]:
    solution = eqsolve.pure_equilibria(game).solution
    if solution is None:
        return {}
    return dict(zip(solution, solution.strict.tolist(), strict=True))


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
@given(game=normal_form_games())
def test_claims_hold(theorem: Theorem, game: NormalFormGame) -> None:
    found = theorem.claim(game)
    assert found is None or theorem.can_happen, found


@given(game=normal_form_games())
def test_nfg_1_all_pure_equilibria(game: NormalFormGame) -> None:
    assert listed(game) == oracle.equilibria(table_of(game))


@given(game=normal_form_games(max_players=3))
def test_nfg_2_sink_components(game: NormalFormGame) -> None:
    assert set(map(frozenset, eqsolve.sink_components(game))) == oracle.sinks(table_of(game))


@given(game=normal_form_games(), weak=st.booleans())
def test_nfg_3_iterated_elimination(game: NormalFormGame, weak: bool) -> None:
    found = eqsolve.dominance(game, kind="weak" if weak else "strict")
    assert list(map(list, found.surviving)) == oracle.survivors(table_of(game), weak=weak)


@given(game=normal_form_games(max_players=3, exact=True))
def test_nfg_4_exact_potential(game: NormalFormGame) -> None:
    assert bool(eqsolve.potential(game)) == oracle.has_exact_potential(table_of(game))


@given(sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3), seed=st.integers(0, 2**32 - 1))
def test_nfg_4_games_built_from_a_potential_have_it(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    common = rng.integers(-5, 6, sizes)
    terms = [
        rng.integers(-5, 6, [1 if j == i else size for j, size in enumerate(sizes)])
        for i in range(len(sizes))
    ]
    found = eqsolve.potential(NormalFormGame(np.stack([common + t for t in terms], axis=-1)))
    assert (found.values == common - common.ravel()[0]).all()


@given(game=normal_form_games(max_players=3))
def test_nfg_5_generalized_ordinal_potential(game: NormalFormGame) -> None:
    found = eqsolve.potential(game, kind="generalized_ordinal")
    assert bool(found) == oracle.has_generalized_ordinal_potential(table_of(game))


@given(game=normal_form_games(max_players=3))
def test_nfg_6_ordinal_potential(game: NormalFormGame) -> None:
    table = table_of(game)
    found = eqsolve.potential(game, kind="ordinal")
    assert bool(found) == oracle.has_ordinal_potential(table)
    if found:
        for here in table:
            for i, there in oracle.neighbors(table, here):
                gains = table[there][i] > table[here][i]
                assert (found.values[there] > found.values[here]) == gains
    else:
        states = found.cycle.states
        steps = list(zip(states, (*states[1:], states[0]), strict=True))
        moves = [(dict(map(reversed, oracle.neighbors(table, a)))[b], a, b) for a, b in steps]
        assert all(table[b][i] >= table[a][i] for i, a, b in moves)
        assert any(table[b][i] > table[a][i] for i, a, b in moves)


def test_nfg_7_matching_pennies_has_no_pure_equilibrium() -> None:
    pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    assert THEOREMS[-1].claim(pennies) == (
        "no pure equilibrium; the sink components have [4] profiles"
    )


@given(game=normal_form_games(), data=st.data())
def test_relabeling_players_and_strategies_relabels_equilibria(
    game: NormalFormGame, data: st.DataObject
) -> None:
    n = game.n_players
    players = data.draw(st.permutations(range(n)))
    orders = [data.draw(st.permutations(range(size))) for size in game.n_strategies]
    table = game.payoffs[np.ix_(*orders)]
    table = np.transpose(table, (*players, n))[..., players]
    moved = NormalFormGame(table, game.denominator)
    expected = {
        tuple(orders[i].index(profile[i]) for i in players): strict
        for profile, strict in listed(game).items()
    }
    assert listed(moved) == expected


@given(game=normal_form_games(exact=True), factor=st.integers(1, 5))
def test_a_denominator_changes_payoffs_and_nothing_else(game: NormalFormGame, factor: int) -> None:
    divided = NormalFormGame(game.payoffs, game.denominator * factor)
    assert listed(divided) == listed(game)
    profile = (0,) * game.n_players
    assert divided.payoff(profile, 0) * factor == game.payoff(profile, 0)


@given(game=normal_form_games(), outcomes=st.booleans())
@example(game=NormalFormGame.from_bimatrix([[0.0], [-1e-17]], [[-0.0], [0.0]]), outcomes=False)
@example(game=NormalFormGame([[[-0.33333333333333337, 0.3]]]), outcomes=False)  # over 10**17
def test_nfg_files_give_back_the_game(game: NormalFormGame, outcomes: bool) -> None:
    back = read_nfg(write_nfg(game, outcomes=outcomes))
    if back.payoffs.dtype == game.payoffs.dtype:
        assert back == game
    else:  # decimals that fit one denominator: the file is held exactly, floats are nearest to it
        assert game.payoffs.dtype.kind == "f"
        exact = [Fraction(whole, back.denominator) for whole in back.payoffs.ravel().tolist()]
        assert [float(value) for value in exact] == game.payoffs.ravel().tolist()
        assert read_nfg(write_nfg(back, outcomes=outcomes)) == back
    kept = {side: names for side, names in game.labels.items() if any(names)}
    assert dict(back.labels) == kept


@given(game=normal_form_games())
def test_json_files_give_back_the_game(
    tmp_path_factory: pytest.TempPathFactory, game: NormalFormGame
) -> None:
    path: Path = tmp_path_factory.mktemp("games") / "game.json"
    eqsolve.save(game, path)
    back = eqsolve.load(path)
    assert back == game
    assert back.labels == game.labels
    result = eqsolve.solve(game)
    eqsolve.save_solution(game, result, path)
    assert eqsolve.verify(game, eqsolve.load_solution(path, game)).valid


@given(
    game=normal_form_games(),
    order=st.sampled_from(["cyclic", "random", "simultaneous"]),
    best=st.booleans(),
)
def test_response_paths_move_by_gains_and_end_where_they_say(
    game: NormalFormGame, order: str, best: bool
) -> None:
    follow = eqsolve.best_response_path if best else eqsolve.better_response_path
    path = follow(game, order=order, max_steps=50)
    table = table_of(game)
    for step, movers in enumerate(path.movers):
        here = tuple(path.profiles[step].tolist())
        there = tuple(path.profiles[step + 1].tolist())
        assert [i for i in range(game.n_players) if here[i] != there[i]] == list(movers)
        for i in movers:
            alone = (*here[:i], there[i], *here[i + 1 :])
            assert table[alone][i] > table[here][i]
            if best:
                assert all(
                    table[alone][i] >= table[b][i]
                    for j, b in oracle.neighbors(table, here)
                    if j == i
                )
    assert path.converged == (path.end in oracle.equilibria(table))
    assert [path.converged, path.cycle is not None, path.limit is not None].count(True) == 1
    if path.cycle is not None:
        assert path.end == path.cycle.states[0]
    assert follow(game, order=order, max_steps=50).profiles.tolist() == path.profiles.tolist()
