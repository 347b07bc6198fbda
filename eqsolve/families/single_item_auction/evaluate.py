"""What strategies lead to: expected revenue, efficiency and utilities, before types are known.

Every own type is met with the beliefs about the rivals in each state; types are the points of a
finite prior, or Gauss-Legendre nodes in the quantiles between the breakpoints of the strategy.
O(states * types * rivals), times a price integral for second and k-th prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import (
    BidLaw,
    FloatState,
    Monotone,
    finite_offers,
    laws_of,
    states_of,
)
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.interim import few_above, interim, lots, utilities
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Outlook", "outlook", "rivals_of"]

_FEWEST_PANELS, _NEAR = 96, 28
"""Panels of quantiles, and more of them at both ends."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expectations under given strategies.

    Parameters
    ----------
    revenue : money units.
    efficiency : chance that a bidder to whom the prize is worth most gets it.
    utility : of each bidder, under its own attitude to risk.
    """

    revenue: float
    efficiency: float
    utility: tuple[float, ...]


def rivals_of(
    laws: Sequence[BidLaw], classes: Sequence[int], bidder: int
) -> list[tuple[BidLaw, int]]:
    """Return the laws of a bidder's rivals with their numbers; `laws` are those of the classes."""
    counts = [0] * len(laws)
    for i, place in enumerate(classes):
        counts[place] += i != bidder
    return [(law, count) for law, count in zip(laws, counts, strict=True) if count]


def outlook(
    auction: SingleItemAuction, strategies: Sequence[Strategy], classes: Sequence[int]
) -> Outlook:
    """Return what strategies lead to.

    Parameters
    ----------
    strategies : one for each class; continuous ones never fall.
    classes : the strategy of each bidder.
    """
    members = [list(classes).index(c) for c in range(len(strategies))]  # one bidder of each class
    revenue = efficiency = 0.0
    utility = np.zeros(len(strategies))
    for state in states_of(auction):
        laws = laws_of(auction, strategies, classes, state)
        for c, member in enumerate(members):
            count = list(classes).count(c)
            paid, won, gained = _expected(auction, strategies, laws, classes, member, state)
            revenue += state.probability * count * paid
            efficiency += state.probability * count * won
            utility[c] += state.probability * gained
    return Outlook(
        float(revenue),
        float(min(1.0, max(0.0, efficiency))),
        tuple(float(utility[c]) for c in classes),
    )


def _own_types(
    auction: SingleItemAuction, strategy: Strategy, bidder: int, state: FloatState
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return types, accepted bids and chances of a bidder in a state; mixed bids stand apart."""
    if strategy.finite:
        types, bids, chances = finite_offers(auction, strategy, bidder, state)
        there = ~np.isnan(bids)
        return types[there], bids[there], chances[there]
    prior = auction.values.own(bidder)
    # Breakpoints are ends of panels; panels shrink towards both ends, where quantiles may be steep.
    near = np.geomspace(1e-10, 0.1, _NEAR)
    even = np.linspace(0, 1, _FEWEST_PANELS + 1)
    shares = np.concatenate([prior.cdf(strategy.values - state.shift), near, 1 - near, even])
    start = float(prior.cdf(strategy.values[0] - state.shift))
    ends = np.unique(np.clip(shares, start, 1.0))
    x, w = np.polynomial.legendre.leggauss(4)
    half = np.diff(ends) / 2
    u = ((ends[:-1] + half)[:, None] + half[:, None] * x).ravel()
    types = prior.quantile(u) + state.shift
    bids = strategy.bids_at(types)
    there = bids >= auction.reserve  # not so where the type stays out
    return types[there], bids[there], (half[:, None] * w).ravel()[there]


def _expected(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    laws: Sequence[BidLaw],
    classes: Sequence[int],
    bidder: int,
    state: FloatState,
) -> tuple[float, float, float]:
    """Return what a bidder pays, the chance that it wins as one worthy of it, and its utility."""
    types, bids, chances = _own_types(auction, strategies[classes[bidder]], bidder, state)
    if not len(types):
        return 0.0, 0.0, 0.0
    rivals = rivals_of(laws, classes, bidder)
    support, place = np.unique(bids, return_inverse=True)
    win, pay = (part[place] for part in interim(auction, rivals, support))
    worth = types if state.worth is None else np.full_like(types, state.worth)
    rho = auction.risk[bidder]
    gained = utilities(auction, rivals, bids, worth, rho) if rho else worth * win - pay
    rightly = win
    if state.worth is None:
        rightly = _rightly(auction, strategies, laws, classes, bidder, state, types, bids)
    return float(chances @ pay), float(chances @ rightly), float(chances @ gained)


def _rightly(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    laws: Sequence[BidLaw],
    classes: Sequence[int],
    bidder: int,
    state: FloatState,
    types: FloatArray,
    bids: FloatArray,
) -> FloatArray:
    """Return the chances to get the prize while no rival's value is greater.

    A rival does no harm if it bids less, or as much with a worse lot, and its value is not greater.
    """
    weak = []
    for c, law in enumerate(laws):
        rivals = [i for i, place in enumerate(classes) if place == c and i != bidder]
        if rivals:
            chances = _weak(auction, strategies[c], law, rivals[0], state, types, bids)
            weak.append((chances, len(rivals)))
    nodes, weights = lots(sum(count for _, count in weak))
    found = np.zeros(len(types))
    for t, weight in zip(nodes.tolist(), weights.tolist(), strict=True):
        reached = [low + t * (high - low) for (_, low, high), _ in weak]
        out = [np.minimum(part[0], z) for (part, _), z in zip(weak, reached, strict=True)]
        numbers = [count for _, count in weak]
        everyone = np.ones(len(types))
        for z, count in zip(reached, numbers, strict=True):
            everyone *= z**count
        if auction.price_rank > 2:  # nothing is sold where too few bids are accepted
            everyone -= few_above(out, reached, numbers, auction.price_rank - 2)
        found += weight * everyone
    return found


def _weak(
    auction: SingleItemAuction,
    strategy: Strategy,
    law: BidLaw,
    rival: int,
    state: FloatState,
    types: FloatArray,
    bids: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the chances that a rival of no greater value is out, bids less, or at most so much."""
    if isinstance(law, Monotone):
        prior = auction.values.own(rival)
        reserve = np.full(len(types), auction.reserve)
        ends = law.types_below(reserve), law.types_below(bids), law.types_at_most(bids)
        out, low, high = (prior.cdf(np.minimum(end, types) - state.shift) for end in ends)
        return out, low, high
    values, offered, chances = finite_offers(auction, strategy, rival, state)
    slack = 1e-12 * max(1.0, auction.scale)
    no_greater = values[None, :] <= types[:, None] + slack
    offered = np.nan_to_num(offered, nan=-np.inf)
    parts = (
        np.isneginf(offered)[None, :], offered[None, :] < bids[:, None],
        offered[None, :] <= bids[:, None],
    )  # fmt: skip
    out, low, high = ((no_greater & part) @ chances for part in parts)
    return out, low, high
