"""Networks that compute menus: played and verified with numpy, learned with torch."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve import AuctionDesign, OptionError, verify
from eqsolve.algorithms.one_thread import one_thread
from eqsolve.core.archive import Archive
from eqsolve.families.auction_design.instance.bundles import all_bundles
from eqsolve.families.auction_design.instance.streams import blocks
from eqsolve.families.auction_design.instance.valuations import AdditiveValuations
from eqsolve.families.auction_design.playing.evaluate import estimated
from eqsolve.families.auction_design.playing.policy import menu_of_policy, outputs_of
from eqsolve.families.auction_design.playing.runs import play_types
from eqsolve.families.auction_design.solution import DesignSolution
from eqsolve.families.auction_design.solution.mechanism import (
    PLACES,
    Menu,
    PolicyMechanism,
    Tariff,
)
from eqsolve.families.auction_design.solve import design as solved
from eqsolve.families.auction_design.verify.policy import policy_menu, policy_problems

UNIFORM = {"distribution": {"valuation": "additive", "items": {"uniform": [0, 1]}}, "count": 2}
DESIGN = AuctionDesign(3, [UNIFORM])


def network(form: Any = "bundles", m: int = 3, n: int = 2, **arrays: Any) -> PolicyMechanism:
    """Return a network of random weights."""
    rng = np.random.default_rng(5)
    outputs = m + 1 if form == "entry_fee" else (1 << m) - 1
    layers = (m + PLACES, 7, outputs)
    own = {"scale": np.array([0.7])}
    for k, (a, b) in enumerate(pairwise(layers)):
        own[f"w{k}"], own[f"b{k}"] = rng.normal(size=(a, b)), rng.normal(size=b)
    return PolicyMechanism(m, tuple(range(n))[::-1], Archive({**own, **arrays}), form, layers)


def claimed(mechanism: PolicyMechanism) -> tuple[AuctionDesign, DesignSolution]:
    """Return what a network earns, as a solution."""
    design = AuctionDesign(3, [UNIFORM], order=mechanism.order)
    found = estimated([mechanism], design, 3000, 1)[0]
    return design, DesignSolution(
        mechanism=mechanism, among="sequential", revenue=found.revenue, revenue_exact=False,
        revenue_interval=found.interval, report_draws=3000, report_seed=1,
        welfare=found.welfare, bidder_utilities=found.utilities, bound_source=None, baselines={},
        training=None,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["bundles", "entry_fee"])
def test_both_passes_give_one_menu(form: str) -> None:
    mechanism = network(form)
    for place in range(2):
        for left in all_bundles(3):
            one = menu_of_policy(
                mechanism, place, left, outputs_of(mechanism, left[None], place)[0]
            )
            other = policy_menu(mechanism, place, left)
            assert one.state == other.state
            if isinstance(one, Menu):
                assert isinstance(other, Menu)
                assert np.array_equal(one.bundles, other.bundles)
                assert np.allclose(one.prices, other.prices, rtol=1e-12)
                assert not (one.bundles & ~left).any()
            else:
                assert isinstance(other, Tariff)
                assert np.allclose(one.item_prices, other.item_prices, rtol=1e-12)
                assert one.fee == pytest.approx(other.fee)


@pytest.mark.parametrize("form", ["bundles", "entry_fee"])
def test_a_network_sells_what_is_left_to_whom_it_is_worth_it(form: str) -> None:
    mechanism = network(form)
    types = next(blocks(DESIGN.laws, 2000, 3, "report"))
    played = play_types(mechanism, types, np.random.default_rng(0))
    assert played.bundles.sum(axis=1).max() == 1
    assert played.utilities.min() >= -1e-9
    design, solution = claimed(mechanism)
    assert verify(design, solution).valid
    assert not verify(design, replace(solution, revenue=solution.revenue + 0.01)).valid


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"w0": np.zeros((3 + PLACES, 6))}, "w0 has shape"),
        ({"b1": np.zeros(3)}, "b1 has shape"),
        ({"scale": np.zeros(1)}, "scale"),
        ({"scale": np.ones(2)}, "scale"),
    ],
)
def test_wrong_shapes_are_refused(arrays: Any, words: str, tmp_path: Path) -> None:
    mechanism = network(**arrays)
    assert any(words in problem for problem in policy_problems(mechanism, 2))
    design, solution = claimed(network())
    assert not verify(design, replace(solution, mechanism=mechanism)).valid
    if words == "scale" and arrays["scale"].shape == (1,):
        return  # only the verifier looks at numbers
    eqsolve.save_mechanism(mechanism, tmp_path / "policy.json")
    with pytest.raises(eqsolve.FormatError, match=words.split()[0]):
        eqsolve.load_mechanism(tmp_path / "policy.json")


def test_wrong_widths_and_another_order_are_refused(tmp_path: Path) -> None:
    design, solution = claimed(network())
    narrow = replace(network(), form="entry_fee")
    assert any("outputs" in problem for problem in policy_problems(narrow, 2))
    eqsolve.save_mechanism(narrow, tmp_path / "policy.json")
    with pytest.raises(eqsolve.FormatError, match="widths"):
        eqsolve.load_mechanism(tmp_path / "policy.json")
    twice = replace(network(), order=(0, 0))
    assert any("order" in problem for problem in policy_problems(twice, 2))
    assert not verify(design, replace(solution, mechanism=replace(network(), order=(0, 1)))).valid


def test_a_network_survives_a_file_without_torch(tmp_path: Path) -> None:
    mechanism = network()
    eqsolve.save_mechanism(mechanism, tmp_path / "policy.json")
    document = json.loads((tmp_path / "policy.json").read_text())["mechanism"]
    assert set(document["policy"]) == {"file", "sha256"}
    again = eqsolve.load_mechanism(tmp_path / "policy.json")
    types = next(blocks(DESIGN.laws, 500, 3, "report"))
    one, other = (play_types(part, types, np.random.default_rng(0)) for part in (mechanism, again))
    assert np.array_equal(one.payments, other.payments)


def test_without_torch_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(eqsolve.EqsolveError, match="pip install torch"):
        solved(DESIGN, method="fpi")


def test_what_fpi_refuses() -> None:
    from eqsolve.families.auction_design.methods.fpi import Fpi

    unit = {"distribution": {"valuation": "unit_demand", "items": {"uniform": [0, 1]}}, "count": 2}
    assert "tariff" in str(Fpi().supports(AuctionDesign(11, [unit])))
    assert Fpi().supports(AuctionDesign(11, [UNIFORM])) is None
    assert Fpi().supports(AuctionDesign(10, [unit])) is None
    for options in ({"rate": 0.0}, {"rounds": -1}, {"sharpness": float("inf")}):
        with pytest.raises(OptionError):
            Fpi(**options)


@pytest.mark.learn
def test_learned_bundles_beat_posted_prices() -> None:
    design = AuctionDesign(3, [{**UNIFORM, "count": 3}])
    few: dict[str, Any] = {
        "rounds": 5, "policy_steps": 40, "states": 64, "width": 64, "draws": 2000,
        "choose_draws": 2000, "report_draws": 8000, "fit_seed": 1,
    }  # fmt: skip
    result = solved(design, method="fpi", **few)
    assert result.check.valid
    assert result.solution.baselines["item_prices"].difference_interval[0] > 0
    history = result.solution.training["history"]
    assert [row[0] for row in history] == list(range(6))
    again = solved(design, method="fpi", **few)
    assert again.objective == result.objective


@pytest.mark.learn
def test_learned_fees_are_a_mechanism() -> None:
    law = {
        "distribution": {
            "valuation": "additive", "items": [{"uniform": [0, 1 + j / 11]} for j in range(11)],
        },
        "count": 3,
    }  # fmt: skip
    result = solved(
        AuctionDesign(11, [law]), method="fpi", rounds=3, runs=128, states=32, types=16,
        draws=1000, choose_draws=1000, report_draws=3000, fit_seed=0,
    )  # fmt: skip
    assert result.check.valid
    assert result.solution.mechanism.form == "entry_fee"
    assert result.solution.baselines["item_prices"].difference_interval[0] > -0.02


@pytest.mark.learn
def test_soft_choice_comes_to_hard_choice() -> None:
    """As choice hardens, what a step climbs is what the critic's targets are (MEC-12)."""
    from eqsolve.families.auction_design.methods.policy_training import (
        Schedule,
        Start,
        _Bundles,
        _EntryFee,
    )

    rng = np.random.default_rng(0)
    fit = [AdditiveValuations(rng.random((3000, 3))) for _ in range(2)]
    start = Start(np.full((2, 3), 0.6), np.array([[0.4] * 3, [0.25] * 3, [0.0] * 3]))
    schedule = Schedule(1, 10, 2, 2, 4, 3000, 8, 1e-3, 0.9, 1e5)
    place, left = np.array([0, 0, 1]), np.array([[1, 1, 1], [0, 1, 1], [1, 0, 0]], dtype=bool)
    for kind in (_Bundles, _EntryFee):
        with one_thread():
            training = kind((0, 1), fit, start, schedule, np.random.default_rng(1))
            training._begin()
            training._hold()
            soft = training._soft(place, left).mean(dim=1).detach().numpy()
            assert np.allclose(soft, training._targets(place, left), atol=0.03), kind


@pytest.mark.learn
def test_the_rest_is_worth_nothing_at_the_end() -> None:
    from eqsolve.families.auction_design.methods.policy_training import Schedule, Start, _Bundles

    fit = [AdditiveValuations(np.ones((50, 2)))] * 2
    start = Start(np.full((2, 2), 0.5), np.zeros((3, 2)))
    schedule = Schedule(1, 10, 2, 2, 4, 8, 8, 1e-3, 0.9, 100.0)
    training = _Bundles((0, 1), fit, start, schedule, np.random.default_rng(1))
    whole, none = np.ones((1, 2), dtype=bool), np.zeros((1, 2), dtype=bool)
    assert training.values(np.array([2]), whole)[0] == 0
    assert training.values(np.array([0]), none)[0] == 0
    assert training.values(np.array([0]), whole)[0] != 0
    gone, _ = training._offers(np.array([0]), np.array([[True, False]]))
    assert (gone[0] > 1e5).tolist() == [False, False, True, True]
