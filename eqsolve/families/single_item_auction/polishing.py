"""Mixed equilibria of small finite auctions to the last digits, from what play came near to.

On the right support a type is indifferent between its bids: as many equations as unknown chances,
solved by Newton's method from the average of play. The regret of the answer judges it.
O(unknowns) evaluations of all utilities a step.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import Atoms
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.interim import interim
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["polished"]

_MOST = 40
"""Bids of all types together up to which the equations are solved."""
_FLOORS = (1e-3, 3e-2, 0.15)
"""Shares up to which a bid is left out of the support, tried in turn."""


def polished(auction: SingleItemAuction, strategy: Strategy) -> list[Strategy]:
    """Return mixed strategies with the indifference of their supports, near a given one.

    Parameters
    ----------
    auction : equal risk-neutral bidders with private values from a finite prior.
    strategy : mixed, as play leaves it.
    """
    found = []
    for floor in _FLOORS:
        pairs = [
            (place, bid, share)
            for place in range(len(strategy.values))
            for bid, share in strategy.offers(place)
            if share > floor and bid is not None and bid >= auction.reserve
        ]
        types = {place for place, *_ in pairs}
        if len(types) == len(strategy.values) and len(pairs) <= _MOST:
            made = _indifferent(auction, strategy.values, pairs)
            if made is not None:
                found.append(made)
    return found


def _indifferent(
    auction: SingleItemAuction, values: FloatArray, pairs: list[tuple[int, float, float]]
) -> Strategy | None:
    """Return the strategy on a support whose types are indifferent, or None where there is none."""
    from scipy.optimize import root

    prior = auction.values.own(0)
    assert isinstance(prior, FinitePrior)
    places = np.array([place for place, *_ in pairs])
    bids, at = np.unique([bid for _, bid, _ in pairs], return_inverse=True)
    first = np.array([np.flatnonzero(places == place)[0] for place in range(len(values))])

    def residual(shares: FloatArray) -> FloatArray:
        weights = prior.probabilities[places] * shares
        masses = np.bincount(at, weights, len(bids)).astype(np.float64)
        win, pay = interim(auction, [(Atoms(bids, masses), auction.n_bidders - 1)], bids)
        gains = values[places] * win[at] - pay[at]
        off = gains - gains[first[places]]
        off[first] = np.bincount(places, shares, len(values)) - 1
        return np.asarray(off)

    start = np.array([share for *_, share in pairs])
    answer = root(residual, start, tol=1e-13)
    shares = np.asarray(answer.x)
    if not answer.success or (shares < -1e-9).any():
        return None
    shares = np.maximum(shares, 0.0)
    rows = []
    for place in range(len(values)):
        here = np.flatnonzero((places == place) & (shares > 1e-12))
        total = float(shares[here].sum())
        rows.append(tuple((pairs[k][1], float(shares[k]) / total) for k in here.tolist()))
    return Strategy(values, None, tuple(rows), finite=True)
