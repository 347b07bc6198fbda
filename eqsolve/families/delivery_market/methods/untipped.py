"""Markets without tips: which orders an equilibrium may and must place, and why there is none.

Without tips nobody is paid for an order that is not placed, so (TIP-0) orders O are supported
iff they are a maximum-weight matching of the values, and couriers carry them at least cost. By
complementary slackness with any optimal duals of the values, O is such a matching iff it uses
only tight pairs and serves everyone whose dual is positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from eqsolve.algorithms.matching.service import dense_matching
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.certificate import BoundCertificate, Certificate, ExhaustionCertificate
from eqsolve.core.limits import Deadline
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.bounds import certify, rounded_duals
from eqsolve.families.delivery_market.methods.courier_prices import price_couriers
from eqsolve.families.delivery_market.methods.efficient import (
    Efficient,
    efficient_by_assignment,
)
from eqsolve.families.delivery_market.methods.program import Backend, Cut, Program
from eqsolve.families.delivery_market.structure import Structure

__all__ = ["Demand", "certify_untipped", "demanded", "untipped_program", "why_none"]


class Demand(NamedTuple):
    """What buyers demand without tips.

    Parameters
    ----------
    buyers, stores : shapes (n,), (m,), optimal duals of the values, on the grid of `bounds`.
    reward : above the cost of any transactions.
    rewards : shape (n, m), on tight pairs `reward` for each of the two with a positive dual,
        0 elsewhere: the most rewarding orders are those of greatest value.
    """

    buyers: FloatArray
    stores: FloatArray
    reward: float
    rewards: NumberArray

    @property
    def most(self) -> float:
        """The sum of the rewards of orders of greatest value, whichever they are."""
        return self.reward * float((self.buyers > 0).sum() + (self.stores > 0).sum())


def demanded(market: DeliveryMarket) -> Demand:
    """Return which orders an equilibrium without tips may place, and whom it must serve."""
    found = dense_matching(market.values)
    assert found is not None  # no deadline was given
    slack = _slack(market)
    buyers, stores = (
        np.where(side > slack, side, 0.0) for side in (found.row_duals, found.col_duals)
    )
    tight = buyers[:, None] + stores[None, :] - market.values <= 2 * slack
    most = market.costs.largest * min(market.side_sizes().values())
    reward = most + 1.0 if market.is_exact else 2.0 * most or 1.0  # above any costs, of their size
    served = (buyers > 0)[:, None].astype(np.float64) + (stores > 0)[None, :]
    return Demand(buyers, stores, reward, np.where(tight, reward * served, 0.0))


def certify_untipped(
    market: DeliveryMarket,
    welfare: float,
    demand: Demand,
    efficient: Efficient,
    best: Efficient,
    shown: IntArray,
) -> BoundCertificate:
    """Return why no equilibrium without tips has more than `welfare`.

    Every equilibrium has orders of greatest value W, so they earn `demand.most` in rewards. The
    duals of `best` bound rewards minus costs by D: so its costs are at least ``most - D``, and
    its welfare is at most ``W - most + D``.

    Parameters
    ----------
    demand : whom orders must serve.
    efficient : duals that bound the welfare of any transactions.
    best : duals of rewards minus costs.
    shown : efficient transactions.
    """
    proof = {
        "value_buyers": demand.buyers.tolist(),
        "value_stores": demand.stores.tolist(),
        "reward": demand.reward,
        "buyers": rounded_duals(best.buyers).tolist(),
        "stores": rounded_duals(best.stores).tolist(),
    }
    duals = (efficient.buyers, efficient.stores)
    plain = certify(market, welfare, duals, "", "certified", efficient=shown)
    words = "duals of the costs of serving everyone whom orders of greatest value serve"
    return BoundCertificate(welfare, "certified", words, {**plain.data, "untipped": proof})


def untipped_program(market: DeliveryMarket, backend: Backend) -> Program:
    """Return the program whose solutions place exactly the orders of equilibria without tips."""
    demand = demanded(market)
    paid = demand.buyers[:, None] + demand.stores[None, :]
    program = Program(market, backend, allowed=paid - market.values <= 2 * _slack(market))
    nobody = np.zeros(market.n_couriers)
    for duals, rows in ((demand.buyers, True), (demand.stores, False)):
        for agent in np.flatnonzero(duals):
            orders = np.zeros(market.values.shape)
            orders[agent if rows else (slice(None), agent)] = 1.0
            program.cuts.append(Cut(orders, nobody, nobody, 1.0))
    return program


def _slack(market: DeliveryMarket) -> float:
    """Return what duals may miss by rounding."""
    return 0.0 if market.is_exact else 1e-9 * float(market.values.max(initial=0))


def why_none(market: DeliveryMarket, argument: str, deadline: Deadline) -> Certificate:
    """Return why no equilibrium without tips exists, known that there is none.

    Buyers demand a matching of greatest value W. Where duals ``a[i] + b[j] + g[k] >= v[i,j]``
    over all deliverable triples sum to less than W, couriers cannot carry any such matching.

    Parameters
    ----------
    argument : how it is known, for the record where no duals prove it.
    """
    found = dense_matching(market.values)
    assert found is not None  # no deadline was given
    demand = float(found.row_duals.sum() + found.col_duals.sum())
    words = "no assignment of couriers carries orders worth what buyers demand without tips"
    for buyers, stores in _carrying_duals(market, deadline):
        bound = carried_bound(market, buyers, stores)
        if bound < demand - (0.0 if market.is_exact else 1e-7 * market.money):
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
    if not market.costs.has_forbidden:
        legs = np.zeros((market.n_couriers, market.n_stores))
        alike = Structure("identical couriers", True, legs, np.zeros(market.values.shape))
        found = efficient_by_assignment(market.values, alike, deadline)
        if found is not None:
            yield rounded_duals(found.buyers), rounded_duals(found.stores)
        return
    assert market.costs.full is not None  # parts forbid nothing
    free = np.where(market.costs.full < 0, np.nan, 0.0)
    priced = price_couriers(DeliveryMarket(market.values, free), deadline)
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
