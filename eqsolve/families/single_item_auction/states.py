"""What a type tells its bidder about the state: the posterior of c or V.

Nodes and weights for any mix of finite and continuous parts; where both are continuous they are
Gauss-Legendre nodes in the window of states that the type leaves open.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.beliefs import nodes_between
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction

__all__ = ["states_given"]

_PANELS = 12


def states_given(
    auction: SingleItemAuction, bidder: int, value: float, panels: int = _PANELS
) -> tuple[FloatArray, FloatArray]:
    """Return states and their chances (which sum to 1) given a bidder's type."""
    prior, state = auction.values.own(bidder), auction.values.state
    if state is None:
        return np.zeros(1), np.ones(1)
    if isinstance(prior, FinitePrior):
        shifts = value - prior.points
        weights = prior.probabilities * state.pdf(shifts)
    elif isinstance(state, FinitePrior):
        shifts = state.points
        weights = state.probabilities * prior.pdf(value - shifts)
    else:
        low = max(state.support[0], value - prior.support[1])
        high = min(state.support[1], value - prior.support[0])
        if high <= low:
            return np.empty(0), np.empty(0)
        shifts, widths = nodes_between(low, high, panels)
        weights = widths * state.pdf(shifts) * prior.pdf(value - shifts)
    weights = np.where(np.isfinite(weights), weights, 0.0)
    total = float(weights.sum())
    return (shifts, weights / total) if total > 0 else (np.empty(0), np.empty(0))
