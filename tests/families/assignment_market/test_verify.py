"""The verifier rejects every condition broken on purpose, and names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import eqsolve
from eqsolve import AssignmentMarket, AssignmentSolution, Bounds, Result, Status
from eqsolve.core.certificate import DualCertificate
from eqsolve.testing import assignment_markets

MARKET = AssignmentMarket(
    [[9, 6, 4, None], [8, 7, 1, 2], [5, 5, 5, 3]],
    [1, 0, 2, 0],
    labels={"buyers": ["ann", "bob", "cat"], "sellers": ["house", "flat", "hut", "tent"]},
)


@pytest.fixture
def result() -> Result[AssignmentSolution]:
    return eqsolve.solve(MARKET, method="ascending", prices="mid")


def broken(result: Result[AssignmentSolution], **changes: Any) -> Result[AssignmentSolution]:
    """Return the result with fields of its solution changed, without a certificate."""
    return replace(result, solution=replace(result.solution, **changes), certificate=None)


def changed(array: np.ndarray, place: int, amount: float) -> np.ndarray:
    copy = array.astype(np.result_type(array, np.asarray(amount).dtype))
    copy[place] += amount
    return copy


def failures(result: Result[AssignmentSolution], **more: Any) -> dict[str, str]:
    report = eqsolve.verify(MARKET, result, **more)
    return {check.id: check.worst for check in report.failures}


def test_the_right_answer_is_valid(result: Result[AssignmentSolution]) -> None:
    assert failures(result) == {}
    assert eqsolve.verify(MARKET, result.solution).valid
    assert eqsolve.verify(MARKET, result).tolerance == 0


@pytest.mark.parametrize("field", ["matching", "prices", "price_min", "utilities"])
def test_an_array_of_the_wrong_length(result: Result[AssignmentSolution], field: str) -> None:
    found = failures(broken(result, **{field: getattr(result.solution, field)[:-1]}))
    assert list(found) == ["assignment.shape"]
    assert f"{field} has shape" in found["assignment.shape"]


@pytest.mark.parametrize("matching", [[0, 0, 2], [0, 1, 9]])
def test_a_claim_that_is_no_matching(
    result: Result[AssignmentSolution], matching: list[int]
) -> None:
    found = failures(broken(result, matching=np.array(matching)))
    assert list(found) == ["assignment.matching"]
    word = "both ann and bob" if matching[1] == 0 else "there are 4 sellers"
    assert word in found["assignment.matching"]


def test_a_trade_without_an_edge(result: Result[AssignmentSolution]) -> None:
    found = failures(broken(result, matching=np.array([3, 0, 2])))
    assert "no edge between them" in found["assignment.matching"]


def test_an_inefficient_matching(result: Result[AssignmentSolution]) -> None:
    found = failures(broken(result, matching=np.array([1, 0, 2])))
    assert {"assignment.welfare", "assignment.duality"} & set(found)


@pytest.mark.parametrize("end", ["price_min", "price_max", "prices"])
@pytest.mark.parametrize("seller", range(4))
@pytest.mark.parametrize("amount", [-1, 1])
def test_a_wrong_price_is_named(
    result: Result[AssignmentSolution], end: str, seller: int, amount: int
) -> None:
    prices = changed(getattr(result.solution, end), seller, amount)
    found = failures(broken(result, **{end: prices}))
    name = end.replace("_", "-")
    sold = seller in result.solution.matching.tolist()
    label = MARKET.label("sellers", seller)
    conditions = [f"assignment.{name}.buyer-demand", f"assignment.{name}.end",
                  "assignment.between", f"assignment.{name}.reserve",
                  "assignment.vcg-payments", "assignment.utilities", "assignment.duality",
                  "assignment.price-path.end", "assignment.dual-feasible",
                  "assignment.price-rule"]  # fmt: skip
    assert set(found) <= set(conditions) | {"assignment.price-min.end", "assignment.price-max.end"}
    assert found
    if not sold:
        assert f"unsold {label} has price" in found[f"assignment.{name}.reserve"]


def test_envy_is_told_with_agent_item_and_amount(result: Result[AssignmentSolution]) -> None:
    prices = result.solution.price_max.copy()
    prices[0] += 2
    worst = failures(broken(result, price_max=prices))["assignment.price-max.buyer-demand"]
    assert worst.startswith("ann has utility")
    assert "would give" in worst
    assert "better by" in worst or "buy nothing" in worst


def test_ends_that_are_not_the_ends(result: Result[AssignmentSolution]) -> None:
    low, high = result.solution.price_min, result.solution.price_max
    inside = failures(broken(result, price_min=high, vcg_payments=MARKET.reserves[[0, 0, 0]]))
    assert "could fall" in inside["assignment.price-min.end"]
    inside = failures(broken(result, price_max=low))
    assert "could rise" in inside["assignment.price-max.end"]


@pytest.mark.parametrize(
    ("field", "condition"),
    [
        ("utilities", "assignment.utilities"),
        ("vcg_payments", "assignment.vcg-payments"),
    ],
)
def test_a_wrong_amount_of_a_buyer(
    result: Result[AssignmentSolution], field: str, condition: str
) -> None:
    found = failures(broken(result, **{field: changed(getattr(result.solution, field), 1, 1)}))
    assert list(found) == [condition]
    assert "bob" in found[condition]


def test_wrong_welfare_objective_and_bounds(result: Result[AssignmentSolution]) -> None:
    assert list(failures(broken(result, welfare=99))) == ["assignment.welfare"]
    assert list(failures(replace(result, objective=99))) == ["assignment.objective"]
    low = Bounds(lower=0, upper=result.objective - 1)
    assert list(failures(replace(result, bounds=low))) == ["assignment.bounds"]


def test_a_certificate_that_does_not_hold(result: Result[AssignmentSolution]) -> None:
    duals = result.certificate
    short = DualCertificate(duals.row_duals[:-1], duals.column_duals)
    assert "assignment.certificate" in failures(replace(result, certificate=short))
    lower = DualCertificate(changed(duals.row_duals, 0, -1), duals.column_duals)
    found = failures(replace(result, certificate=lower))
    assert set(found) == {"assignment.duality", "assignment.dual-feasible"}
    assert "ann has dual" in found["assignment.dual-feasible"]
    shifted = DualCertificate(duals.row_duals + 1, changed(duals.column_duals, 3, -3))
    assert "tent has a negative dual" in str(
        failures(replace(result, certificate=shifted))
    ) or "ann" in str(failures(replace(result, certificate=shifted)))


def test_a_wrong_price_path(result: Result[AssignmentSolution]) -> None:
    path = result.solution.price_path
    assert path
    longer = (*path, eqsolve.PriceStep((3,), 1))
    found = failures(broken(result, price_path=longer))
    assert set(found) == {
        "assignment.price-path.overdemanded",
        "assignment.price-path.end",
    }
    assert "ends with price 1 for tent" in found["assignment.price-path.end"]
    assert "assignment.price-path.end" in failures(broken(result, price_path=path[:-1]))


def test_no_equilibrium_is_never_true() -> None:
    claim = replace(
        eqsolve.solve(MARKET),
        status=Status.NO_EQUILIBRIUM,
        solution=None,
        objective=None,
    )
    assert "always exists" in failures(claim)["assignment.existence"]


def test_nan_in_a_claim_is_a_violation(result: Result[AssignmentSolution]) -> None:
    for field in ("prices", "price_min", "price_max", "utilities"):
        array = getattr(result.solution, field).astype(float)
        array[0] = np.nan
        assert failures(broken(result, **{field: array}))


def test_a_claim_within_tolerance_passes_and_beyond_fails() -> None:
    market = AssignmentMarket(np.random.default_rng(2).random((6, 6)))
    result = eqsolve.solve(market)
    near = changed(result.solution.price_min, 0, 1e-9)
    report = eqsolve.verify(market, broken(result, price_min=near))
    assert report.valid
    assert report.tolerance == 1e-6
    far = changed(result.solution.price_min, 0, 1e-4)
    assert not eqsolve.verify(market, broken(result, price_min=far)).valid
    assert not eqsolve.verify(market, broken(result, price_min=near), tolerance=1e-10).valid


def test_small_agents_are_not_drowned_by_large_ones() -> None:
    values = np.diag([1e6, 1e-3])
    market = AssignmentMarket(np.where(values > 0, values, np.nan))
    result = eqsolve.solve(market)
    off = changed(result.solution.price_max, 1, -5e-4)
    assert "assignment.price-max.end" in [
        check.id for check in eqsolve.verify(market, broken(result, price_max=off)).failures
    ]


@pytest.mark.parametrize("value", [1, 1.5])
def test_ties_too_many_to_list(value: float) -> None:
    market = AssignmentMarket(np.full((620, 600), value))
    result = eqsolve.solve(market)
    assert result.check.valid
    low = changed(result.solution.price_max, 0, -0.5)
    assert not eqsolve.verify(market, broken(result, price_max=low)).valid
    fewer = AssignmentMarket(np.full((600, 620), value))
    result = eqsolve.solve(fewer)
    assert result.check.valid
    high = np.where(result.solution.price_min >= 0, 0.25, 0)
    assert not eqsolve.verify(fewer, broken(result, price_min=high)).valid


def test_ties_too_many_to_list_at_the_wrong_end() -> None:
    # A block of equal values: everything can rise from the least prices to the greatest.
    market = AssignmentMarket(np.full((600, 600), 3))
    result = eqsolve.solve(market)
    low, high = result.solution.price_min, result.solution.price_max
    assert (low == 0).all()
    assert (high == 3).all()
    report = eqsolve.verify(market, broken(result, price_max=low))
    assert "could rise together with 599 others" in str(report)
    report = eqsolve.verify(
        market, broken(result, price_min=high, vcg_payments=high[result.solution.matching])
    )
    assert "could fall together with 599 others" in str(report)


@given(assignment_markets(whole=True, max_buyers=3, max_sellers=3), st.data())
def test_any_other_end_is_refused(market: AssignmentMarket, data: st.DataObject) -> None:
    result = eqsolve.solve(market)
    solution = result.solution
    if not market.n_sellers:
        return
    end = data.draw(st.sampled_from(["price_min", "price_max"]))
    seller = data.draw(st.integers(0, market.n_sellers - 1))
    amount = data.draw(st.sampled_from([-2, -1, 1, 2]))
    claim = broken(result, **{end: changed(getattr(solution, end), seller, amount)})
    assert not eqsolve.verify(market, claim).valid


@pytest.mark.parametrize("rule", ["min", "max", "mid"])
def test_prices_of_another_rule(rule: str) -> None:
    market = AssignmentMarket([[50, 18], [20, 3]], [2, 2])
    result = eqsolve.solve(market, prices=rule)
    assert eqsolve.verify(market, result).valid
    for other in {"min", "max", "mid"} - {rule}:
        stats = replace(result.stats, options={"prices": other})
        failed = {
            check.id for check in eqsolve.verify(market, replace(result, stats=stats)).failures
        }
        assert failed == {"assignment.price-rule"}


def test_a_solved_market_has_no_gap() -> None:
    market = AssignmentMarket([[50, 18]])
    result = eqsolve.solve(market)
    loose = replace(result, bounds=replace(result.bounds, upper=60))
    assert {check.id for check in eqsolve.verify(market, loose).failures} == {"assignment.solved"}
