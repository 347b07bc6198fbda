"""All methods agree with brute force, on the awkward cases and on random ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

import eqsolve
from eqsolve import CombinatorialAuction, Status, from_cats
from eqsolve.core.method import obstacle
from eqsolve.core.report import Verdict
from eqsolve.core.status import Limit
from eqsolve.families.combinatorial_auction.convert import Muca
from eqsolve.families.combinatorial_auction.generate import RECIPES
from eqsolve.families.combinatorial_auction.solve import METHODS, solve_auction
from eqsolve.testing import combinatorial_auctions
from tests.families.combinatorial_auction import oracle

EXACT = [method.name for method in METHODS if method.name != "greedy"]

AWKWARD = {
    "no bids": (CombinatorialAuction(2, [], 3), 0),
    "no items": (CombinatorialAuction(0, [], 1), 0),
    "nobody": (CombinatorialAuction(2, []), 0),
    "supply 0": (CombinatorialAuction(2, [(0, [0], 5), (1, [1], 2)], supplies=[0, 1]), 2),
    "nothing to sell": (CombinatorialAuction(1, [(0, [0], 5)], supplies=[0]), 0),
    "price 0": (CombinatorialAuction(2, [(0, [0], 0), (1, [0, 1], 0)]), 0),
    "equal bids": (CombinatorialAuction(1, [(i, [0], 7) for i in range(3)]), 7),
    "twice the same": (CombinatorialAuction(1, [(0, [0], 7), (0, [0], 7), (0, [0], 3)]), 7),
    "tied sets": (CombinatorialAuction(2, [(0, [0], 1), (1, [1], 1), (2, [0, 1], 2)]), 2),
    "at the reserve": (CombinatorialAuction(1, [(0, [0], 4)], reserves=[4]), 4),
    "below reserve": (CombinatorialAuction(2, [(0, [0], 3)], supplies=[2, 1], reserves=[4, 1]), 9),
    "too many units": (CombinatorialAuction(1, [(0, [0, 0, 0], 9), (1, [0], 1)], supplies=[2]), 1),
    "or takes all": (CombinatorialAuction(2, [(0, [0], 1), (0, [1], 1)], language="or"), 2),
    "xor takes one": (CombinatorialAuction(2, [(0, [0], 1), (0, [1], 1)]), 1),
    "huge and tiny": (
        CombinatorialAuction(3, [(0, [0], 10**12), (1, [1], 1), (2, [1], 2), (3, [2], 10**12)]),
        2 * 10**12 + 2,
    ),
    "decimals": (CombinatorialAuction(2, [(0, [0], 0.1), (1, [1], 0.2), (2, [0, 1], 0.3)]), 0.3),
}  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("method", EXACT)
def test_awkward_cases(name: str, method: str) -> None:
    auction, welfare = AWKWARD[name]
    by_name = {entry.name: entry for entry in METHODS}
    if by_name[method]().supports(auction) is not None:
        with pytest.raises(eqsolve.UnsupportedError):
            solve_auction(auction, method=method)
        return
    for rule in ("vcg", "core", "first_price"):
        result = solve_auction(auction, method=method, payments=rule)
        assert result.status is Status.SOLVED
        assert result.check.valid
        assert result.solution.welfare == welfare


@settings(max_examples=25)
@given(auction=combinatorial_auctions(max_bids=7))
def test_methods_agree_with_brute_force(auction: CombinatorialAuction) -> None:
    numbers = oracle.problem(auction)
    best = float(oracle.best(numbers))
    payments = set()
    for method in METHODS:
        if method().supports(auction) is not None:
            continue
        result = solve_auction(auction, method=method.name)
        assert result.check.valid or method.name == "greedy"
        if method.name == "greedy":
            assert result.solution.welfare <= best
            continue
        assert result.solution.welfare == best
        payments.add(tuple(result.solution.marginals.tolist()))
    assert len(payments) == 1  # whichever optimum: what each bidder adds is the same


@settings(max_examples=25)
@given(auction=combinatorial_auctions(plain=True, one_bid=True, max_items=5))
def test_matching_of_pairs(auction: CombinatorialAuction) -> None:
    from eqsolve.families.combinatorial_auction.methods.matching import Matching

    assume(Matching().supports(auction) is None)
    result = solve_auction(auction, method="matching")
    assert result.solution.welfare == float(oracle.best(oracle.problem(auction)))
    assert result.check.valid


@settings(max_examples=25)
@given(auction=combinatorial_auctions(max_bids=6))
def test_reading_aloud_of_the_instance_does_not_matter(auction: CombinatorialAuction) -> None:
    rows = list(auction.bids)[::-1]
    turned = CombinatorialAuction(
        auction.n_items, rows, auction.n_bidders, auction.language, auction.supplies,
        auction.reserves,
    )  # fmt: skip
    a, b = solve_auction(auction).require(), solve_auction(turned).require()
    assert (a.welfare, a.marginals.tolist()) == (b.welfare, b.marginals.tolist())


def generated(recipe: str, seed: int = 0, **options: Any) -> CombinatorialAuction:
    from eqsolve.core.recipe import make_recipe

    return make_recipe(RECIPES, recipe, options).instance(seed)


@pytest.mark.parametrize("payments", ["vcg", "core"])
@pytest.mark.parametrize("language", ["xor", "or"])
def test_solvers_agree_on_larger_auctions(payments: str, language: str) -> None:
    auction = generated("uniform", items=8, bidders=8, language=language)
    found = [
        solve_auction(auction, method=method, payments=payments)
        for method in ("milp", "cpsat", "portfolio")
    ]
    assert all(result.check.verdict is not Verdict.VIOLATED for result in found)
    assert len({result.solution.welfare for result in found}) == 1
    assert len({tuple(result.solution.marginals.tolist()) for result in found}) == 1


def test_workers_change_nothing() -> None:
    auction = generated("regions", items=16, bidders=8)
    one, three = (solve_auction(auction, method="milp", workers=k).solution for k in (1, 3))
    assert one.payments.tolist() == three.payments.tolist()


def test_without_time_there_is_a_set_a_bound_and_bounds_of_payments() -> None:
    auction = generated("arbitrary", items=40, bidders=30)
    result = solve_auction(auction, method="milp", time_limit=1e-6)
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.TIME)
    solution = result.solution
    assert solution.payment_rule == "first_price"
    assert solution.vcg_payments is None
    assert result.bounds.upper >= solution.welfare
    assert result.check.verdict is not Verdict.VIOLATED
    low, high = solution.vcg_bounds.T
    assert (low <= high).all()
    assert (high <= solution.payments).all()


QUICK = {
    "2atom-100-100-0001": (23278305, 11400871),
    "2atom-100-500-0000": (41878349, None),
    "3atom-100-100-0001": (16050.504, 11600.53),
    "mechlib_0000": (1787.8971, 1559.68),
}
"""Welfare and VCG revenue, where that is quick."""


@pytest.mark.parametrize("name", QUICK)
def test_cats_files(real_data: Path, name: str) -> None:
    welfare, revenue = QUICK[name]
    auction = from_cats(real_data / "cats" / f"{name}.txt")
    rule = "vcg" if revenue else "first_price"
    result = solve_auction(auction, payments=rule, time_limit=None)
    assert result.solution.welfare == pytest.approx(welfare, rel=1e-12)
    assert result.check.verdict is not Verdict.VIOLATED
    if revenue:
        assert result.solution.revenue == pytest.approx(revenue, abs=0.005)


OPTIMA = (
    "arbitrary_extra-small_4_1_1_1_0000",
    "matching_extra-small_0.25_1_1_1_0001",
    "matching_extra-small_1_1_5_10_0001",
    "matching_small_0.5_2_1_1_0000",
    "paths_small_2_2_1_1_0001",
    "regions_extra-small_0.3_1_1_1_0000",
    "regions_extra-small_3.95_1_5_10_0000",
)
"""Those that are proved within a second."""


@pytest.mark.parametrize("name", OPTIMA)
def test_published_optima_of_multi_unit_auctions(real_data: Path, name: str) -> None:
    (auction,) = Muca().read(real_data / "muca" / f"{name}.txt")
    result = solve_auction(auction, payments="first_price", time_limit=None)
    published = float((real_data / "muca" / f"{name}.sol").read_text().split()[0])
    assert result.status is Status.SOLVED
    assert result.solution.welfare == pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize("payments", ["vcg", "core", "first_price"])
@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize(
    "bids",
    [
        [(0, [0], 31), (1, [1], 67), (2, [0, 1], 1e300)],
        [(0, [0], 1e12), (1, [0], 1e-12), (1, [1], 1e-12), (2, [0, 1], 1e12)],
        [(0, [0], 1e-300), (1, [1], 1e-300)],
    ],
)
def test_amounts_far_apart_are_answered_with_proof(
    bids: list[Any], method: str, payments: str
) -> None:
    auction = CombinatorialAuction(2, bids)
    named = {one.name: one for one in METHODS}
    if obstacle(named[method](), auction) is not None:
        pytest.skip("has other limits of its own")
    result = solve_auction(auction, method=method, payments=payments, prices=True)
    assert result.status is Status.SOLVED
    assert result.check.verdict is Verdict.VALID
    assert result.objective == pytest.approx(float(oracle.best(oracle.problem(auction))), rel=1e-15)


@pytest.mark.parametrize("prices", [(2.0**62, 1e-300), (1.7e308, 1.7e308)])
@pytest.mark.parametrize("method", [name for name in (*EXACT, "greedy") if name != "price_tree"])
def test_amounts_beyond_floats_are_refused_before_any_work(
    method: str, prices: tuple[float, float]
) -> None:
    auction = CombinatorialAuction(2, [(0, [0], prices[0]), (1, [0], prices[1])])
    with pytest.raises(eqsolve.UnsupportedError, match="more money units together than floats"):
        solve_auction(auction, method=method)


def test_a_gain_below_what_floats_of_payments_tell_is_a_gain() -> None:
    bids = [(0, [0], 1e12), (1, [0], 1e-12), (1, [1], 1e-12), (2, [0, 1], 1e12)]
    result = solve_auction(CombinatorialAuction(2, bids))
    assert result.require().vcg_in_core is False
