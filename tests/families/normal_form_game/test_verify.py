"""Each condition is broken on purpose; the report names that one, who, and by how much."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve import Limit, NormalFormGame, Status
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.families.normal_form_game.solution import NormalFormSolution

GAME = NormalFormGame(
    [[[3, 2], [0, 0]], [[0, 0], [2, 3]], [[3, 0], [1, 1]]],
    labels={"players": ["Ann", "Bob"], "strategies of player 0": ["top", "middle", "bottom"]},
)
RESULT = eqsolve.pure_equilibria(GAME)


def broken(**changes: Any) -> Any:
    return replace(RESULT, solution=replace(RESULT.solution, **changes))


def failed(game: NormalFormGame, claim: Any, **options: Any) -> dict[str, str]:
    report = eqsolve.verify(game, claim, **options)
    return {check.id: check.worst for check in report.failures}


def test_the_answer_itself_is_valid_in_every_form() -> None:
    assert dict(zip(RESULT.solution, RESULT.solution.strict.tolist(), strict=True)) == {
        (0, 0): False,
        (1, 1): True,
    }
    assert eqsolve.verify(GAME, RESULT).valid
    assert eqsolve.verify(GAME, RESULT.solution).valid
    assert eqsolve.verify(GAME, RESULT).tolerance == 0


def test_a_profitable_deviation_is_named() -> None:
    profiles = np.array([[0, 0], [2, 1]])
    claim = broken(profiles=profiles, payoffs=GAME.payoffs_at(profiles))
    worst = failed(GAME, claim)
    assert worst["normal_form.deviation"] == "equilibrium 1 (bottom, 1): Ann gains 1 with middle"
    assert "(middle, 1) (1, 1) is a pure equilibrium too" in worst["normal_form.complete"]


def test_a_missing_equilibrium_is_found() -> None:
    claim = broken(
        profiles=RESULT.solution.profiles[:1],
        payoffs=RESULT.solution.payoffs[:1],
        strict=RESULT.solution.strict[:1],
    )
    assert set(failed(GAME, claim)) == {"normal_form.complete", "normal_form.certificate"}
    honest = replace(
        claim,
        status=Status.FEASIBLE,
        limit=Limit.SOLUTIONS,
        certificate=None,
        solution=replace(claim.solution, exhaustive=False),
    )
    assert not failed(GAME, honest)


def test_profiles_that_are_none() -> None:
    worst = failed(GAME, broken(profiles=np.array([[0, 0], [3, 1]])))
    assert "Ann plays strategy 3, but has 3 strategies" in worst["normal_form.profiles"]
    assert "normal_form.profiles" in failed(GAME, broken(profiles=np.array([[0, 0], [-1, 1]])))
    assert "normal_form.profiles" in failed(GAME, broken(profiles=np.array([[0], [1]])))


def test_a_profile_listed_twice() -> None:
    twice = replace(
        RESULT.solution,
        profiles=np.array([[0, 0], [1, 1], [1, 1]]),
        payoffs=np.array([[3, 2], [2, 3], [2, 3]]),
        strict=np.array([False, True, True]),
    )
    assert "listed 2 times" in failed(GAME, twice)["normal_form.profiles"]


@pytest.mark.parametrize(
    ("strict", "words"),
    [([True, True], "called strict, but Ann"), ([False, False], "called weak, but every")],
)
def test_wrong_flags(strict: list[bool], words: str) -> None:
    worst = failed(GAME, broken(strict=np.array(strict)))
    assert words in worst["normal_form.strict"]


def test_wrong_payoffs() -> None:
    claim = broken(payoffs=np.array([[3, 2], [2, 4]]))
    assert failed(GAME, claim) == {
        "normal_form.payoffs": "equilibrium 1 (middle, 1) pays Bob 3, not 4"
    }


def test_statuses_that_contradict_the_list() -> None:
    some = broken(exhaustive=False)
    assert "not called exhaustive" in failed(GAME, some)["normal_form.status"]
    none = replace(RESULT, status=Status.NO_EQUILIBRIUM, solution=None)
    worst = failed(GAME, none)
    assert "(top, 0) (0, 0)" in worst["normal_form.complete"]
    assert "says 2 equilibria, there are 0" in worst["normal_form.certificate"]
    limited = replace(RESULT, limit=Limit.TIME)
    assert "time limit" in failed(GAME, limited)["normal_form.status"]


def test_an_empty_list_is_not_solved() -> None:
    pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    none = eqsolve.solve(pennies)
    assert none.status is Status.NO_EQUILIBRIUM
    empty = NormalFormSolution.from_dict({"equilibria": [], "exhaustive": True}, pennies)
    claim = replace(none, status=Status.SOLVED, solution=empty)
    assert "empty list" in failed(pennies, claim)["normal_form.status"]


def test_a_certificate_with_wrong_counts() -> None:
    certificate = RESULT.certificate
    assert isinstance(certificate, ExhaustionCertificate)
    counts = {**certificate.counts, "profiles": 5}
    claim = replace(RESULT, certificate=replace(certificate, counts=counts))
    assert failed(GAME, claim) == {
        "normal_form.certificate": "the certificate says 5 profiles, there are 6"
    }


def test_fractions_are_judged_exactly_but_may_be_restated_rounded() -> None:
    game = NormalFormGame.from_bimatrix([[1], [3]], [[0], [0]], denominator=3 * 10**12)
    low = NormalFormSolution.from_dict(
        {
            "equilibria": [{"profile": [0, 0], "payoffs": [0, 0], "strict": True}],
            "exhaustive": False,
        },
        game,
    )
    assert "normal_form.deviation" in failed(game, low)  # a gain of less than 1e-12
    thirds = NormalFormGame.from_bimatrix([[1], [2]], [[0], [0]], denominator=3)
    rounded = NormalFormSolution.from_dict(
        {
            "equilibria": [{"profile": [1, 0], "payoffs": [0.6666667, 0], "strict": True}],
            "exhaustive": True,
        },
        thirds,
    )
    assert not failed(thirds, rounded)
    assert "normal_form.payoffs" in failed(thirds, rounded, tolerance=1e-9)


def test_floats_are_judged_within_the_tolerance() -> None:
    game = NormalFormGame.from_bimatrix([[1 / 3], [1 / 3 + 1e-9]], [[0.0], [0.0]])
    assert not game.is_integral
    entry = {"profile": [0, 0], "payoffs": [1 / 3, 0], "strict": False}
    claim = {"equilibria": [entry], "exhaustive": False}
    near = NormalFormSolution.from_dict(claim, game)
    assert not failed(game, near)
    assert "normal_form.deviation" in failed(game, near, tolerance=1e-12)
    complete = replace(near, exhaustive=True)
    assert "normal_form.complete" in failed(game, complete)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"equilibria": 3, "exhaustive": True}, "must be a list"),
        ({"equilibria": [3], "exhaustive": True}, "must be an object"),
        ({"equilibria": [], "exhaustive": 1}, "must be true or false"),
        ({"equilibria": [{"profile": [0, 0], "payoffs": [0, 0]}], "exhaustive": True}, "missing"),
        (
            {
                "equilibria": [{"profile": [0], "payoffs": [0, 0], "strict": True}],
                "exhaustive": True,
            },
            "expected 2",
        ),
        (
            {
                "equilibria": [{"profile": [0, 0.5], "payoffs": [0, 0], "strict": True}],
                "exhaustive": True,
            },
            "whole numbers",
        ),
        (
            {
                "equilibria": [{"profil": [0, 0], "payoffs": [0, 0], "strict": "yes"}],
                "exhaustive": True,
            },
            "did you mean 'profile'",
        ),
    ],
)
def test_documents_of_the_wrong_shape(document: dict[str, Any], words: str) -> None:
    with pytest.raises(eqsolve.InstanceError, match=words):
        NormalFormSolution.from_dict(document, GAME)
