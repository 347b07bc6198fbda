"""The best menu without lotteries, by looking at every way to give bundles to types.

For a way to give them, the greatest prices are shortest paths; it is possible where no cycle of
types would gain by swapping. Exponential: for few types and bundles only.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import FiniteLaw
from eqsolve.families.auction_design.instance.bundles import all_bundles, numbers_of
from eqsolve.families.auction_design.instance.valuations import BidValuations

__all__ = ["best_deterministic"]

_MOST_WAYS = 60_000


def best_deterministic(
    law: FiniteLaw,
    poll: Callable[[], None],
    left: int | None = None,
    later: FloatArray | None = None,
) -> float | None:
    """Return the best revenue of a menu of bundles; None where there are too many ways.

    Parameters
    ----------
    left : the items that can be sold, as bits; None: all.
    later : shape (2**m,), what a set of items left is worth to the seller; None: 0.
    """
    whole = (1 << law.n_items) - 1
    left = whole if left is None else left
    alive = np.flatnonzero(law.probabilities > 0)
    types, shares = law.valuations.take(alive), law.probabilities[alive]
    if isinstance(types, BidValuations):
        bundles = np.concatenate([np.zeros((1, law.n_items), np.bool_), types.bundles])
        ends = types.starts.tolist()
        offered = [[0, *range(a + 1, b + 1)] for a, b in pairwise(ends)]
    elif law.n_items <= 4:
        bundles = all_bundles(law.n_items)
        offered = [list(range(len(bundles)))] * len(alive)
    else:
        return None
    numbers = numbers_of(bundles)
    offered = [[b for b in some if not numbers[b] & ~left] for some in offered]
    worth = np.zeros(len(bundles)) if later is None else later[left & ~numbers]
    ways = 1
    for some in offered:
        ways *= len(some)
    if ways > _MOST_WAYS:
        return None
    values = types.of(bundles)
    best = 0.0 if later is None else float(later[left])
    for count, way in enumerate(product(*offered)):
        if count % 256 == 0:
            poll()
        prices = _prices(values[:, list(way)])
        if prices is not None:
            best = max(best, float(shares @ (prices + worth[list(way)])))
    return best


def _prices(gains: FloatArray) -> FloatArray | None:
    """Return the greatest prices for what types are given, None where some cycle would swap.

    Parameters
    ----------
    gains : shape (T, T), value to t of what s is given.
    """
    own = np.diag(gains)
    lengths = own[:, None] - gains  # t pays at most this more than s
    prices = own.copy()
    for _ in range(len(own) + 1):
        lower = np.minimum(prices, (prices[None, :] + lengths).min(axis=1))
        if (lower >= prices - 1e-12 * np.maximum(1.0, np.abs(own))).all():
            return prices
        prices = lower
    return None
