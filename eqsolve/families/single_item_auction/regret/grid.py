"""Regret on a grid of types and bids, where no proof is known, as of affiliated values (CERT-G).

The state given a type is integrated by quadrature, and types between those of the grid are not
looked at: no proof. O(types * bids * states).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import Monotone
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.interim import crra, lots
from eqsolve.families.single_item_auction.solution import Strategy
from eqsolve.families.single_item_auction.states import states_given

__all__ = ["grid_regrets"]

_TYPES, _BIDS = 129, 513


def grid_regrets(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
) -> tuple[FloatArray, FloatArray]:
    """Return types and the regrets found on a grid of types and bids (CERT-G)."""
    own = strategies[classes[bidder]]
    low, high = auction.values.support(bidder)
    inner = np.linspace(low, high, _TYPES + 2)[1:-1]
    types = np.unique(np.clip(np.concatenate([inner, own.values]), low + 1e-9, high - 1e-9))
    if len(types) > 2 * _TYPES:
        types = types[:: len(types) // _TYPES]
    top = max(float(strategy.bids.max()) for strategy in strategies if strategy.bids is not None)
    top = max(top, auction.reserve)
    bids = np.linspace(auction.reserve, max(top * 1.02, auction.reserve + 1e-9), _BIDS)
    if auction.bids is not None:
        bids = auction.bids.bids[auction.bids.bids >= auction.reserve]
    rho = auction.risk[bidder]
    offered = own.bids_at(types)
    regrets = np.zeros(len(types))
    for j, (value, bid) in enumerate(zip(types.tolist(), offered.tolist(), strict=True)):
        shifts, weights = states_given(auction, bidder, value)
        if not len(shifts):
            continue
        here = bids
        held = bid >= auction.reserve  # not so where the type stays out
        if held:
            here = np.sort(np.append(bids, bid))
        worth = shifts if auction.values.model == "common" else np.full(len(shifts), value)
        gains = weights @ _conditional(auction, strategies, classes, bidder, shifts, here, worth)
        if rho:
            gains = np.where(gains > 0, np.maximum(gains, 0.0) ** (1 / (1 - rho)), gains)
        kept = float(gains[np.searchsorted(here, bid)]) if held else 0.0
        regrets[j] = max(0.0, float(gains.max(initial=0.0))) - kept
    return types, np.maximum(regrets, 0.0)


def _conditional(
    auction: SingleItemAuction,
    strategies: Sequence[Strategy],
    classes: Sequence[int],
    bidder: int,
    shifts: FloatArray,
    bids: FloatArray,
    worth: FloatArray,
) -> FloatArray:
    """Return the utility from each bid in each state, shape (states, bids)."""
    rho = auction.risk[bidder]
    nodes, weights = lots(auction.n_bidders - 1)
    product = np.ones((len(nodes), len(shifts), len(bids)))
    most = np.ones((len(shifts), len(bids)))
    for c, strategy in enumerate(strategies):
        rivals = [i for i, place in enumerate(classes) if place == c and i != bidder]
        if not rivals:
            continue
        prior = auction.values.own(rivals[0])
        law = Monotone(strategy, prior, 0.0, auction.reserve)
        low = prior.cdf(law.types_below(bids) - shifts[:, None])
        high = prior.cdf(law.types_at_most(bids) - shifts[:, None])
        product *= (low + nodes[:, None, None] * (high - low)) ** len(rivals)
        most *= high ** len(rivals)
    win = np.tensordot(weights, product, axes=1)
    if auction.format == "all_pay":
        return worth[:, None] * win - bids
    found = crra(worth[:, None] - bids, rho) * win
    if auction.price_rank == 2:
        # By parts as in `interim.utilities`, with the mean chance of both ends of a cell.
        prices = np.concatenate([[auction.reserve], bids])
        before = np.concatenate([most[:, :1], most], axis=1)
        fall = -np.diff(crra(worth[:, None] - prices, rho), axis=1)
        found += np.cumsum((before[:, 1:] + before[:, :-1]) / 2 * fall, axis=1)
    return found
