"""Markets without tips: which orders an equilibrium may and must place, and why there is none.

Without tips nobody is paid for an order that is not placed, so (TIP-0) orders O are supported
iff they are a maximum-weight matching of the values, and couriers carry them at least cost. By
complementary slackness with any optimal duals of the values, O is such a matching iff it uses
only tight pairs and serves everyone whose dual is positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.certificate import BoundCertificate, Certificate, ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.delivery.bounds import rounded_duals
from eqsolve.delivery.courier_prices import price_couriers
from eqsolve.delivery.instance import DeliveryMarket
from eqsolve.delivery.matching import matched_with_duals
from eqsolve.delivery.program import Backend, Cut, Program

__all__ = ["untipped_program", "why_none"]


def untipped_program(market: DeliveryMarket, backend: Backend) -> Program:
    """Return the program whose solutions place exactly the orders of equilibria without tips."""
    found = matched_with_duals(market.values)
    assert found is not None  # no deadline was given
    slack = 0.0 if market.is_exact else 1e-9 * market.scale
    paid = found.row_duals[:, None] + found.col_duals[None, :]
    program = Program(market, backend, allowed=paid - market.values <= slack)
    nobody = np.zeros(market.n_couriers)
    for duals, rows in ((found.row_duals, True), (found.col_duals, False)):
        for agent in np.flatnonzero(duals > slack):
            orders = np.zeros(market.values.shape)
            orders[agent if rows else (slice(None), agent)] = 1.0
            program.cuts.append(Cut(orders, nobody, nobody, 1.0))
    return program


def why_none(market: DeliveryMarket, argument: str, deadline: Deadline) -> Certificate:
    """Return why no equilibrium without tips exists, known that there is none.

    Buyers demand a matching of greatest value W. Where duals ``a[i] + b[j] + g[k] >= v[i,j]``
    over all deliverable triples sum to less than W, couriers cannot carry any such matching.

    Parameters
    ----------
    argument : how it is known, for the record where no duals prove it.
    """
    found = matched_with_duals(market.values)
    assert found is not None  # no deadline was given
    demanded = float(found.row_duals.sum() + found.col_duals.sum())
    words = "no assignment of couriers carries orders worth what buyers demand without tips"
    for buyers, stores in _carrying_duals(market, deadline):
        bound = carried_bound(market, buyers, stores)
        if bound < demanded - (0.0 if market.is_exact else 1e-7 * market.scale):
            rows = np.flatnonzero(found.matching >= 0)
            data = {
                "buyers": buyers.tolist(),
                "stores": stores.tolist(),
                "orders": np.column_stack([rows, found.matching[rows]]).tolist(),
            }
            return BoundCertificate(bound, "certified", words, data)
    return ExhaustionCertificate("transactions", f"{words}: {argument}")


def _carrying_duals(
    market: DeliveryMarket, deadline: Deadline
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield duals of buyers and stores for the value that couriers can carry, better ones later."""
    full = market.costs.full
    if full is None or not market.costs.has_forbidden:
        costs: dict[str, Any] = {"cost_parts": {"courier": np.zeros(market.n_couriers)}}
    else:
        costs = {"costs": np.where(full < 0, np.nan, 0.0)}
    priced = price_couriers(DeliveryMarket(market.values, **costs), deadline)
    yield priced.buyers, priced.stores
    relaxed = Program(market, count_costs=False).relax(deadline)
    if relaxed is not None:
        yield rounded_duals(relaxed.buyers), rounded_duals(relaxed.stores)


def carried_bound(market: DeliveryMarket, buyers: FloatArray, stores: FloatArray) -> float:
    """Return the bound on the value that couriers can carry, from duals of buyers and stores."""
    left = market.values - buyers[:, None] - stores[None, :]
    if market.costs.has_forbidden:
        blocks = (left[np.isfinite(block)] for _, block in market.costs.blocks())
        best = sum(max(0.0, float(block.max(initial=0.0))) for block in blocks)
    else:
        best = market.n_couriers * max(0.0, float(left.max(initial=0.0)))
    total = float(buyers.sum() + stores.sum()) + best
    return math.floor(total) if market.is_exact else total
