"""Tariffs one after the other: item prices and an entry fee by bidder and number of items left.

What the seller earns later is estimated as a sum over the items left and a term for their number,
fitted to what is earned from states that were met (one-step targets under hard choice). Backwards
over the bidders, item prices lie between what an item brings later and its posted price; the fee is
the best one beside them (SEQ-8). States are those met in play of posted prices, then of the first
tariffs found. A search: nothing says that the result is the best, and states are never listed, so
that there may be hundreds of items.

Cost: rounds x bidders x numbers of items left x 9 looks at some thousand types.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.pricing import best_price
from eqsolve.families.auction_design.playing.demand import Taken, take_from_tariff
from eqsolve.families.auction_design.playing.runs import play_types
from eqsolve.families.auction_design.solution.mechanism import (
    Menu,
    SequentialMechanism,
    State,
    Tariff,
)

__all__ = ["sequence_tariff"]

_RUNS = 4000
"""Runs in which states are met."""

_LEAST = 500
"""Types at least that meet the states of one number of items left."""

_ROUNDS = 2

_BETWEEN = (0.0, 0.1, 0.2, 0.3, 0.4, 0.55, 0.7, 0.85, 1.0)
"""Where item prices lie between what an item brings later and its posted price."""


@dataclass(frozen=True, slots=True)
class _Later:
    """What is earned later from a set of items left: a sum over items, and a term by number."""

    by_item: FloatArray
    by_number: FloatArray

    def of(self, left: BoolArray) -> FloatArray:
        """Return it for rows of items left, shape (N,)."""
        found: FloatArray = left @ self.by_item + self.by_number[left.sum(axis=1)]
        return found

    def lost(self, number: int) -> FloatArray:
        """Return by how much it falls with each item, when so many are left; shape (m,)."""
        step = float(self.by_number[number] - self.by_number[number - 1])
        return np.maximum(self.by_item + step, 0.0)


def _fitted(left: BoolArray, earned: FloatArray) -> _Later:
    """Return the estimate that comes closest to what was earned."""
    m = left.shape[1]
    count = left.sum(axis=1)
    features = np.concatenate([left, count[:, None] == np.arange(m + 1)], axis=1)
    found = np.linalg.lstsq(features.astype(np.float64), earned, rcond=None)[0]
    numbers = np.unique(count)
    by_number = np.interp(np.arange(m + 1), numbers, found[m + numbers])
    return _Later(np.asarray(found[:m], np.float64), by_number)


def sequence_tariff(
    posted: SequentialMechanism, fits: tuple[Fit, ...], deadline: Deadline
) -> SequentialMechanism:
    """Return tariffs for each bidder and number of items left, found from posted prices.

    Parameters
    ----------
    posted : a tariff of item prices for each bidder, in the order, whatever is left.
    fits : types of each bidder.
    deadline : when to stop; the posted prices, or the first tariffs, are the answer then.
    """
    mechanism = posted
    rng = np.random.Generator(np.random.PCG64(0))  # says which types meet which states
    for _ in range(_ROUNDS):
        states = _met(mechanism, fits, rng)
        later = _Later(np.zeros(posted.n_items), np.zeros(posted.n_items + 1))
        menus: list[Menu | Tariff] = []
        for base in reversed(posted.menus):
            assert isinstance(base, Tariff)
            bidder = base.state.bidder
            left, fit = states[bidder], fits[bidder]
            tariffs = []
            for number in np.unique(left.sum(axis=1)).tolist():
                if deadline.expired():
                    return mechanism
                if number:
                    some = left[left.sum(axis=1) == number]
                    some = some[np.arange(max(len(some), _LEAST)) % len(some)]
                    types = _drawn(fit, len(some), rng)
                    tariffs.append(_best(types, base, some, number, later))
            menus = [*tariffs, base, *menus]
            whole = SequentialMechanism(posted.n_items, posted.order, (*tariffs, base))
            types = _drawn(fit, len(left), rng)
            later = _fitted(left, _earned(whole, bidder, types, left, later))
        mechanism = SequentialMechanism(posted.n_items, posted.order, tuple(menus))
    return mechanism


def _drawn(fit: Fit, n: int, rng: np.random.Generator) -> Valuations:
    """Return n types, drawn from those of a bidder."""
    return fit.types.take(rng.choice(len(fit.types), n, p=fit.weights))


def _met(
    mechanism: SequentialMechanism, fits: tuple[Fit, ...], rng: np.random.Generator
) -> dict[int, BoolArray]:
    """Return the items left when each bidder comes, in some runs."""
    types = tuple(_drawn(fit, _RUNS, rng) for fit in fits)
    bundles = play_types(mechanism, types, rng).bundles
    left = np.ones((_RUNS, mechanism.n_items), dtype=np.bool_)
    found = {}
    for bidder in mechanism.order:
        found[bidder] = left
        left = left & ~bundles[:, bidder]
    return found


def _best(types: Valuations, base: Tariff, left: BoolArray, number: int, later: _Later) -> Tariff:
    """Return the best of some tariffs for one number of items left."""
    assert base.item_prices is not None
    state = State(base.state.bidder, None, number)
    even = np.full(len(left), 1 / len(left))
    nothing = later.of(left)
    floor = np.minimum(later.lost(number), base.item_prices)
    best, most = Tariff(state, 0.0, np.full(left.shape[1], np.inf)), float(nothing.mean())
    for share in _BETWEEN:
        sold = np.isfinite(base.item_prices)
        prices = np.full(left.shape[1], np.inf)
        prices[sold] = floor[sold] + share * (base.item_prices[sold] - floor[sold])
        taken = take_from_tariff(types, Tariff(state, 0.0, prices), left)
        surplus = taken.values - taken.payments
        brings = taken.payments + later.of(left & ~taken.bundles)
        fee, earns = best_price(surplus, even, otherwise=nothing, extra=brings)
        if earns > most:
            best, most = Tariff(state, fee, prices), earns
    return best


def _earned(
    mechanism: SequentialMechanism,
    bidder: int,
    types: Valuations,
    left: BoolArray,
    later: _Later,
) -> FloatArray:
    """Return what one bidder pays in each state, and what is earned later by the estimate."""
    earned = later.of(left)
    for number in np.unique(left.sum(axis=1)).tolist():
        rows = np.flatnonzero(left.sum(axis=1) == number)
        tariff = mechanism.menu(bidder, tuple(np.flatnonzero(left[rows[0]]).tolist()))
        assert isinstance(tariff, Tariff)
        taken: Taken = take_from_tariff(types.take(rows), tariff, left[rows])
        earned[rows] = taken.payments + later.of(left[rows] & ~taken.bundles)
    return earned
