"""Instances and files of model markets: every fault named, nothing lost on the way."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given

from eqsolve import (
    FormatError,
    InstanceError,
    ModelMarket,
    Status,
    load,
    load_solution,
    save,
    solve,
)
from eqsolve.families.model_market.solution import ModelMarketSolution
from eqsolve.families.model_market.solve import market_equilibria
from eqsolve.io import save_solution
from eqsolve.io.solutions import read_solution, solution_document
from eqsolve.testing import model_markets


def faults(*arguments, **options):
    with pytest.raises(InstanceError) as caught:
        ModelMarket(*arguments, **options)
    return [str(fault) for fault in caught.value.faults]


def test_all_faults_come_at_once():
    assert faults([[1, -2]], [1, 0], 0, {"rule": "softmax"}) == [
        "scores[0, 1] = -2: must be >= 0 and finite",
        "weights[1] = 0: must be > 0",
        "n_platforms = 0: must be a whole number from 1 to 1000000000",
        "choice[beta]: required field is missing",
    ]


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ("hardmx", "choice[rule] = 'hardmx': unknown rule; did you mean 'hardmax'?"),
        (5, 'choice = 5: must be an object such as {"rule": "hardmax"}'),
        ({}, "choice[rule]: required field is missing"),
        ({"rule": "hardmax", "beta": 1}, "choice[beta]: unknown field; valid names: rule"),
        (
            {"rule": "softmax", "bta": 1, "beta": 1},
            "choice[bta]: unknown field; did you mean 'beta'?",
        ),
        (
            {"rule": "softmax", "beta": -1},
            "choice[beta] = -1: must be a finite number >= 0",
        ),
        (
            {"rule": "softmax", "beta": True},
            "choice[beta] = True: must be a finite number >= 0",
        ),
    ],
)
def test_choice_is_checked(choice, fault):
    assert faults([[1]], [1], 1, choice) == [fault]


def test_sizes_are_checked():
    assert faults([], [], 1) == ["scores: must have at least one model and one type"]
    assert faults([[1, 2]], [1], 1) == ["weights: has length 1, expected 2"]
    assert "n_platforms = True" in faults([[1]], [1], True)[0]
    assert "labels[models]" in faults([[1]], [1], 1, labels={"models": ["a", "b"]})[0]


def test_whole_numbers_stay_whole_and_weights_are_scaled():
    market = ModelMarket([[3.0, 1]], [2, 6], 4)
    assert market.scores.dtype == np.int64
    assert market.is_exact
    assert market.shares.tolist() == [0.25, 0.75]
    assert not ModelMarket([[0.5]], [1], 1).is_exact
    with pytest.raises(ValueError, match="read-only"):
        market.scores[0, 0] = 1


def test_the_digest_is_of_the_content():
    market = ModelMarket([[3, 1]], [1, 2], 4, name="a")
    assert market == ModelMarket([[3.0, 1]], [1, 2], 4, {"rule": "hardmax"}, name="b")
    assert market != ModelMarket([[3, 1]], [1, 2], 5)
    assert market != ModelMarket([[3, 1]], [1, 2], 4, {"rule": "softmax", "beta": 1})


@given(model_markets())
def test_files_round_trip(tmp_path_factory, market):
    folder = tmp_path_factory.mktemp("files")
    save(market, folder / "market.json")
    again = load(folder / "market.json")
    assert again == market
    assert again.choice == market.choice
    result = market_equilibria(market)
    save_solution(market, result, folder / "solution.json")
    read = load_solution(folder / "solution.json", market)
    assert read.status is result.status
    if result.solution is not None:
        assert read.solution.to_dict() == result.solution.to_dict()
    assert read.certificate == result.certificate


def test_unknown_names_in_files_are_named(tmp_path):
    path = tmp_path / "market.json"
    document = {
        "eqsolve": 1,
        "kind": "model_market",
        "scores": [[1]],
        "weights": [1],
        "n_platform": 2,
        "choice": {"rule": "softmax", "sharpness": 2},
    }
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="did you mean 'n_platforms'"):
        load(path)
    document["n_platforms"] = document.pop("n_platform")
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match=r"choice\[beta\]: required") as caught:
        load(path)
    assert "choice[sharpness]: unknown field" in str(caught.value)


def test_solutions_of_the_wrong_shape_are_refused():
    market = ModelMarket([[4, 1], [2, 3]], [1, 1], 3)
    right = market_equilibria(market).solution.to_dict()

    def broken(change):
        document = json.loads(json.dumps(right))
        change(document)
        with pytest.raises(InstanceError) as caught:
            ModelMarketSolution.from_dict(document, market)
        return str(caught.value)

    assert "equilibria[0].counts: has length 1" in broken(
        lambda d: d["equilibria"][0].update(counts=[3])
    )
    assert "equilibria[0].counts: must hold whole" in broken(
        lambda d: d["equilibria"][0].update(counts=[1.5, 1.5])
    )
    assert "did you mean 'welfare'" in broken(lambda d: d["equilibria"][0].update(welfar=1))
    assert "equilibria[0, hhi]" in broken(lambda d: d["equilibria"][0].pop("hhi"))
    assert "equilibria[0, welfare]" in broken(lambda d: d["equilibria"][0].update(welfare="3"))
    assert "equilibria: must be a list" in broken(lambda d: d.update(equilibria=3))
    assert "exhaustive = 1" in broken(lambda d: d.update(exhaustive=1))
    assert "social_optimum.models" in broken(lambda d: d["social_optimum"].update(models=[7]))
    assert "social_optimum = 3" in broken(lambda d: d.update(social_optimum=3))
    assert "price_of_anarchy" in broken(lambda d: d.update(price_of_anarchy="1"))
    assert "equilibria[0, strict]" in broken(lambda d: d["equilibria"][0].update(strict=2))


@pytest.mark.parametrize("name", ["restless-platforms", "matching-pennies"])
def test_files_say_that_the_list_is_empty_and_complete(name):
    game = load(f"catalog:{name}")
    document = solution_document(game, solve(game))
    assert document["status"] == "no_equilibrium"
    assert document["equilibria"] == []
    assert document["exhaustive"] is True
    assert read_solution(document, "it", game).result.status is Status.NO_EQUILIBRIUM
