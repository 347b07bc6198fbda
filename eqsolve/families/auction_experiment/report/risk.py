"""The risk aversion under which first-price bids fit the equilibrium best (AUC-2).

With constant relative risk aversion rho of all bidders the equilibrium is
``v - int_r^v F^alpha / F(v)^alpha`` with ``alpha = (n-1)/(1-rho)``; for values uniform on [0, h]
this is ``(n-1)/(n-rho) v``. The rho in [0, 1) with the least squares is found by bounded search
(the sum of squares need not have one minimum elsewhere: ends are compared). Uniform priors only,
whole numbers read as the interval they fill; bids of types below the reserve are left aside.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import BoolArray
from eqsolve.families.auction_experiment.report.observations import Bids
from eqsolve.families.auction_experiment.report.sessions import Mean, jackknife
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.single_item_auction.formulas import first_price_bids
from eqsolve.families.single_item_auction.instance.priors import Integers, Uniform

__all__ = ["implied_rho"]

_LARGEST = 1 - 1e-6
_TOLERANCE = 1e-10


def implied_rho(record: ExperimentRecord, bids: Bids) -> Mean:
    """Return the risk aversion that bids imply, with its error by session; else no value."""
    auction = record.experiment.auction
    none = Mean(None, None, 0, 0)
    if auction.sealed_format != "first_price" or auction.values.model != "private":
        return none
    prior, n = auction.values.own(0), auction.n_bidders
    if n < 2 or not auction.values.is_symmetric or not isinstance(prior, Uniform | Integers):
        return none
    low, reserve = float(prior.support[0]), float(auction.reserve)
    part = bids.chosen(bids.types > max(low, reserve))

    def best(kept: BoolArray) -> float | None:
        from scipy.optimize import minimize_scalar

        types, shown = part.types[kept], part.bids[kept]
        if not len(types):
            return None

        def loss(rho: float) -> float:
            gap = shown - first_price_bids(types, low, 1.0, n, rho, reserve)
            return float(gap @ gap)

        options = {"xatol": _TOLERANCE}
        inner = minimize_scalar(loss, bounds=(0, _LARGEST), method="bounded", options=options)
        return min((0.0, float(inner.x), _LARGEST), key=loss)

    if not len(part):
        return none
    return jackknife(best, np.asarray(part.sessions))
