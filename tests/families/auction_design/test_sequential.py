"""Sequences of menus: against brute force, formulas and each other; what must be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import eqsolve
from eqsolve import AuctionDesign, InstanceError, Status, UnsupportedError, verify
from eqsolve.families.auction_design import files
from eqsolve.families.auction_design.instance.laws import AdditiveLaw, AdditivePlusLaw, Uniform
from eqsolve.families.auction_design.instance.streams import blocks
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations, TableValuations
from eqsolve.families.auction_design.methods.dp_symmetric import unequal_items
from eqsolve.families.auction_design.methods.fitting import fit_types, group_types
from eqsolve.families.auction_design.methods.one_price import one_price_backwards
from eqsolve.families.auction_design.methods.state_prices import best_shift, earned, improved
from eqsolve.families.auction_design.playing.runs import play_types
from eqsolve.families.auction_design.solution.documents import read_mechanism
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    SequentialMechanism,
    State,
    Tariff,
)
from eqsolve.families.auction_design.solve import design as solved
from eqsolve.io.encode import plain
from eqsolve.testing import auction_designs, menu_designs
from tests.families.auction_design import oracle

few = settings(max_examples=20)
U = {"uniform": [0, 1]}


def law(valuation: Any, items: Any = U, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"distribution": {"valuation": valuation, "items": items, **more}, "count": count}


def said(design: AuctionDesign) -> list[dict[str, Any]]:
    """Return the bidders in their order, as files say them."""
    found: list[dict[str, Any]] = plain(files.write(design)["bidders"])
    every = [entry for entry in found for _ in range(entry.get("count", 1))]
    return [every[i] for i in design.order]


@few
@given(design=auction_designs(max_items=2, max_types=2, max_bidders=3))
def test_bundles_in_turn_against_brute_force(design: AuctionDesign) -> None:
    result = solved(design, method="dp_lp", lotteries=False, baselines=False)
    expected = oracle.best_bundles_in_turn(design.n_items, said(design))
    assert result.status is Status.SOLVED
    assert result.objective == pytest.approx(expected, abs=2e-6 * max(design.scale, 1e-9))


@few
@given(design=menu_designs())
def test_one_bidder_is_a_menu(design: AuctionDesign) -> None:
    for lotteries in (True, False):
        one = solved(design, method="lp", lotteries=lotteries, baselines=False)
        other = solved(
            design, method="dp_lp", mechanism="sequential", lotteries=lotteries, baselines=False
        )
        scale = max(design.scale, 1e-9)
        assert other.objective == pytest.approx(one.objective, abs=2e-6 * scale)


@few
@given(design=auction_designs(min_bidders=2, max_items=2, max_types=2))
def test_all_orders_of_two_bidders(design: AuctionDesign) -> None:
    found = {}
    for order in permutations(range(2)):
        other = AuctionDesign(design.n_items, list(design.laws), order=order)
        found[order] = solved(other, method="dp_lp", baselines=False).objective
    best = solved(design, method="dp_lp", order="best", baselines=False)
    assert best.check.valid
    assert best.objective == pytest.approx(max(found.values()), abs=2e-6 * max(design.scale, 1e-9))
    assert found[best.solution.mechanism.order] == pytest.approx(best.objective, abs=1e-5)


def test_more_than_seven_bidders_are_exchanged_without_a_proof() -> None:
    sides = [{"types": [{"probability": 1, "additive": [v]}, {"probability": k + 1,
                                                              "additive": [0]}]}
             for k, v in enumerate((3, 8, 5, 7, 9, 4, 6, 2))]  # fmt: skip
    result = solved(AuctionDesign(1, sides), method="dp_lp", order="best", baselines=False)
    assert result.status is Status.FEASIBLE
    assert result.check.valid
    assert result.solution.bound_source is None
    given_order = solved(AuctionDesign(1, sides), method="dp_lp", baselines=False)
    assert result.objective >= given_order.objective - 1e-9


@few
@given(design=auction_designs(max_bidders=3, max_items=2, max_types=3))
def test_prices_of_states_never_beat_the_programs(design: AuctionDesign) -> None:
    if not design.n_items:
        return
    best = solved(design, method="dp_lp", mechanism="sequential", lotteries=False, baselines=False)
    for method in ("dp", "tariff", "item_prices"):
        result = solved(design, method=method, mechanism="sequential", baselines=False)
        assert result.check.valid
        assert result.objective <= best.objective + 3e-6 * max(design.scale, 1e-9), method


def test_prices_of_states_find_what_programs_find() -> None:
    rng = np.random.default_rng(3)
    ratios = []
    for _ in range(12):
        sides = [
            {"types": [{"probability": 1, "additive": rng.integers(1, 9, 2).tolist()}
                       for _ in range(3)]}
            for _ in range(2)
        ]  # fmt: skip
        design = AuctionDesign(2, sides)
        best = solved(design, method="dp_lp", lotteries=False, baselines=False).objective
        ratios.append(solved(design, method="dp", baselines=False).objective / best)
    assert np.mean(ratios) > 0.97


AWKWARD = {
    "certain values": ([law("additive", {"uniform": [2, 2]}, 2)], 2, 4.0),
    "worth nothing": ([law("additive", {"uniform": [0, 0]}, 3)], 2, 0.0),
    "more bidders than items": ([law("additive", {"discrete": [[1, 1], [3, 1]]}, 6)], 1, None),
    "certain and uniform": (
        [law("additive", {"uniform": [1, 1]}), law("additive", U)], 1, 1.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("method", ["dp_symmetric", "dp", "tariff", "item_prices", "auto"])
def test_awkward_laws(name: str, method: str) -> None:
    bidders, m, revenue = AWKWARD[name]
    design = AuctionDesign(m, bidders)
    if method == "dp_symmetric" and name == "certain and uniform":
        method = "auto"
    result = solved(design, method=method, draws=400, report_draws=400)
    assert result.check.valid
    if revenue is not None:
        assert result.objective == pytest.approx(revenue, rel=2e-3, abs=1e-9)


@pytest.mark.parametrize(("n", "value"), [(5, 0.6008), (10, 0.7415), (20, 0.8462), (50, 0.9296)])
def test_one_item_to_many_bidders(n: int, value: float) -> None:
    design = AuctionDesign(1, [law("additive", count=n)])
    result = solved(design, method="dp_symmetric", report_draws=500, baselines=False)
    assert result.objective == pytest.approx(value, abs=1e-4)
    assert result.check.valid
    forged = replace(result.solution, revenue=result.objective + 1e-4)
    assert not verify(design, replace(result, solution=forged, objective=forged.revenue)).valid


@pytest.mark.parametrize(("size", "value"), [(5, 2.43487), (10, 6.00100)])
def test_unit_demand_is_exact(size: int, value: float) -> None:
    design = AuctionDesign(size, [law("unit_demand", count=size)])
    prices, values = one_price_backwards(design)
    assert values[0][size] == pytest.approx(value, abs=1e-5)
    assert [round(float(p), 4) for p in prices[-1][1:3]] == [0.5, round(3**-0.5, 4)]
    result = solved(design, method="dp_symmetric", report_draws=2000, baselines=False)
    assert result.objective == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "bidders", "least", "most"),
    [
        ("unif", [law("additive", count=5)], 3.10, 3.15),
        ("3demand", [law({"k_demand": 3}, count=5)], 3.08, 3.13),
        ("comb1", [{"distribution": {"valuation": "subsets"}, "count": 5}], 2.975, 3.02),
    ],
)
def test_five_by_five(name: str, bidders: list[Any], least: float, most: float) -> None:
    design = AuctionDesign(5, bidders)
    result = solved(design, method="dp_symmetric", fit_seed=1, report_draws=8000)
    assert least < result.objective < most
    others = result.solution.baselines
    assert result.objective > others["item_prices"].revenue
    assert result.objective > others["grand_bundle"].revenue
    assert ("simultaneous_myerson" in others) == (name == "unif")
    if name == "unif":
        best = others["simultaneous_myerson"]
        assert best.revenue == pytest.approx(3.359, abs=0.02)
        assert best.mechanism.kind == "direct"


def test_values_twice_as_high_bring_twice_as_much() -> None:
    one = solved(
        AuctionDesign(4, [law("additive", count=3)]), fit_seed=0, draws=2000, report_draws=2000
    )
    two = solved(
        AuctionDesign(4, [law("additive", {"uniform": [0, 2]}, 3)]), fit_seed=0, draws=2000,
        report_draws=2000,
    )  # fmt: skip
    assert one.stats.method == "dp_symmetric"
    assert two.objective == pytest.approx(2 * one.objective, rel=1e-9)


def test_auto_looks_at_laws_and_sizes() -> None:
    wide = [{"uniform": [0, j + 1]} for j in range(12)]
    for design, method in (
        (AuctionDesign(5, [law("additive", count=5)]), "dp_symmetric"),
        (AuctionDesign(3, [law("additive", [U, U, {"uniform": [0, 2]}], 2)]), "dp"),
        (AuctionDesign(12, [law("additive", wide, 2)]), "tariff"),
        (AuctionDesign(1, [{"types": [{"probability": 1, "additive": [2]}]}] * 2), "dp_lp"),
    ):
        result = solved(design, draws=300, report_draws=300, baselines=False)
        assert result.stats.method == method


def test_tariffs_beat_posted_prices() -> None:
    design = AuctionDesign(12, [law("additive", [{"uniform": [0, 1 + j / 12]} for j in range(12)],
                                    6)])  # fmt: skip
    result = solved(design, method="tariff", fit_seed=0, report_draws=4000)
    ends = result.solution.baselines["item_prices"].difference_interval
    assert ends[0] > 0
    assert result.check.valid


@pytest.mark.parametrize("method", ["dp_symmetric", "dp"])
def test_out_of_time_posted_prices_are_left(method: str) -> None:
    design = AuctionDesign(4, [law("additive", count=5)])
    result = solved(
        design, method=method, fit_seed=0, draws=2000, report_draws=4000, time_limit=1e-6
    )
    assert result.status is Status.FEASIBLE
    assert result.limit is not None
    assert result.solution.baselines["item_prices"].difference == pytest.approx(0, abs=0.02)


# One sampler for everything.


def test_one_law_in_fitting_judging_and_play(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spoiling the one sampler spoils them all."""
    design = AuctionDesign(3, [law("additive_plus", {"uniform": [1, 2]}, 2, extra=1)])
    real = AdditivePlusLaw.sample

    def half(self: AdditivePlusLaw, rng: np.random.Generator, n: int) -> TableValuations:
        return TableValuations(real(self, rng, n).values / 2)

    for method in ("dp_symmetric", "dp", "tariff", "item_prices"):
        options = {"method": method, "fit_seed": 0, "draws": 300, "report_draws": 300}
        whole = solved(design, baselines=False, **options).objective
        with monkeypatch.context() as patch:
            patch.setattr(AdditivePlusLaw, "sample", half)
            assert solved(design, baselines=False, **options).objective == pytest.approx(whole / 2)


def test_draws_for_fitting_and_for_play_have_one_law() -> None:
    design = AuctionDesign(3, [law("additive_plus", {"uniform": [1, 2]}, 2, extra=1)])
    bundles = np.ones((1, 3), dtype=np.bool_)
    fit = fit_types(design, 4096, 7)[1].types.of(bundles)[:, 0]
    judge = group_types(design, 4096, 7, "choose")[0].types.of(bundles)[:, 0]
    play = next(blocks(design.laws, 4096, 7, "report"))[1].of(bundles)[:, 0]
    for one, other in ((fit, play), (judge, play), (fit, judge)):
        error = np.hypot(one.std(), other.std()) / 64
        assert abs(one.mean() - other.mean()) < 6 * error
        assert abs(one.std() - other.std()) < 6 * error
        assert not np.array_equal(one, other)


# Prices of one state.


def test_a_shift_is_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        n = 40
        gap, instead, taken = rng.normal(size=n), rng.random(n), rng.random(n)
        weights = np.full(n, 1 / n)
        shift, more = best_shift(gap, instead, taken, weights)
        gain = weights * (taken - instead)
        now = gain[gap >= 0].sum()
        every = [
            float((gain + weights * at)[gap >= at].sum() - now)
            for at in np.concatenate([gap, [gap.max() + 1]])
        ]
        assert more <= max(every) + 1e-12
        assert more >= max(every) - 2 * np.ptp(gap) / 1023
        assert float((gain + weights * shift)[gap >= shift].sum() - now) >= more - 1e-12


def test_improved_prices_earn_no_less() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        values, worth = rng.random((5, 300)), -0.3 * rng.random(5)
        prices, weights = rng.random(5), np.full(300, 1 / 300)
        before = weights @ earned(values, prices, worth)
        groups = [np.array([True, False, True, False, False])]
        after = improved(values, prices, worth, weights, tails=range(5), groups=groups)
        assert weights @ earned(values, after, worth) >= before - 1e-9


@pytest.mark.parametrize("seed", [39, 53, 99, 107])
def test_another_sweep_earns_no_less(seed: int) -> None:
    """A type whom a shift leaves at a tie may decide otherwise, by rounding."""
    rng = np.random.default_rng(seed)
    k, n = int(rng.integers(3, 7)), int(rng.integers(40, 200))
    values = np.cumsum(-np.sort(-rng.random((n, k)), axis=1), axis=1).T
    worth, weights = -np.cumsum(rng.random(k) * 0.3), np.full(n, 1 / n)
    most = -np.inf
    for sweeps in range(1, 6):
        prices = improved(
            values, 0.5 * np.arange(1, k + 1), worth, weights, tails=range(k), sweeps=sweeps
        )
        now = float(weights @ earned(values, prices, worth))
        assert now >= most
        most = now


# What is refused.


def test_a_false_claim_of_items_alike_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    unequal = AdditiveLaw((Uniform(0, 1), Uniform(0, 1.2), Uniform(0, 1)))
    monkeypatch.setattr(AdditiveLaw, "exchangeable", property(lambda self: True))
    assert "item 1" in str(unequal_items(unequal))
    with pytest.raises(UnsupportedError, match="says that its items are exchangeable, but item 1"):
        solved(AuctionDesign(3, [unequal] * 2), method="dp_symmetric")
    monkeypatch.undo()
    with pytest.raises(UnsupportedError, match="not exchangeable by the form"):
        solved(AuctionDesign(3, [unequal] * 2), method="dp_symmetric")


def test_a_law_that_depends_on_neighbours_is_found() -> None:
    class Chain(AdditiveLaw):
        def sample(self, rng: np.random.Generator, n: int) -> Any:
            u = rng.random((n, 4))
            values = np.zeros((n, 16))
            for b in range(1, 16):
                held = [j for j in range(4) if b >> j & 1]
                pairs = sum(1 for j in held if j + 1 in held and j == 0)
                values[:, b] = u[:, held].sum(axis=1) + 0.5 * pairs
            return TableValuations(values)

    assert "pair" in str(unequal_items(Chain((Uniform(0, 1),) * 4)))


@pytest.mark.parametrize(
    ("bidders", "m", "method", "words"),
    [
        ([law("additive", count=2)], 11, "dp", ["2^11", "3^11", "dp_symmetric", "tariff"]),
        ([law("additive"), law("additive", {"uniform": [0, 2]})], 2, "dp_symmetric",
         ["not identical", "dp or tariff"]),
        ([law("additive", [U, {"uniform": [0, 2]}], 2)], 2, "dp_symmetric", ["not exchangeable"]),
        ([law("additive", count=2)], 2, "dp_lp", ["infinitely many types"]),
        ([{"types": [{"probability": 1, "additive": [1] * 13}]}], 13, "dp_lp", ["2^13"]),
    ],
)  # fmt: skip
def test_refusals_say_what_instead(
    bidders: list[Any], m: int, method: str, words: list[str]
) -> None:
    with pytest.raises(UnsupportedError) as caught:
        solved(AuctionDesign(m, bidders), method=method, mechanism="sequential")
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("order", [[0, 0], [0], [0, 2], [1, 0, 2], "best"])
def test_an_order_is_a_permutation(order: Any) -> None:
    with pytest.raises(InstanceError, match="order"):
        AuctionDesign(1, [law("additive", count=2)], order=order)


def test_correlated_bidders_cannot_be_said(tmp_path: Any) -> None:
    document = {
        "eqsolve": 1, "kind": "auction_design", "n_items": 1, "bidders": [law("additive")] * 2,
        "profiles": [{"probability": 1, "values": [[1], [2]]}],
    }  # fmt: skip
    path = tmp_path / "correlated.json"
    path.write_text(json.dumps(document))
    with pytest.raises(eqsolve.FormatError, match="profiles"):
        eqsolve.load(path)


# Liars.

TWO = AuctionDesign(2, [law("additive", count=2)])


def claim() -> Any:
    return solved(TWO, method="dp", draws=300, value_draws=300, report_draws=300, baselines=False)


def forged(result: Any, **changes: Any) -> Any:
    return verify(TWO, replace(result, solution=replace(result.solution, **changes)))


def test_what_liars_say_of_sequences() -> None:
    result = claim()
    mechanism = result.solution.mechanism
    both = np.ones((1, 2), dtype=np.bool_)
    alone = [menu for menu in mechanism.menus if menu.state.remaining == (0,)]
    rest = [menu for menu in mechanism.menus if menu.state != alone[0].state]
    sold_twice = Menu.deterministic(alone[0].state, both, [0.1])
    report = forged(result, mechanism=replace(mechanism, menus=(*rest, sold_twice)))
    assert "sells item 1, which is gone" in str(report)
    for state in (State(0, None, 3), State(0, None, -1)):
        impossible = Tariff(state, 0.1, np.ones(2))
        assert not forged(result, mechanism=replace(mechanism, menus=(*rest, impossible))).valid
    off = result.solution.revenue + 1e-3
    report = verify(
        TWO, replace(result, solution=replace(result.solution, revenue=off), objective=off)
    )
    assert "design.revenue" in str(report)
    other = replace(mechanism, order=mechanism.order[::-1])
    assert not forged(result, mechanism=other).valid


def test_menus_of_histories_cannot_be_said() -> None:
    document = {
        "class": "sequential",
        "order": [0, 1],
        "menus": [{"bidder": 1, "remaining": [0], "fee": 1.0, "paid_before": 0.5}],
    }
    with pytest.raises(InstanceError, match="paid_before"):
        read_mechanism(document, 2, 2)
    document["menus"] = [{"bidder": 1, "remaining": [0, 2], "fee": 1.0}]
    with pytest.raises(InstanceError, match="remaining"):
        read_mechanism(document, 2, 2)


def test_no_item_is_sold_twice_and_nobody_loses() -> None:
    design = AuctionDesign(4, [law("additive_plus", {"uniform": [1, 2]}, 3, extra=1)])
    mechanism = solved(design, draws=300, report_draws=300, baselines=False).solution.mechanism
    types = next(blocks(design.laws, 2000, 3, "report"))
    played = play_types(mechanism, types, np.random.default_rng(0))
    assert played.bundles.sum(axis=1).max() == 1
    assert played.utilities.min() >= -1e-9
    worth = np.stack([part.each(played.bundles[:, i]) for i, part in enumerate(types)], axis=1)
    assert np.allclose(worth, played.values)


def test_simultaneous_auctions_are_the_known_ones() -> None:
    design = AuctionDesign(3, [law("additive", count=4)])
    other = solved(design, method="item_prices", report_draws=20_000).solution.baselines
    expected = 3 * (3 / 5 + 2**-4 / 5)
    assert other["simultaneous_myerson"].revenue == pytest.approx(expected, abs=0.02)
    values = np.array([[0.9, 0.2, 0.6]])
    mechanism = other["simultaneous_myerson"].mechanism
    played = play_types(
        mechanism, tuple(AdditiveValuations(values * k) for k in (1, 0.9, 0.1, 0.1)),
        np.random.default_rng(0),
    )  # fmt: skip
    assert played.payments[0].round(6).tolist() == [0.81 + 0.54, 0, 0, 0]


def test_sequences_survive_a_file(tmp_path: Any) -> None:
    result = claim()
    eqsolve.save_mechanism(result.solution.mechanism, tmp_path / "one.json")
    again = eqsolve.load_mechanism(tmp_path / "one.json")
    assert isinstance(again, SequentialMechanism)
    assert again.menus[3].prices.tolist() == result.solution.mechanism.menus[3].prices.tolist()


# Flows of states.

SIDES = AuctionDesign(2, [
    {"types": [{"probability": 1, "additive": [2, 1]}, {"probability": 1, "additive": [0, 3]},
               {"probability": 0, "additive": [9, 9]}]},
    {"types": [{"probability": 1, "unit_demand": [4, 2]}, {"probability": 2, "additive": [1, 1]}]},
])  # fmt: skip


def flows_claimed(change: Any) -> str:
    """Return what the verifier says of other flows of states."""
    result = solved(SIDES, method="dp_lp", baselines=False)
    told = json.loads(json.dumps(result.certificate.data["state_flows"]))
    certificate = replace(result.certificate, data={"state_flows": change(told)})
    report = verify(SIDES, replace(result, certificate=certificate))
    return "valid" if report.valid else str(report)


def changed(**fields: Any) -> Any:
    """Return a change of the flows of the first bidder with both items."""

    def change(told: list[dict[str, Any]]) -> Any:
        state = next(e for e in told if e["groups"] == [0, 1] and e["remaining"] == [0, 1])
        state |= fields
        return told

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told, "valid"),
        (lambda told: {"a": told}, "must be a list"),
        (lambda told: [*told, told[0]], "told twice"),
        (lambda told: [{**told[0], "more": 1}, *told[1:]], "must hold groups"),
        (changed(groups=[0, 2]), "no such groups"),
        (changed(remaining=[1, 0]), "rising"),
        (changed(remaining=[0, 2]), "rising"),
        (changed(flows=[[0, 0], [0, 0]]), "3 x 3"),
        (changed(flows="many"), "no array"),
        (changed(flows=[[0, -0.1, 0], [0.1, 0, 0], [0, 0, 0]]), "negative"),
        (changed(flows=[[0, 0.7, 0], [0, 0, 0], [0, 0, 0]]), "gives more than it has"),
        (changed(flows=[[0, 0, 0], [0, 0, 0.1], [0, 0, 0]]), "probability 0"),
        (lambda told: [], "what is proved"),
        (lambda told: [e for e in told if e["groups"] != [1]], "what is proved"),
    ],
)
def test_flows_of_states_that_prove_nothing(change: Any, words: str) -> None:
    assert words in flows_claimed(change)


LOTTERIES_HELP = AuctionDesign(2, [
    {"types": [{"probability": 1, "additive": v} for v in ([2, 3], [4, 5], [0, 0])]},
    {"types": [{"probability": 1, "additive": v} for v in ([4, 5], [1, 1], [5, 2])]},
])  # fmt: skip


def test_bundles_in_turn_are_searched_by_the_verifier() -> None:
    """Where lotteries earn more, flows prove too little, and only a search shows the best."""
    lottery = solved(LOTTERIES_HELP, method="dp_lp", baselines=False)
    result = solved(LOTTERIES_HELP, method="dp_lp", lotteries=False, baselines=False)
    assert lottery.objective > result.objective + 0.1
    assert result.check.valid
    assert result.status is Status.SOLVED
    best = result.objective
    for off, valid in ((-0.05, False), (0.0, True)):
        bounds = replace(result.bounds, upper=best + off)
        assert verify(LOTTERIES_HELP, replace(result, bounds=bounds)).valid is valid
    nothing = replace(result.solution, mechanism=SequentialMechanism(2, (0, 1), ()), revenue=0.0)
    report = str(verify(LOTTERIES_HELP, replace(result, solution=nothing, objective=0.0)))
    assert "design.optimal" in report


def test_what_one_price_earns_is_summed_over_what_is_left() -> None:
    """A price that is never paid, sizes that are cheaper, and laws that differ are looked at."""
    from eqsolve.families.auction_design.verify.one_price import one_price_revenue

    design = AuctionDesign(2, [law("unit_demand", count=2)])
    half = Tariff(State(0), 0.25, None, np.array([0.25, 9.0]))
    menus = (half, Tariff(State(1, None, 1), 0.0, None, np.array([0.5, 9.0])))
    found = one_price_revenue(SequentialMechanism(2, (0, 1), menus), design)
    assert found == pytest.approx(0.75 * 0.5 + 0.75 * 0.5 * 0.5)
    never = Tariff(State(1), 0.0, None, np.array([np.inf, np.inf]))
    found = one_price_revenue(SequentialMechanism(2, (0, 1), (half, never)), design)
    assert found == pytest.approx(0.75 * 0.5)
    cheaper = Tariff(State(1), 0.0, None, np.array([0.5, 0.4]))
    items = Tariff(State(1), 0.0, np.array([0.5, 0.6]))
    listed = Menu.deterministic(State(1), np.eye(2, dtype=bool), [0.5, 0.5])
    for menu in (cheaper, items, listed):
        assert one_price_revenue(SequentialMechanism(2, (0, 1), (half, menu)), design) is None
    whole = AuctionDesign(2, [law("additive", count=2)])
    assert one_price_revenue(SequentialMechanism(2, (0, 1), menus), whole) is None
    certain = AuctionDesign(1, [law("additive", {"discrete": [[1, 1], [2, 1]]})])
    at_tie = SequentialMechanism(1, (0,), (Tariff(State(0), 0.0, None, np.array([2.0])),))
    assert one_price_revenue(at_tie, certain) == pytest.approx(1.0)


def test_the_picture_of_states_shows_least_prices() -> None:
    from eqsolve.families.auction_design.prices import least_prices

    menus = (
        Tariff(State(0), 0.25, np.array([0.5, 0.75])),
        Menu.deterministic(State(1, (0, 1)), np.eye(2, dtype=bool), [0.4, 0.3]),
        Menu.deterministic(State(1, (0,)), np.array([[True, False]]), [0.2]),
    )
    found = least_prices(SequentialMechanism(2, (0, 1), menus))
    assert np.allclose(found, [[0.875, 0.75], [0.2, 0.3]])
