"""Best prices for given types, by looking at every price at which somebody changes his mind.

`best_price` sets one price exactly, `reprice` the prices of a menu one after the other (BUN-4).
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.limits import Deadline

__all__ = ["best_price", "reprice"]

_EDGE = 1e-10
"""Share of the greatest value within which the dearer of two entries is taken."""


def best_price(
    thresholds: FloatArray,
    weights: FloatArray,
    *,
    otherwise: FloatArray | float = 0.0,
    extra: FloatArray | float = 0.0,
) -> tuple[float, float]:
    """Return the price that earns most, and what it earns; infinite where nothing is best.

    Parameters
    ----------
    thresholds : shape (N,), the greatest price at which each type buys.
    weights : shape (N,).
    otherwise : what the seller earns from a type that does not buy.
    extra : what he earns from one that does, beside the price.

    Notes
    -----
    Revenue is linear between thresholds, so one of them (>= 0) is best. Cost O(N log N).

    Examples
    --------
    >>> best_price(np.array([1.0, 2.0, 5.0]), np.ones(3) / 3)
    (5.0, 1.6666666666666665)
    """
    order = np.argsort(-thresholds, kind="stable")
    prices, share = thresholds[order], weights[order]
    instead = np.broadcast_to(otherwise, prices.shape)[order] * share
    beside = np.broadcast_to(extra, prices.shape)[order] * share
    total = float(instead.sum())
    earned = prices * np.cumsum(share) + np.cumsum(beside) + total - np.cumsum(instead)
    last = np.append(prices[1:] < prices[:-1], True)[: len(prices)]  # all who buy at that price
    earned = np.where(last & (prices >= 0), earned, -np.inf)
    if not len(prices) or earned.max() <= total:
        return np.inf, total
    best = int(earned.argmax())
    return float(prices[best]), float(earned[best])


def reprice(
    values: FloatArray,
    prices: FloatArray,
    weights: FloatArray,
    *,
    sweeps: int = 4,
    deadline: Deadline | None = None,
) -> FloatArray:
    """Return prices of menu entries that earn no less, found by setting one after the other.

    Parameters
    ----------
    values : shape (N, K), of every entry to every type; the null entry is beside them.
    prices : shape (K,), where to begin; infinite where an entry is not sold.
    weights : shape (N,), of the types.
    sweeps : how often all entries are gone through; it ends earlier where none changes.
    deadline : when to stop.

    Notes
    -----
    For each type the best two entries are kept, so that a sweep costs O(N K) and a sort of N
    thresholds for each entry.

    Examples
    --------
    >>> values = np.array([[1.0, 3.0], [2.0, 2.0]])
    >>> reprice(values, np.array([1.0, 1.0]), np.ones(2) / 2).tolist()
    [2.0, 3.0]
    """
    current = _Menu(values, prices.copy(), weights)
    for _ in range(sweeps):
        changed = False
        for k in range(len(prices)):
            changed |= current.improve(k)
            if deadline is not None and deadline.expired():
                return current.prices
        if not changed:
            break
    return current.prices


class _Menu:
    """Prices, and the best two entries of every type (K stands for the null entry)."""

    def __init__(self, values: FloatArray, prices: FloatArray, weights: FloatArray) -> None:
        n = len(values)
        self.values, self.prices, self.weights = values, prices, weights
        self.utility = np.column_stack([values - prices, np.zeros(n), np.full(n, -np.inf)])
        self.money = np.append(np.where(np.isfinite(prices), prices, 0.0), [0.0, 0.0])
        # Of equal utilities the dearer entry is taken; what its price adds is below any tie.
        self.edge = _EDGE * float(np.abs(values).max(initial=0.0))
        self.first, self.second = np.zeros((2, n), dtype=np.int64)
        self._rank(np.arange(n))

    def _rank(self, rows: IntArray) -> None:
        """Find the best two entries of some types anew."""
        part = self.utility[rows] + self.edge * self.money / max(float(self.money.max()), 1e-300)
        two = np.argpartition(-part, 1, axis=1)[:, :2]
        ends = np.take_along_axis(part, two, axis=1)
        swap = ends[:, 1] > ends[:, 0]
        self.first[rows] = np.where(swap, two[:, 1], two[:, 0])
        self.second[rows] = np.where(swap, two[:, 0], two[:, 1])

    def improve(self, k: int) -> bool:
        """Set the price of one entry to the best one; return whether it earns more."""
        every = np.arange(len(self.first))
        other = np.where(self.first == k, self.second, self.first)
        rival = self.utility[every, other]
        otherwise = self.money[other]
        now = np.where(self.first == k, self.money[k], otherwise) @ self.weights
        thresholds = self.values[:, k] - rival
        price, earned = best_price(thresholds, self.weights, otherwise=otherwise)
        if earned <= now * (1 + 1e-12) + 1e-300:
            return False
        self.prices[k] = price
        self.money[k] = price if np.isfinite(price) else 0.0
        self.utility[:, k] = self.values[:, k] - price
        mine = self.utility[:, k]
        buys = thresholds >= price
        touched = (self.first == k) | (self.second == k)
        third = ~touched & (mine > self.utility[every, self.second]) & ~buys
        self.second = np.where(~touched & buys, self.first, np.where(third, k, self.second))
        self.first = np.where(~touched & buys, k, self.first)
        self._rank(np.flatnonzero(touched))
        return True
