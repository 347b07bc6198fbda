"""Rows that every equilibrium fulfils and that a given unsupported T does not.

Let y be the orders of an equilibrium, u its greatest wages, and take any matching R inside a set
I of buyers and J of stores. In equilibrium ``pi[i] + p[j] >= v[i,j]`` on placed orders and
``>= v[i,j] - t[i,j]`` off them, where a tip is at most ``u[k] + c[k,i,j]`` for every courier k.
Utilities of I and prices of J sum to at most the value of the placed orders that touch I or J.
Hence, for any choice of couriers k(e), idle ones having u = 0 ::

    sum of v[e] y[e] over e touching I or J
        >= sum over e in R of  v[e] - c[k(e),e] - u[k(e)]

and where k(e) has no work, the right-hand term may be written ``(v[e] - c) (1 - (k works))``,
which is at most the true one. R is one component of what buyers would rather order than T
(TIP-0), so the row is local, one row for every part of the market in which buyers rearrange.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.program import Cut, Program
from eqsolve.families.delivery_market.supported import Examined

__all__ = ["exclude", "rearrangement_cuts"]


def rearrangement_cuts(program: Program, market: DeliveryMarket, examined: Examined) -> int:
    """Add a cut for each component of the buyers' rearrangement that gains; return how many.

    The wage rows that the cuts need are added too: along the paths by which the carriers' own
    orders would be passed on to an idle courier.
    """
    working = np.zeros(market.n_couriers, dtype=bool)
    working[examined.transactions[:, 2]] = True
    added = 0
    for fresh, buyers, stores in _components(examined):
        inside = np.zeros(examined.placed.shape, dtype=bool)
        inside[buyers, :] = True
        inside[:, stores] = True
        lost = market.values[inside & examined.placed].sum()
        if examined.weights[fresh[:, 0], fresh[:, 1]].sum() - lost <= 1e-9 * market.money:
            continue
        wages = np.zeros(market.n_couriers)
        busy = np.zeros(market.n_couriers)
        least = 0.0
        for i, j in fresh.tolist():
            k = int(examined.carrier[i, j])
            if k < 0:  # no tip keeps this order away
                least += float(market.values[i, j])
                continue
            cost = market.costs.at(np.array([k]), np.array([i]), np.array([j]))[0]
            gain = float(market.values[i, j] - cost)
            least += gain
            if working[k]:
                wages[k] += 1
                _require_wages(program, examined, working, k)
            else:
                busy[k] += gain
        program.cuts.append(Cut(np.where(inside, market.values, 0.0), wages, busy, least))
        added += 1
    return added


def exclude(program: Program, examined: Examined) -> None:
    """Add the row "not exactly these orders": support depends on nothing else.

    Needed only where a backend's tolerance lets it return orders that a cut excludes.
    """
    size = len(examined.transactions)
    nothing = np.zeros(len(examined.wages))
    orders = np.where(examined.placed, -1.0, 1.0)
    program.cuts.append(Cut(orders, nothing, nothing, 1.0 - size))


def _require_wages(program: Program, examined: Examined, working: IntArray, courier: int) -> None:
    """Add the wage rows on the courier's path to an idle one."""
    while working[courier]:
        program.idle[courier] = None
        following = int(examined.successor[courier])
        program.passes[courier, following] = None
        courier = following
    program.idle[courier] = None


def _components(examined: Examined) -> list[tuple[IntArray, IntArray, IntArray]]:
    """Return (new orders, buyers, stores) of each component of placed xor preferred orders."""
    n_buyers, n_stores = examined.placed.shape
    preferred = np.zeros_like(examined.placed)
    matched = np.flatnonzero(examined.matching >= 0)
    preferred[matched, examined.matching[matched]] = True
    preferred &= examined.weights > 0
    edges = np.argwhere(preferred != examined.placed)
    root = np.arange(n_buyers + n_stores)

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = int(root[node])
        return node

    for i, j in edges.tolist():
        root[find(i)] = find(n_buyers + j)
    group = np.array([find(int(i)) for i in edges[:, 0]], dtype=np.int64)
    found = []
    for name in np.unique(group):
        part = edges[group == name]
        fresh = part[preferred[part[:, 0], part[:, 1]]]
        if len(fresh):
            found.append((fresh, np.unique(part[:, 0]), np.unique(part[:, 1])))
    return found
