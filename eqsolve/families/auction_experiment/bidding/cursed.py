"""Cursed bidders in a second price auction with a common value (AUC-8, Eyster and Rabin 2005).

With V uniform on [lo, hi] and errors on [-a, a], a signal s leaves V uniform on ``[max(lo, s - a),
min(hi, s + a)]``. The equilibrium bids ``E[V | own signal s, highest rival signal s]``, which is
``s + a - ((n-1)/n) (w2^n - w1^n)/(w2^(n-1) - w1^(n-1))`` with ``w1 = max(0, s + a - hi)`` and ``w2
= min(2a, s + a - lo)``; who overlooks the share chi of what rivals know bids that much of ``E[V |
s]`` instead. Whole numbers are taken for the interval between them. O(1) a signal.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.values import CommonValues

__all__ = ["cursed_bids"]


def cursed_bids(auction: SingleItemAuction, chi: float, signals: FloatArray) -> FloatArray:
    """Return the amounts that cursed bidders bid.

    Parameters
    ----------
    auction : with a common value.
    chi : in [0, 1].
    signals : shape (N,).

    Examples
    --------
    >>> values = {"model": "common", "value": {"uniform": [0, 100]}, "noise": 12}
    >>> auction = SingleItemAuction("second_price", 4, values)
    >>> cursed_bids(auction, 0.0, np.array([50.0])).tolist()  # s - a (n - 2) / n
    [44.0]
    >>> cursed_bids(auction, 1.0, np.array([50.0])).tolist()
    [50.0]
    """
    assert isinstance(auction.values, CommonValues)
    low, high = auction.values.value.support
    a, n = auction.values.noise, auction.n_bidders
    signals = np.clip(signals, low - a, high + a)
    w1, w2 = np.maximum(0.0, signals + a - high), np.minimum(2 * a, signals + a - low)
    expected = signals + a - (w1 + w2) / 2
    if n == 1 or chi == 1:
        return expected
    # At equal ends the ratio of powers is 0 / 0, and its limit the point itself.
    width = w2 - w1
    safe = width > 1e-12 * max(2 * a, 1.0)
    bottom = np.where(safe, w2 ** (n - 1) - w1 ** (n - 1), 1.0)
    mean = np.where(safe, (n - 1) / n * (w2**n - w1**n) / bottom, w2)
    rational = signals + a - mean
    return (1 - chi) * rational + chi * expected
