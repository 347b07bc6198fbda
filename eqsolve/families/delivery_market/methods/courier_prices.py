"""A bound on every set of transactions, and good transactions, before any program is solved.

Charge ``g[k] >= 0`` for courier k instead of asking that it carries one order at most: what is
left is an assignment of buyers to stores with weights ``max over k of v - c - g[k]``, and its
weight plus the sum of g bounds the welfare of any transactions. The least such bound is that of
the linear relaxation, because the assignment has no gap of its own. Subgradient steps lower it:
couriers asked for by several orders become dearer, idle ones cheaper. The orders met on the way
are good ones, and made better by `reassignment`. O(K n m) and one assignment a step.

Source: Held, M. and Karp, R. M. (1971). The traveling-salesman problem and minimum spanning
trees: part II. Mathematical Programming 1, 6-25 (subgradient steps).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.bounds import dual_bound, rounded_duals
from eqsolve.families.delivery_market.methods.least_cost_assignment import OFTEN, PLAIN, assign
from eqsolve.families.delivery_market.methods.reassignment import gains_of, improved

__all__ = ["Priced", "price_couriers"]

_STEPS = 100
_WORK = 1e8
"""Triples looked at in all: fewer steps in large markets."""

_PLAIN_STEPS = 3
"""First steps, which a short limit should not miss for the time that scipy takes to load."""

_PATIENCE = 6
"""Steps without a better bound before they become shorter."""

_LOOK = 2
"""Steps between two improvements of the orders met."""


class Priced(NamedTuple):
    """Good transactions with their welfare, a bound on any, and the duals that prove it.

    `transactions` are rows (buyer, store, courier); `buyers` and `stores` are rounded duals,
    see `bounds`.
    """

    transactions: IntArray
    welfare: float
    bound: float
    buyers: FloatArray
    stores: FloatArray
    steps: int


def price_couriers(market: DeliveryMarket, deadline: Deadline, steps: int = _STEPS) -> Priced:
    """Return a bound and good transactions; one step is made even when the time is over.

    Parameters
    ----------
    market : the market; whether it has tips does not matter.
    deadline : when to stop.
    steps : most steps; it ends earlier when the bound is reached.

    Examples
    --------
    >>> market = DeliveryMarket([[9, 4], [6, 8]], [[[9, 0], [0, 0]], [[0, 0], [0, 9]]])
    >>> found = price_couriers(market, Deadline())
    >>> found.transactions.tolist(), found.welfare, found.bound
    ([[0, 0, 1], [1, 1, 0]], 17.0, 17)
    """
    charges = np.zeros(market.n_couriers)
    best_charges, bound = charges, math.inf
    transactions, welfare = np.zeros((0, 3), dtype=np.int64), 0.0
    pace, stale = 1.0, 0
    limit = int(min(steps, max(1, _WORK // max(1, math.prod(market.costs.shape)))))
    made = 0
    while made < limit and not (made and deadline.expired()):
        plain = PLAIN if made < _PLAIN_STEPS else OFTEN
        orders, gains, takers = _respond(market, charges, plain)
        reached = float(gains.sum()) + float(charges.sum())
        stale = 0 if reached < bound - 1e-4 * abs(bound) else stale + 1
        if reached < bound:
            best_charges, bound = charges, reached
        excess = np.bincount(takers, minlength=market.n_couriers) - 1.0
        excess[(charges <= 0) & (excess < 0)] = 0.0
        if made % _LOOK == 0 or not excess.any():
            found = improved(market, orders, plain)
            worth = float(gains_of(market, found).sum())
            if worth > welfare:
                transactions, welfare = found, worth
        made += 1
        if _closed(market, welfare, bound) or not excess.any():
            break
        if made == 1 and len(orders) > market.n_couriers:
            charges = charges + gains[market.n_couriers]  # couriers are scarce, whoever they are
            continue
        if stale >= _PATIENCE:
            pace, stale, charges = pace / 2, 0, best_charges
            continue
        step = pace * max(reached - welfare, 1e-6 * market.money) / float((excess**2).sum())
        charges = np.maximum(charges + step * excess, 0.0)
    pay, _ = market.costs.cheapest(best_charges)
    found_duals = dense_matching(np.maximum(market.values - pay, 0.0))
    assert found_duals is not None  # no deadline was given
    buyers, stores = rounded_duals(found_duals.row_duals), rounded_duals(found_duals.col_duals)
    proved = dual_bound(market, buyers, stores)
    return Priced(transactions, welfare, proved, buyers, stores, made)


def _respond(
    market: DeliveryMarket, charges: FloatArray, plain: int
) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the best orders under charges, best first, with their gains and who carries each."""
    pay, who = market.costs.cheapest(charges)
    weights = np.maximum(market.values - pay, 0.0)
    tall = weights.shape[0] > weights.shape[1]
    found = assign(-(weights.T if tall else weights), plain=plain)
    assert found is not None  # every pair is allowed
    pair = (found, np.arange(len(found))) if tall else (np.arange(len(found)), found)
    gains = weights[pair]
    order = np.argsort(-gains, kind="stable")
    order = order[gains[order] > 0]
    orders = np.column_stack(pair)[order]
    return orders, gains[order], who[orders[:, 0], orders[:, 1]]


def _closed(market: DeliveryMarket, welfare: float, bound: float) -> bool:
    """Return whether no transactions can be better."""
    if market.is_exact:
        return welfare >= math.floor(bound + 1e-6)
    return welfare >= bound - 1e-9 * market.money
