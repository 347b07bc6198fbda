"""The bids of a bidder by rule in all rounds, from its types and its own random numbers.

Number 0 of a seat picks among bids where a rule leaves that to chance; number k > 0 is the noise of
the k-th layer from inside. Cost: O(rounds), or O(rounds log T) for a strategy with T breakpoints.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.auction_experiment.bidding.cursed import cursed_bids
from eqsolve.families.auction_experiment.instance import (
    AuctionExperiment,
    Bidder,
    Cursed,
    Fixed,
    Noisy,
    Random,
    Shade,
    Truthful,
)
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["bids_of", "layers_of"]


def layers_of(bidder: Bidder) -> int:
    """Return how many layers of noise a bidder has."""
    return 1 + layers_of(bidder.of) if isinstance(bidder, Noisy) else 0


def bids_of(
    bidder: Bidder,
    experiment: AuctionExperiment,
    types: FloatArray,
    uniforms: FloatArray,
    strategy: Strategy | None,
) -> FloatArray:
    """Return what a bidder by rule bids.

    Parameters
    ----------
    bidder : by rule.
    experiment : its auction and number of rounds are read.
    types : its type in each round, shape (N,).
    uniforms : its own numbers, shape (N, own).
    strategy : the one it follows, where its bids are no plain formula.

    Returns
    -------
    bids : shape (N,), NaN where it stays out.
    """
    amounts = Amounts(experiment.auction)
    if isinstance(bidder, Noisy):
        base = bids_of(bidder.of, experiment, types, uniforms, strategy)
        return amounts.nearest(amounts.clipped(_disturbed(bidder, base, uniforms)))
    if isinstance(bidder, Fixed):
        listed = np.array(bidder.bids, dtype=np.float64)  # None becomes NaN
        return np.tile(listed, len(types) // len(listed))
    if isinstance(bidder, Random):
        assert experiment.auction.bids is not None
        bids = experiment.auction.bids.bids
        picked: FloatArray = bids[np.floor(uniforms[:, 0] * len(bids)).astype(np.int64)]
        return picked
    if isinstance(bidder, Shade):
        return amounts.floor(bidder.factor * types)
    if isinstance(bidder, Cursed):
        return amounts.nearest(cursed_bids(experiment.auction, bidder.chi, types))
    if strategy is None:  # truthful, or the first to leave an open clock with a common value
        assert isinstance(bidder, Truthful) or experiment.auction.format == "english"
        return amounts.nearest(types)
    if strategy.mixed is None:
        return amounts.nearest(strategy.bids_at(types))
    pairs = zip(types.tolist(), uniforms[:, 0].tolist(), strict=True)
    found = [strategy.bid(value, u) for value, u in pairs]
    return amounts.nearest(np.array(found, dtype=np.float64))


def _disturbed(bidder: Noisy, base: FloatArray, uniforms: FloatArray) -> FloatArray:
    """Return bids with the noise of one layer; who stays out goes on to."""
    from scipy.special import ndtri

    noise = ndtri(uniforms[:, layers_of(bidder)])
    if bidder.sd is not None:
        return base + (bidder.sd * noise if bidder.sd else 0.0)
    assert bidder.log_sd is not None
    return base * (np.exp(bidder.log_sd * noise) if bidder.log_sd else 1.0)
