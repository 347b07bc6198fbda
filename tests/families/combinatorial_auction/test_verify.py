"""The verifier names every broken claim, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve import CombinatorialAuction
from eqsolve.core.report import Verdict
from eqsolve.families.combinatorial_auction.solve import solve_auction
from eqsolve.families.combinatorial_auction.verify import claim as claims, conditions
from eqsolve.families.combinatorial_auction.verify.bids import Bids
from eqsolve.families.combinatorial_auction.verify.optimum import best_set
from eqsolve.io.solutions import solution_document
from eqsolve.io.verification import verify_document

AUCTION = CombinatorialAuction(
    3, [(0, [0], 80), (0, [1], 30), (1, [1], 60), (2, [0, 1], 100), (3, [2], 5)], reserves=[0, 0, 9]
)
"""Bidders 0 and 1 win and pay 40 and 30 by VCG; bidder 2 blocks; item 2 stays with the seller."""

ODD_CYCLE = CombinatorialAuction(3, [(0, [0, 1], 2), (1, [1, 2], 2), (2, [0, 2], 2)])


def document(auction: CombinatorialAuction = AUCTION, **options: Any) -> dict[str, Any]:
    return solution_document(auction, solve_auction(auction, method="milp", **options))


def plain(value: Any) -> Any:
    """Return a document as a file would hold it."""
    import json

    from eqsolve.io.encode import encode

    return json.loads(encode(value))


def broken(
    change: Callable[[dict[str, Any]], None],
    auction: CombinatorialAuction = AUCTION,
    **options: Any,
) -> list[str]:
    """Return which conditions a changed claim breaks."""
    claim = deepcopy(plain(document(auction, **options)))
    change(claim)
    report = verify_document(auction, claim)
    assert report.verdict is Verdict.VIOLATED
    return [entry.id for entry in report.checks if not entry.passed]


def put(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claim: claim.update(fields)


def payment(claim: dict[str, Any], by: float) -> None:
    """Let bidder 0 pay another amount, with all sums that go with it."""
    claim["payments"][0] += by
    claim["utilities"][0] -= by
    claim["revenue"] += by


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        (put(accepted=[0, 2, 3]), "auction.feasible"),  # oversold
        (put(accepted=[0, 1]), "auction.feasible"),  # two XOR bids
        (put(accepted=[3]), "auction.bundles"),
        (put(bundles=[[1], [0], [], []]), "auction.bundles"),
        (put(welfare=150), "auction.welfare"),
        (put(objective=150), "auction.objective"),
        (put(unsold_worth=0), "auction.unsold-worth"),
        (put(revenue=71), "auction.revenue"),
        (put(utilities=[40, 29, 0, 0]), "auction.utilities"),
        (lambda claim: payment(claim, 0.01), "auction.payments"),
        (lambda claim: payment(claim, 100), "auction.rationality"),
        (put(vcg_payments=[40.01, 20, 0, 0]), "auction.vcg"),
        (put(marginals=[40, 41, 0, 0]), "auction.marginals"),
        (put(vcg_in_core=True), "auction.vcg-in-core"),
        (put(core_gap=0, blocking=None), "auction.core-gap"),
        (put(blocking=[3]), "auction.core-gap"),
        (put(blocking=None), "auction.core-gap"),
        (put(core_gap=-1, blocking=None), "auction.core-gap"),
        (put(vcg_bounds=[[0, 39], [0, 60], [0, 0], [0, 0]]), "auction.vcg-bounds"),
        (put(vcg_bounds=[[41, 80], [0, 60], [0, 0], [0, 0]]), "auction.vcg-bounds"),
        (put(bound=100), "auction.bound"),
        (put(lp_bound=100), "auction.lp-bound"),
        (
            lambda claim: claim["certificate"]["data"]["lp_dual"].update(bidders=[-1] * 4),
            "auction.dual",
        ),
        (
            lambda claim: claim["certificate"]["data"]["lp_dual"].update(items=[80, 60, 0]),
            "auction.lp-bound",  # item 2 is worth 9 to the seller
        ),
        (lambda claim: claim["certificate"]["data"].update(without=[]), "auction.without"),
        (
            lambda claim: claim["certificate"]["data"]["without"][0].update(accepted=[0, 2]),
            "auction.without",  # with a bid of the bidder that is left out
        ),
        (
            lambda claim: claim["certificate"]["data"]["without"][0].update(accepted=[4]),
            "auction.without-0",
        ),
    ],
)
def test_a_broken_claim_is_named(change: Callable[[dict[str, Any]], None], condition: str) -> None:
    assert condition in broken(change)


def test_what_is_left_without_a_winner_is_more_than_nothing() -> None:
    auction = CombinatorialAuction(1, [(0, [0], 5), (1, [0], 3)], supplies=[2])

    def change(claim: dict[str, Any]) -> None:
        claim["certificate"]["data"]["without"][0].update(accepted=[])

    assert "auction.without-0" in broken(change, auction)


def test_a_worse_set_is_not_optimal() -> None:
    def change(claim: dict[str, Any]) -> None:
        claim |= {"accepted": [3], "bundles": [[], [], [0, 1], []], "welfare": 109}
        claim |= {"objective": 109, "bound": 109, "payments": [0, 0, 100, 0], "revenue": 100}
        claim |= {"utilities": [0, 0, 0, 0], "marginals": None, "vcg_payments": None}
        claim |= {"core_gap": None, "blocking": None, "vcg_in_core": None}
        claim["certificate"]["bound"] = 109

    assert "auction.optimal" in broken(change, payments="first_price")


@pytest.mark.parametrize("bound", [139, 148])
def test_a_bound_below_the_optimum(bound: float) -> None:
    """The welfare is 149; the claim is a worse set, called no more than feasible."""

    def change(claim: dict[str, Any]) -> None:
        claim |= {"status": "feasible", "limit": "time", "bound": bound, "gap": (bound - 109) / 109}
        claim |= {"accepted": [3], "bundles": [[], [], [0, 1], []], "welfare": 109}
        claim |= {"objective": 109, "payments": [0, 0, 100, 0], "revenue": 100}
        claim |= {"utilities": [0, 0, 0, 0], "marginals": None, "vcg_payments": None}
        claim |= {"core_gap": None, "blocking": None, "vcg_in_core": None}
        claim["certificate"]["bound"] = bound

    assert "auction.optimal" in broken(change, payments="first_price")


@pytest.mark.parametrize("bound", [0.6, 0.99])
def test_a_bound_below_the_optimum_by_less_than_a_unit(bound: float) -> None:
    """The welfare is 1 and the linear program has 1.5: prices do not prove 0.6."""
    cycle = CombinatorialAuction(3, [(0, [0, 1], 1), (1, [1, 2], 1), (2, [0, 2], 1)])

    def change(claim: dict[str, Any]) -> None:
        claim |= {"status": "feasible", "limit": "time", "bound": bound, "gap": bound}
        claim |= {"accepted": [], "bundles": [[], [], []], "welfare": 0, "objective": 0}
        claim |= {"payments": [0, 0, 0], "utilities": [0, 0, 0], "revenue": 0, "core_gap": None}
        claim["certificate"]["bound"] = bound

    assert "auction.optimal" in broken(change, cycle, payments="first_price")


@pytest.mark.parametrize("gap", [None, 40])
def test_core_payments_need_a_gap_of_nothing(gap: int | None) -> None:
    """VCG payments called core payments, with no coalition listed that would ask for more."""
    auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])

    def change(claim: dict[str, Any]) -> None:
        claim |= {"payments": [40, 20, 0], "utilities": [40, 40, 0], "revenue": 60}
        claim |= {"core_gap": gap, "blocking": gap and [2], "vcg_in_core": None}
        claim["certificate"]["data"]["coalitions"] = []

    assert "auction.core" in broken(change, auction, payments="core")


@pytest.mark.parametrize(
    "fields", [{"marginals": [40, 40, 0, 0]}, {"core_gap": None, "blocking": [2]}]
)
def test_what_stands_without_what_would_show_it_is_left_open(fields: dict[str, Any]) -> None:
    claim = plain(document(payments="first_price")) | fields
    assert verify_document(AUCTION, claim).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    "fields",
    [
        {"accepted": (0, 99)},
        {"accepted": (0, -3)},
        {"accepted": (True,)},
        {"blocking": (7,)},
        {"payments": np.array([40.0, np.nan, 0, 0])},
        {"payments": np.zeros(2)},
        {"utilities": np.array([[1.0]])},
        {"vcg_payments": np.full(4, np.inf)},
        {"vcg_bounds": np.zeros(4)},
        {"item_prices": np.array(["1", "2", "3"])},
        {"welfare": float("nan")},
        {"core_gap": float("inf")},
        {"lp_bound": float("-inf")},
        {"bundles": ()},
        {"payment_rule": "gift"},
    ],
    ids=str,
)
def test_a_solution_that_is_malformed_is_no_solution(fields: dict[str, Any]) -> None:
    report = conditions.verify(AUCTION, replace(solve_auction(AUCTION).solution, **fields))
    assert [check.id for check in report.failures] == ["auction.form"]


def malformed() -> Iterator[Any]:
    yield from (None, [], {}, "x", [None], [[]], {"items": "x"}, {"items": [None] * 3})
    yield {"items": [float("nan")] * 3, "bidders": [True] * 4}
    yield [{"bidder": "0", "accepted": [0]}, {"bidder": 0, "accepted": [99]}, {"accepted": {}}]
    yield [3, [None, "1"], [2, 99]]
    yield {"bids": [0], "amounts": ["1"]}
    yield {"bids": [99], "amounts": [1]}


@pytest.mark.parametrize("entry", ["lp_dual", "lp_primal", "without", "coalitions"])
@pytest.mark.parametrize("payments", ["vcg", "core"])
def test_malformed_evidence_proves_nothing_and_breaks_nothing(entry: str, payments: str) -> None:
    auction, options = AUCTION, {"payments": payments, "prices": True}
    result = solve_auction(auction, method="milp", **options)
    for wrong in malformed():
        data = {**result.certificate.data, entry: wrong}
        claim = replace(result, certificate=replace(result.certificate, data=data))
        conditions.verify(auction, claim)


@pytest.mark.parametrize("upper", [float("nan"), float("-inf")])
def test_a_bound_that_is_no_number(upper: float) -> None:
    claim = solve_auction(AUCTION)
    claim = replace(claim, bounds=replace(claim.bounds, upper=upper))
    assert "auction.bound" in [check.id for check in conditions.verify(AUCTION, claim).failures]


@pytest.mark.parametrize(
    ("first", "second"), [(50, 50), (70, 40), (60, 40.5), (55, 40), (65, 45), (60, 39.99)]
)
def test_other_core_points_are_refused(first: float, second: float) -> None:
    auction = CombinatorialAuction(2, [(0, [0], 80), (1, [1], 60), (2, [0, 1], 100)])

    def change(claim: dict[str, Any]) -> None:
        claim |= {"payments": [first, second, 0], "revenue": first + second}
        claim |= {"utilities": [80 - first, 60 - second, 0]}

    found = broken(change, auction, payments="core")
    assert "auction.core-point" in found or "auction.core-gap" in found


@pytest.mark.parametrize("prices", [[81, 50, 9], [80, 10, 9], [60, 60, 8], [60, 50, 10]])
def test_prices_that_do_not_support(prices: list[float]) -> None:
    assert "auction.item-prices" in broken(put(item_prices=prices), prices=True)


def test_no_prices_needs_a_fractional_solution_that_is_worth_more() -> None:
    assert solve_auction(ODD_CYCLE, method="milp", prices=True).check.valid

    def shrink(claim: dict[str, Any]) -> None:
        claim["certificate"]["data"]["lp_primal"]["amounts"] = [0.3, 0.3, 0.3]

    def grow(claim: dict[str, Any]) -> None:
        claim["certificate"]["data"]["lp_primal"]["amounts"] = [0.6, 0.6, 0.6]

    for change in (shrink, grow):
        assert "auction.no-prices" in broken(change, ODD_CYCLE, prices=True)


def test_what_the_second_solver_cannot_settle_in_time_is_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from eqsolve.core.recipe import make_recipe
    from eqsolve.families.combinatorial_auction.generate import RECIPES

    auction = make_recipe(RECIPES, "arbitrary", {"items": 24, "bidders": 12}).instance(1)
    result = solve_auction(auction)
    monkeypatch.setattr(claims, "SECONDS", 0.0)
    report = conditions.verify(auction, result)
    assert report.verdict is not Verdict.VIOLATED
    if result.solution.lp_bound > result.solution.welfare:
        assert report.unchecked


def test_a_search_that_is_stopped_proves_nothing() -> None:
    rng = np.random.default_rng(0)
    bids = [
        (i, rng.choice(60, 3, replace=False).tolist(), int(rng.integers(900, 1100)))
        for i in range(250)
    ]
    auction = CombinatorialAuction(60, bids)
    good = solve_auction(auction, method="greedy", payments="first_price").solution.welfare
    assert best_set(Bids(auction), seconds=0.0).upper >= good


def test_no_auction_is_without_a_solution() -> None:
    from eqsolve import Result, Stats, Status

    claim = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="forged"))
    assert conditions.verify(AUCTION, claim).verdict is Verdict.VIOLATED
