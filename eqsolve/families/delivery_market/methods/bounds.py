"""Duals of the three sides that prove a bound on the welfare of any transactions.

For ``a[i], b[j] >= 0`` and ``g[k] = max(0, max over (i,j) of v[i,j] - c[k,i,j] - a[i] - b[j])``
every set of transactions has welfare at most ``sum a + sum b + sum g``. Duals are rounded to
multiples of 2**-20 (small ones to 41 binary digits), so that a verifier adds them up without error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.certificate import BoundCertificate
from eqsolve.core.incumbent import Incumbent
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.delivery_market.choice import Chosen
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.methods.base import DeliveryMethod
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["certify", "certify_none", "dual_bound", "rounded_duals", "solved"]


def rounded_duals(duals: FloatArray) -> FloatArray:
    """Return nonnegative duals as multiples of 2**-20, or finer where all of them are below 1."""
    kept = np.maximum(duals, 0.0)
    exponent = math.frexp(kept.max(initial=0.0))[1]
    bits = 20 if exponent > 0 else 41 - exponent
    found: FloatArray = np.ldexp(np.rint(np.ldexp(kept, bits)), -bits)
    return found


def dual_bound(market: DeliveryMarket, buyers: FloatArray, stores: FloatArray) -> float:
    """Return the bound that duals of buyers and stores prove, rounded down for whole numbers."""
    margins, _ = market.costs.margins(market.values - buyers[:, None] - stores[None, :])
    total = float(buyers.sum() + stores.sum() + np.maximum(margins, 0.0).sum())
    return math.floor(total) if market.is_exact else total


def certify(
    market: DeliveryMarket,
    bound: float,
    duals: tuple[FloatArray, FloatArray] | None,
    argument: str,
    source: str,
    floor: float | None = None,
    efficient: IntArray | None = None,
) -> BoundCertificate:
    """Return a certificate of `bound`, ``certified`` where the duals prove it by themselves.

    Parameters
    ----------
    bound : what is claimed.
    duals : of buyers and stores, for the efficient welfare; None where there are none.
    argument, source : why the bound holds where the duals alone do not prove it.
    floor : least cash flow asked for; the bound then speaks of these equilibria only.
    efficient : transactions that show the efficient welfare where the equilibrium does not.
    """
    data: dict[str, Any] = {} if floor is None else {"cash_flow_floor": floor}
    if efficient is not None:
        data["efficient"] = efficient.tolist()
    if duals is None:
        return BoundCertificate(bound, source, argument, data)
    buyers, stores = (rounded_duals(side) for side in duals)
    proved = dual_bound(market, buyers, stores)
    data |= {"buyers": buyers.tolist(), "stores": stores.tolist()}
    slack = 0.0 if market.is_exact else 1e-9 * max(abs(bound), market.money)
    if proved <= bound + slack:
        words = "duals of buyers, stores and couriers cover every triple"
        return BoundCertificate(bound, "certified", words, data)
    return BoundCertificate(bound, source, argument, data)


def certify_none(
    market: DeliveryMarket,
    floor: float,
    duals: tuple[FloatArray, FloatArray] | None,
    argument: str,
    source: str,
) -> BoundCertificate:
    """Return why no equilibrium has a platform cash flow of at least `floor`.

    Cash flow is at most the welfare, so duals that bound this below the floor prove it.
    """
    data: dict[str, Any] = {"cash_flow_floor": floor}
    if duals is not None:
        buyers, stores = (rounded_duals(side) for side in duals)
        data |= {"buyers": buyers.tolist(), "stores": stores.tolist()}
        if dual_bound(market, buyers, stores) < floor:
            source = "certified"
    return BoundCertificate(floor, source, argument, data)


def solved(
    method: DeliveryMethod,
    chosen: Chosen,
    certificate: BoundCertificate,
    counts: dict[str, Any],
    limit: Limit | None = None,
) -> Outcome[DeliverySolution]:
    """Return the outcome of a best equilibrium whose welfare is the bound that was certified.

    It is solved where its prices are those that were asked for.

    Parameters
    ----------
    limit : what kept better ones from being decided; the bound then covers them too.
    """
    assert chosen.solution is not None  # a best equilibrium was found
    return Incumbent(
        method=method.name,
        solution=chosen.solution,
        objective=chosen.solution.welfare,
        bound=certificate.bound,
        source=certificate.source,
        certificate=certificate,
        counts=counts,
        remarks=chosen.remark(method.choose),
    ).outcome(answered=chosen.limit is None and limit is None, limit=chosen.limit or limit)
