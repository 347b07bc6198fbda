"""SEQ-1 to SEQ-9 have teeth: of each claim a broken variant is refuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from eqsolve import AuctionDesign
from eqsolve.families.auction_design import theorems_sequential as claims
from eqsolve.families.auction_design.theorems_sequential import SEQUENTIAL
from eqsolve.theorems import attack


def _pays_twice(right: Any) -> Any:
    def played(mechanism: Any, types: Any, rng: Any) -> Any:
        runs = right(mechanism, types, rng)
        return SimpleNamespace(
            bundles=runs.bundles, payments=2 * runs.payments,
            utilities=runs.utilities - runs.payments,
        )  # fmt: skip

    return played


def _other_order(right: Any) -> Any:
    return lambda first, second: right(second, first)


def _without_what_follows(right: Any) -> Any:
    return lambda values, weights, later: right(values, weights, 0 * later)


def _far_below(right: Any) -> Any:
    return lambda instance, **options: right(instance, strict=0.2, **options)


def _last_bidder_alone(right: Any) -> Any:
    return lambda values, weights, otherwise: right(values, weights)


def _order_as_given(right: Any) -> Any:
    def revenue(instance: Any, **options: Any) -> Any:
        return right(instance, **{name: o for name, o in options.items() if name != "order"})

    return revenue


def _from_the_back(right: Any) -> Any:
    def backwards(instance: Any) -> Any:
        prices, values = right(instance)
        return prices[::-1], values

    return backwards


def _free_entry(right: Any) -> Any:
    return lambda types, tariff, left: right(types, replace(tariff, fee=0.0), left)


def _one_lot(right: Any) -> Any:
    return lambda instance: {"simultaneous_myerson": right(instance)["grand_bundle"]}


def _half(right: Any) -> Any:
    return lambda *given: (0.0, 0.5 * right(*given)[1])


def _first_order(right: Any) -> Any:
    return lambda instance, order: right(instance, (0, 1))


@pytest.mark.parametrize(
    ("id", "part", "wrong"),
    [
        ("SEQ-1", "play_types", _pays_twice),
        ("SEQ-2", "history_program", _other_order),
        ("SEQ-3", "full_program", _without_what_follows),
        ("SEQ-3a", "solved", _far_below),
        ("SEQ-4", "best_price", _last_bidder_alone),
        ("SEQ-7", "one_price_backwards", _from_the_back),
        ("SEQ-8", "take_from_tariff", _free_entry),
    ],
)
def test_what_is_made_false_is_refuted(
    id: str, part: str, wrong: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, part, wrong(getattr(claims, part)))
    found = attack(named(id), examples=300)
    assert found.refuted, found.verdict
    assert not found.broken, found.message


def test_items_that_differ_are_no_number() -> None:
    """SEQ-6 without its hypothesis."""
    found = attack(replace(named("SEQ-6"), strategy="menu_designs"), examples=300)
    assert found.refuted, found.verdict
    assert not found.broken, found.message


SIDES = AuctionDesign(2, [
    {"types": [{"probability": 1, "additive": [2, 1]}, {"probability": 1, "additive": [0, 3]}]},
    {"types": [{"probability": 1, "unit_demand": [4, 2]}, {"probability": 2, "additive": [1, 1]}]},
])  # fmt: skip
LAW = {"valuation": "additive", "items": {"uniform": [0, 1]}}
SQUARE = AuctionDesign(3, [{"distribution": LAW, "count": 3}])


@pytest.mark.parametrize(
    ("id", "instance", "part", "wrong"),
    [
        ("SEQ-5", SIDES, "revenue", _order_as_given),
        ("SEQ-5a", SIDES, "_in_order", _first_order),
        ("SEQ-9", SQUARE, "solved_with_others", _one_lot),
        ("SEQ-9a", SQUARE, "best_price", _half),
    ],
)
def test_what_is_made_false_differs_on_one_instance(
    id: str,
    instance: AuctionDesign,
    part: str,
    wrong: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A universal claim fails there once it is broken, and a witness is none any more."""
    theorem = named(id)
    right = theorem.claim(instance)
    monkeypatch.setattr(claims, part, wrong(getattr(claims, part)))
    broken = theorem.claim(instance)
    assert ((right is None), (broken is None)) == (not theorem.can_happen, theorem.can_happen)


def named(id: str) -> Any:
    """Return a claim."""
    return next(theorem for theorem in SEQUENTIAL if theorem.id == id)
