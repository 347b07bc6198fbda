"""Sets of orders of a small market in Python's integers: costs, support, prices, all unrounded.

Every number of the market is a whole multiple of a power of two (`exactness.in_units`), so sums of
1e15 and 1e-9 lose nothing, and neither do whole numbers near 2**60. Support is TIP-0: wages of the
couriers are differences of least costs, ``u[k] = MC(O without k) - MC(O)``, tips the least
``u[k] + c[k,i,j]``. Of an order only the cheapest couriers matter, one more than there are orders.
O(K n m) for each set beside the matching of buyers and stores. Buyers must gain more than decimals
such as 0.1, which no float holds, leave in doubt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from itertools import combinations, permutations
from operator import getitem
from typing import Any, NamedTuple

import numpy as np

from eqsolve.algorithms.matching.hungarian import match_plainly
from eqsolve.algorithms.matching.relaxation import relaxed_price_ends
from eqsolve.core.arrays import IntArray, NumberArray, read_only
from eqsolve.core.exactness import doubt, in_units
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["OrderSet", "OrderSets", "Prices"]

Orders = tuple[tuple[int, int], ...]


class OrderSet(NamedTuple):
    """Orders (buyer, store) with cheapest couriers; cost and welfare in units."""

    orders: Orders
    couriers: tuple[int, ...]
    cost: int
    welfare: int

    @property
    def transactions(self) -> IntArray:
        """Rows (buyer, store, courier)."""
        rows = [(*order, who) for order, who in zip(self.orders, self.couriers, strict=True)]
        return np.array(rows, dtype=np.int64).reshape(-1, 3)


class Prices(NamedTuple):
    """What supports an order set, in units: prices of stores, wages of couriers, tips of orders."""

    prices: list[int]
    wages: list[int]
    tips: list[list[int]]


class OrderSets:
    """The sets of orders of a market.

    Parameters
    ----------
    market : the market; small, since all K n m costs become Python's integers.

    Examples
    --------
    >>> market = DeliveryMarket([[6.5]], [[[1e15]], [[5]]], tips=False)
    >>> sets = OrderSets(market)
    >>> best = sets.ranked()[0]
    >>> best.couriers, sets.money(best.welfare)
    ((1,), 1.5)
    """

    def __init__(self, market: DeliveryMarket) -> None:
        self.market = market
        n_couriers, n, m = market.costs.shape
        arrays = market.costs.arrays
        (self.values, *parts), self.one = in_units(market.values, *arrays.values())
        given = dict(zip(arrays, parts, strict=True))
        self.costs: list[list[list[int | None]]] = [
            [[_cost(given, k, i, j) for j in range(m)] for i in range(n)] for k in range(n_couriers)
        ]
        self.doubts = self._doubts()
        most = min(market.side_sizes().values()) + 1
        self.cheapest = {
            (i, j): sorted(
                (cost, k) for k in range(n_couriers) if (cost := self.costs[k][i][j]) is not None
            )[:most]
            for i in range(n)
            for j in range(m)
        }

    def _doubts(self) -> list[list[int]]:
        """Return by how many units value and cost of each order may differ from what was meant."""
        values = [[doubt(value) for value in row] for row in self.market.values.tolist()]
        costs = [
            [
                max((doubt(_float(cost, self.one)) for cost in column), default=0.0)
                for column in zip(*rows, strict=True)
            ]
            for rows in zip(*self.costs, strict=True)
        ]
        if not costs:
            costs = [[0.0] * len(row) for row in values]
        return [
            [
                math.ceil(Fraction(value + cost) * self.one)
                for value, cost in zip(*both, strict=True)
            ]
            for both in zip(values, costs, strict=True)
        ]

    def money(self, units: int) -> int | float:
        """Return units as money: whole where the market is, else rounded once."""
        return units if self.market.is_integral else units / self.one

    def ranked(self) -> list[OrderSet]:
        """Return every set that couriers can carry, the best welfare first."""
        found = []
        market = self.market
        for size in range(min(market.side_sizes().values()) + 1):
            for buyers in combinations(range(market.n_buyers), size):
                for stores in permutations(range(market.n_stores), size):
                    orders = tuple(zip(buyers, stores, strict=True))
                    carried = self.carried(orders)
                    if carried is not None:
                        cost, couriers = carried
                        worth = sum(self.values[i][j] for i, j in orders)
                        found.append(OrderSet(orders, couriers, cost, worth - cost))
        return sorted(found, key=lambda one: -one.welfare)

    def carried(
        self, orders: Orders, without: frozenset[int] = frozenset()
    ) -> tuple[int, tuple[int, ...]] | None:
        """Return the least cost of carrying orders and by whom, or None where nobody can.

        Parameters
        ----------
        without : couriers that are not available.
        """
        if not orders:
            return 0, ()
        best: tuple[int, tuple[int, ...]] | None = None
        looked = 0
        for cost, who in self.cheapest[orders[0]]:
            if who in without:
                continue
            if looked == len(orders):  # so many others cannot all be taken by the other orders
                break
            looked += 1
            rest = self.carried(orders[1:], without | {who})
            if rest is not None and (best is None or cost + rest[0] < best[0]):
                best = cost + rest[0], (who, *rest[1])
        return best

    def support(self, chosen: OrderSet) -> Prices | None:
        """Return what supports a set of orders carried at least cost, or None (TIP-0)."""
        market = self.market
        n, m = market.values.shape
        wages: dict[int, int | None] = dict.fromkeys(range(market.n_couriers), 0)
        for who in chosen.couriers:
            rest = self.carried(chosen.orders, frozenset({who}))
            wages[who] = None if rest is None else rest[0] - chosen.cost
        tips = [[0] * m for _ in range(n)]
        weights = [list(row) for row in self.values]
        if market.tips:
            for i, j in np.ndindex(n, m):
                if (i, j) in chosen.orders:
                    continue
                offers = [
                    wage + cost
                    for k, wage in wages.items()
                    if wage is not None and (cost := self.costs[k][i][j]) is not None
                ]
                value = self.values[i][j]
                tips[i][j] = min([value, *offers])
                weights[i][j] = value - min(offers) if offers else -1
        worth = sum(self.values[i][j] for i, j in chosen.orders)
        matching = match_plainly(weights, m, Deadline())
        assert matching is not None  # no deadline was given
        wanted = {(i, j) for i, j in enumerate(matching) if j >= 0}
        gain = sum(weights[i][j] for i, j in wanted) - worth
        if gain > self._slack(set(chosen.orders), wanted):
            return None
        own = [-1] * n
        for i, j in chosen.orders:
            own[i] = j
        least, _ = relaxed_price_ends(weights, m, own)
        return Prices([int(price) for price in least], self._settled(chosen, wages), tips)

    def _slack(self, placed: set[tuple[int, int]], wanted: set[tuple[int, int]]) -> int:
        """Return what buyers may seem to gain by decimals that no float holds; mostly 0."""
        fresh = wanted - placed
        shared = len(fresh) * sum(self.doubts[i][j] for i, j in placed)
        return shared + sum(self.doubts[i][j] for i, j in placed ^ wanted)

    def _settled(self, chosen: OrderSet, wages: dict[int, int | None]) -> list[int]:
        """Return finite wages: couriers whom nobody can replace get the least that will do.

        All such wages may be moved together; they are set so high that no order that a buyer could
        want tempts them, and that nobody outside is underbid.
        """
        held = dict(zip(chosen.couriers, chosen.orders, strict=True))
        scarce = [who for who in chosen.couriers if wages[who] is None]
        levels = dict.fromkeys(scarce, 0)

        def extra(taker: int, holder: int) -> int | None:
            """Return what it costs more when `taker` carries the order of `holder`."""
            theirs, own = self._cost(taker, held[holder]), self._cost(holder, held[holder])
            return None if theirs is None or own is None else theirs - own

        for _ in scarce:
            for taker in scarce:
                for holder in scarce:
                    more = extra(taker, holder)
                    if more is not None:
                        levels[holder] = min(levels[holder], levels[taker] + more)
        needs = [0]
        for who in scarce:
            reach = [0]
            for i, j in np.ndindex(*self.market.values.shape):
                cost = self._cost(who, (i, j))
                if self.market.tips and cost is not None:
                    reach.append(self.values[i][j] - cost)
            needs.append(max(reach) - levels[who])
            for other in chosen.couriers:
                wage, more = wages[other], extra(who, other)
                if wage is not None and more is not None:
                    needs.append(wage - more - levels[who])
        shift = max(needs[1:], default=0)
        return [
            levels[who] + shift if wage is None else wage for who, wage in sorted(wages.items())
        ]

    def _cost(self, courier: int, order: tuple[int, int]) -> int | None:
        """Return what a courier pays for an order, None where it cannot carry it."""
        return self.costs[courier][order[0]][order[1]]

    def solution(self, chosen: OrderSet, held: Prices, efficient: int) -> DeliverySolution:
        """Return the equilibrium that `held` makes of a set of orders."""
        n, m = self.market.values.shape
        utilities = [0] * n
        compensations = [[0] * m for _ in range(n)]
        flow = 0
        for (i, j), who in zip(chosen.orders, chosen.couriers, strict=True):
            utilities[i] = self.values[i][j] - held.prices[j]
            cost = self._cost(who, (i, j))
            assert cost is not None  # it carries the order
            compensations[i][j] = held.wages[who] + cost
            flow += held.prices[j] - compensations[i][j]
        return DeliverySolution(
            transactions=read_only(chosen.transactions),
            prices=self._array(held.prices, (m,)),
            compensations=self._array(compensations, (n, m)),
            tips=self._array(held.tips, (n, m)),
            buyer_utilities=self._array(utilities, (n,)),
            courier_utilities=self._array(held.wages, (self.market.n_couriers,)),
            welfare=self.money(chosen.welfare),
            efficient_welfare=self.money(efficient),
            platform_cash_flow=self.money(flow),
        )

    def _array(self, units: object, shape: tuple[int, ...]) -> NumberArray:
        """Return nested lists of units as a read-only array of money."""
        table = np.array(units, dtype=object).reshape(shape)
        if self.market.is_integral:
            return read_only(table.astype(np.int64))
        return read_only((table / self.one).astype(np.float64))


def _float(units: int | None, one: int) -> int | float:
    """Return a cost in money; what is forbidden is as certain as 0, and so is what is whole."""
    return 0 if units is None else units if one == 1 else units / one


def _cost(given: Mapping[str, Any], k: int, i: int, j: int) -> int | None:
    """Return a cost, the sum of its parts; None where the courier cannot carry the order."""
    if "full" in given:
        cost: int = given["full"][k][i][j]
        return None if cost < 0 else cost
    places = {"courier": (k,), "pickup": (k, j), "dropoff": (k, i), "order": (i, j)}
    total: int = sum(reduce(getitem, places[name], part) for name, part in given.items())
    return total
