"""Better transactions step by step: keep the pairs of two sides, reassign the third at its best.

Each step is one assignment, so it looks at all n! ways to reassign a side at once; welfare never
falls, and the local optimum is reached after a few steps. No proof comes with it. As many triples
as the smallest side has agents are carried along; those that lose, or cannot be delivered, are
worth 0 and dropped at the end. O(L (n + m + K)) numbers a step for L triples.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.least_cost_assignment import OFTEN, assign

__all__ = ["gains_of", "improved", "with_every_courier"]


def gains_of(market: DeliveryMarket, rows: IntArray) -> FloatArray:
    """Return value minus cost of each triple (buyer, store, courier), -inf where forbidden."""
    i, j, k = rows.T
    found: FloatArray = market.values[i, j] - market.costs.at(k, i, j)
    return found


def improved(market: DeliveryMarket, orders: IntArray, plain: int = OFTEN) -> IntArray:
    """Return transactions of high welfare, starting from orders.

    Parameters
    ----------
    orders : rows (buyer, store), a matching; preferred ones first.
    plain : see `assign`.

    Returns
    -------
    transactions : rows (buyer, store, courier) by rising buyer, each with a positive gain.

    Examples
    --------
    >>> market = DeliveryMarket([[9, 4], [6, 8]], [[[9, 0], [0, 0]], [[0, 0], [0, 9]]])
    >>> improved(market, np.array([[0, 0]])).tolist()
    [[0, 0, 1], [1, 1, 0]]
    """
    rows = _climb(market, _completed(market, orders), 0.0, plain)
    rows = rows[gains_of(market, rows) > 0]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def with_every_courier(market: DeliveryMarket, transactions: IntArray) -> IntArray | None:
    """Return transactions in which no courier is idle, near given ones; None where none is found.

    Such transactions need couriers to be fewer than buyers and stores, or as many.
    """
    if market.n_couriers > min(market.n_buyers, market.n_stores):
        return None
    never = -4.0 * (1.0 + market.scale) * (1 + market.n_couriers)
    rows = _climb(market, _completed(market, transactions[:, :2]), never, OFTEN)
    if np.isinf(gains_of(market, rows)).any():
        return None
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _completed(market: DeliveryMarket, orders: IntArray) -> IntArray:
    """Return as many triples as the smallest side has agents; couriers in any order."""
    size = min(market.side_sizes().values())
    sides = []
    for column, total in enumerate((market.n_buyers, market.n_stores)):
        used = orders[:size, column]
        spare = np.setdiff1d(np.arange(total), used)
        sides.append(np.append(used, spare[: size - len(used)]))
    return np.column_stack([*sides, np.arange(size)])


def _climb(market: DeliveryMarket, rows: IntArray, least: float, plain: int) -> IntArray:
    """Reassign couriers, stores and buyers in turn until nothing is gained.

    A triple counts at least `least`, also where it is forbidden.
    """
    everybody = [np.arange(size) for size in market.side_sizes().values()]
    welfare = -np.inf
    quiet = 0
    side = 2
    while quiet < 3:
        i, j, k = rows.T[:, :, None]
        sides = [i, j, k]
        sides[side] = everybody[side][None, :]
        gains = market.values[sides[0], sides[1]] - market.costs.at(sides[2], sides[0], sides[1])
        gains = np.maximum(gains, least)
        found = assign(-gains, plain=plain)
        assert found is not None  # every gain is finite
        reached = float(gains[np.arange(len(rows)), found].sum())
        if reached > welfare + 1e-9 * abs(reached):
            welfare, quiet = reached, 1
            rows = rows.copy()
            rows[:, side] = found
        else:
            quiet += 1
        side = (side + 1) % 3
    return rows
