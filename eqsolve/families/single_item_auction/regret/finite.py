"""Regret of finitely many types: every type against every bid, in floats (CERT-E, AUC-10).

Without a grid of bids those just above each rival's bid are looked at too: of all bids between two
of the rivals' the lowest are best, and are approached. O(states * types * bids).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import finite_offers, laws_of, states_of
from eqsolve.families.single_item_auction.evaluate import rivals_of
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import Rivals, interim, just_above, utilities
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["finite_regrets"]


def finite_regrets(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
) -> tuple[FloatArray, FloatArray]:
    """Return types and regrets where there are finitely many types."""
    own = strategies[classes[bidder]]
    types = own.values
    rho = auction.risk[bidder]
    bids = _deviations(auction, strategies)
    gains = np.zeros((len(types), 2 * len(bids)))  # of each bid, and of just above it
    chance = np.zeros(len(types))
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    above = auction.bids is None
    for state in states_of(auction):
        points, _, masses = finite_offers(auction, _constant(own), bidder, state)
        places = np.searchsorted(types, points)
        rivals = rivals_of(laws_of(auction, strategies, classes, state), classes, bidder)
        share = state.probability * masses
        np.add.at(chance, places, share)
        worth = types[places] if state.worth is None else np.full(len(places), state.worth)
        for side in (0, 1) if above else (0,):
            if not len(bids):
                continue
            table = _utility_table(
                auction, just_above(rivals) if side else rivals, bids, worth, rho
            )
            part = slice(side * len(bids), (side + 1) * len(bids))
            np.add.at(gains[:, part], places, share[:, None] * table)
    gains /= np.where(chance > 0, chance, 1.0)[:, None]
    if rho:
        gains = np.where(gains > 0, np.maximum(gains, 0.0) ** (1 / (1 - rho)), gains)
    used = gains[:, : len(bids)]
    best = np.maximum(gains.max(axis=1, initial=0.0), 0.0)
    held = np.array(
        [_held(own.offers(place), bids, used[place], rho) for place in range(len(types))]
    )
    return types, np.where(chance > 0, best - held, 0.0)


def _held(
    offers: Sequence[tuple[float | None, float]], bids: FloatArray, gains: FloatArray, rho: float
) -> float:
    """Return what a type's own bids are worth to it, in certainty equivalents."""
    total = 0.0
    for bid, share in offers:
        place = int(np.searchsorted(bids, bid)) if bid is not None else len(bids)
        if place < len(bids) and bids[place] == bid:
            gain = float(gains[place])
            total += share * (gain ** (1 - rho) if gain > 0 else gain)
    return total ** (1 / (1 - rho)) if total > 0 else total


def _constant(own: Strategy) -> Strategy:
    """Return a strategy with one offer for each type, so that types come once."""
    return Strategy(own.values, np.zeros(len(own.values)), finite=True)


def _deviations(auction: SingleItemAuction, strategies: Sequence[Strategy]) -> FloatArray:
    """Return the accepted bids to look at, rising."""
    used = {
        bid
        for strategy in strategies
        for place in range(len(strategy.values))
        for bid, _ in strategy.offers(place)
        if bid is not None
    }
    if auction.bids is not None:
        used |= set(auction.bids.bids.tolist())
    else:
        used.add(auction.reserve)
    return np.array(sorted(bid for bid in used if bid >= auction.reserve), dtype=np.float64)


def _utility_table(
    auction: SingleItemAuction, rivals: Rivals, bids: FloatArray, worth: FloatArray, rho: float
) -> FloatArray:
    """Return the utility of each worth from each bid, shape (worths, bids)."""
    if rho:
        rows = [
            utilities(auction, rivals, bids, np.full(len(bids), w), rho) for w in worth.tolist()
        ]
        return np.array(rows).reshape(len(worth), len(bids))
    win, pay = interim(auction, rivals, bids)
    return worth[:, None] * win - pay
