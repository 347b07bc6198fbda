"""Equilibria found without a proof that they are best: incumbents for the searches.

With finite costs one always exists (TIP-1): where couriers are at least as many as orders can
be, cheapest couriers for a maximum-weight matching of the values (no tip is needed); else any
K orders, which leave no courier idle. From unsupported transactions, placing the orders that
buyers prefer under the tips of TIP-0 often ends in an equilibrium after a few rounds.
"""

from __future__ import annotations

import numpy as np

from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import IntArray
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.supported import Examined, cheapest_couriers, examine

__all__ = ["first_proposal", "responses"]

_ROUNDS = 6


def first_proposal(market: DeliveryMarket) -> Examined | None:
    """Return an equilibrium of a market with finite costs; None where this simple way fails."""
    found = dense_matching(market.values)
    assert found is not None  # no deadline was given
    buyers = np.flatnonzero(found.matching >= 0)
    orders = np.column_stack([buyers, found.matching[buyers]])
    own = market.values[orders[:, 0], orders[:, 1]]
    if len(orders) > market.n_couriers:
        if not market.tips:
            orders = orders[own > 0]
        else:
            kept = np.argsort(-own, kind="stable")[: market.n_couriers]
            orders = orders[np.sort(kept)]
    return _supported(market, orders)


def responses(market: DeliveryMarket, examined: Examined) -> Examined | None:
    """Return an equilibrium reached by letting buyers order what they prefer, or None."""
    for _ in range(_ROUNDS):
        buyers = np.flatnonzero(examined.matching >= 0)
        orders = np.column_stack([buyers, examined.matching[buyers]])
        orders = orders[examined.weights[orders[:, 0], orders[:, 1]] > 0]
        transactions = cheapest_couriers(market, orders)
        if transactions is None:
            return None
        examined = examine(market, transactions)
        if examined.gain == 0:
            return examined
    return None


def _supported(market: DeliveryMarket, orders: IntArray) -> Examined | None:
    """Return the support test of orders with cheapest couriers, if it is passed."""
    transactions = cheapest_couriers(market, orders)
    if transactions is None:
        return None
    examined = examine(market, transactions)
    return examined if examined.gain == 0 else None
