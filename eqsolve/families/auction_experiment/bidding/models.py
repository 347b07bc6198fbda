"""Strategies of bidders who are no equilibrium players: theory page, section 5.

**crra**: AUC-2 with ``alpha = (n - 1) / (1 - rho)``, where whole numbers are taken for the interval
between them. **level_k**: the best reply to bidders one level below, the least of several; a type
for whom every bid is worse than staying out stays out. **quantal**: the fixed point of ``P(b | v) ~
exp(lambda U(v, b))``, by damped iteration. The last two on finite auctions, at O(types * bids *
states) an iteration.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import BackendError, UnsupportedError
from eqsolve.families.auction_experiment.bidding.equilibrium import equilibrium_of
from eqsolve.families.auction_experiment.bidding.finite import FiniteBeliefs
from eqsolve.families.auction_experiment.instance import (
    Bidder,
    Crra,
    Equilibrium,
    LevelK,
    Quantal,
)
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Integers, Prior, Uniform
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["strategy_of"]

_STEPS = 100_000
_CLOSE = 1e-12


def strategy_of(
    bidder: Bidder,
    seat: int,
    auction: SingleItemAuction,
    equilibrium: SingleItemAuctionSolution | None,
) -> Strategy | None:
    """Return the strategy that a bidder follows; None where its bids are a plain formula.

    Parameters
    ----------
    bidder, seat : who, and in which place.
    auction : in which auction.
    equilibrium : of it, where anybody needs it and there is one.

    Raises
    ------
    UnsupportedError : nobody knows the strategy.
    """
    bidder = bidder.undisturbed
    if isinstance(bidder, Equilibrium):
        if auction.format == "english" and auction.values.model == "common":
            return None
        if equilibrium is None:
            reason = f"no equilibrium of the auction is known, which bidder {seat} needs"
            raise UnsupportedError("play", reason)
        return equilibrium.strategy_of(seat)
    if isinstance(bidder, Crra):
        return _averse(bidder, auction)
    if isinstance(bidder, LevelK):
        return _level(bidder, auction)
    if isinstance(bidder, Quantal):
        return _quantal(bidder, auction)
    return None


def _averse(bidder: Crra, auction: SingleItemAuction) -> Strategy:
    """Return the strategy of AUC-2."""
    prior = _smooth(auction.values.own(0))
    values = {"model": "private", "prior": prior.to_dict()}
    n, rho = auction.n_bidders, bidder.rho
    alone = SingleItemAuction("first_price", n, values, reserve=auction.reserve, risk=rho)
    found = equilibrium_of(alone)
    if found is None:
        raise UnsupportedError("play", f"AUC-2 is not known for {prior.to_dict()}")
    return found.strategies[0]


def _smooth(prior: Prior) -> Prior:
    """Return whole numbers as the interval between them, and other priors as they are."""
    if isinstance(prior, Integers):
        return Uniform(float(prior.low), float(prior.high))
    return prior


def _level(bidder: LevelK, auction: SingleItemAuction) -> Strategy:
    """Return the strategy of a level."""
    beliefs = FiniteBeliefs(auction)
    table = beliefs.random() if bidder.level0 == "random" else beliefs.truthful()
    for _ in range(bidder.k):
        table = beliefs.best_reply(table)
    return beliefs.strategy(table)


def _quantal(bidder: Quantal, auction: SingleItemAuction) -> Strategy:
    """Return the strategy of a quantal response equilibrium."""
    beliefs = FiniteBeliefs(auction)
    table = beliefs.random()
    step, distance = 1.0, np.inf
    for _ in range(_STEPS):
        wanted = softmax(bidder.precision * beliefs.utilities(table))
        change = float(np.abs(wanted - table).max())
        if change <= _CLOSE:
            return beliefs.strategy(wanted)
        if change > distance * 0.999:
            step = max(step * 0.7, 1e-3)
        distance = change
        table = table + step * (wanted - table)
    raise BackendError(f"quantal responses with lambda {bidder.precision:g} do not settle")


def softmax(amounts: FloatArray) -> FloatArray:
    """Return rows of probabilities in proportion to the exponentials of rows of amounts."""
    powers = np.exp(amounts - amounts.max(axis=1, keepdims=True))
    found: FloatArray = powers / powers.sum(axis=1, keepdims=True)
    return found
