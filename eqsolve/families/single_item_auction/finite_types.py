"""The types that bidders of a finite model may have, whatever their probability.

A type is a draw from the own prior and the shift of a state; each comes once, rising.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction

__all__ = ["all_types", "types_of"]


def all_types(auction: SingleItemAuction) -> list[float]:
    """Return all types of a finite model, rising."""
    return sorted({v for i in range(auction.n_bidders) for v in types_of(auction, i).tolist()})


def types_of(auction: SingleItemAuction, bidder: int) -> FloatArray:
    """Return the types that a bidder of a finite model may have, rising, shape (T,)."""
    prior = auction.values.own(bidder)
    assert isinstance(prior, FinitePrior)
    shifts = [state.shift for state in auction.values.states()]
    return np.array(
        sorted({float(point + shift) for shift in shifts for point in prior.exact_points})
    )
