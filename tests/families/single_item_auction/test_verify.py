"""The verifier: never below the truth, and no lie passes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from eqsolve import Deadline, SingleItemAuction, Status, solve, verify
from eqsolve.core.report import Verdict
from eqsolve.families.single_item_auction.regret import regret_of
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy
from eqsolve.families.single_item_auction.verify.curves import Curve
from eqsolve.families.single_item_auction.verify.finite import FiniteAuction
from eqsolve.families.single_item_auction.verify.interval import finding
from eqsolve.families.single_item_auction.verify.listing import all_profiles
from eqsolve.testing import finite_single_item_auctions
from tests.families.single_item_auction import oracle

UNIFORM = {"model": "private", "prior": {"uniform": [0, 99]}}
FEW = {"model": "private", "prior": {"points": [0, 1, 3], "weights": [1, 2, 1]}}
BIDS = {"min": 0, "max": 3, "increment": 1}


def told(auction: SingleItemAuction, **changes: Any) -> Any:
    """Return the report on a right result with a changed solution."""
    result = solve(auction)
    return verify(auction, replace(result, solution=replace(result.solution, **changes)))


def failed(report: Any) -> set[str]:
    return {check.id for check in report.failures}


@settings(max_examples=60)
@given(finite_single_item_auctions(max_bidders=3, max_values=2, max_top=3), st.data())
def test_finite_utilities_are_those_of_listing_everything(
    auction: SingleItemAuction, data: st.DataObject
) -> None:
    options = [None, *oracle.grid(auction)]
    kinds = oracle.types(auction, 0)
    row = data.draw(st.lists(st.sampled_from(options), min_size=len(kinds), max_size=len(kinds)))
    profile = [dict(zip(kinds, row, strict=True))] * auction.n_bidders
    reserve = oracle.number(auction.reserve)
    offers = [[(None if bid is None or bid < reserve else bid, Fraction(1))] for bid in row]
    game = FiniteAuction(auction, [offers] * auction.n_bidders)
    assert game.best(0).regret == oracle.regret(auction, profile)
    revenue, right, gained = oracle.expectations(auction, profile)
    assert game.expectations() == (revenue, right, [float(g) for g in gained])


@settings(max_examples=25)
@given(finite_single_item_auctions(max_bidders=2, max_values=2, max_top=2, models=("private",)))
def test_the_own_list_is_that_of_the_oracle(auction: SingleItemAuction) -> None:
    found = all_profiles(auction, (0,) * auction.n_bidders, lambda: None)
    assert {profile[0] for profile in found} == oracle.symmetric_equilibria(auction)


def random_curve(rng: np.random.Generator, prior: Any) -> Curve:
    values = np.unique(np.concatenate([[0.0, 1.0], rng.random(6)]))
    bids = np.cumsum(rng.random(len(values)))
    return Curve(Strategy(values, bids / bids[-1] * rng.uniform(0.3, 1.0)), prior)


@pytest.mark.parametrize("format", ["first_price", "all_pay", "risk", "kth_price"])
def test_bounds_are_never_below_a_dense_search_and_within_twice(format: str) -> None:
    """CERT-I on random strategies, bidders who differ but for k-th prices."""
    rng = np.random.default_rng(7)
    for _ in range(6):
        form = [{"uniform": [0, 1]}, {"power": [0, 1, 2]}, {"beta": [2, 3, 0, 1]}]
        priors = [form[int(rng.integers(3))] for _ in range(3)]
        more: dict[str, Any] = {"risk": [0.5, 0, 0.3]} if format == "risk" else {}
        values: dict[str, Any] = {"model": "private", "priors": priors}
        if format == "kth_price":
            more, values = {"k": 3}, {"model": "private", "prior": priors[0]}
        name = "first_price" if format == "risk" else format
        auction = SingleItemAuction(name, 3, values, **more)
        curves = [random_curve(rng, auction.values.own(i)) for i in range(3)]
        if format == "kth_price":
            curves = [curves[0]] * 3
        for bidder in range(3):
            coarse, fine = (finding(auction, bidder, curves, cells) for cells in (200, 10_000))
            searched = dense(auction, bidder, curves)
            assert coarse is not None
            assert fine is not None
            assert coarse.bound >= searched - 1e-9
            assert fine.bound >= searched - 1e-9
            assert fine.bound <= 2 * searched + 1e-6
            assert fine.gain <= fine.bound + 1e-9
            classes = tuple(range(3)) if format != "kth_price" else (0, 0, 0)
            strategies = [Strategy(c.values, c.bids) for c in curves][: len(set(classes))]
            ours = regret_of(auction, strategies, classes, 3000)
            assert ours.regrets[classes[bidder]].max() >= searched - 1e-9


def dense(auction: SingleItemAuction, bidder: int, curves: list[Curve]) -> float:
    """Return the greatest gain found on a grid of values and bids, certainty equivalents."""
    own = curves[bidder]
    rivals = [curve for i, curve in enumerate(curves) if i != bidder]
    values = np.linspace(0, 1, 301)
    bids = np.linspace(0, max(curve.bids[-1] for curve in curves), 1501)
    offered = np.interp(values, own.values, own.bids)
    rho = float(auction.risk[bidder])

    def worth(at: np.ndarray, value: np.ndarray) -> np.ndarray:
        chance = np.ones(at.shape)
        for rival in rivals:
            chance = chance * rival.prior.cdf(np.interp(at, rival.bids, rival.values, left=0.0))
        if auction.format == "all_pay":
            return value * chance - at
        if auction.format == "kth_price":  # the lower one of two rivals' bids is paid
            law = rivals[0].prior.cdf(np.interp(bids, rivals[0].bids, rivals[0].values, left=0.0))
            mass = np.diff(law, prepend=0.0)
            lower = np.cumsum(mass * bids) / np.maximum(law, 1e-300)
            paid = np.cumsum(2 * mass * (law - mass / 2) * lower)
            return value * chance - np.interp(at, bids, paid)
        margin = value - at
        return np.where(margin > 0, margin * chance ** (1 / (1 - rho)), margin * chance)

    table = worth(np.broadcast_to(bids, (301, 1501)), values[:, None])
    slack = 2e-3 if auction.format == "kth_price" else 0.0  # of the sums above
    return float((np.maximum(table.max(axis=1), 0) - worth(offered, values)).max()) - slack


# -------------------------------------------------------------------------------- lies


def test_an_epsilon_below_the_truth_names_bidder_value_and_bid() -> None:
    auction = SingleItemAuction("first_price", 3, UNIFORM, labels={"bidders": ["A", "B", "C"]})
    bids = Strategy(np.array([0.0, 99.0]), np.array([0.0, 80.0]))
    report = told(auction, strategies=(bids,), closed_form=None)
    (check,) = [check for check in report.failures if check.id == "auction.epsilon"]
    assert "A with value 99 gains 3.46" in check.worst
    assert "by bidding 6" in check.worst


def test_finite_lies_are_refuted_exactly() -> None:
    auction = SingleItemAuction("first_price", 2, FEW, bids=BIDS)
    solution = solve(auction).solution
    truth = solution.epsilon
    assert "auction.tight" in failed(told(auction, epsilon=truth + 0.01))
    wrong = Strategy(np.array([0.0, 1.0, 3.0]), np.array([0.0, 1.0, 3.0]), finite=True)
    assert "auction.epsilon" in failed(told(auction, strategies=(wrong,), epsilon=0.0))
    missing = Strategy(np.array([0.0, 3.0]), np.array([0.0, 1.0]), finite=True)
    assert "auction.form" in failed(told(auction, strategies=(missing,)))
    off = Strategy(np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.5, 1.0]), finite=True)
    assert "auction.form" in failed(told(auction, strategies=(off,)))


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"revenue": 49.0}, "auction.expectations"),
        ({"efficiency": 0.99}, "auction.expectations"),
        ({"bidder_utility": (8.25, 8.25, 8.35)}, "auction.expectations"),
        ({"epsilon_kind": "dominance", "epsilon": 0.0}, "auction.dominance"),
        ({"epsilon_kind": "exact"}, "auction.kind"),
        ({"epsilon_kind": "grid"}, "auction.solved"),
        ({"closed_form": "AUC-3"}, "auction.form"),
        ({"epsilon": 50.0}, "auction.solved"),
    ],
)
def test_each_claim_is_checked(changes: dict[str, Any], check: str) -> None:
    assert check in failed(told(SingleItemAuction("first_price", 3, UNIFORM), **changes))


def test_dominance_is_claimed_for_the_value_alone() -> None:
    auction = SingleItemAuction("second_price", 3, UNIFORM, reserve=10)
    half = Strategy(np.array([10.0, 99.0]), np.array([10.0, 90.0]))
    assert "auction.dominance" in failed(told(auction, strategies=(half,)))
    late = Strategy(np.array([20.0, 99.0]), np.array([20.0, 99.0]))
    assert "auction.dominance" in failed(told(auction, strategies=(late,)))
    cases = SingleItemAuction("second_price", 2, FEW, bids=BIDS)
    over = Strategy(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0]), finite=True)
    assert "auction.dominance" in failed(told(cases, strategies=(over,)))


def test_lists_must_be_complete_and_right() -> None:
    auction = SingleItemAuction("first_price", 2, FEW, bids=BIDS)
    result = solve(auction, find="all")
    listed = result.solution.equilibria
    assert listed
    short = replace(result.solution, equilibria=listed[1:])
    assert {"auction.exhaustive", "auction.listed"} & failed(
        verify(auction, replace(result, solution=short))
    )
    wrong = Strategy(np.array([0.0, 1.0, 3.0]), np.array([3.0, 3.0, 3.0]), finite=True)
    more = replace(result.solution, equilibria=(*listed, (wrong,)))
    assert "auction.list" in failed(verify(auction, replace(result, solution=more)))
    twice = replace(result.solution, equilibria=(*listed, listed[0]))
    assert "auction.list" in failed(verify(auction, replace(result, solution=twice)))


def test_that_nothing_exists_is_looked_through() -> None:
    values = {"model": "private", "prior": {"points": [0, 6], "weights": [6, 7]}}
    auction = SingleItemAuction("first_price", 2, values, bids={"min": 0, "max": 6, "increment": 1})
    result = solve(auction)
    none = replace(result, status=Status.NO_EQUILIBRIUM, solution=None, objective=None)
    assert verify(auction, none).verdict is Verdict.VALID
    other = SingleItemAuction("first_price", 2, FEW, bids=BIDS)
    assert "auction.exhaustive" in failed(verify(other, none))
    assert "auction.existence" in failed(verify(SingleItemAuction("dutch", 2, UNIFORM), none))


def test_a_claim_that_cells_cannot_prove_is_not_proved() -> None:
    """The truth is about 1e-15; a claim of that is neither refuted nor shown."""
    auction = SingleItemAuction("first_price", 2, UNIFORM)
    report = told(auction, epsilon=1e-9)
    assert report.verdict is Verdict.NOT_PROVED
    assert "cells show" in report.unchecked[0]


def test_common_values_are_looked_at_on_another_grid() -> None:
    values = {"model": "common", "value": {"uniform": [20, 79]}, "noise": 20}
    auction = SingleItemAuction("second_price", 4, values)
    naive = Strategy(np.array([0.0, 99.0]), np.array([0.0, 99.0]))
    report = told(auction, strategies=(naive,), closed_form=None, epsilon=0.5)
    assert "auction.epsilon" in failed(report)


def test_classes_are_of_equal_bidders() -> None:
    priors = [{"uniform": [0, 1]}, {"uniform": [0, 2]}]
    auction = SingleItemAuction("first_price", None, {"model": "private", "priors": priors})
    result = solve(auction)
    one = replace(result.solution, strategies=result.solution.strategies[:1], classes=(0, 0))
    assert "auction.form" in failed(verify(auction, replace(result, solution=one)))


def test_solutions_are_read_back() -> None:
    for auction, options in (
        (SingleItemAuction("first_price", 3, UNIFORM), {}),
        (SingleItemAuction("all_pay", 2, FEW, bids=BIDS), {"find": "all"}),
    ):
        solution = solve(auction, **options).solution
        again = SingleItemAuctionSolution.from_dict(solution.to_dict(), auction)
        assert again == solution


def test_without_time_nothing_of_a_finite_auction_is_called_checked() -> None:
    values = {"model": "private", "prior": {"points": [1, 2, 3]}}
    auction = SingleItemAuction(
        "second_price", 3, values, bids={"min": 0, "max": 3, "increment": 1}
    )
    solution = solve(auction).require()
    claimed = replace(solution, epsilon_kind="exact", closed_form=None)
    assert not verify(auction, claimed).unchecked
    late = Deadline()
    late.cancel()
    assert [line.split(":")[0] for line in verify(auction, claimed, deadline=late).unchecked] == [
        "that no type gains more than epsilon",
        "that revenue, efficiency and utilities are so",
    ]


@pytest.mark.parametrize("form", ["first_price", "dutch"])
def test_a_certain_value_that_several_have_is_bid(form: str) -> None:
    auction = SingleItemAuction(form, 3, {"model": "private", "prior": {"points": [5]}}, risk=0.5)
    result = solve(auction)
    assert result.status is Status.SOLVED
    assert result.require().strategies[0].bids.tolist() == [5.0]
    assert (result.require().epsilon, result.require().revenue) == (0.0, pytest.approx(5, 1e-12))
    alone = SingleItemAuction(form, 1, {"model": "private", "prior": {"points": [5]}}, reserve=2)
    assert solve(alone).require().revenue == 2
    above = SingleItemAuction(form, 3, {"model": "private", "prior": {"points": [5]}}, reserve=6)
    assert solve(above).require().revenue == 0
