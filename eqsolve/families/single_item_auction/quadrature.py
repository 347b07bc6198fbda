"""Equilibrium bids of symmetric bidders by quadrature, for priors without a formula.

First prices (AUC-2, and AUC-7 for affiliated or common values): a type bids the mean of what the
prize is worth to one who ties with the best rival, weighed by ``L(t|x) = exp(-int_t^x g/G)``; from
one node to the next ``b(x') = w(x') - (w(x) - b(x)) e^-D - (w(x') - w(x)) (1 - e^-D) / D`` with D
the integral of g/G between them. For independent values L is ``(F(t)/F(x))^alpha`` and no rate is
needed. All-pay (AUC-3): ``b(v) = v G(v) - int G``. O(nodes) each.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import Prior, SingleItemAuction
from eqsolve.families.single_item_auction.instance.priors import Histogram
from eqsolve.families.single_item_auction.states import states_given

__all__ = ["affiliated_bids", "all_pay_nodes", "breakpoints", "first_price_nodes", "marginal_worth"]

_INNER = 8
"""Gauss nodes between two breakpoints."""


def breakpoints(prior: Prior, start: float, points: int) -> FloatArray:
    """Return about `points` types from `start` on: half evenly spaced, half evenly likely."""
    low, high = prior.support
    start = min(max(start, low), high)
    shares = np.linspace(float(prior.cdf(start)), 1.0, points // 2 + 1)[1:-1]
    found = np.concatenate([np.linspace(start, high, points - points // 2), prior.quantile(shares)])
    if isinstance(prior, Histogram):
        found = np.append(found, prior.edges)
    found = np.unique(found[(found >= start) & (found <= high)])
    keep = np.append(True, np.diff(found) > 1e-9 * (high - low))
    keep[-1] = True
    return np.asarray(found[keep])


def _areas(prior: Prior, types: FloatArray, power: float) -> FloatArray:
    """Return the integrals of ``(F(x) / F(right)) ** power`` between neighbors, shape (J - 1,)."""
    x, w = np.polynomial.legendre.leggauss(_INNER)
    half = np.diff(types) / 2
    nodes = (types[:-1] + half)[:, None] + half[:, None] * x
    top = prior.cdf(types[1:])[:, None]
    share = np.where(top > 0, prior.cdf(nodes) / np.where(top > 0, top, 1.0), 0.0)
    return np.asarray((np.minimum(share, 1.0) ** power) @ w * half)


def first_price_nodes(prior: Prior, types: FloatArray, power: float) -> FloatArray:
    """Return first-price bids of rising types, the first of which bids its value (AUC-2).

    Parameters
    ----------
    power : ``(n - 1) / (1 - rho)``.
    """
    chance = prior.cdf(types)
    shrink = (chance[:-1] / np.where(chance[1:] > 0, chance[1:], 1.0)) ** power
    shaded, area = [0.0], 0.0
    for factor, step in zip(shrink.tolist(), _areas(prior, types, power).tolist(), strict=True):
        area = area * factor + step
        shaded.append(area)
    return np.asarray(types - np.array(shaded))


def all_pay_nodes(prior: Prior, types: FloatArray, n: int) -> FloatArray:
    """Return all-pay bids of rising types, the first of which is the threshold (AUC-3)."""
    chance = prior.cdf(types) ** (n - 1)
    area = np.concatenate([[0.0], np.cumsum(_areas(prior, types, n - 1) * chance[1:])])
    return np.asarray(types * chance - area)


def _tie(auction: SingleItemAuction, x: float) -> tuple[float, float, float]:
    """Return density and chance of the best rival type at the own type x, and the worth of a tie.

    ``g(x|x)``, ``G(x|x)`` and ``E[worth | own type x, best rival type x]``.
    """
    n, prior = auction.n_bidders, auction.values.own(0)
    shifts, weights = states_given(auction, 0, x)
    if not len(shifts):
        return 0.0, 0.0, x
    chance, density = prior.cdf(x - shifts), prior.pdf(x - shifts)
    tie = weights * chance ** (n - 2) * np.where(np.isfinite(density), density, 0.0)
    total = float(tie.sum())
    worth = x
    if auction.values.model == "common":
        worth = float(tie @ shifts / total) if total > 0 else float(weights @ shifts)
    return (n - 1) * total, float(weights @ chance ** (n - 1)), worth


def marginal_worth(auction: SingleItemAuction, types: FloatArray) -> FloatArray:
    """Return what the prize is worth to types that tie with the best rival, shape of `types`."""
    return np.array([_tie(auction, x)[2] for x in types.tolist()])


def affiliated_bids(auction: SingleItemAuction, points: int) -> tuple[FloatArray, FloatArray]:
    """Return types and first-price bids of symmetric bidders with affiliated types (AUC-7).

    Notes
    -----
    O(points * states). Source: Milgrom and Weber (1982), theorem 14.
    """
    low, high = auction.values.support(0)
    width = high - low
    # The rate g/G is about (power / (x - low)) at the bottom: nodes grow by a factor there.
    near = low + width * np.geomspace(1e-6, 0.05, points // 4)
    types = np.concatenate([near, np.linspace(low + width * 0.05, high - 1e-9 * width, points)])
    types = np.unique(types)
    rates, worths = [], []
    for x in types.tolist():
        density, chance, tied = _tie(auction, x)
        rates.append(density / chance if chance > 0 else math.inf)
        worths.append(tied)
    worth = np.array(worths)
    first = _first_type(auction, types, worth)
    if first is None:
        return np.array([high]), np.array([max(high, auction.reserve)])
    types, worth, rate = types[first:], worth[first:], np.array(rates)[first:]
    bids = np.empty(len(types))
    bids[0] = max(worth[0], auction.reserve) if auction.reserve > low else worth[0]
    for j in range(1, len(types)):
        ends = rate[j - 1], rate[j]
        step = (types[j] - types[j - 1]) * (
            math.sqrt(ends[0] * ends[1]) if all(map(math.isfinite, ends)) else max(ends)
        )
        rise = worth[j] - worth[j - 1]
        left = math.exp(-step) if math.isfinite(step) else 0.0
        spread = (1 - left) / step if step > 1e-12 else 1.0
        bids[j] = worth[j] - (worth[j - 1] - bids[j - 1]) * left - rise * spread
    return types, np.maximum.accumulate(bids)


def _first_type(auction: SingleItemAuction, types: FloatArray, worth: FloatArray) -> int | None:
    """Return the place of the first type that takes part: who wins alone gets the reserve back."""
    if auction.values.model == "affiliated":
        good = types >= auction.reserve
    else:
        n, prior = auction.n_bidders, auction.values.own(0)
        good = np.zeros(len(types), dtype=bool)
        for j, x in enumerate(types.tolist()):
            shifts, weights = states_given(auction, 0, x)
            lower = weights * prior.cdf(x - shifts) ** (n - 1)
            total = float(lower.sum())
            good[j] = total > 0 and float(lower @ shifts) >= auction.reserve * total
        if auction.reserve <= worth.min():
            good[:] = True
    return int(np.argmax(good)) if good.any() else None
