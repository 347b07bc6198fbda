"""One price in every state, exactly: for one item, or one of several alike (SEQ-4, SEQ-7).

With k items left that are worth independent draws of one law F to a bidder who wants one of them,
a price p is paid with chance 1 - F(p)**k. What is left is worth
``V(k) <- max_p (1 - F(p)**k) (p + V(k - 1)) + F(p)**k V(k)`` to the seller, backwards over the
bidders. Buyers at a tie buy.

Cost: n m states, each a few thousand prices.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw, Law
from eqsolve.families.auction_design.instance.laws import AdditiveLaw, Exponential, Uniform
from eqsolve.families.auction_design.methods.virtual import marginal_of, values_of

__all__ = ["has_one_price", "one_price_backwards"]

_GRID = 401
_ZOOMS = 7
"""Prices looked at in each of so many rounds, each between the neighbours of the best so far."""


def has_one_price(instance: AuctionDesign) -> bool:
    """Return whether all bidders want one item, of several whose values have one law."""
    return instance.n_items > 0 and all(_wants_one(law) for law in instance.laws)


def _wants_one(law: Law) -> bool:
    """Return whether a bidder's menu has one price, and its law is known as a formula."""
    if isinstance(law, FiniteLaw):
        return False
    one = law.n_items == 1 or (isinstance(law, AdditiveLaw) and law.demand == 1)
    return one and law.exchangeable and marginal_of(law) is not None


def one_price_backwards(instance: AuctionDesign) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return prices and values, for each bidder in the order, by the number of items left, 0 to m.

    Examples
    --------
    >>> law = AdditiveLaw((Uniform(0, 1),))
    >>> prices, values = one_price_backwards(AuctionDesign(1, [law] * 5))
    >>> round(float(values[0][1]), 4), [round(float(row[1]), 3) for row in prices]
    (0.6008, [0.775, 0.742, 0.695, 0.625, 0.5])
    """
    m = instance.n_items
    following = np.zeros(m + 1)
    prices: list[FloatArray] = []
    values: list[FloatArray] = []
    for bidder in reversed(instance.order):
        own, value = np.zeros((2, m + 1))
        for k in range(1, m + 1):
            lost = following[k] - following[k - 1]
            own[k], gain = _best(instance.laws[bidder], k, float(lost))
            value[k] = following[k] + gain
        following = value
        prices.insert(0, own)
        values.insert(0, value)
    return prices, values


def _best(law: Law, k: int, lost: float) -> tuple[float, float]:
    """Return the price that earns most above what is lost later, and how much that is."""
    finite = values_of(law)
    if finite is not None:
        candidates, shares = finite
        below = np.concatenate([[0.0], np.cumsum(shares)[:-1]])
        gains = (1 - below**k) * (candidates - lost)
        best = int(gains.argmax())
        if gains[best] <= 0:
            return float(candidates[-1]) + max(1.0, float(candidates[-1])), 0.0
        return float(candidates[best]), float(gains[best])
    marginal = marginal_of(law)
    assert isinstance(marginal, Uniform | Exponential)
    low, high = (max(marginal.low, 0.0), marginal.high) if isinstance(marginal, Uniform) else (
        0.0, lost + marginal.mean * (40 + np.log(k))
    )  # fmt: skip
    for _ in range(_ZOOMS):
        candidates = np.linspace(low, high, _GRID)
        gains = _sold(marginal, candidates, k) * (candidates - lost)
        best = int(gains.argmax())
        low, high = float(candidates[max(best - 1, 0)]), float(candidates[min(best + 1, _GRID - 1)])
    return float(candidates[best]), max(float(gains[best]), 0.0)


def _sold(marginal: Uniform | Exponential, prices: FloatArray, k: int) -> FloatArray:
    """Return how likely the best of k values is at least each price."""
    if isinstance(marginal, Uniform):
        below = np.clip((prices - marginal.low) / (marginal.high - marginal.low), 0.0, 1.0)
    else:
        below = -np.expm1(-prices / marginal.mean)
    found: FloatArray = 1 - below**k
    return found
