"""Every method on every case: status, equilibria, certificate, determinism, limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import eqsolve
from eqsolve import Deadline, Limit, Limits, NormalFormGame, Status
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.families.normal_form_game.generate import RECIPES
from eqsolve.families.normal_form_game.instance import strategies_of

CASES = {
    "battle of the sexes": ([[[3, 2], [0, 0]], [[0, 0], [2, 3]]], {(0, 0): True, (1, 1): True}),
    "matching pennies": ([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], {}),
    "one player": ([[1], [3], [3]], {(1,): False, (2,): False}),
    "one profile": ([[[5, -5]]], {(0, 0): True}),
    "all equal": (np.zeros((2, 3, 2), int), dict.fromkeys(np.ndindex(2, 3), False)),
    "a player with one strategy": ([[[1, 0], [2, 0]]], {(0, 0): False, (0, 1): False}),
    "fractions": ([[[0.1, 0.2], [0.3, 0.1]]], {(0, 0): True}),
    "three players": (
        [
            [[[1, 1, 1], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]],
            [[[0, 0, 0]] * 2, [[0, 0, 0], [2, 2, 2]]],
        ],
        {(0, 0, 0): True, (1, 1, 1): True},
    ),
    "beyond 2**53": ([[[2**62, 2**62]], [[2**62 + 1, 0]]], {(1, 0): True}),
    "no decimals": ([[[1 / 3, 0.0]], [[0.1 + 0.2, 0.0]]], {(0, 0): True}),
}
METHODS = [method.name for method in eqsolve.methods("normal_form_game")]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_known_equilibria(method: str, case: str) -> None:
    payoffs, expected = CASES[case]
    game = NormalFormGame(payoffs, player_axis="last")
    result = eqsolve.pure_equilibria(game, method=method)
    assert result.check.valid
    assert isinstance(result.certificate, ExhaustionCertificate)
    assert result.certificate.counts["profiles"] == game.n_profiles
    if not expected:
        assert result.status is Status.NO_EQUILIBRIUM
        assert result.solution is None
        return
    assert result.status is Status.SOLVED
    solution = result.require()
    assert solution.exhaustive
    assert dict(zip(solution, solution.strict.tolist(), strict=True)) == expected
    assert list(solution) == sorted(solution)


@pytest.mark.parametrize("shape", [(40, 30), (9, 8, 7), (2,) * 9, (3, 1, 5, 4), (200,), (1, 1)])
@pytest.mark.parametrize("largest", [1, 3, 10**6])
def test_methods_agree(shape: tuple[int, ...], largest: int) -> None:
    rng = np.random.default_rng(7)
    for payoffs in (
        rng.integers(-largest, largest, (*shape, len(shape))),
        rng.random((*shape, len(shape))),
    ):
        game = NormalFormGame(payoffs, player_axis="last")
        first, *others = (eqsolve.pure_equilibria(game, method=name) for name in METHODS)
        for other in others:
            assert other.status is first.status
            assert other.certificate == first.certificate
            if first.solution is not None:
                assert other.solution.to_dict() == first.solution.to_dict()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("most", "complete"), [(1, False), (5, False), (6, True), (7, True)])
def test_max_equilibria(method: str, most: int, complete: bool) -> None:
    game = NormalFormGame(np.zeros((2, 3, 2), int))
    result = eqsolve.pure_equilibria(game, method=method, max_equilibria=most)
    assert result.check.valid
    assert list(result.solution) == list(np.ndindex(2, 3))[:most]
    assert result.solution.exhaustive is complete
    assert result.status is (Status.SOLVED if complete else Status.FEASIBLE)
    assert result.limit is (None if complete else Limit.SOLUTIONS)


@pytest.mark.parametrize("method", METHODS)
def test_a_canceled_clock_leaves_an_honest_answer(method: str) -> None:
    deadline = Deadline(Limits())
    deadline.cancel()
    game = NormalFormGame(np.zeros((500, 300, 2), int))
    result = eqsolve.pure_equilibria(game, method=method, deadline=deadline)
    assert result.status is Status.UNKNOWN
    assert result.limit is Limit.INTERRUPTED
    assert result.certificate is None


def test_auto_says_why() -> None:
    small, large = NormalFormGame([[[0, 0]]]), NormalFormGame(np.zeros((500, 300, 2), int))
    assert eqsolve.pure_equilibria(small).stats.method == "arrays"
    result = eqsolve.pure_equilibria(large, max_equilibria=1)
    assert result.stats.method == "sweep"
    assert "300000 payoffs" in result.stats.reason


@pytest.mark.parametrize("most", [0, -1])
def test_impossible_options(most: int) -> None:
    with pytest.raises(eqsolve.OptionError, match="max_equilibria"):
        eqsolve.solve(NormalFormGame([[1]]), max_equilibria=most)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_repeatable_and_differ(recipe: type) -> None:
    first = recipe().instance(5, 1)
    assert first == recipe().instance(5, 1)
    assert first != recipe().instance(5, 2)
    assert first.metadata["generator"] == recipe.name
    three = recipe(players=3, strategies=2, largest=4).instance(0)
    assert three.n_strategies == (2, 2, 2)
    assert eqsolve.solve(three).check.valid
    if recipe.name in ("potential", "congestion"):
        assert eqsolve.potential(three)
        assert eqsolve.solve(three).status is Status.SOLVED
    if recipe.name == "zero_sum":
        assert not three.payoffs.sum(axis=-1).any()
    with pytest.raises(eqsolve.OptionError, match=recipe.name):
        recipe(strategies=0)


def test_restricting_to_survivors_keeps_labels_and_equilibria() -> None:
    game = NormalFormGame.from_bimatrix(
        [[-1, -3], [0, -2]], [[-1, 0], [-3, -2]], labels={strategies_of(0): ["C", "D"]}
    )
    left = eqsolve.restricted(game, eqsolve.dominance(game).surviving)
    assert left.payoffs.tolist() == [[[-2, -2]]]
    assert left.labels[strategies_of(0)] == ("D",)
    with pytest.raises(eqsolve.OptionError, match="strategies"):
        eqsolve.restricted(game, [[0], []])
    with pytest.raises(eqsolve.OptionError, match="players"):
        eqsolve.restricted(game, [[0]])


CATALOG = sorted((Path(__file__).parents[3] / "instances" / "normal_form_game").rglob("*.json"))


@pytest.mark.parametrize("path", CATALOG, ids=lambda path: path.stem)
def test_catalog_games_have_their_known_answers(path: Path) -> None:
    game = eqsolve.load(path)
    expected = game.metadata["expected"]
    assert game.metadata["source"]
    result = eqsolve.solve(game)
    assert result.status.value == expected["status"]
    solution = result.solution
    assert [list(p) for p in solution or ()] == expected["equilibria"]
    if solution is not None:
        assert solution.strict.tolist() == expected["strict"]
    for kind in ("exact", "ordinal", "generalized_ordinal"):
        known = expected.get(f"{kind}_potential")
        assert known is None or bool(eqsolve.potential(game, kind=kind)) is known
