"""The claims of the theorems bite: each refuses answers for which it does not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from eqsolve import TradingNetwork
from eqsolve.families.trading_network import theorems

CLAIMS = {theorem.id: theorem.claim for theorem in theorems.THEOREMS}
NETWORK = TradingNetwork([[11, 11, 6], [3, 0, 12]], [(0, 0), (0, 1), (1, 0)])
STRANGERS = TradingNetwork([[5, 3], [4, 1]], [])
outcomes_of, curve_of = theorems._outcomes, theorems.fee_curve
solved_by = theorems.maximize_revenue


@pytest.mark.parametrize("theorem", ["REV-1", "REV-2", "REV-3", "REV-4", "REV-5"])
def test_claims_hold_where_they_should(theorem: str) -> None:
    assert CLAIMS[theorem](NETWORK) is None


def test_rev_1_a_set_that_earns_more_than_any_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    def richer(network: TradingNetwork, *, matchings: bool) -> list[Any]:
        found = outcomes_of(network, matchings=matchings)
        extra = [] if matchings else [replace(found[0], revenue=99)]
        return [*found, *extra]

    monkeypatch.setattr(theorems, "_outcomes", richer)
    assert "some set earns 99" in CLAIMS["REV-1"](NETWORK)


@pytest.mark.parametrize("method", ["exact", "plain"])
def test_rev_2_a_program_that_misses_the_best(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def short(network: TradingNetwork, **options: Any) -> Any:
        found = solved_by(network, **options)
        return replace(found, objective=0) if options["method"] == method else found

    monkeypatch.setattr(theorems, "maximize_revenue", short)
    assert f"{method} 0" in CLAIMS["REV-2"](NETWORK)


def test_rev_3_and_4_corners_that_earn_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    def poor(network: TradingNetwork) -> Any:
        curve = curve_of(network)
        return replace(curve, points=tuple(replace(point, revenue=0) for point in curve.points))

    monkeypatch.setattr(theorems, "fee_curve", poor)
    assert "earn only 0" in CLAIMS["REV-3"](NETWORK)
    assert "the best corner earns 0" in CLAIMS["REV-4"](NETWORK)


def test_rev_4_an_area_that_is_not_the_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    def larger(network: TradingNetwork) -> Any:
        curve = curve_of(network)
        return replace(curve, welfare_full=curve.welfare_full + 1)

    monkeypatch.setattr(theorems, "fee_curve", larger)
    assert "the integral of k is" in CLAIMS["REV-4"](NETWORK)


def test_rev_5_an_optimal_outcome_of_little_welfare(monkeypatch: pytest.MonkeyPatch) -> None:
    def wasteful(network: TradingNetwork, *, matchings: bool) -> list[Any]:
        found = outcomes_of(network, matchings=matchings)
        return [*found, replace(found[0], revenue=99, welfare=1)]

    monkeypatch.setattr(theorems, "_outcomes", wasteful)
    assert "earns most and has welfare 1" in CLAIMS["REV-5"](NETWORK)


def test_rev_6_a_best_revenue_without_full_welfare(monkeypatch: pytest.MonkeyPatch) -> None:
    goods = TradingNetwork([[3, 3], [2, 2]], [(0, 0), (1, 1)])
    assert CLAIMS["REV-6"](goods) is None

    def inefficient(network: TradingNetwork, *, matchings: bool) -> list[Any]:
        found = outcomes_of(network, matchings=matchings)
        return [*found, replace(found[0], revenue=99, welfare=0)]

    monkeypatch.setattr(theorems, "_outcomes", inefficient)
    assert "is not reached by any outcome" in CLAIMS["REV-6"](goods)


def test_rev_7_strangers_that_earn_less_than_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CLAIMS["REV-7"](STRANGERS) is None
    short = replace(solved_by(STRANGERS, method="no_known"), objective=1)
    monkeypatch.setattr(theorems, "maximize_revenue", lambda network, method: short)
    assert "earns 1, not 7" in CLAIMS["REV-7"](STRANGERS)
