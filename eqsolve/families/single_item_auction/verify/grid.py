"""Regret with affiliated or common values on the verifier's own grid (CERT-G).

Types in the middle of cells, states at midpoints of the window that a type leaves open, bids evenly
spaced and the own bid. What is found is a gain of a type, up to the error of the sums: it can
refute a claim, and cannot prove one.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import FinitePrior, SingleItemAuction
from eqsolve.families.single_item_auction.verify.curves import Curve
from eqsolve.families.single_item_auction.verify.interval import Finding

__all__ = ["grid_finding"]

_TYPES, _STATES, _BIDS = 83, 181, 701


def _posterior(
    auction: SingleItemAuction, curve: Curve, value: float
) -> tuple[FloatArray, FloatArray]:
    """Return states and their chances given a type."""
    state, prior = auction.values.state, curve.prior
    assert state is not None
    if isinstance(prior, FinitePrior):
        shifts = value - prior.points
        weights = prior.probabilities * state.pdf(shifts)
    elif isinstance(state, FinitePrior):
        shifts, weights = state.points, state.probabilities * prior.pdf(value - state.points)
    else:
        low = max(state.support[0], value - prior.support[1])
        high = min(state.support[1], value - prior.support[0])
        ends = np.linspace(low, high, _STATES + 1)
        shifts = (ends[1:] + ends[:-1]) / 2
        weights = np.diff(state.cdf(ends)) * prior.pdf(value - shifts)
    total = float(weights.sum())
    return shifts, weights / total if total > 0 else weights


def grid_finding(auction: SingleItemAuction, bidder: int, curves: list[Curve]) -> Finding | None:
    """Return the greatest gain on the grid; None for k-th prices."""
    if auction.price_rank > 2:
        return None
    own = curves[bidder]
    rivals = [curve for i, curve in enumerate(curves) if i != bidder]
    rho, reserve = auction.risk[bidder], auction.reserve
    low, high = auction.values.support(bidder)
    ends = np.linspace(low, high, _TYPES + 1)
    top = max(float(max(curve.bids[-1] for curve in curves)), reserve)
    grid = np.linspace(reserve, top, _BIDS)
    if auction.bids is not None:
        grid = auction.bids.bids[auction.bids.bids >= reserve]
    worst = Finding(np.inf, 0.0, low, None)
    for value in ((ends[1:] + ends[:-1]) / 2).tolist():
        shifts, weights = _posterior(auction, own, value)
        if not weights.sum() > 0:
            continue
        made = float(np.interp(value, own.values, own.bids)) if value >= own.values[0] else -1.0
        bids = np.unique(np.append(grid, made)) if made >= reserve else grid
        if not len(bids):
            continue
        win, nobody = np.ones((len(shifts), len(bids))), np.ones((len(shifts), len(bids)))
        for rival in rivals:
            most = rival.prior.cdf(rival.types(bids, equal=True) - shifts[:, None])
            less = rival.prior.cdf(rival.types(bids, equal=False) - shifts[:, None])
            win *= (most + less) / 2
            nobody *= most
        worth = shifts[:, None] if auction.values.model == "common" else np.full((1, 1), value)
        margin = worth - bids
        gain = np.where(margin > 0, np.maximum(margin, 0.0) ** (1 - rho), margin) * win
        if auction.format == "all_pay":
            gain = worth * win - bids
        elif auction.price_rank == 2:
            ladder = np.append(reserve, bids)
            level = worth - ladder
            level = np.where(level > 0, np.maximum(level, 0.0) ** (1 - rho), level)
            start = np.ones((len(shifts), 1))
            for rival in rivals:
                at = rival.types(np.array([reserve]), equal=True)
                start = start * rival.prior.cdf(at - shifts[:, None])
            before = np.concatenate([start, nobody[:, :-1]], axis=1)
            gain = gain + np.cumsum((before + nobody) / 2 * -np.diff(level, axis=1), axis=1)
        mean = weights @ np.broadcast_to(gain, win.shape)
        if rho:
            mean = np.where(mean > 0, np.maximum(mean, 0.0) ** (1 / (1 - rho)), mean)
        held = float(mean[np.searchsorted(bids, made)]) if made >= reserve else 0.0
        k = int(np.argmax(mean))
        better = max(float(mean[k]), 0.0) - held
        if better > worst.gain:
            worst = Finding(np.inf, better, value, float(bids[k]) if mean[k] > 0 else None)
    return worst
