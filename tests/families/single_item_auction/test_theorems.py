"""The claims have teeth: of each a broken variant is refuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eqsolve.families.single_item_auction import theorems as claims
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.theorems import attack, theorems


def shaded(right: Any) -> Any:
    """Bid a little less than the equilibrium."""

    def solution(auction: Any) -> Any:
        found = right(auction)
        lower = tuple(
            Strategy(it.values, it.bids * 0.95, finite=it.finite) for it in found.strategies
        )
        return replace(found, strategies=lower, revenue=found.revenue * (1 + auction.reserve))

    return solution


BROKEN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "AUC-2": ("_solution", shaded),
    "AUC-3": ("_solution", shaded),
    "AUC-4": (
        "ranked_bids",
        lambda right: lambda v, prior, n, k: None if n < k else right(v, prior, n, k) * 1.05,
    ),
    "AUC-6": ("two_uniform_bids", lambda right: lambda x, own, other: x / 2),
    "AUC-7": ("affiliated_bids", lambda right: lambda a, k: (right(a, k)[0], right(a, k)[1] * 0.9)),
    "AUC-8": (
        "common_second_bids",
        lambda right: lambda s, low, high, noise, n: s - noise * (n - 2) / n,
    ),
    "AUC-10": (
        "interim",
        lambda right: (
            lambda auction, rivals, bids: (
                np.prod([np.ones(len(bids)), *(law.below(bids) ** n for law, n in rivals)], axis=0),
                right(auction, rivals, bids)[1],
            )
        ),
    ),
    "AUC-11": (
        "obviously_dominant",
        lambda right: (
            lambda auction, tick: right(auction, "in_turn" if tick == "at_once" else "at_once")
        ),
    ),
}


@pytest.mark.parametrize("id", BROKEN)
def test_what_is_broken_is_refuted(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, make = BROKEN[id]
    (theorem,) = theorems(id)
    monkeypatch.setattr(claims, name, make(getattr(claims, name)))
    found = attack(theorem, examples=300)
    assert found.refuted
    assert not found.broken


def test_bidding_the_value_is_not_dominant_at_first_prices() -> None:
    (theorem,) = theorems("AUC-1")
    wrong = replace(
        theorem,
        applies=lambda a: claims._small(a) and a.format == "first_price" and a.n_bidders > 1,
    )
    assert attack(wrong, examples=300).refuted


def test_a_reserve_breaks_the_equivalence_with_all_pay_auctions() -> None:
    (theorem,) = theorems("AUC-5")

    def claim(auction: Any) -> str | None:
        first, all_pay = (
            claims._solution(claims.in_format(auction, word)).revenue
            for word in ("first_price", "all_pay")
        )
        return None if abs(first - all_pay) < 1e-2 else f"{first} and {all_pay}"

    assert attack(replace(theorem, claim=claim), examples=300).refuted
