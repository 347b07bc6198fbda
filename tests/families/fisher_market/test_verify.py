"""Each condition broken on purpose is named, with the buyer or good and the amount."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve import Bounds, FisherMarket, Result, Stats, Status, fisher_equilibrium, verify

LABELS = {"buyers": ["ann", "bob", "cy"], "goods": ["tea", "rice", "salt"]}
VALUES = [[4, 2, 1], [1, 5, 2], [2, 2, 6]]
BUDGETS, SUPPLIES = [3, 2, 4], [1, 2, 3]


def solved(utility: Any = "linear", **changes: Any) -> tuple[FisherMarket, Result[Any]]:
    market = FisherMarket(VALUES, BUDGETS, SUPPLIES, utility=utility, labels=LABELS)
    result = fisher_equilibrium(market)
    assert verify(market, result).valid
    return market, replace(result, solution=replace(result.solution, **changes))


def failed(market: FisherMarket, result: Any) -> dict[str, str]:
    report = verify(market, result)
    assert not report.valid
    return {check.id: check.worst for check in report.failures}


def with_allocation(utility: str, edit: Any) -> dict[str, str]:
    market, result = solved(utility)
    x = result.solution.allocation.copy()
    edit(x)
    return failed(market, replace(result, solution=replace(result.solution, allocation=x)))


def test_more_than_there_is() -> None:
    def edit(x: Any) -> None:
        x[2, 2] += 0.5

    found = with_allocation("linear", edit)
    assert "of salt is handed out, there is 3.0" in found["fisher.supply"]
    assert found["fisher.budget"].startswith("cy spends")


def test_goods_left_over() -> None:
    def edit(x: Any) -> None:
        x[:, 1] *= 0.5

    found = with_allocation("linear", edit)
    assert "of rice is left over at price" in found["fisher.clearing"]
    assert "bob spends" in found["fisher.spending"]


def test_goods_left_over_where_money_may_be_kept() -> None:
    def edit(x: Any) -> None:
        x[:, 1] *= 0.5

    found = with_allocation("quasi_linear", edit)
    assert "of rice is left over at price" in found["fisher.clearing"]


@pytest.mark.parametrize("value", [-0.1, np.nan])
def test_negative_amounts_and_no_numbers(value: float) -> None:
    def edit(x: Any) -> None:
        x[0, 1] = value

    assert f"ann holds {value} of rice" in with_allocation("linear", edit)["fisher.amounts"]


def test_negative_prices() -> None:
    market, result = solved(prices=np.array([1.0, -1.0, 1.0]))
    assert "rice has price -1.0" in failed(market, result)["fisher.amounts"]


def test_wrong_shapes() -> None:
    market, result = solved(prices=np.ones(2))
    assert "expected (3, 3) and (3,)" in failed(market, result)["fisher.amounts"]


@pytest.mark.parametrize("utility", ["linear", "leontief", "cobb_douglas", {"ces": 0.5}])
def test_a_bundle_that_is_not_the_best(utility: Any) -> None:
    market, result = solved(utility)
    # Everybody takes the same share of everything: affordable, sold out, but not best.
    shares = market.budgets / market.budgets.sum()
    x = shares[:, None] * market.supplies
    prices = (
        result.solution.prices * market.budgets.sum() / (result.solution.prices @ market.supplies)
    )
    broken = replace(result.solution, allocation=x, prices=prices)
    found = failed(market, broken)
    assert "could have the same utility for" in found["fisher.best-bundle"]
    assert "fisher.gap" in found
    assert "fisher.supply" not in found
    assert "fisher.spending" not in found


def test_the_culprit_is_named() -> None:
    market = FisherMarket([[2, 1], [1, 2]], [1, 1], labels={"buyers": ["ann", "bob"]})
    right = fisher_equilibrium(market)
    swapped = replace(right.require(), allocation=np.array([[0.0, 1.0], [1.0, 0.0]]))
    worst = failed(market, swapped)["fisher.best-bundle"]
    assert "ann" in worst
    assert "it buys 1.0 of good 1" in worst
    assert "good 0 gives more for the money" in worst


def test_quasi_linear_price_above_every_value() -> None:
    market = FisherMarket([[2], [1]], [5, 5], utility="quasi_linear")
    right = fisher_equilibrium(market).require()
    dear = replace(right, prices=np.array([3.0]))
    found = failed(market, dear)
    assert "good 0 costs 3.0, its highest value is 2" in found["fisher.price-cap"]
    assert "keeping the money is better" in found["fisher.best-bundle"]


def test_claimed_utilities_and_leftover_must_follow() -> None:
    market, result = solved(utilities=np.array([1.0, 1.0, 1.0]))
    assert "not 1.0" in failed(market, result)["fisher.utilities"]
    market, result = solved(leftover=np.array([0.0, 0.0, 1.0]))
    assert "cy has leftover" in failed(market, result)["fisher.leftover"]


def test_claimed_gap_objective_and_bound_must_follow() -> None:
    market, result = solved(duality_gap=0.5)
    assert "claimed 0.5" in failed(market, result)["fisher.duality-gap"]
    market, result = solved()
    wrong = replace(result, objective=result.objective + 1.0)
    assert "the objective is" in failed(market, wrong)["fisher.objective"]
    low = replace(result, bounds=Bounds(upper=result.objective - 1.0, source="certified"))
    assert "prices prove the bound" in failed(market, low)["fisher.bound"]


def test_nobody_can_claim_that_there_is_no_equilibrium() -> None:
    market, _ = solved()
    claim: Result[Any] = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="liar"))
    assert "always exists" in failed(market, claim)["fisher.existence"]


def test_a_feasible_claim_may_have_its_gap_and_no_more() -> None:
    market, _ = solved()
    rough = fisher_equilibrium(market, method="proportional_response", iterations=2)
    assert rough.status is Status.FEASIBLE
    assert rough.solution is not None
    assert verify(market, rough).valid
    assert "fisher.gap" in failed(market, rough.solution)  # as an equilibrium it fails
    assert "fisher.gap" in failed(market, replace(rough, status=Status.SOLVED))
    boast = replace(rough, solution=replace(rough.solution, duality_gap=1e-9))
    assert "fisher.gap" in failed(market, boast)


def test_further_fields_may_be_absent() -> None:
    market, result = solved()
    document = {key: result.solution.to_dict()[key] for key in ("allocation", "prices")}
    bare = type(result.solution).from_dict(document, market)
    assert verify(market, bare).valid
    worse = replace(bare, prices=bare.prices * 1.01)
    assert "fisher.budget" in failed(market, worse)


def test_a_tiny_buyer_is_not_drowned_by_a_rich_one() -> None:
    market = FisherMarket([[1, 2], [2, 1]], [1e4, 1])
    x = fisher_equilibrium(market).require().allocation.copy()
    x[1] = x[1, ::-1]  # the poor buyer gets the wrong good
    x[0] = 1 - x[1]
    right = fisher_equilibrium(market).require()
    assert not verify(market, replace(right, allocation=x)).valid
