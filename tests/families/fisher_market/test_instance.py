"""Fisher markets as values and as files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import FisherMarket, FormatError, InstanceError, fisher_equilibrium
from eqsolve.families.fisher_market.generate import RECIPES
from eqsolve.families.fisher_market.show import facts, headline, tables
from eqsolve.io.instances import instance_document, instance_from_document
from eqsolve.io.solutions import read_solution, solution_document
from eqsolve.testing import fisher_markets


def document(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"utilities": [[1, 2], [3, 4]], "budgets": [1, 2]}
    return {"eqsolve": 1, "kind": "fisher_market", **fields, **changes}


def test_every_fault_is_found_in_one_pass() -> None:
    with pytest.raises(InstanceError) as caught:
        FisherMarket([[1, -2]], [0], [0], utility="lineer")
    text = str(caught.value)
    assert "utilities[0, 1] = -2" in text
    assert "budgets[0] = 0: must be > 0" in text
    assert "supplies[0] = 0: must be > 0" in text
    assert "did you mean 'linear'?" in text


@pytest.mark.parametrize(
    ("utility", "rule"),
    [
        ("ces", "needs its exponent"),
        ({"ces": 0}, "not 0"),
        ({"ces": 1}, "must be a number < 1"),
        ({"ces": True}, "must be a number"),
        ({"ces": float("-inf")}, "must be a number"),
        ({"rho": 0.5}, "must be one of linear"),
        (3, "must be one of linear"),
    ],
)
def test_utilities_that_cannot_be(utility: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        FisherMarket([[1]], [1], utility=utility)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"budgets": [1]}, "budgets: has length 1, expected 2"),
        ({"supplies": [1, 0]}, r"supplies\[1\] = 0: must be > 0"),
        ({"budget": [1, 2]}, "did you mean 'budgets'"),
        ({"utilities": [[1, None], [3, 4]]}, "utilities"),
        ({"utility": "leontieff"}, "did you mean 'leontief'"),
    ],
)
def test_broken_files_are_refused_by_name(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(FormatError, match=rule):
        instance_from_document(document(**changes), "market.json")


def test_the_digest_sees_the_content_only() -> None:
    market = FisherMarket([[1, 2]], [1])
    assert market == FisherMarket([[1.0, 2.0]], [1.0], [1, 1], name="other")
    others = [
        FisherMarket([[1, 2]], [2]),
        FisherMarket([[1, 2]], [1], [1, 2]),
        FisherMarket([[1, 2]], [1], utility="leontief"),
        FisherMarket([[1, 2]], [1], utility={"ces": 0.5}),
        FisherMarket([[1, 2]], [1], utility={"ces": -0.5}),
    ]
    assert len({market.digest, *(other.digest for other in others)}) == 6


@given(fisher_markets())
def test_files_round_trip(market: FisherMarket) -> None:
    written = instance_document(market)
    again = instance_from_document(written, "again")
    assert again == market


@given(fisher_markets())
def test_solution_files_round_trip(market: FisherMarket) -> None:
    result = fisher_equilibrium(market)
    again = read_solution(solution_document(market, result), "again", market)
    assert eqsolve.verify(market, again.result).valid


def test_views_name_buyers_and_goods() -> None:
    labels = {"buyers": ["ann", "bob"], "goods": ["tea", "rice"]}
    market = FisherMarket([[2, 1], [0, 0]], [3, 1], labels=labels)
    result = fisher_equilibrium(market)
    assert facts(market)["buyers who want nothing"] == "1"
    assert "goods worth 3" in headline(market, result)
    goods, buyers = tables(market, result)
    assert goods.rows[0][0] == "tea"
    assert "ann" in goods.rows[0][-1]
    assert buyers.rows[1][:3] == ("bob", "1", "0")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_seeded(recipe: Any) -> None:
    made = recipe().instance(3, 1)
    assert made == recipe().instance(3, 1)
    assert made != recipe().instance(4, 1)
    assert made.metadata["seed"] == 3
    assert fisher_equilibrium(made).status.value == "solved"


def test_recipes_make_every_utility() -> None:
    for utility in ("linear", "leontief", "cobb_douglas", "quasi_linear", "ces"):
        market = RECIPES[0](buyers=3, goods=2, utility=utility).instance(0)  # type: ignore[call-arg]
        assert market.utility == utility


def test_solutions_of_another_shape_are_refused() -> None:
    market = FisherMarket([[1, 2]], [1])
    claim = {"eqsolve": 1, "kind": "fisher_market", "status": "solved"}
    with pytest.raises(FormatError, match="expected 2"):
        read_solution({**claim, "allocation": [[1, 1]], "prices": [1]}, "claim", market)
    with pytest.raises(FormatError, match="required field is missing"):
        read_solution({**claim, "prices": [1, 1]}, "claim", market)
    assert np.isnan(
        read_solution(
            {**claim, "allocation": [[1, 1]], "prices": [1, 2]}, "claim", market
        ).result.solution.duality_gap
    )
