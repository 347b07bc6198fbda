"""Each condition of an equilibrium is broken once; the report must name that one."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eqsolve import (
    Bounds,
    DeliveryMarket,
    Result,
    Stats,
    Status,
    load_solution,
    save_solution,
    support,
    tipped_equilibrium,
    verify,
)
from eqsolve.core.certificate import BoundCertificate, ExhaustionCertificate
from eqsolve.core.report import Verdict
from eqsolve.families.delivery_market.generate import RECIPES
from eqsolve.families.delivery_market.questions.tips import with_tips

# both orders are placed; the third store sells nothing and the third courier is idle
MARKET = DeliveryMarket(
    [[9, 2, 4], [3, 8, 4]],
    [[[1, 4, 2], [3, 3, 3]], [[4, 4, 4], [2, 1, 5]], [[3, 5, 2], [4, 4, 6]]],
    labels={
        "buyers": ["Ann", "Bob"],
        "stores": ["Deli", "Pizza", "Sushi"],
        "couriers": list("xyz"),
    },
)
# no time limit here: kernels may have to be compiled first
RESULT = tipped_equilibrium(MARKET, time_limit=None)
SOLUTION = RESULT.require()


def changed(array: Any, index: Any, amount: Any) -> Any:
    copy = np.array(array, dtype=float)
    copy[index] = amount
    return copy


def failures(solution: Any = SOLUTION, market: DeliveryMarket = MARKET, **claim: Any) -> set[str]:
    report = verify(market, replace(RESULT, solution=solution, **claim))
    assert not report.valid
    return {check.id for check in report.failures}


def test_the_answer_itself_is_valid() -> None:
    assert SOLUTION.transactions[:, :2].tolist() == [[0, 0], [1, 1]]
    assert verify(MARKET, RESULT).valid
    assert verify(MARKET, SOLUTION).valid


def test_an_envious_buyer() -> None:
    price = SOLUTION.prices[0] + 8
    found = failures(replace(SOLUTION, prices=changed(SOLUTION.prices, 0, price)))
    assert "delivery.buyer-choice" in found
    assert "delivery.courier-choice" not in found


def test_an_envious_buyer_is_named() -> None:
    tips = changed(SOLUTION.tips, (0, 2), 0)
    prices = changed(SOLUTION.prices, 0, 9)
    report = verify(MARKET, replace(SOLUTION, tips=tips, prices=prices))
    check = next(check for check in report.failures if check.id == "delivery.buyer-choice")
    assert "Ann" in check.worst
    assert "Sushi would give 4" in check.worst


def test_a_courier_prefers_an_order_that_nobody_placed() -> None:
    tips = changed(SOLUTION.tips, (0, 2), 30)
    report = verify(MARKET, replace(SOLUTION, tips=tips))
    assert {check.id for check in report.failures} == {"delivery.courier-choice"}
    assert "the order of Ann from Sushi" in report.failures[0].worst


def test_a_courier_would_rather_carry_nothing() -> None:
    pay = changed(SOLUTION.compensations, (0, 0), 0)
    assert "delivery.courier-choice" in failures(replace(SOLUTION, compensations=pay))


def test_an_unsold_store_has_a_price() -> None:
    found = failures(replace(SOLUTION, prices=changed(SOLUTION.prices, 2, 5)))
    assert found == {"delivery.unsold-price"}


@pytest.mark.parametrize(
    ("field", "check", "index"),
    [("tips", "tip-sign", (1, 0)), ("compensations", "compensation-sign", (1, 2)),
     ("prices", "price-sign", 2)],
)  # fmt: skip
def test_negative_amounts(field: str, check: str, index: Any) -> None:
    broken = replace(SOLUTION, **{field: changed(getattr(SOLUTION, field), index, -1)})
    assert f"delivery.{check}" in failures(broken)


def test_a_tip_in_a_market_without_tips() -> None:
    market = with_tips(MARKET, False)
    result = tipped_equilibrium(market)
    tips = changed(result.require().tips, (1, 0), 1)
    report = verify(market, replace(result, solution=replace(result.require(), tips=tips)))
    assert {check.id for check in report.failures} == {"delivery.no-tips"}
    assert "Bob from Deli carries a tip of 1" in report.failures[0].worst


@pytest.mark.parametrize(
    ("field", "check"),
    [("welfare", "welfare"), ("platform_cash_flow", "cash-flow")],
)
def test_wrong_totals(field: str, check: str) -> None:
    broken = replace(SOLUTION, **{field: getattr(SOLUTION, field) + 1})
    assert f"delivery.{check}" in failures(broken)


@pytest.mark.parametrize("field", ["buyer_utilities", "courier_utilities"])
def test_wrong_utilities(field: str) -> None:
    broken = replace(SOLUTION, **{field: getattr(SOLUTION, field) + 1})
    assert failures(broken) == {"delivery." + field.replace("_", "-")}


def test_not_a_number_is_caught() -> None:
    broken = replace(SOLUTION, prices=changed(SOLUTION.prices, 0, np.nan))
    assert "delivery.buyer-choice" in failures(broken)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[0, 0, 0], [0, 1, 1]], "Ann is in 2 transactions"),
        ([[0, 0, 0], [1, 0, 1]], "Deli is in 2 transactions"),
        ([[0, 0, 0], [1, 1, 0]], "x is in 2 transactions"),
        ([[0, 0, 7]], "courier 7, but there are 3 couriers"),
    ],
)
def test_impossible_transactions(rows: Any, words: str) -> None:
    report = verify(MARKET, replace(SOLUTION, transactions=np.array(rows)))
    assert [check.id for check in report.failures] == ["delivery.transactions"]
    assert words in verify(MARKET, replace(SOLUTION, transactions=np.array(rows))).failures[0].worst


def test_a_forbidden_delivery() -> None:
    market = DeliveryMarket([[5]], [[[None]], [[1]]])
    result = tipped_equilibrium(market)
    broken = replace(result.require(), transactions=np.array([[0, 0, 0]]))
    report = verify(market, replace(result, solution=broken))
    assert "courier 0 cannot deliver to buyer 0 from store 0" in report.failures[0].worst


def test_wrong_objective_and_bounds() -> None:
    assert "delivery.objective" in failures(objective=SOLUTION.welfare + 1)
    low = Bounds(lower=0.0, upper=SOLUTION.welfare - 1, source="backend")
    assert "delivery.bound" in failures(bounds=low)
    high = Bounds(lower=SOLUTION.welfare, upper=SOLUTION.welfare + 1, source="backend")
    assert failures(bounds=high, certificate=None) == {"delivery.solved"}
    assert failures(bounds=high) >= {"delivery.solved", "delivery.certificate-bound"}


def test_a_bound_that_duals_do_not_prove() -> None:
    duals = {"buyers": [0, 0], "stores": [0, 0, 0]}
    weak = BoundCertificate(float(SOLUTION.welfare), "certified", "", duals)
    bounds = Bounds(lower=SOLUTION.welfare, upper=SOLUTION.welfare, source="certified")
    assert failures(certificate=weak, bounds=bounds) == {"delivery.certificate"}
    negative = replace(weak, data={"buyers": [-1, 0], "stores": [0, 0, 0]})
    assert "delivery.duals" in failures(certificate=negative, bounds=bounds)
    # Without any duals the verifier looks at everything itself, where that is little.
    assert verify(MARKET, replace(RESULT, certificate=None, bounds=bounds)).verdict is Verdict.VALID
    larger = DeliveryMarket(np.ones((4, 5)), np.zeros((4, 4, 5)))
    claim = replace(tipped_equilibrium(larger), certificate=None)
    assert verify(larger, claim).verdict is Verdict.NOT_PROVED


def test_efficient_welfare_below_welfare_or_above_its_bound() -> None:
    for efficient in (SOLUTION.welfare - 1, SOLUTION.welfare + 100):
        broken = replace(SOLUTION, efficient_welfare=efficient)
        assert failures(broken) == {"delivery.efficient-welfare"}


def nothing(market: DeliveryMarket, certificate: Any) -> Any:
    claim: Result[Any] = Result(
        status=Status.NO_EQUILIBRIUM, stats=Stats(method="x"), certificate=certificate
    )
    return verify(market, claim)


def test_false_claims_of_no_equilibrium() -> None:
    words = ExhaustionCertificate("transactions", "")
    assert "TIP-1" in {check.theorem for check in nothing(MARKET, words).failures}
    staffed = with_tips(MARKET, False)
    assert "TIP-2" in {check.theorem for check in nothing(staffed, words).failures}


def test_a_true_claim_of_no_equilibrium_and_its_certificate() -> None:
    market = DeliveryMarket([[1, 1], [1, 1]], [[[0, 0], [0, 0]]], tips=False)
    result = tipped_equilibrium(market)
    certificate = result.certificate
    assert isinstance(certificate, BoundCertificate)
    assert nothing(market, certificate).valid
    assert not nothing(market, certificate).unchecked
    for data in (
        {**certificate.data, "orders": [[0, 0]]},
        {**certificate.data, "orders": [[0, 0], [1, 0]]},
        {**certificate.data, "buyers": [1, 1]},
        {**certificate.data, "stores": [0]},
    ):
        assert not nothing(market, replace(certificate, data=data)).valid
    words = ExhaustionCertificate("transactions", "")
    assert not nothing(market, words).unchecked  # so small that the verifier looks at everything
    larger = DeliveryMarket(np.ones((5, 5)), np.zeros((1, 5, 5)), tips=False)
    assert nothing(larger, words).unchecked


def test_small_markets_are_scanned() -> None:
    witness = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    result = tipped_equilibrium(witness)
    report = verify(witness, result)
    assert report.valid
    assert not [words for words in report.unchecked if "equilibrium" in words]
    none = support_of_nothing()
    assert [check.id for check in none.failures] == ["delivery.scan"]
    assert "welfare" in none.failures[0].worst


def support_of_nothing() -> Any:
    """Claim that a market with forbidden deliveries has no equilibrium, although it has."""
    return nothing(
        DeliveryMarket([[5, 1]], [[[1, None]]]), ExhaustionCertificate("transactions", "")
    )


def test_a_solution_that_is_not_the_best() -> None:
    market = DeliveryMarket([[9, 8], [8, 9]], [[[0, 5], [5, 0]], [[5, 0], [0, 5]]])
    best = tipped_equilibrium(market, method="compact")
    for orders in ([(0, 0), (1, 1)], [(0, 1), (1, 0)], [(0, 0)], []):
        rows = np.array([(i, j, k) for k, (i, j) in enumerate(orders)]).reshape(-1, 3)
        found = support(market, rows)
        if found.solution is None or found.solution.welfare == best.objective:
            continue
        bounds = Bounds(
            lower=found.solution.welfare, upper=found.solution.welfare, source="backend"
        )
        claim = replace(
            best,
            solution=found.solution,
            objective=found.solution.welfare,
            bounds=bounds,
            certificate=None,
        )
        report = verify(market, claim)
        assert [check.id for check in report.failures] == ["delivery.scan"]
        return
    raise AssertionError("no worse equilibrium among the examples")


def test_a_floor_on_cash_flow_that_is_missed() -> None:
    result = tipped_equilibrium(MARKET, cash_flow_floor=0.0)
    certificate = result.certificate
    assert isinstance(certificate, BoundCertificate)
    assert certificate.data["cash_flow_floor"] == 0.0
    raised = replace(certificate, data={**certificate.data, "cash_flow_floor": 1000.0})
    report = verify(MARKET, replace(result, certificate=raised))
    missed = {"delivery.cash-flow-floor", "delivery.floor"}  # of the certificate and the options
    assert {check.id for check in report.failures} == missed


def test_a_bound_without_tips_rests_on_demand_and_rewards() -> None:
    parts = {"pickup": [[0, 1], [1, 0]], "order": [[8, 0], [0, 8], [9, 9]]}
    market = DeliveryMarket([[9, 4], [6, 8], [5, 5]], cost_parts=parts, tips=False)
    result = tipped_equilibrium(market)
    assert result.stats.method == "structured"
    certificate = result.certificate
    assert isinstance(certificate, BoundCertificate)
    assert verify(market, result).valid
    assert not verify(market, result).unchecked
    assert result.require().efficient_welfare == 10
    assert result.objective == 1
    proof = certificate.data["untipped"]

    def broken(**change: Any) -> set[str]:
        data = {**certificate.data, "untipped": {**proof, **change}}
        return failures(
            result.require(), market, certificate=replace(certificate, data=data),
            bounds=result.bounds, objective=result.objective,
        )  # fmt: skip

    assert "delivery.untipped" in broken(value_buyers=[0, 0, 0])
    assert "delivery.untipped" in broken(value_stores=[9, 9])
    assert "delivery.untipped" in broken(buyers=[-1, 0, 0])
    assert "delivery.untipped" in broken(stores=[0])
    assert "delivery.untipped" in broken(reward=None)
    assert broken(buyers=[99, 99, 99]) == {"delivery.certificate"}
    assert broken(reward=0) == {"delivery.certificate"}
    assert "delivery.certificate" in failures(
        result.require(), market, bounds=result.bounds, objective=result.objective,
        certificate=replace(certificate, data={"buyers": [9, 8, 5], "stores": [0, 0]}),
    )  # fmt: skip
    tipped = with_tips(market, True)
    assert "delivery.untipped" in failures(
        result.require(), tipped, certificate=certificate, bounds=result.bounds,
        objective=result.objective,
    )  # fmt: skip


# larger than what the verifier scans; no equilibrium reaches the efficient welfare
BLOCKS = next(recipe for recipe in RECIPES if recipe.name == "rearranged")(
    buyers=8, stores=8, couriers=8
).instance(0)


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a solution file's content."""
    result = tipped_equilibrium(BLOCKS, time_limit=None)
    assert result.require().efficient_welfare > result.require().welfare
    path = tmp_path_factory.mktemp("claimed") / "solution.json"
    save_solution(BLOCKS, result, path)
    return json.loads(path.read_text())


def more(claim: Any) -> Any:
    """Return the claim with its first number raised by 50."""
    if isinstance(claim, list):
        return [more(claim[0]), *claim[1:]]
    return claim + 50


@pytest.mark.parametrize(
    ("field", "forge", "check"),
    [
        ("objective", more, "delivery.objective"),
        ("objective", lambda claim: claim - 1, "delivery.objective"),
        ("bound", more, "delivery.solved"),
        ("bound", lambda claim: claim - 1, "delivery.bound"),
        ("bound_source", lambda _: "certified", "delivery.certificate-source"),
        ("transactions", lambda claim: claim[1:], "delivery.buyer-choice"),
        ("transactions", lambda claim: [*claim, claim[0]], "delivery.transactions"),
        ("prices", more, "delivery.buyer-choice"),
        ("compensations", more, "delivery.courier-choice"),
        ("tips", more, "delivery.courier-choice"),
        ("buyer_utilities", more, "delivery.buyer-utilities"),
        ("courier_utilities", more, "delivery.courier-utilities"),
        ("welfare", more, "delivery.welfare"),
        ("welfare", lambda claim: claim - 1, "delivery.welfare"),
        ("efficient_welfare", more, "delivery.efficient-welfare"),
        ("efficient_welfare", lambda claim: claim - 1, "delivery.efficient-welfare"),
        ("platform_cash_flow", more, "delivery.cash-flow"),
    ],
)
def test_every_forged_field_is_named(
    tmp_path: Path, claimed: dict[str, Any], field: str, forge: Any, check: str
) -> None:
    path = tmp_path / "solution.json"
    path.write_text(json.dumps(claimed))
    assert verify(BLOCKS, load_solution(path, BLOCKS)).valid
    path.write_text(json.dumps({**claimed, field: forge(claimed[field])}))
    report = verify(BLOCKS, load_solution(path, BLOCKS))
    assert check in {failed.id for failed in report.failures}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"bound": 1e6}, "delivery.certificate-bound"),
        ({"source": "exhaustive"}, "delivery.certificate-source"),
        ({"data": {"efficient": [[0, 0, 0], [0, 1, 1]]}}, "delivery.efficient-transactions"),
        ({"data": {"efficient": [[0, 0, 99]]}}, "delivery.efficient-transactions"),
        ({"data": {"buyers": [-1] * 8, "stores": [0] * 8}}, "delivery.duals"),
        ({"data": {"buyers": [0] * 7, "stores": [0] * 8}}, "delivery.duals"),
    ],
)
def test_every_forged_part_of_the_certificate_is_named(
    claimed: dict[str, Any], tmp_path: Path, change: dict[str, Any], check: str
) -> None:
    forged = {**claimed, "certificate": {**claimed["certificate"], **change}}
    path = tmp_path / "solution.json"
    path.write_text(json.dumps(forged))
    report = verify(BLOCKS, load_solution(path, BLOCKS))
    assert check in {failed.id for failed in report.failures}


def test_an_efficient_welfare_that_nothing_shows_is_left_open(claimed: dict[str, Any]) -> None:
    result = tipped_equilibrium(BLOCKS, time_limit=None)
    certificate = result.certificate
    assert isinstance(certificate, BoundCertificate)
    silent = {key: data for key, data in certificate.data.items() if key != "efficient"}
    report = verify(BLOCKS, replace(result, certificate=replace(certificate, data=silent)))
    assert any("none are shown" in words for words in report.unchecked)
    assert not any("none are shown" in words for words in verify(BLOCKS, result).unchecked)


def test_a_small_market_s_efficient_welfare_is_found_again() -> None:
    witness = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    result = tipped_equilibrium(witness)
    for efficient in (4, 6):
        solution = replace(result.require(), efficient_welfare=efficient)
        report = verify(witness, replace(result, solution=solution, certificate=None))
        assert [check.id for check in report.failures] == ["delivery.efficient-welfare"]


def test_duals_of_values_that_leave_one_uncovered_prove_nothing() -> None:
    costs = [[[3, 0], [0, 3]], [[3, 0], [0, 3]]]
    market = DeliveryMarket([[5, 5], [5, 5]], costs, tips=False)
    worse, best = (support(market, rows).solution for rows in ([(0, 0, 0), (1, 1, 1)],
                                                              [(0, 1, 0), (1, 0, 1)]))  # fmt: skip
    assert worse is not None
    assert best is not None
    assert (worse.welfare, best.welfare) == (4, 10)
    proof = {
        "value_buyers": [5, 2],  # of the right sum, but nothing covers buyer 1 at store 0
        "value_stores": [0, 3],
        "reward": 100.0,
        "buyers": [97.0, 100.0],
        "stores": [0.0, 97.0],
    }
    claim: Result[Any] = Result(
        status=Status.SOLVED,
        stats=Stats(method="forged"),
        solution=replace(worse, efficient_welfare=None),
        objective=worse.welfare,
        bounds=Bounds(lower=4, upper=4, source="certified"),
        certificate=BoundCertificate(4.0, "certified", "forged", {"untipped": proof}),
    )
    check = {check.id: check for check in verify(market, claim).failures}
    assert check["delivery.untipped"].worst == "duals do not cover a value"


@pytest.mark.parametrize("choose", ["cash_flow", "buyers", "least_subsidy", "least_tips"])
def test_prices_that_another_choice_asks_for(choose: Any) -> None:
    market = DeliveryMarket(
        [[7, 6, 5], [4, 8, 3], [6, 2, 7]],
        [[[1, 2, 0], [3, 1, 2], [2, 4, 1]], [[2, 1, 3], [0, 2, 4], [1, 1, 2]],
         [[4, 0, 1], [2, 2, 0], [3, 2, 2]]],
    )  # fmt: skip
    right = tipped_equilibrium(market, choose=choose)
    assert verify(market, right).verdict is Verdict.VALID
    refused = 0
    for other in ("cash_flow", "buyers", "couriers"):
        stats = replace(tipped_equilibrium(market, choose=other).stats, options=right.stats.options)
        claim = replace(tipped_equilibrium(market, choose=other), stats=stats)
        refused += "delivery.choice" in {check.id for check in verify(market, claim).failures}
    assert refused


def everything_supported(market: DeliveryMarket) -> list[Any]:
    """Return the equilibria of all sets of transactions, worst first."""
    sizes = market.n_buyers, market.n_stores, market.n_couriers
    found = [
        support(market, list(zip(buyers, stores, couriers, strict=True))).solution
        for size in range(min(sizes) + 1)
        for buyers in combinations(range(sizes[0]), size)
        for stores in permutations(range(sizes[1]), size)
        for couriers in permutations(range(sizes[2]), size)
    ]
    return sorted((one for one in found if one is not None), key=lambda one: float(one.welfare))


def called_best(solution: Any, **options: Any) -> Result[Any]:
    """Return the claim that an equilibrium is the best, on nobody's word."""
    bounds = Bounds(lower=solution.welfare, upper=solution.welfare, source="exhaustive")
    return Result(
        status=Status.SOLVED,
        stats=Stats(method="forged", options=options),
        solution=replace(solution, efficient_welfare=None),
        objective=solution.welfare,
        bounds=bounds,
    )


def test_a_small_market_is_scanned_with_tips() -> None:
    refused = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        market = DeliveryMarket(rng.integers(1, 9, (2, 3)), rng.integers(0, 7, (3, 2, 3)))
        equilibria = everything_supported(market)
        for worse in equilibria:
            report = verify(market, called_best(worse))
            best = worse.welfare == equilibria[-1].welfare
            assert (report.verdict is Verdict.VALID) == best
            refused += not best
    assert refused


def test_a_small_market_is_scanned_with_a_floor() -> None:
    market = DeliveryMarket([[2, 5], [3, 4]], [[[3, 0], [20, 3]], [[0, 20], [20, 0]]])
    equilibria = everything_supported(market)
    floor = -30.0
    best = tipped_equilibrium(market, cash_flow_floor=floor)
    assert verify(market, best).verdict is Verdict.VALID
    worse = [one for one in equilibria if one.welfare < best.require().welfare]
    assert worse
    for one in worse:
        if one.platform_cash_flow >= floor:
            report = verify(market, called_best(one, cash_flow_floor=floor))
            assert "delivery.scan" in {check.id for check in report.failures}
    nothing: Result[Any] = Result(
        status=Status.NO_EQUILIBRIUM, stats=Stats(method="", options={"cash_flow_floor": floor})
    )
    assert "delivery.scan" in {check.id for check in verify(market, nothing).failures}
