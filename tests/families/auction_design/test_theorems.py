"""MEC-1 to MEC-12: what can happen is found, teeth of claims, and all against brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from eqsolve import AuctionDesign
from eqsolve.core.theorem import Theorem
from eqsolve.families.auction_design import files, theorems, theorems_bundleflow as bundleflow
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.methods import menu_program, virtual
from eqsolve.families.auction_design.methods.learning.flow import Flow, random_flow
from eqsolve.families.auction_design.playing.demand import take_from_tariff
from eqsolve.families.auction_design.solution.mechanism import Menu, SequentialMechanism, State
from eqsolve.families.auction_design.solve import design as solved
from eqsolve.families.auction_design.theorems import THEOREMS, known_mechanism, known_revenue
from eqsolve.io.encode import plain
from eqsolve.testing import auction_designs, menu_designs
from eqsolve.theorems import attack
from tests.families.auction_design import oracle

few = settings(max_examples=25)


def bidders(design: AuctionDesign) -> list[dict[str, Any]]:
    """Return the bidders as files say them."""
    found: list[dict[str, Any]] = plain(files.write(design)["bidders"])
    return found


WITNESSED = [theorem for theorem in THEOREMS if theorem.can_happen]


# What always holds is attacked with the theorems of all families.
@pytest.mark.parametrize("theorem", WITNESSED, ids=lambda theorem: theorem.id)
def test_what_can_happen_is_found(theorem: Theorem) -> None:
    examples = {"MEC-3a": 300, "MEC-6a": 300, "MEC-11a": 100, "SEQ-5a": 300}
    found = attack(theorem, examples=examples.get(theorem.id, 20))
    assert found.verdict == "witness found", found.message


@few
@given(design=menu_designs(max_items=2, max_types=3))
def test_mec_3_menus_against_brute_force(design: AuctionDesign) -> None:
    m, bidder = design.n_items, bidders(design)[0]
    scale = max(design.scale, 1e-9)
    best = solved(design, method="lp", baselines=False).objective
    assert best == pytest.approx(oracle.best_lottery(m, bidder), abs=2e-6 * scale)
    fixed = solved(design, method="lp", lotteries=False, baselines=False).objective
    assert fixed == pytest.approx(oracle.best_deterministic(m, bidder), abs=2e-6 * scale)


@few
@given(design=menu_designs(max_items=3, max_types=3))
def test_mec_1_what_the_menu_earns_is_what_brute_force_says(design: AuctionDesign) -> None:
    result = solved(design, method="lp", baselines=False)
    menu = result.solution.mechanism.menus[0]
    told = [
        (
            {
                sum(1 << j for j in np.flatnonzero(bundle).tolist()): float(chance)
                for chance, bundle in zip(menu.weights[k], menu.bundles[k], strict=True)
                if chance
            },
            float(price),
        )
        for k, price in enumerate(menu.prices)
    ]
    found = oracle.menu_revenue(design.n_items, bidders(design)[0], told)
    assert result.objective == pytest.approx(found, abs=1e-6 * max(design.scale, 1))


@few
@given(design=auction_designs(min_bidders=2, max_items=2, max_types=2))
@pytest.mark.parametrize("ic", ["dsic", "bic"])
def test_mec_6_auctions_against_brute_force(design: AuctionDesign, ic: str) -> None:
    best = solved(design, method="lp", mechanism=ic, baselines=False).objective
    expected = oracle.best_auction(design.n_items, bidders(design), ic)
    assert best == pytest.approx(expected, abs=2e-6 * max(design.scale, 1e-9))


def test_mec_3_the_known_numbers() -> None:
    rows = [(2, [4, 1]), (2, [1, 4]), (3, [3, 3])]
    types = [{"probability": w, "unit_demand": v} for w, v in rows]
    design = AuctionDesign(2, [{"types": types}])
    assert solved(design).objective == pytest.approx(25 / 7, rel=1e-6)
    assert solved(design, lotteries=False).objective == pytest.approx(23 / 7, rel=1e-6)


def test_mec_10_the_known_numbers() -> None:
    law = {"valuation": "additive", "items": {"uniform": [0, 1]}}
    two = AuctionDesign(2, [{"distribution": law}])
    assert known_revenue(two) == pytest.approx(0.5492, abs=1e-4)
    one = AuctionDesign(2, [{"distribution": {**law, "valuation": "unit_demand"}}])
    assert known_revenue(one) == pytest.approx(0.3849, abs=1e-4)
    assert known_mechanism(one).menus[0].prices[0] == pytest.approx(3**-0.5)


@pytest.mark.parametrize("word", ["additive", "unit_demand"])
def test_mec_10_size_prices_come_within_half_a_percent(word: str) -> None:
    law = {"valuation": word, "items": {"uniform": [0, 1]}}
    design = AuctionDesign(2, [{"distribution": law}])
    result = solved(design, method="size_prices", draws=20_000, report_draws=2, baselines=False)
    menu = result.solution.mechanism.menus[0]
    single, both = menu.size_prices.tolist()
    grid = (np.arange(400) + 0.5) / 400
    values = AdditiveValuations(np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2),
                                None if word == "additive" else 1)  # fmt: skip
    paid = take_from_tariff(values, menu, np.ones((160_000, 2), dtype=np.bool_)).payments
    assert paid.mean() > 0.995 * known_revenue(design), (single, both)


def spoiled(monkeypatch: pytest.MonkeyPatch, id: str) -> str:
    """Return what an attack on a claim finds after something it rests on was spoiled."""
    theorem = next(theorem for theorem in THEOREMS if theorem.id == id)
    try:
        return attack(theorem, examples=1000).verdict
    finally:
        monkeypatch.undo()


def test_teeth_of_mec_4_and_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the row of what is worth nothing to others, lotteries look better than they are."""
    from eqsolve.families.auction_design import solve as room

    monkeypatch.setattr(room, "verify", lambda *_, **__: _valid())
    monkeypatch.setattr(
        menu_program._Program, "_pairs", lambda self: (np.zeros(0, int), np.zeros(0, int))
    )
    assert spoiled(monkeypatch, "MEC-3") == "REFUTED"


def test_teeth_of_mec_7(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual values that are not ironed are no optimum."""
    from eqsolve.families.auction_design import solve as room
    from eqsolve.families.auction_design.methods import myerson

    def not_ironed(values: Any, shares: Any) -> Any:
        chance = np.cumsum(shares[::-1])[::-1]
        above = chance - shares
        step = np.append(np.diff(values), 0.0)
        return np.maximum.accumulate(values - step * above / shares), np.zeros(len(values))

    monkeypatch.setattr(room, "verify", lambda *_, **__: _valid())
    monkeypatch.setattr(virtual, "ironed", not_ironed)
    monkeypatch.setattr(myerson, "ironed", not_ironed)
    assert spoiled(monkeypatch, "MEC-7") == "REFUTED"


def test_teeth_of_mec_5(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound that forgets what is subtracted for other types is no theorem's."""
    real = theorems.flow_bound

    def forgetful(flows: Any, *rest: Any) -> Any:
        return real([np.zeros_like(np.asarray(flow)) for flow in flows], *rest)

    monkeypatch.setattr(theorems, "flow_bound", forgetful)
    assert spoiled(monkeypatch, "MEC-5") == "REFUTED"


def test_teeth_of_mec_8() -> None:
    """Without lower prices a spiteful buyer leaves the seller less."""
    types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    design = AuctionDesign(1, [{"types": types}])
    result = solved(design, method="lp", strict=0.0)
    law = design.laws[0]
    assert theorems._spiteful(law, result.solution) < result.objective - 0.1
    strict = solved(design, method="lp", strict=1e-4)
    assert theorems._spiteful(law, strict.solution) >= (1 - 1e-4) * result.objective - 1e-9


def test_teeth_of_mec_1_and_2() -> None:
    """A menu from which types take something else than their best entry is noticed."""
    types = [{"probability": 1, "additive": [v]} for v in (1, 3)]
    design = AuctionDesign(1, [{"types": types}])
    result = solved(design, method="lp")
    menu = result.solution.mechanism.menus[0]
    cheap = replace(menu, prices=menu.prices * 0.5)
    claim = replace(result.solution, mechanism=SequentialMechanism(1, (0,), (cheap,)))
    from eqsolve import verify

    assert not verify(design, claim).valid


def _valid() -> Any:
    from eqsolve.core.report import Report

    return Report((), 0.0)


@pytest.mark.parametrize(
    ("id", "part", "wrong"),
    [
        ("BUN-1", "_STEPS", 1),
        ("BUN-2", "take_entries", lambda types, *rest: _Nothing(types)),
        ("BUN-3", "random_flow", lambda items, rng, width: _still(items, rng)),
        ("BUN-4", "compiled", lambda bundles, weights, *rest: _cheaper(bundles, weights)),
    ],
)
def test_claims_on_bundleflow_have_teeth(
    id: str, part: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    theorem = next(theorem for theorem in THEOREMS if theorem.id == id)
    monkeypatch.setattr(bundleflow, part, wrong)
    assert attack(theorem, examples=60).verdict == "REFUTED"


def _still(items: int, rng: np.random.Generator) -> Flow:
    """Return a flow that moves nothing, so that its factor is 1 everywhere."""
    flow = random_flow(items, rng, width=16)
    return replace(flow, pace=tuple(0 * part for part in flow.pace))


def _cheaper(bundles: Any, weights: Any) -> Menu:
    """Return a menu that gives everything away."""
    return Menu(State(0, tuple(range(bundles.shape[2]))), bundles, weights, np.zeros(len(bundles)))


class _Nothing:
    """What types pay who always choose nothing."""

    def __init__(self, types: Any) -> None:
        self.payments = np.zeros(len(types))
