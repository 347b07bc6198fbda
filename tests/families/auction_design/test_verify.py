"""Every broken claim is noticed, by the condition that it breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve import AuctionDesign, DesignSolution, Result, Status, verify
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.result import Bounds
from eqsolve.families.auction_design.solution.mechanism import (
    DirectMechanism,
    Menu,
    SequentialMechanism,
    State,
    Tariff,
)
from eqsolve.families.auction_design.solve import design as solved
from eqsolve.io.verification import verify_file
from tests.families.auction_design.forging import BIDS, ITEM, TWO

WORLD = AuctionDesign(4, [{"world": {"kind": "arbitrary", "seed": 1}}])
SQUARE = AuctionDesign(
    2, [{"distribution": {"valuation": "additive", "items": {"uniform": [0, 1]}}}]
)


@cache
def answer(name: str) -> tuple[AuctionDesign, Result[DesignSolution]]:
    """Return an instance and its right answer."""
    asked: dict[str, tuple[AuctionDesign, dict[str, Any]]] = {
        "menu": (BIDS, {}),
        "deterministic": (BIDS, {"lotteries": False}),
        "bic": (TWO, {"mechanism": "bic"}),
        "dsic": (TWO, {"mechanism": "dsic"}),
        "item": (ITEM, {"mechanism": "bic"}),
        "drawn": (WORLD, {"method": "tariff", "draws": 300, "report_draws": 3000}),
        "sizes": (SQUARE, {"method": "size_prices", "draws": 300, "report_draws": 3000}),
    }
    instance, options = asked[name]
    return instance, solved(instance, **options)


def broken(design: AuctionDesign, lie: Result[DesignSolution]) -> dict[str, str]:
    """Return condition -> words of what a lie breaks."""
    return {check.id: check.worst for check in verify(design, lie).failures}


def with_(result: Result[DesignSolution], **changes: Any) -> Result[DesignSolution]:
    """Return an answer with other fields; where the revenue is another one, so is the objective."""
    assert result.solution is not None
    changed = replace(result.solution, **changes)
    return replace(result, solution=changed, objective=changed.revenue)


@pytest.mark.parametrize("name", ["menu", "deterministic", "bic", "dsic", "item", "drawn", "sizes"])
def test_what_is_right_is_valid(name: str) -> None:
    assert verify(*answer(name)).valid


@pytest.mark.parametrize("name", ["menu", "bic", "dsic", "item", "drawn", "sizes"])
@pytest.mark.parametrize(
    ("field", "condition"),
    [("revenue", "design.revenue"), ("welfare", "design.welfare")],
)
@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_a_figure_that_is_off_by_a_hundredth(
    name: str, field: str, condition: str, factor: float
) -> None:
    design, result = answer(name)
    lie = with_(result, **{field: factor * getattr(result.solution, field)})
    assert condition in broken(design, lie)


@pytest.mark.parametrize("name", ["menu", "bic", "drawn"])
def test_utilities_and_baselines_are_recomputed(name: str) -> None:
    design, result = answer(name)
    assert result.solution is not None
    others = dict(result.solution.baselines)
    some = next(iter(others))
    others[some] = replace(others[some], revenue=others[some].revenue * 1.01 + 0.01)
    found = broken(
        design,
        with_(
            result,
            bidder_utilities=result.solution.bidder_utilities + 0.01,
            baselines=others,
        ),
    )
    assert {"design.utilities", f"design.baseline-{some}"} <= set(found)


MENUS: dict[str, tuple[tuple[Menu | Tariff, ...], str]] = {
    "sells what is gone": (
        (Menu.deterministic(State(0, (1, 2)), np.array([[1, 0, 0]]) == 1, [2.0]),),
        "entry 0: sells item 0, which is gone",
    ),
    "sells more than is left": (
        (Menu.deterministic(State(0, None, 1), np.array([[1, 1, 0]]) == 1, [2.0]),),
        "entry 0: sells more than the 1 items left",
    ),
    "lottery above 1": (
        (Menu(State(), np.ones((1, 2, 3), np.bool_), np.array([[0.6, 0.5]]), np.array([2.0])),),
        "entry 0: probabilities sum to 1.1",
    ),
    "negative probability": (
        (Menu(State(), np.ones((1, 2, 3), np.bool_), np.array([[1.2, -0.2]]), np.array([2.0])),),
        "a lottery has a negative probability",
    ),
    "negative fee": ((Tariff(State(), -1.0, np.ones(3)),), "negative"),
    "two menus in one state": ((Tariff(State(), 1.0), Tariff(State(), 2.0)), "two menus"),
    "no such number left": ((Tariff(State(0, None, 4), 1.0),), "4 of 3 items cannot be left"),
    "an item named twice": ((Tariff(State(0, (1, 1)), 1.0),), "an item is named twice"),
}


@pytest.mark.parametrize("name", MENUS)
def test_menus_that_are_none(name: str) -> None:
    menus, words = MENUS[name]
    design, result = answer("menu")
    mechanism = SequentialMechanism(3, (0,), menus)
    found = broken(design, with_(result, mechanism=mechanism))
    assert words in found["design.form"]
    assert result.solution is not None
    others = dict(result.solution.baselines)
    others["tariff"] = replace(others["tariff"], mechanism=mechanism)
    assert words in broken(design, with_(result, baselines=others))["design.baselines"]


def direct(result: Result[DesignSolution]) -> DirectMechanism:
    assert result.solution is not None
    assert isinstance(result.solution.mechanism, DirectMechanism)
    return result.solution.mechanism


LIARS = {"bic": (0, 1), "dsic": (1, 0)}
"""Bidder and type that are as well off with a lie."""


@pytest.mark.parametrize("name", LIARS)
def test_one_profitable_misreport_is_named_with_its_gain(name: str) -> None:
    design, result = answer(name)
    mechanism, (i, t) = direct(result), LIARS[name]
    paid = mechanism.payments.copy()
    paid[mechanism.profiles[:, i] == t, i] += 0.25
    found = broken(design, with_(result, mechanism=replace(mechanism, payments=paid)))
    assert f"bidder {i} of type {t} gains 0.25" in found["design.incentives"]
    assert f"by reporting type {1 - t}" in found["design.incentives"]


def test_who_takes_part_does_not_lose() -> None:
    design, result = answer("bic")
    mechanism = direct(result)
    lie = with_(result, mechanism=replace(mechanism, payments=mechanism.payments + 0.5))
    found = broken(design, lie)
    assert "design.rationality" in found
    assert "design.incentives" not in found


def listed(mechanism: DirectMechanism, rows: list[int]) -> DirectMechanism:
    """Return a mechanism with the profiles of given rows only."""
    parts = [
        slice(int(a), int(b)) for a, b in zip(mechanism.atoms, mechanism.atoms[1:], strict=False)
    ]
    sizes = [parts[row].stop - parts[row].start for row in rows]
    return DirectMechanism(
        mechanism.ic,
        mechanism.profiles[rows],
        np.cumsum([0, *sizes]),
        np.concatenate([mechanism.chances[parts[row]] for row in rows]),
        np.concatenate([mechanism.owners[parts[row]] for row in rows]),
        mechanism.payments[rows],
    )


FORMS: dict[str, tuple[Callable[[DirectMechanism], DirectMechanism], str]] = {
    "a profile is missing": (
        lambda one: listed(one, [0, 1, 2]), "1 profiles of positive probability have no outcome",
    ),
    "a profile twice": (lambda one: listed(one, [0, 1, 2, 3, 3]), "a profile is listed twice"),
    "no such type": (
        lambda one: replace(one, profiles=one.profiles + 1), "a type that does not exist",
    ),
    "a lottery above 1": (
        lambda one: replace(one, chances=one.chances * 1.5), "probabilities sum to 1.5",
    ),
    "a negative probability": (
        lambda one: replace(one, chances=-one.chances), "a lottery has a negative probability",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_direct_mechanisms_that_are_none(name: str) -> None:
    change, words = FORMS[name]
    design, result = answer("bic")
    found = broken(design, with_(result, mechanism=change(direct(result))))
    assert words in found["design.form"]


def test_types_of_probability_0_have_no_outcome() -> None:
    types = [{"probability": w, "additive": [v]} for w, v in ((1, 1), (0, 5))]
    design = AuctionDesign(1, [{"types": types}])
    result = solved(design, mechanism="dsic", method="lp")
    mechanism = direct(result)
    one = np.zeros((1, 1), np.int64)
    more = DirectMechanism(
        "dsic", np.array([[0], [1]]), np.array([0, 1, 2]), np.ones(2),
        np.concatenate([one, one]), np.ones((2, 1)),
    )  # fmt: skip
    assert len(mechanism.profiles) == 1
    assert verify(design, result).valid
    found = broken(design, with_(result, mechanism=more))
    assert "a profile of probability 0" in found["design.form"]


def bounded(result: Result[DesignSolution], upper: float, data: Any) -> Result[DesignSolution]:
    """Return an answer with another bound and other evidence."""
    certificate = BoundCertificate(upper, "certified", "forged", data)
    bounds = Bounds(lower=result.bounds.lower, upper=upper, source="certified")
    return replace(result, bounds=bounds, certificate=certificate)


@pytest.mark.parametrize("name", ["menu", "bic", "dsic"])
def test_a_bound_below_the_optimum(name: str) -> None:
    design, result = answer(name)
    worse = solved(design, method="grand_bundle", baselines=False)
    assert worse.objective is not None
    assert result.objective is not None
    assert worse.objective < result.objective - 0.01
    certificate = result.certificate
    assert isinstance(certificate, BoundCertificate)
    lie = replace(worse, status=Status.SOLVED)
    assert "design.bound" in broken(design, bounded(lie, worse.objective, certificate.data))
    assert "design.bound" in broken(design, bounded(lie, worse.objective, {}))
    honest = bounded(lie, result.bounds.upper, certificate.data)
    if name == "menu":
        assert "design.optimal" in broken(design, honest)


@pytest.mark.parametrize("name", ["menu", "bic", "dsic"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda flow: -1.0 - flow, "is negative"),
        (lambda flow: flow + np.eye(flow.shape[-1], k=1), "more than it has"),
        (lambda flow: flow[..., :-1], "have shape"),
        (lambda flow: np.full(flow.shape, np.nan), "negative or no number"),
    ],
)
def test_flows_that_prove_nothing(name: str, change: Any, words: str) -> None:
    design, result = answer(name)
    assert isinstance(result.certificate, BoundCertificate)
    flows = [change(np.array(one, np.float64)).tolist() for one in result.certificate.data["flows"]]
    found = broken(design, bounded(result, result.bounds.upper, {"flows": flows}))
    assert words in found["design.flows"]


def test_an_estimate_is_never_the_best() -> None:
    design, result = answer("drawn")
    assert "design.solved" in broken(design, replace(result, status=Status.SOLVED))


def test_an_estimate_says_on_which_draws() -> None:
    design, result = answer("drawn")
    for lost in ("report_draws", "report_seed", "revenue_interval"):
        assert "design.report" in broken(design, with_(result, **{lost: None}))
    assert result.solution is not None
    assert result.solution.revenue_interval is not None
    low, high = result.solution.revenue_interval
    found = broken(design, with_(result, revenue_interval=(low, low + 0.9 * (high - low))))
    assert "design.interval" in found
    assert "design.exact" in broken(design, with_(result, revenue_exact=True))
    other = (result.solution.report_seed or 0) + 1
    assert "design.revenue" in broken(design, with_(result, report_seed=other))


def test_the_class_that_is_named() -> None:
    design, result = answer("bic")
    for name in ("menu", "deterministic menu", "sequential", "dsic"):
        assert "design.class" in broken(design, with_(result, among=name)), name
    lottery = eqsolve.load("catalog:lotteries-help")
    assert "design.class" in broken(lottery, with_(solved(lottery), among="deterministic menu"))
    asked, told = answer("deterministic")
    assert "design.class" in broken(asked, with_(told, among="menu"))


def test_a_mechanism_of_other_items() -> None:
    design, result = answer("menu")
    other = SequentialMechanism(2, (0,), (Tariff(State(), 1.0),))
    found = broken(design, with_(result, mechanism=other))
    assert "over 2 items, there are 3" in found["design.form"]


def test_to_sell_nothing_is_a_mechanism() -> None:
    design, result = answer("menu")
    lie = replace(
        result, status=Status.NO_EQUILIBRIUM, solution=None, objective=None, bounds=Bounds(),
        certificate=None,
    )  # fmt: skip
    assert "design.exists" in broken(design, lie)


def stored(folder: Path) -> tuple[str, str, dict[str, Any]]:
    """Return an instance file, a solution file with a large menu beside it, and what that says."""
    design = AuctionDesign(50, [{"world": {"kind": "regions", "seed": 1}}])
    found = solved(design, method="grand_bundle", report_draws=200, draws=200, baselines=False)
    rng = np.random.default_rng(0)
    menu = Menu(State(), rng.random((450, 1, 50)) < 0.4, np.ones((450, 1)), rng.random(450))
    mechanism = SequentialMechanism(50, (0,), (menu,))
    told = eqsolve.revenue(mechanism, design, 200, found.solution.report_seed)
    claim = with_(
        found, mechanism=mechanism, revenue=told.revenue, welfare=told.welfare,
        bidder_utilities=told.utilities, revenue_interval=told.interval,
    )  # fmt: skip
    claim = replace(claim, bounds=Bounds(), certificate=None)
    names = str(folder / "design.json"), str(folder / "solution.json")
    eqsolve.save(design, names[0])
    eqsolve.save_solution(design, claim, names[1])
    return *names, json.loads(Path(names[1]).read_text())


def test_archives_beside_a_solution_are_not_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    design, solution, document = stored(folder)
    assert verify_file(design, solution).valid
    reference = document["mechanism"]["menus"][0]["arrays"]
    name = reference["file"]

    def refused(words: str) -> None:
        Path(solution).write_text(json.dumps(document))
        with pytest.raises(eqsolve.FormatError, match=words):
            verify_file(design, solution)

    (tmp_path / name).write_bytes((folder / name).read_bytes())
    for outside in (f"../{name}", str(tmp_path / name)):
        reference["file"] = outside
        refused("stay inside the folder")
    reference["file"] = name
    reference["sha256"] = "0" * 64
    refused("another SHA-256")
    del reference["sha256"]
    np.savez(folder / name, bundles=np.array([{}], dtype=object), weights=np.ones(1))
    refused("Python objects")
