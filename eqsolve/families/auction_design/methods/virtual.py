"""Virtual values of one item: ironed ones of finitely many values, else lines.

With P(v >= v_k) = q_k the revenue curve has the points (q_k, q_k v_k); the ironed virtual value of
v_k is the slope of its concave hull between q_(k+1) and q_k (MEC-7).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_design.instance import FiniteLaw, Law
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    Discrete,
    Exponential,
    Marginal,
    SubsetsLaw,
    Uniform,
)

__all__ = ["ironed", "marginal_of", "scores_for", "values_of"]


def marginal_of(law: Law) -> Marginal | None:
    """Return the law of the value of one item, None where it has no simple form."""
    if isinstance(law, AdditiveLaw):
        return law.items[0]
    return Uniform(0.0, 1.0) if isinstance(law, SubsetsLaw) else None


def values_of(law: Law) -> tuple[FloatArray, FloatArray] | None:
    """Return the different values of one item, rising, and their probabilities; None: infinite."""
    if isinstance(law, FiniteLaw):
        worth, shares = law.valuations.of_all_items(), law.probabilities
    else:
        marginal = marginal_of(law)
        if isinstance(marginal, Discrete):
            worth, shares = np.array(marginal.values), np.array(marginal.weights)
            shares = shares / shares.sum()
        elif isinstance(marginal, Uniform) and marginal.low == marginal.high:
            worth, shares = np.array([marginal.low]), np.ones(1)
        elif isinstance(marginal, Exponential) and marginal.mean == 0:
            worth, shares = np.zeros(1), np.ones(1)
        else:
            return None
    values, place = np.unique(worth[shares > 0], return_inverse=True)
    chances: FloatArray = np.zeros(len(values))
    np.add.at(chances, place, shares[shares > 0])
    return values, chances


def line_of(marginal: Marginal) -> tuple[FloatArray, FloatArray] | None:
    """Return two points of the virtual value, which is a line; None where it is none.

    Of U[a, b] it is ``2 v - b``, of an exponential with mean s it is ``v - s``.
    """
    if isinstance(marginal, Uniform):
        values = np.array([marginal.low, marginal.high])
        return values, 2 * values - marginal.high
    if isinstance(marginal, Exponential):
        values = np.array([0.0, marginal.mean])
        return values, values - marginal.mean
    return None


def ironed(values: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the ironed virtual value of every value, and by how much the hull lies above.

    Parameters
    ----------
    values : rising.
    shares : their probabilities, > 0.

    Returns
    -------
    virtual : shape (K,), rising; equal where ironed.
    above : shape (K,), the hull less the revenue curve at P(v >= v_k).

    Examples
    --------
    >>> virtual, above = ironed(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.1, 0.4]))
    >>> virtual.round(3).tolist(), above.round(3).tolist()
    ([-0.333, -0.333, 3.0], [0.0, 0.167, 0.0])
    """
    chance = np.cumsum(shares[::-1])  # of at least so much, from the greatest value down
    chance[-1] = 1.0
    earned = chance * values[::-1]
    at, money = np.append(0.0, chance), np.append(0.0, earned)
    hull = [0]
    for k in range(1, len(at)):
        while len(hull) > 1 and _below(at, money, hull[-2], hull[-1], k):
            hull.pop()
        hull.append(k)
    virtual, above = np.empty((2, len(values)))
    for left, right in pairwise(hull):
        slope = (money[right] - money[left]) / (at[right] - at[left])
        inside = slice(left + 1, right + 1)
        virtual[left:right] = slope
        above[left:right] = money[left] + slope * (at[inside] - at[left]) - money[inside]
    return virtual[::-1].copy(), np.maximum(above[::-1], 0.0)


def _below(at: FloatArray, money: FloatArray, a: int, b: int, c: int) -> bool:
    """Return whether point b lies on or below the line from a to c."""
    cross = (at[b] - at[a]) * (money[c] - money[a]) - (money[b] - money[a]) * (at[c] - at[a])
    return bool(cross >= 0)


def scores_for(law: Law) -> tuple[FloatArray, FloatArray, bool] | None:
    """Return values, scores, and whether they lie on a line; None where neither form fits."""
    finite = values_of(law)
    if finite is not None:
        values, shares = finite
        return values, ironed(values, shares)[0], False
    marginal = marginal_of(law)
    line = None if marginal is None else line_of(marginal)
    return None if line is None else (*line, True)
