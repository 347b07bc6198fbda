"""Small markets: is there a better equilibrium than claimed? By looking at all sets of orders.

By TIP-0 support depends on the orders alone, so the equilibria of a market are among its
matchings of buyers and stores, each with cheapest couriers. Here the cheapest couriers are found
by trying all, and so is the matching that buyers prefer, in fractions, so that no scale matters;
at most `MOST` matchings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import permutations
from math import comb, perm
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.verify.purposes import greatest_purpose

__all__ = ["Orders", "better_equilibrium", "can_be_scanned", "greatest_welfare", "welfare_of"]

MOST = 60
_MOST_COURIERS = 6

_LP_SLACK = 1e-6
"""Share of the numbers by which the optimum of a linear program may miss."""

Orders = tuple[tuple[int, int], ...]


def can_be_scanned(market: DeliveryMarket) -> bool:
    """Return whether the market is small enough to look at everything; nothing is listed for it."""
    few, many = sorted((market.n_buyers, market.n_stores))
    if market.n_couriers > _MOST_COURIERS or few > 3:
        return False
    return sum(comb(few, size) * perm(many, size) for size in range(few + 1)) <= MOST


def better_equilibrium(
    market: DeliveryMarket,
    welfare: float,
    slack: float,
    floor: float | None,
    poll: Callable[[], None],
) -> tuple[Orders, int | float] | None:
    """Return orders of an equilibrium with welfare above `welfare`, and its own; or None.

    Parameters
    ----------
    market : a market that `can_be_scanned`.
    welfare : what to beat; -inf asks for any equilibrium.
    slack : what the claimed welfare may miss by rounding; everything else is exact.
    floor : only equilibria whose platform cash flow can be at least this; None: all.
    poll : called for each set of orders; may raise to end the search.
    """
    values = {order: _exact(market.values[order]) for order in np.ndindex(*market.values.shape)}
    least = _least_costs(market)
    every = _matchings(market.n_buyers, market.n_stores)
    bar = None if math.isinf(welfare) else _exact(welfare) + _exact(slack)
    for orders in every:
        poll()
        spent = least(orders)
        worth = sum((values[order] for order in orders), Fraction(0))
        if spent is None or (bar is not None and worth - spent <= bar):
            continue
        weights: dict[tuple[int, ...], Fraction | None] = dict(values)
        if market.tips:
            for order in values.keys() - set(orders):
                dearer = least((*orders, order))
                weights[order] = None if dearer is None else values[order] - (dearer - spent)
        if max(_total(weights, other) for other in every) > worth:
            continue
        if floor is not None:
            rows = np.array([(i, j, k) for (i, j), k in _cheapest(market, orders)]).reshape(-1, 3)
            earned = greatest_purpose(market, rows.astype(np.int64), "cash_flow")
            if earned is None or earned < floor + slack + _LP_SLACK * (market.scale + abs(floor)):
                continue  # too near the floor to contradict anybody
        return orders, _money(worth - spent)
    return None


def _cheapest(market: DeliveryMarket, orders: Orders) -> list[tuple[tuple[int, int], int]]:
    """Return the orders, each with its courier, at least total cost."""
    costs = market.costs.tensor()

    def total(who: tuple[int, ...]) -> float:
        return sum(float(costs[k, i, j]) for k, (i, j) in zip(who, orders, strict=True))

    best = min(permutations(range(market.n_couriers), len(orders)), key=total)
    return list(zip(orders, best, strict=True))


def greatest_welfare(market: DeliveryMarket, poll: Callable[[], None]) -> int | float:
    """Return the greatest welfare of any transactions of a market that `can_be_scanned`."""
    least = _least_costs(market)
    found = Fraction(0)
    for orders in _matchings(market.n_buyers, market.n_stores):
        poll()
        spent = least(orders)
        if spent is not None:
            worth = sum((_exact(market.values[order]) for order in orders), Fraction(0))
            found = max(found, worth - spent)
    return _money(found)


def _money(amount: Fraction) -> int | float:
    """Return an amount as a whole number where it is one, else rounded once."""
    return amount.numerator if amount.denominator == 1 else float(amount)


def welfare_of(market: DeliveryMarket, transactions: IntArray) -> int | float:
    """Return the welfare of transactions that can be delivered, without rounding on the way."""
    total = Fraction(0)
    for i, j, k in transactions.tolist():
        total += _exact(market.values[i, j]) - (_cost(market, k, i, j) or 0)
    return _money(total)


def _cost(market: DeliveryMarket, k: int, i: int, j: int) -> Fraction | None:
    """Return what courier k pays for the order (i, j), None where it cannot carry it."""
    places: dict[str, Any] = {
        "full": (k, i, j),
        "courier": k,
        "pickup": (k, j),
        "dropoff": (k, i),
        "order": (i, j),
    }
    parts = [_exact(array[places[name]]) for name, array in market.costs.arrays.items()]
    return None if min(parts) < 0 else sum(parts, Fraction(0))


def _exact(number: Any) -> Fraction:
    """Return a number to its last binary digit."""
    return Fraction(number.item() if isinstance(number, np.generic) else number)


def _total(weights: dict[tuple[int, ...], Fraction | None], orders: Orders) -> Fraction:
    """Return what buyers gain by orders; those that nobody can carry are dropped."""
    return sum((weights[order] or Fraction(0) for order in orders), Fraction(0))


def _least_costs(market: DeliveryMarket) -> Callable[[Orders], Fraction | None]:
    """Return the function from orders to the least cost of carrying them, None: nobody can."""

    @cache
    def least(orders: Orders, used: int = 0) -> Fraction | None:
        """Return the least cost of carrying the orders by couriers outside the bit set `used`."""
        if not orders:
            return Fraction(0)
        (i, j), rest = orders[0], orders[1:]
        found = [
            own + others
            for k in range(market.n_couriers)
            if not used >> k & 1
            and (own := _cost(market, k, i, j)) is not None
            and (others := least(rest, used | 1 << k)) is not None
        ]
        return min(found, default=None)

    return least


@cache
def _matchings(n_buyers: int, n_stores: int) -> tuple[Orders, ...]:
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
