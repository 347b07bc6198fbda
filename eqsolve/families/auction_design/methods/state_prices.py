"""Prices of the alternatives of one state, given what the seller earns later (SEQ-2).

A buyer takes the alternative (a bundle, or a size) with the greatest value less price, or nothing;
the seller earns its price and what the state after it is worth more than the state after nothing.
Prices are shifted alone and in groups (from one size on; all bundles with an item): each shift is
looked at for every place where buyers change their minds, up to the width of a bin.

Cost of a sweep: O(N K) for single prices and tails, O(N K) for each group; N types, K alternatives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray
from eqsolve.core.limits import Deadline

__all__ = ["best_shift", "earned", "improved"]

BINS = 1024
"""Shifts looked at, evenly between the first and the last change of mind."""

_ENOUGH = 1e-5
"""Share of what is earned that a sweep must add for another one; less is not seen in play."""


def best_shift(
    gap: FloatArray, instead: FloatArray, taken: FloatArray, weights: FloatArray
) -> tuple[float, float]:
    """Return by how much to raise the prices of a group, and what that adds.

    Parameters
    ----------
    gap : shape (N,), utility of the best alternative of the group less that of the best other one.
    instead, taken : shape (N,), what the seller earns from the other one, from that of the group.
    weights : shape (N,).

    Examples
    --------
    >>> three = np.array([1.0, 2.0, 5.0])
    >>> shift, more = best_shift(three, np.zeros(3), np.zeros(3), np.ones(3))
    >>> round(shift, 2), round(more, 2)
    (5.0, 5.0)
    """
    gain = weights * (taken - instead)
    now = float(gain[gap >= 0].sum())
    low, high = float(gap.min()), float(gap.max())
    if not high > low:
        edges = np.array([low])
        place = np.zeros(len(gap), dtype=np.int64)
    else:
        edges = np.linspace(low, high, BINS)
        place = ((gap - low) * ((BINS - 1) / (high - low))).astype(np.int64)
        np.minimum(place, BINS - 1, out=place)
        place -= gap < edges[place]  # rounding must not put a type above its gap
    count = np.bincount(place, weights=weights, minlength=len(edges))
    sums = np.bincount(place, weights=gain, minlength=len(edges))
    total = edges * np.cumsum(count[::-1])[::-1] + np.cumsum(sums[::-1])[::-1]
    best = int(total.argmax())
    if total[best] <= max(now, 0.0):
        if now < 0:  # better to sell nothing of the group
            return high + max(abs(high), abs(low), 1.0) * 1e-6, -now
        return 0.0, 0.0
    return float(edges[best]), float(total[best]) - now


def earned(values: FloatArray, prices: FloatArray, worth: FloatArray) -> FloatArray:
    """Return what the seller earns from each type, with what comes later, shape (N,).

    Parameters
    ----------
    values : shape (K, N).
    prices, worth : shape (K,).
    """
    utility = np.zeros(values.shape[1])
    money = np.zeros(values.shape[1])
    for k in range(len(prices)):
        _take_better(utility, money, values[k] - prices[k], prices[k] + worth[k])
    return money


def _take_better(
    utility: FloatArray, money: FloatArray, other: FloatArray, earns: FloatArray | float
) -> None:
    """Replace the best alternative of each type by another one that is as good."""
    better = other >= utility
    np.maximum(utility, other, out=utility)
    np.putmask(money, better, earns)  # faster than copying


def improved(
    values: FloatArray,
    prices: FloatArray,
    worth: FloatArray,
    weights: FloatArray,
    *,
    tails: Sequence[int] = (),
    groups: Sequence[BoolArray] = (),
    sweeps: int = 10,
    deadline: Deadline | None = None,
) -> FloatArray:
    """Return prices that earn no less from these types.

    Parameters
    ----------
    values : shape (K, N), of every alternative to every type.
    prices : shape (K,), where to begin.
    worth : shape (K,), what the seller earns later after it, less what he does after nothing.
    weights : shape (N,), summing to 1.
    tails : places k; the prices of all alternatives from k on are shifted together.
    groups : shape (K,) each; the prices of these alternatives are shifted together.
    sweeps : at most so many.
    deadline : when to stop.

    Examples
    --------
    >>> values = np.array([[1.0, 2.0, 3.0, 4.0]])
    >>> improved(values, np.zeros(1), np.zeros(1), np.full(4, 0.25)).round(2).tolist()
    [2.0]
    """
    before = float(weights @ earned(values, prices, worth))
    for _ in range(sweeps):
        better = prices.copy()
        _one_by_one(values, better, worth, weights)
        if tails:
            _by_tails(values, better, worth, weights, frozenset(tails))
        for group in groups:
            _by_group(values, better, worth, weights, group)
        after = float(weights @ earned(values, better, worth))
        if after <= before:  # a buyer whom a shift leaves at a tie may decide otherwise
            break
        gain, before, prices = after - before, after, better
        if gain <= _ENOUGH * abs(after) or (deadline is not None and deadline.expired()):
            break
    return prices


def _above(
    values: FloatArray, prices: FloatArray, worth: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the best utility among the alternatives from k on, and what it earns, (K + 1, N)."""
    utility = np.full((len(prices) + 1, values.shape[1]), -np.inf)
    money = np.zeros_like(utility)
    for k in range(len(prices) - 1, -1, -1):
        utility[k], money[k] = utility[k + 1], money[k + 1]
        _take_better(utility[k], money[k], values[k] - prices[k], prices[k] + worth[k])
    return utility, money


def _one_by_one(
    values: FloatArray, prices: FloatArray, worth: FloatArray, weights: FloatArray
) -> float:
    """Set every price, the others fixed; return what is gained."""
    above, later = _above(values, prices, worth)
    below, before = np.zeros((2, values.shape[1]))
    gained = 0.0
    for k in range(len(prices)):
        rival, money = below.copy(), before.copy()
        _take_better(rival, money, above[k + 1], later[k + 1])
        mine = np.full_like(money, prices[k] + worth[k])
        shift, gain = best_shift(values[k] - prices[k] - rival, money, mine, weights)
        prices[k] += shift
        gained += gain
        _take_better(below, before, values[k] - prices[k], prices[k] + worth[k])
    return gained


def _by_tails(
    values: FloatArray,
    prices: FloatArray,
    worth: FloatArray,
    weights: FloatArray,
    tails: frozenset[int],
) -> float:
    """Shift all prices from a place on, place by place; return what is gained."""
    above, later = _above(values, prices, worth)
    below, before = np.zeros((2, values.shape[1]))
    raised = gained = 0.0
    for k in range(len(prices)):
        if k in tails:
            gap = above[k] - raised - below
            shift, gain = best_shift(gap, before, later[k] + raised, weights)
            raised += shift
            gained += gain
        prices[k] += raised
        _take_better(below, before, values[k] - prices[k], prices[k] + worth[k])
    return gained


def _by_group(
    values: FloatArray,
    prices: FloatArray,
    worth: FloatArray,
    weights: FloatArray,
    group: BoolArray,
) -> float:
    """Shift the prices of a group; return what is gained."""
    utility, money = np.zeros((2, values.shape[1]))
    mine, own = np.full_like(utility, -np.inf), np.zeros_like(money)
    for k, inside in enumerate(group.tolist()):
        best, earns = (mine, own) if inside else (utility, money)
        _take_better(best, earns, values[k] - prices[k], prices[k] + worth[k])
    shift, gain = best_shift(mine - utility, money, own, weights)
    prices[group] += shift
    return gain
