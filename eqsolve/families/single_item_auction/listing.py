"""All pure equilibria of small finite auctions: every profile of class strategies is looked at.

Bids that are not accepted stand for one another: the least bid of the grid where it is below the
reserve, else staying out, which is left out where a bid of 0 is accepted (it is never worse).
Utilities are floats for all profiles at once; what floats cannot tell is settled in fractions.
O(profiles * types * bids).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.single_item_auction.beliefs import states_of
from eqsolve.families.single_item_auction.exact import exact_regret
from eqsolve.families.single_item_auction.finite_types import types_of
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import few_above, lots
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["Listing", "choices_of", "list_equilibria", "n_profiles"]

_AT_ONCE = 1 << 20
"""Utilities in floats at once."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found.

    Parameters
    ----------
    equilibria : each with one strategy for each class.
    looked_at : profiles looked at.
    complete : whether these are all profiles.
    """

    equilibria: tuple[tuple[Strategy, ...], ...]
    looked_at: int
    complete: bool


def choices_of(auction: SingleItemAuction) -> FloatArray:
    """Return the bids among which a type chooses, rising, NaN for staying out first."""
    assert auction.bids is not None
    grid = auction.bids.bids
    taken = grid[grid >= auction.reserve]
    if grid[0] < auction.reserve:
        return np.append(grid[0], taken)
    return np.append(np.nan, taken) if grid[0] > 0 else taken


def n_profiles(auction: SingleItemAuction, classes: Sequence[int]) -> float:
    """Return the number of profiles of class strategies, infinity where that is beyond floats."""
    options = len(choices_of(auction))
    count = sum(len(types_of(auction, list(classes).index(c))) for c in range(max(classes) + 1))
    return float(options) ** count if count * np.log10(max(options, 1)) < 300 else np.inf


def list_equilibria(
    auction: SingleItemAuction,
    classes: Sequence[int],
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Listing:
    """Return all pure equilibria in which the bidders of a class bid alike.

    Parameters
    ----------
    classes : the class of each bidder.
    stop : asked between parts; what was found so far is returned.

    Notes
    -----
    Risk aversion is taken at first and second prices; its powers are floats, and regrets up to
    1e-9 of the greatest value count as zero there.
    """
    members = [list(classes).index(c) for c in range(max(classes) + 1)]
    choices = choices_of(auction)
    types = [types_of(auction, member) for member in members]
    total = int(n_profiles(auction, classes))
    length = sum(len(part) for part in types)
    chunk = max(1, _AT_ONCE // max(1, length * len(choices)))
    found: list[tuple[Strategy, ...]] = []
    small = 1e-9 * max(1.0, auction.scale)
    places = len(choices) ** np.arange(length - 1, -1, -1, dtype=np.int64)
    start = 0
    while start < total and not stop():
        numbers = np.arange(start, min(total, start + chunk))
        picks = numbers[:, None] // places % len(choices)
        worst = _worst(auction, classes, members, types, choices, picks)
        for row in np.flatnonzero(worst <= small):
            strategies = _strategies(picks[row], types, choices)
            if any(auction.risk) or exact_regret(auction, strategies, classes) == Fraction(0):
                found.append(strategies)
        start += len(numbers)
    return Listing(tuple(found), start, start >= total)


def _strategies(
    picks: IntArray, types: Sequence[FloatArray], choices: FloatArray
) -> tuple[Strategy, ...]:
    """Return the strategies that a row of picks stands for."""
    ends = np.cumsum([0, *(len(part) for part in types)])
    return tuple(
        Strategy(part, choices[picks[ends[c] : ends[c + 1]]], finite=True)
        for c, part in enumerate(types)
    )


def _worst(
    auction: SingleItemAuction,
    classes: Sequence[int],
    members: Sequence[int],
    types: Sequence[FloatArray],
    choices: FloatArray,
    picks: IntArray,
) -> FloatArray:
    """Return the greatest regret of each profile."""
    refused = np.isnan(choices) | (choices < auction.reserve)
    bids = choices[~refused]
    first = int(refused.sum())
    ends = np.cumsum([0, *(len(part) for part in types)])
    chosen = [picks[:, ends[c] : ends[c + 1]] for c in range(len(members))]
    gains = [np.zeros((*part.shape, len(bids))) for part in chosen]
    weight = [np.zeros(len(part)) for part in types]
    for state in states_of(auction):
        laws = []
        for c, member in enumerate(members):
            chances = _given(auction, member, types[c], state.shift)
            law = np.zeros((len(picks), len(choices)))
            for t in range(len(types[c])):
                np.add.at(law, (np.arange(len(picks)), chosen[c][:, t]), chances[t])
            laws.append(law)
        for c, member in enumerate(members):
            chances = _given(auction, member, types[c], state.shift)
            if not len(bids):
                continue
            numbers = [list(classes).count(d) - (d == c) for d in range(len(members))]
            worth = types[c] if state.worth is None else np.full(len(types[c]), state.worth)
            share = state.probability * chances
            weight[c] += share
            table = _table(auction, laws, numbers, bids, first, worth, auction.risk[member])
            gains[c] += share[None, :, None] * table
    worst = np.zeros(len(picks))
    for c in range(len(members)):
        if not len(bids):
            break
        row = gains[c] / weight[c][None, :, None]
        best = np.maximum(row.max(axis=2), 0.0)
        place = np.maximum(chosen[c] - first, 0)
        held = np.take_along_axis(row, place[:, :, None], axis=2)[:, :, 0]
        held = np.where(chosen[c] < first, 0.0, held)
        worst = np.maximum(worst, (best - held).max(axis=1))
    return worst


def _given(auction: SingleItemAuction, bidder: int, types: FloatArray, shift: float) -> FloatArray:
    """Return the chance of each type in a state."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    found = np.zeros(len(types))
    places = np.searchsorted(types, prior.points + shift - 1e-9 * max(1.0, auction.scale))
    found[np.minimum(places, len(types) - 1)] = prior.probabilities
    return found


def _table(
    auction: SingleItemAuction,
    laws: Sequence[FloatArray],
    numbers: Sequence[int],
    bids: FloatArray,
    first: int,
    worth: FloatArray,
    rho: float,
) -> FloatArray:
    """Return utilities of worths from bids in all profiles, shape (profiles, types, bids)."""
    sums = [np.cumsum(law, axis=1) for law in laws]
    most = [part[:, first:] for part in sums]
    below = [part - law[:, first:] for part, law in zip(most, laws, strict=True)]
    out = [part[:, first - 1] if first else np.zeros(len(part)) for part in sums]
    nodes, weights = lots(sum(numbers))
    margin = worth[:, None] - bids
    if auction.format == "all_pay" or auction.price_rank == 1:
        win = np.zeros(most[0].shape)
        for t, w in zip(nodes.tolist(), weights.tolist(), strict=True):
            product = np.ones(win.shape)
            for low, high, number in zip(below, most, numbers, strict=True):
                product *= (low + t * (high - low)) ** number
            win += w * product
        if auction.format == "all_pay":
            return worth[None, :, None] * win[:, None, :] - bids
        utility = np.where(margin > 0, np.maximum(margin, 0.0) ** (1 - rho), margin)
        return utility[None] * win[:, None, :]
    rank = auction.price_rank
    prices = np.concatenate([[auction.reserve], bids])
    levels = worth[:, None] - prices
    levels = np.where(levels > 0, np.maximum(levels, 0.0) ** (1 - rho), levels)
    fall = -np.diff(levels, axis=1)  # what utility loses from one price to the next
    found = np.zeros((len(most[0]), len(worth), len(bids)))
    for t, w in zip(nodes.tolist(), weights.tolist(), strict=True):
        reach = [low + t * (high - low) for low, high in zip(below, most, strict=True)]
        for m in range(len(bids)):
            tops = [part[:, m] for part in reach]
            unsold = np.zeros(len(found))
            if rank > 2:
                floor = [np.minimum(o, z) for o, z in zip(out, tops, strict=True)]
                unsold = few_above(floor, tops, list(numbers), rank - 2)
            everyone = few_above(tops, tops, list(numbers), 0)
            found[:, :, m] += w * (everyone - unsold)[:, None] * levels[None, :, m + 1]
            for j in range(m + 1):  # no rival but rank - 2 above the prices up to bid j
                floor = [np.minimum(part[:, j], z) for part, z in zip(below, tops, strict=True)]
                cheap = few_above(floor, tops, list(numbers), rank - 2) - unsold
                found[:, :, m] += w * cheap[:, None] * fall[None, :, j]
    return found
