"""Small markets: is there a better equilibrium than claimed? By looking at all sets of orders.

By TIP-0 support depends on the orders alone, so the equilibria of a market are among its
matchings of buyers and stores, each with cheapest couriers. Here the cheapest couriers are found
by trying all, and so is the matching that buyers prefer; at most `MOST` matchings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["better_equilibrium", "can_be_scanned", "greatest_welfare"]

MOST = 60
_MOST_COURIERS = 6

_Orders = tuple[tuple[int, int], ...]


def can_be_scanned(market: DeliveryMarket) -> bool:
    """Return whether the market is small enough to look at everything."""
    if market.n_couriers > _MOST_COURIERS or min(market.n_buyers, market.n_stores) > 3:
        return False
    return len(_matchings(market.n_buyers, market.n_stores)) <= MOST


def better_equilibrium(
    market: DeliveryMarket, welfare: float, slack: float
) -> tuple[_Orders, float] | None:
    """Return orders of an equilibrium with welfare above `welfare`, and its own; or None.

    Parameters
    ----------
    market : a market that `can_be_scanned`.
    welfare : what to beat; -inf asks for any equilibrium.
    slack : what comparisons may miss by rounding.
    """
    values = market.values.astype(np.float64)
    least = _least_costs(market)
    every = _matchings(market.n_buyers, market.n_stores)
    for orders in every:
        spent = least(orders)
        worth = sum(float(values[order]) for order in orders)
        if not np.isfinite(spent) or worth - spent <= welfare + slack:
            continue
        weights = dict.fromkeys(np.ndindex(*values.shape), 0.0)
        for order in weights:
            tip = 0.0
            if market.tips and order not in orders:
                tip = least((*orders, order)) - spent
            weights[order] = float(values[order]) - tip
        wanted = max(sum(weights[order] for order in other) for other in every)
        if wanted <= worth + slack:
            return orders, worth - spent
    return None


def greatest_welfare(market: DeliveryMarket) -> float:
    """Return the greatest welfare of any transactions of a market that `can_be_scanned`."""
    values = market.values.astype(np.float64)
    least = _least_costs(market)
    every = _matchings(market.n_buyers, market.n_stores)
    return max(sum(float(values[order]) for order in orders) - least(orders) for orders in every)


def _least_costs(market: DeliveryMarket) -> Callable[[_Orders], float]:
    """Return the function from orders to the least cost of carrying them, inf: nobody can."""
    costs = market.costs.tensor()
    n_couriers = market.n_couriers

    @cache
    def least(orders: _Orders, used: int = 0) -> float:
        """Return the least cost of carrying the orders by couriers outside the bit set `used`."""
        if not orders:
            return 0.0
        (i, j), rest = orders[0], orders[1:]
        return min(
            (
                float(costs[k, i, j]) + least(rest, used | 1 << k)
                for k in range(n_couriers)
                if not used >> k & 1 and np.isfinite(costs[k, i, j])
            ),
            default=np.inf,
        )

    return least


@cache
def _matchings(n_buyers: int, n_stores: int) -> tuple[_Orders, ...]:
    """Return all matchings of buyers and stores, as sorted tuples of pairs."""
    if n_buyers == 0:
        return ((),)
    shorter = _matchings(n_buyers - 1, n_stores)
    buyer = n_buyers - 1
    return shorter + tuple(
        (*orders, (buyer, store))
        for orders in shorter
        for store in range(n_stores)
        if all(store != taken for _, taken in orders)
    )
