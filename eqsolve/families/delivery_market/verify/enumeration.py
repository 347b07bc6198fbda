"""Small markets: is there a better equilibrium than claimed? By looking at all sets of orders.

By TIP-0 support depends on the orders alone, so the equilibria of a market are among its
matchings of buyers and stores, each with cheapest couriers. Here the cheapest couriers are found
by trying all, and so is the matching that buyers prefer; at most `MOST` matchings.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import permutations
from math import comb, perm

import numpy as np

from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.verify.purposes import greatest_purpose

__all__ = ["better_equilibrium", "can_be_scanned", "greatest_welfare"]

MOST = 60
_MOST_COURIERS = 6

_LP_SLACK = 1e-6
"""Share of the numbers by which the optimum of a linear program may miss."""

_Orders = tuple[tuple[int, int], ...]


def can_be_scanned(market: DeliveryMarket) -> bool:
    """Return whether the market is small enough to look at everything; nothing is listed for it."""
    few, many = sorted((market.n_buyers, market.n_stores))
    if market.n_couriers > _MOST_COURIERS or few > 3:
        return False
    return sum(comb(few, size) * perm(many, size) for size in range(few + 1)) <= MOST


def better_equilibrium(
    market: DeliveryMarket, welfare: float, slack: float, floor: float | None = None
) -> tuple[_Orders, float] | None:
    """Return orders of an equilibrium with welfare above `welfare`, and its own; or None.

    Parameters
    ----------
    market : a market that `can_be_scanned`.
    welfare : what to beat; -inf asks for any equilibrium.
    slack : what comparisons may miss by rounding.
    floor : only equilibria whose platform cash flow can be at least this; None: all.
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
        if wanted > worth + slack:
            continue
        if floor is not None:
            rows = np.array([(i, j, k) for (i, j), k in _cheapest(market, orders)]).reshape(-1, 3)
            earned = greatest_purpose(market, rows.astype(np.int64), "cash_flow")
            if earned is None or earned < floor + slack + _LP_SLACK * (market.scale + abs(floor)):
                continue  # too near the floor to contradict anybody
        return orders, worth - spent
    return None


def _cheapest(market: DeliveryMarket, orders: _Orders) -> list[tuple[tuple[int, int], int]]:
    """Return the orders, each with its courier, at least total cost."""
    costs = market.costs.tensor()

    def total(who: tuple[int, ...]) -> float:
        return sum(float(costs[k, i, j]) for k, (i, j) in zip(who, orders, strict=True))

    best = min(permutations(range(market.n_couriers), len(orders)), key=total)
    return list(zip(orders, best, strict=True))


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
