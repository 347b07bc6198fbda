"""Which delivery markets can be solved in floats, and how prohibitive costs are tamed.

A cost is *prohibitive* when it lies beyond everything that all other numbers of the market add up
to. A set of transactions with fewer prohibitive deliveries always has more welfare, and the tip for
an order that only a prohibitive delivery could carry exceeds its value; so what prohibitive costs
are exactly does not matter as long as none is used. `tamed` replaces them by one cost just beyond
the rest, before any arithmetic: 1e15 beside values of 7 would otherwise swallow their digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import comb, perm

import numpy as np

from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.exactness import REACH, Reach
from eqsolve.core.result import Outcome
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["MOST", "count_matchings", "is_small", "out_of_reach", "solved_tamed", "tamed"]

_TRIPLES = 4_000
"""Triples (courier, buyer, store) up to which all costs are turned into Python's integers."""

MOST = 250
"""Most matchings of buyers and stores that are looked at one by one: 4 x 4 have 209."""

_NEAR = 1e-7
"""Share of the largest number by which numbers must differ for float methods to tell them apart."""

_NOISE = 1e-13
"""Share below which a difference is one between two ways to compute the same number."""

_USUAL = 1e4
"""Costs up to so many times the values are left alone."""


def is_small(market: DeliveryMarket) -> bool:
    """Return whether the market is small enough for Python's integers."""
    return math.prod(market.costs.shape) <= _TRIPLES


def count_matchings(n_buyers: int, n_stores: int) -> int:
    """Return how many matchings there are; more than `MOST` is not counted further.

    Examples
    --------
    >>> count_matchings(3, 3), count_matchings(0, 9)
    (34, 1)
    """
    total = 0
    for size in range(min(n_buyers, n_stores) + 1):
        total += comb(n_buyers, size) * perm(n_stores, size)
        if total > MOST:
            break
    return total


def tamed(market: DeliveryMarket) -> DeliveryMarket:
    """Return the market with prohibitive costs just beyond all others, or itself where none is.

    O(size) where costs are at most 10,000 times the values, with a sort of them otherwise.

    Examples
    --------
    >>> market = DeliveryMarket([[6.5]], [[[1e15]], [[5]]])
    >>> tamed(market).costs.tensor().tolist()
    [[[1024.0]], [[5.0]]]
    """
    ceiling = _ceiling(market)
    if ceiling is None:
        return market
    parts = {
        name: np.minimum(array if ceiling >= 1 else array.astype(np.float64), ceiling)
        for name, array in market.costs.arrays.items()
    }
    full: NumberArray | None = parts.pop("full", None)
    if full is not None and market.costs.has_forbidden:
        table = full.astype(object)
        table[full < 0] = None
        full = table
    return DeliveryMarket(market.values, full, cost_parts=parts or None, tips=market.tips)


def _ceiling(market: DeliveryMarket) -> int | float | None:
    """Return what prohibitive costs become, a power of two, or None where there are none."""
    worth = float(market.values.max(initial=0))
    if market.costs.largest <= _USUAL * worth or not worth:
        return None
    levels = np.unique(np.concatenate([part.ravel() for part in market.costs.arrays.values()]))
    agents = 1 + min(market.side_sizes().values())
    reach = worth
    for level in levels[levels > worth].astype(np.float64).tolist():
        if level > 16 * agents * (worth + 4 * reach):
            power = math.ldexp(1.0, math.frexp(8 * agents * (worth + 4 * reach))[1])
            return int(power) if market.costs.is_integral and power >= 1 else power
        reach = level
    return None


def solved_tamed(
    market: DeliveryMarket,
    method: str,
    run: Callable[[DeliveryMarket], Outcome[DeliverySolution]],
) -> Outcome[DeliverySolution]:
    """Return a method's outcome for a market, with prohibitive costs tamed where that is safe.

    Parameters
    ----------
    market : the market.
    method : its name, for messages.
    run : solves a market.

    Raises
    ------
    UnsupportedError : the best equilibrium needs a prohibitive delivery, whose cost then matters,
        and floats would round it.
    """
    mild = tamed(market)
    outcome = run(mild)
    if mild is market or outcome.solution is None:
        return outcome
    buyers, stores, couriers = outcome.solution.transactions.T
    triples = couriers, buyers, stores
    if (mild.costs.at(*triples) == market.costs.at(*triples)).all():
        return outcome
    if market.is_exact:
        return run(market)
    words = "the best equilibrium needs a delivery that costs more than everything is worth"
    others = [] if method == "enumeration" else ["enumeration"]
    raise UnsupportedError(method, f"{words}: too uneven for floats", others)


def out_of_reach(market: DeliveryMarket) -> str | None:
    """Return why floats would not do for a market, or None; prohibitive costs do not count."""
    mild = tamed(market)
    if mild.is_integral:
        terms = 4 * (1 + sum(market.side_sizes().values()))
        return None if mild.is_exact else Reach(whole=2**52).refusal(mild.largest, terms)
    reach = REACH[market.kind]
    beyond = reach.refusal(float(mild.largest))
    if beyond is not None:
        return beyond
    positive = market.values[market.values > 0]
    if not positive.size:
        return None
    lost = reach.vanishing(float(positive.min() / max(mild.scale, positive.max())))
    if (
        lost is None
        and is_small(market)
        and count_matchings(market.n_buyers, market.n_stores) <= MOST
    ):
        numbers = [mild.values, *mild.costs.arrays.values()]
        gaps = np.diff(np.unique(np.concatenate([array.ravel() for array in numbers])))
        gaps = gaps[gaps > _NOISE * mild.scale]
        if gaps.min(initial=math.inf) < _NEAR * mild.scale:
            return f"some numbers differ by {gaps.min():.2g} only, which floats may take for a tie"
    return lost
