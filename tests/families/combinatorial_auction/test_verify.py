"""The verifier names every broken claim, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from eqsolve import CombinatorialAuction
from eqsolve.core.report import Verdict
from eqsolve.families.combinatorial_auction.solve import solve_auction
from eqsolve.families.combinatorial_auction.verify import conditions
from eqsolve.families.combinatorial_auction.verify.optimum import Bids
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
    monkeypatch.setattr(conditions, "SECONDS", 0.0)
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
    assert Bids(auction).best(seconds=0.0).upper >= good


def test_no_auction_is_without_a_solution() -> None:
    from eqsolve import Result, Stats, Status

    claim = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method="forged"))
    assert conditions.verify(AUCTION, claim).verdict is Verdict.VIOLATED
