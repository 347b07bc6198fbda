"""Small networks: the greatest revenue, to see whether a claimed bound holds.

By looking at all sets of candidates and, for each, at all matchings. The greatest price of a seller
is the loss of welfare without that seller (BIP-3), the least price of a trade its value less the
loss of welfare without its buyer (BIP-4); among the matchings of greatest welfare the platform has
its choice. At most `MOST_SETS` sets and `MOST_MATCHINGS` matchings.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np

from eqsolve.core.arrays import BoolArray, NumberArray
from eqsolve.families.trading_network.instance import TradingNetwork

__all__ = ["greatest_income"]

MOST_SETS = 256
MOST_MATCHINGS = 1500

_Edge = tuple[int, int]


def greatest_income(
    network: TradingNetwork,
    price_rule: str,
    max_introductions: int | None,
    slack: float,
    poll: Callable[[], None],
) -> int | float | None:
    """Return the greatest total price of introduced trades, or None if the network is not small.

    Parameters
    ----------
    network : the network.
    price_rule : ``"greatest"`` or ``"least"`` prices.
    max_introductions : most introductions; None: no limit.
    slack : what welfare may miss by rounding.
    poll : called for each set of candidates; may raise to end the search.
    """
    candidates = network.n_candidates
    most = candidates if max_introductions is None else min(candidates, max_introductions)
    if sum(comb(candidates, size) for size in range(min(most, MOST_SETS) + 1)) > MOST_SETS:
        return None
    values = network.values.dense()
    known, candidate = network.known_mask(), network.candidate_mask()
    matchings = _matchings([(i, j) for i, j in np.argwhere(known | candidate).tolist()])
    if matchings is None:
        return None
    used = np.zeros((len(matchings), *values.shape), dtype=bool)
    for place, matching in enumerate(matchings):
        for edge in matching:
            used[place][edge] = True
    worth = np.where(used, values, 0).sum(axis=(1, 2))
    own: list[_Edge] = [(i, j) for i, j in np.argwhere(candidate).tolist()]
    best: int | float = 0
    for size in range(most + 1):
        for chosen in combinations(own, size):
            poll()
            introduced = np.zeros(values.shape, dtype=bool)
            for edge in chosen:
                introduced[edge] = True
            there = ~(used & ~(known | introduced)).any(axis=(1, 2))
            best = max(
                best,
                _income(used[there], worth[there], values, introduced & ~known, price_rule, slack),
            )
    return best


def _income(
    used: BoolArray,
    worth: NumberArray,
    values: NumberArray,
    introduced: BoolArray,
    price_rule: str,
    slack: float,
) -> int | float:
    """Return the platform's income with the matchings `used`, of which `worth` is the value."""
    if price_rule == "greatest":
        prices = np.broadcast_to(_losses(used, worth, 1), values.shape)
    else:
        prices = values - _losses(used, worth, 2)[:, None]
    earned = np.where(used & introduced, prices, 0).sum(axis=(1, 2))
    income: int | float = earned[worth >= worth.max() - slack].max().item()
    return income


def _losses(used: BoolArray, worth: NumberArray, axis: int) -> NumberArray:
    """Return the loss of welfare without each seller (axis 1) or buyer (axis 2)."""
    takes_part: BoolArray = np.any(used, axis=axis)
    without = [worth[~takes_part[:, k]].max() for k in range(takes_part.shape[1])]
    losses: NumberArray = worth.max() - np.array(without, dtype=worth.dtype)
    return losses


def _matchings(edges: list[_Edge]) -> list[list[_Edge]] | None:
    """Return all matchings of the edges, the empty one included; None if there are too many."""
    found: list[list[_Edge]] = [[]]
    for i, j in edges:
        found += [
            [*matching, (i, j)] for matching in found if all(i != k and j != q for k, q in matching)
        ]
        if len(found) > MOST_MATCHINGS:
            return None
    return found
