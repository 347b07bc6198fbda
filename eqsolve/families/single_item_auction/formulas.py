"""Equilibrium bids in closed form (AUC-2 to AUC-6, AUC-8), limits included.

Each function returns bids of an array of types; types below the first that takes part are not asked
about. A prior here is uniform or a power law, ``F(x) = ((x - lo) / (hi - lo)) ** a``, unless said
otherwise; ``F ** alpha`` is then a power law with exponent ``alpha * a``.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.single_item_auction.instance import Prior
from eqsolve.families.single_item_auction.instance.priors import Power, Uniform

__all__ = [
    "all_pay_bids", "all_pay_threshold", "common_first_bids", "common_second_bids",
    "first_price_bids", "power_of", "ranked_bids", "two_uniform_bids",
]  # fmt: skip


def power_of(prior: Prior) -> tuple[float, float, float] | None:
    """Return lo, hi and a of a uniform or power prior, None for others."""
    if isinstance(prior, Uniform):
        return prior.low, prior.high, 1.0
    if isinstance(prior, Power):
        return prior.low, prior.high, prior.exponent
    return None


def first_price_bids(
    v: FloatArray, low: float, a: float, n: int, rho: float, reserve: float
) -> FloatArray:
    """Return first-price bids (AUC-2); n >= 2, v >= max(low, reserve).

    Examples
    --------
    >>> first_price_bids(np.array([0.0, 0.5, 1.0]), 0.0, 1.0, 3, 0.0, 0.0).round(4).tolist()
    [0.0, 0.3333, 0.6667]
    """
    power = a * (n - 1) / (1 - rho)
    start = max(low, reserve)
    x = np.maximum(v - low, 0.0)
    shaded = x / (power + 1)
    if start > low:
        with np.errstate(divide="ignore", invalid="ignore"):
            left = (start - low) / (power + 1) * ((start - low) / x) ** power
        shaded = np.where(x > 0, shaded - left, 0.0)
    return np.asarray(v - shaded)


def all_pay_threshold(prior: Prior, n: int, reserve: float) -> float:
    """Return the least type that takes part in an all-pay auction: ``v F(v)^(n-1) = reserve``.

    Any prior; infinite where no type does.
    """
    low, high = prior.support
    if reserve <= 0 or (n == 1 and reserve <= low):
        return low
    if reserve > high:
        return math.inf
    left, right = low, high
    for _ in range(200):  # bisection down to neighboring floats
        middle = (left + right) / 2
        if middle * float(prior.cdf(middle)) ** (n - 1) < reserve:
            left = middle
        else:
            right = middle
    return right


def all_pay_bids(
    v: FloatArray, low: float, high: float, a: float, n: int, threshold: float
) -> FloatArray:
    """Return all-pay bids (AUC-3) of types from the threshold on.

    ``v G(v) - int_threshold^v G``; without a reserve the threshold is `low`.
    """
    power, width = a * (n - 1), high - low

    def chance(x: FloatArray) -> FloatArray:
        return np.asarray(np.maximum((x - low) / width, 0.0) ** power)

    at = np.full(1, threshold)
    area = (chance(v) * (v - low) - chance(at) * (at - low)) / (power + 1)
    return np.asarray(v * chance(v) - area)


def ranked_bids(v: FloatArray, prior: Prior, n: int, k: int) -> FloatArray | None:
    """Return k-th price bids (AUC-4); any prior for k = 3, uniform and power laws beyond.

    None where there is no formula, or where its bids do not rise or are not finite.
    """
    shape = power_of(prior)
    if shape is not None:
        low, _, a = shape
        factor = math.prod((n - 2 + 1 / a - i) / (n - 2 - i) for i in range(k - 2))
        return np.asarray(low + (v - low) * factor)
    if k != 3:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = prior.cdf(v) / prior.pdf(v)
    found = v + ratio / (n - 2)
    found[v <= prior.support[0]] = prior.support[0]
    fine = np.isfinite(found).all() and (np.diff(found) > 0).all()
    return np.asarray(found) if fine else None


def two_uniform_bids(x: FloatArray, own: float, other: float) -> FloatArray:
    """Return bids of U[0, own] against U[0, other] at first prices (AUC-6)."""
    k = 1 / own**2 - 1 / other**2
    inside = np.sqrt(np.maximum(1 - k * x**2, 0.0))
    return np.asarray(x / (1 + inside))  # (1 - root) / (k x) without cancelling


def common_second_bids(s: FloatArray, low: float, high: float, noise: float, n: int) -> FloatArray:
    """Return second-price bids for a common value U[low, high] seen with noise (AUC-8).

    The worth expected by one who ties with the highest rival; all signals from ``low - noise`` to
    ``high + noise``.
    """
    w1 = np.maximum(0.0, s + noise - high)
    w2 = np.minimum(2 * noise, s + noise - low)
    # (w2^n - w1^n) / (w2^(n-1) - w1^(n-1)), which tends to n / (n-1) w where both are w.
    top = sum(w2 ** (n - 1 - i) * w1**i for i in range(n))
    bottom = sum(w2 ** (n - 2 - i) * w1**i for i in range(n - 1))
    ratio = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0)
    return np.asarray(s + noise - (n - 1) / n * ratio)


def common_first_bids(s: FloatArray, low: float, noise: float, n: int) -> FloatArray:
    """Return first-price bids for signals inside ``[low + noise, high - noise]`` (AUC-8)."""
    decay = np.exp(-n / (2 * noise) * (s - low - noise))
    return np.asarray(s - noise + 2 * noise / (n + 1) * decay)
