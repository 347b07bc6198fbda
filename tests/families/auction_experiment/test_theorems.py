"""AUC-12 and AUC-1 on played auctions; claims that are false are found."""

from __future__ import annotations

import pytest
from hypothesis import Phase, find, given, settings, strategies as st

import eqsolve.testing
from eqsolve.families.auction_experiment import theorems
from eqsolve.families.auction_experiment.rules import proxy
from eqsolve.families.auction_experiment.rules.clock import RisingClock
from eqsolve.families.auction_experiment.theorems import THEOREMS

SEARCH = settings(max_examples=400, phases=[Phase.generate], deadline=None, database=None)


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
@settings(max_examples=40)
@given(data=st.data())
def test_claims_hold(theorem: eqsolve.core.theorem.Theorem, data: st.DataObject) -> None:
    plan = data.draw(getattr(eqsolve.testing, theorem.strategy)())
    if theorem.applies(plan):
        assert theorem.claim(plan) is None


def refuted(id: str) -> None:
    """Assert that a search finds a plan of which a claim is false."""
    theorem = next(it for it in THEOREMS if it.id == id)
    strategy = getattr(eqsolve.testing, theorem.strategy)()
    plan = find(
        strategy, lambda it: theorem.applies(it) and theorem.claim(it) is not None, settings=SEARCH
    )
    assert theorem.claim(plan)


def test_a_price_without_its_increment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def price(self: proxy.ProxyBidding) -> float:
        bids = sorted(self.maxima, reverse=True)
        return max(self._start, bids[1]) if len(bids) > 1 else self._start

    monkeypatch.setattr(proxy.ProxyBidding, "price", property(price))
    refuted("AUC-12")


def test_a_close_that_comes_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(self: proxy.ProxyBidding) -> bool:
        self.period += self.period + 1 < self._rules.periods
        over, self._over = getattr(self, "_over", 0) + 1, 0
        self._over = over
        return over < self._rules.periods

    monkeypatch.setattr(proxy.ProxyBidding, "end_period", end)
    refuted("AUC-12-close")


def test_a_first_price_is_no_second_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        proxy.ProxyBidding, "price", property(lambda self: max(self._start, *self.maxima, 0))
    )
    refuted("AUC-12-once")


def test_a_clock_that_goes_on_for_the_last_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def hear(self: RisingClock, stays: dict[int, bool]) -> None:
        self._queue = [seat for seat in self._queue if seat not in stays]
        for seat, stay in stays.items():
            if not stay:
                self._active.remove(seat)
                self.exits[seat] = self.price
                last = (seat,)
        if not self._active:
            self.tops = last
        elif not (self._queue or self._next_price()):
            self.tops = tuple(self._active)

    monkeypatch.setattr(RisingClock, "hear", hear)
    refuted("AUC-1-clock")


def test_every_claim_says_what_it_needs() -> None:
    assert {theorem.id for theorem in theorems.THEOREMS} == {
        "AUC-12", "AUC-12-close", "AUC-12-once", "AUC-1-clock",
    }  # fmt: skip
