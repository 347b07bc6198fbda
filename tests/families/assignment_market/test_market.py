"""Instance, solution and files of assignment markets, recipes, small functions."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import AssignmentMarket, AssignmentSolution
from eqsolve.core.recipe import make_recipe
from eqsolve.families.assignment_market.files import read, write
from eqsolve.families.assignment_market.generate import RECIPES
from eqsolve.families.assignment_market.methods.base import midpoint
from eqsolve.testing import assignment_markets


@given(assignment_markets())
def test_solutions_survive_their_documents(market: AssignmentMarket) -> None:
    for method in ("auto", "ascending"):
        solution = eqsolve.solve(market, method=method, prices="mid").solution
        back = AssignmentSolution.from_dict(solution.to_dict(), market)
        assert back.to_dict() == solution.to_dict()
        assert eqsolve.verify(market, back).valid


@given(assignment_markets())
def test_markets_survive_their_fields(market: AssignmentMarket) -> None:
    fields = write(market)
    if "values" in fields:
        fields["values"] = np.where(fields["values"].dense() < 0, None, fields["values"].dense())
    if market.n_buyers == 0 or market.n_sellers == 0:
        return  # an empty side has no nested lists to stand in
    assert read(fields, {}) == market
    assert pickle.loads(pickle.dumps(market)) == market


@given(assignment_markets(sparse=True))
def test_both_forms_are_one_market(market: AssignmentMarket) -> None:
    table = np.where(market.values.dense() < 0, None, market.values.dense())
    if not table.size:
        return
    dense = AssignmentMarket(table, market.reserves)
    assert dense.digest == market.digest
    assert eqsolve.solve(dense).objective == pytest.approx(eqsolve.solve(market).objective)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("matching", [0], "has length 1, expected 2"),
        ("matching", [0, 5], r"matching\[1\] = 5: must be null or below 2"),
        ("matching", [0, 0.5], "whole numbers"),
        ("prices", [1, "x"], "must be a number"),
        ("price_path", 3, "must be a list of steps"),
        ("price_path", [{"sellers": [7], "increase": 1}], r"price_path\[0\]"),
        ("price_path", [{"sellers": [0], "increase": 0}], r"price_path\[0\]"),
        ("price_path", [{"sellers": [0]}], r"price_path\[0\]"),
    ],
)
def test_malformed_solutions_are_refused(field: str, value: object, fault: str) -> None:
    market = AssignmentMarket([[5, 3], [4, 1]])
    document = eqsolve.solve(market).solution.to_dict() | {field: value}
    with pytest.raises(eqsolve.InstanceError, match=fault):
        AssignmentSolution.from_dict(document, market)


def test_solution_files_may_leave_out_the_extras() -> None:
    market = AssignmentMarket([[5, 3], [4, 1]])
    solution = eqsolve.solve(market).solution
    document = solution.to_dict()
    del document["vcg_payments"]
    back = AssignmentSolution.from_dict(document, market)
    assert back.vcg_payments.tolist() == solution.vcg_payments.tolist() == [0, 2]


def test_midpoints_stay_whole_where_they_can() -> None:
    low, high = np.array([0, 2]), np.array([2, 4])
    assert midpoint(low, high, 10.0).tolist() == [1, 3]
    assert midpoint(low, high, 10.0).dtype == np.int64
    assert midpoint(low, np.array([1, 4]), 10.0).tolist() == [0.5, 3.0]
    assert midpoint(low, np.array([1, 4]), 2.0**52).tolist() == [0, 3]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_seeded_and_solvable(recipe: type) -> None:
    for shape in ((0, 0), (5, 0), (0, 5), (9, 9), (4, 12), (12, 4)):
        made = recipe(buyers=shape[0], sellers=shape[1])
        market = made.instance(3, 1)
        assert (market.n_buyers, market.n_sellers) == shape
        assert market.metadata["generator"] == recipe.name
        assert made.instance(3, 1) == market
        assert eqsolve.solve(market).check.valid
    assert recipe(buyers=6).instance(0).n_sellers == 6


def test_recipe_options_change_the_market() -> None:
    def make(name: str, **options: object) -> AssignmentMarket:
        return make_recipe(RECIPES, name, {"buyers": 20, **options}).instance(1)

    assert make("uniform", density=0.3).values.n_edges < 200
    assert make("uniform", reserve=0.5).reserves.max() > 0
    assert make("integers", low=3, high=4).values.dense().min() == 3
    assert make("geometric", whole=True).is_integral
    assert np.linalg.matrix_rank(make("low_rank", rank=2).values.dense()) == 2
    assert make("low_rank", noise=1.0).values.dense().min() == 0
    assert (make("one_sided_ties", side="sellers").values.dense()[0] > 0).all()
    assert make("popularity", whole=True).is_integral
    assert make("machol_wien").values[19, 19] == 400
    with pytest.raises(eqsolve.OptionError, match="low <= high"):
        make("integers", low=5, high=4)
    with pytest.raises(eqsolve.OptionError, match="must be"):
        make("one_sided_ties", side="nobody")
    with pytest.raises(eqsolve.OptionError, match="sellers >= 0"):
        make("uniform", sellers=-3)


def test_memory_mapped_values_are_not_copied(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((50, 60))
    np.save(tmp_path / "v.npy", values)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    market = AssignmentMarket(mapped)
    assert np.shares_memory(market.values.dense(), mapped)
    assert eqsolve.solve(market).objective == eqsolve.solve(AssignmentMarket(values)).objective


def test_prices_of_the_wrong_shape_are_refused() -> None:
    market = AssignmentMarket([[5, 3]])
    for call in (eqsolve.is_price_vector, eqsolve.demand_sets, eqsolve.overdemanded_set):
        with pytest.raises(eqsolve.InstanceError, match="expected 2"):
            call(market, [1])


def test_prices_below_reserves_are_none() -> None:
    market = AssignmentMarket([[5, 3]], [2, 2])
    assert not eqsolve.is_price_vector(market, [2, 1])
    assert eqsolve.is_price_vector(market, [2, 2])
    assert eqsolve.is_price_vector(market, [4, 2])
    assert not eqsolve.is_price_vector(market, [4.5, 2])
