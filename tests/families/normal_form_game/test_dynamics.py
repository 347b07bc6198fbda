"""Paths, cycles and graphs on games whose answers are known."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from eqsolve import (
    InstanceError,
    Limit,
    NormalFormGame,
    OptionError,
    UnsupportedError,
    best_response_path,
    better_response_path,
    dominance,
    improvement_graph,
    potential,
    sink_components,
)

BATTLE = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
PENNIES = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
CLIMB = NormalFormGame([[0], [1], [2], [2]])


def test_a_path_in_matching_pennies_closes() -> None:
    path = best_response_path(PENNIES)
    assert path.movers[:4] == ((1,), (0,), (1,), (0,))
    assert path.cycle.states == ((0, 1), (1, 1), (1, 0), (0, 0))
    assert path.end == (0, 1)
    assert not path.converged


def test_best_and_better_responses_differ() -> None:
    assert best_response_path(CLIMB).profiles.ravel().tolist() == [0, 2]
    assert better_response_path(CLIMB).profiles.ravel().tolist() == [0, 1, 2]


def test_simultaneous_moves_miss_each_other_unless_somebody_rests() -> None:
    path = best_response_path(BATTLE, (0, 1), order="simultaneous")
    assert path.cycle.states == ((0, 1), (1, 0))
    rested = best_response_path(BATTLE, (0, 1), order="simultaneous", inertia=0.5, seed=1)
    assert rested.converged
    again = best_response_path(BATTLE, (0, 1), order="simultaneous", inertia=0.5, seed=1)
    assert rested.movers == again.movers


def test_random_order_is_cut_at_its_limit() -> None:
    path = better_response_path(PENNIES, order="random", max_steps=7)
    assert len(path.movers) == 7
    assert path.limit is Limit.ITERATIONS


def test_an_equilibrium_is_where_it_starts() -> None:
    path = best_response_path(BATTLE, (1, 1), max_steps=0)
    assert path.converged
    assert path.profiles.tolist() == [[1, 1]]


@pytest.mark.parametrize(
    "options",
    [
        {"order": "alphabetic"},
        {"inertia": 0.5},
        {"inertia": 1.0, "order": "simultaneous"},
        {"max_steps": -1},
    ],
)
def test_impossible_options(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        best_response_path(BATTLE, **options)


@pytest.mark.parametrize(
    ("start", "told"),
    [((0, 2), r"start\[1\] = 2: must be a strategy, 0 to 1"), ((0,), "has length 1, expected")],
)
def test_impossible_starts(start: tuple[int, ...], told: str) -> None:
    with pytest.raises(InstanceError, match=told):
        best_response_path(BATTLE, start)


def test_arcs_carry_player_and_exact_gain() -> None:
    game = NormalFormGame.from_bimatrix([[1, 0], [0, 2]], [[0, 0], [0, 1]], denominator=3)
    graph = improvement_graph(game)
    assert graph.number_of_nodes() == 4
    assert graph.edges[(0, 1), (1, 1)] == {"player": 0, "gain": Fraction(2, 3)}
    assert set(improvement_graph(CLIMB).edges) == {
        ((0,), (1,)), ((0,), (2,)), ((0,), (3,)), ((1,), (2,)), ((1,), (3,)),
    }  # fmt: skip
    best = improvement_graph(CLIMB, rule="best")
    assert ((0,), (1,)) not in best.edges
    with pytest.raises(OptionError, match="rule"):
        improvement_graph(CLIMB, rule="worst")


def test_sinks() -> None:
    assert sink_components(BATTLE) == [[(0, 0)], [(1, 1)]]
    assert sink_components(PENNIES) == [[(0, 0), (0, 1), (1, 0), (1, 1)]]
    assert sink_components(CLIMB, rule="best") == [[(2,)], [(3,)]]


def test_games_with_too_many_deviations_are_refused() -> None:
    game = NormalFormGame(np.zeros((3000, 1000, 2), dtype=np.int8))
    with pytest.raises(UnsupportedError, match="deviations"):
        sink_components(game)


def test_potentials_of_known_games() -> None:
    found = potential(NormalFormGame.from_bimatrix([[0.5, 0], [0, 0.25]], [[0.5, 0], [0, 0.25]]))
    assert found.denominator == 4
    assert found.values.tolist() == [[0, -2], [-2, -1]]
    around = potential(PENNIES)
    assert not around
    assert around.gain == -8
    assert around.cycle.states == ((0, 0), (1, 0), (1, 1), (0, 1))
    assert potential(CLIMB, kind="ordinal").values.tolist() == [0, 1, 2, 2]
    with pytest.raises(OptionError, match="kind"):
        potential(PENNIES, kind="cardinal")


def test_a_generalized_ordinal_potential_without_an_ordinal_one() -> None:
    """Monderer and Shapley (1996), section 2: a cycle with one gain and three neutral moves."""
    game = NormalFormGame.from_bimatrix([[1, 2], [2, 0]], [[0, 0], [0, 1]])
    assert potential(game, kind="generalized_ordinal")
    assert not potential(game, kind="ordinal")
    assert not potential(game, kind="exact")


def test_sums_of_decimals_and_of_large_numbers_are_exact() -> None:
    tenths = [[[0.9, 0.7], [0.5, 0.5]], [[0.6, 0.4], [0.2, 0.2]]]
    assert ((0.9 - 0.6) - (0.5 - 0.2)) - ((0.7 - 0.4) - (0.5 - 0.2)) != 0  # among floats
    found = potential(NormalFormGame(tenths, player_axis="last"))
    assert found.values.tolist() == [[0, -2], [-3, -5]]
    assert found.denominator == 10
    large = 2**61
    common = [[[large, large], [-large, -large]], [[-large, -large], [large - 1, large - 1]]]
    found = potential(NormalFormGame(common, player_axis="last"))
    assert found.values.tolist() == [[0, -2 * large], [-2 * large, -1]]
    common[1][1][1] += 1
    assert abs(potential(NormalFormGame(common, player_axis="last")).gain) == 1


def test_weak_elimination_goes_on_where_strict_stops() -> None:
    game = NormalFormGame([[[1, 1], [1, 0]], [[1, 0], [0, 0]]])
    assert dominance(game).surviving == ((0, 1), (0, 1))
    weak = dominance(game, kind="weak")
    assert [(e.player, e.strategy, e.by) for e in weak.rounds[0]] == [(0, 1, 0), (1, 1, 0)]
    assert weak.solves
    once = dominance(NormalFormGame([[[1, 0]], [[2, 0]], [[3, 0]]]), iterated=False)
    assert [(e.strategy, e.by) for e in once.rounds[0]] == [(0, 1), (1, 2)]
    with pytest.raises(OptionError, match="kind"):
        dominance(game, kind="mild")
