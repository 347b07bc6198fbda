"""Third part of the verifier: what multipliers and duals prove about the best revenue.

For every matching M of known and candidate pairs and every split of the value of each trade into a
price r and a utility a = v - r, stability on the known pair (i, j) of value w implies
``min(u_i, w) + min(p_j, w) >= w``. Adding these conditions with multipliers ``L[i,j] >= 0`` to the
revenue bounds it by ``max over M of the sum of f_e - sum L w``, where ::

    f_e = max over 0 <= r <= v of
          c r + sum_k L[i,k] min(v - r, w[i,k]) + sum_l L[l,j] min(r, w[l,j])

with c = 1 on candidates and 0 on known pairs. Duals U, Q >= 0 with ``U_i + Q_j >= f_e`` bound the
maximum over matchings by their sum. The function inside is concave and piecewise linear in r, so
its maximum is attained where one of the terms has its corner.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, NumberArray

__all__ = ["lagrangian_bound"]

_GREATEST = 1e18
"""Multipliers are shares of money for money; beyond this one nothing is left but rounding."""

_ROUNDING = 2.0**-40
"""Share of the largest value by which duals of fractions may miss."""


def lagrangian_bound(
    values: NumberArray,
    known: BoolArray,
    candidate: BoolArray,
    data: Mapping[str, Any],
    poll: Callable[[], None],
) -> int | float | str:
    """Return the proved bound on the total price of introduced trades, or what is wrong.

    Parameters
    ----------
    values : shape (n, m).
    known, candidate : (n, m) masks.
    data : ``multipliers`` (list of ``[buyer, seller, number]``), ``row_duals``, ``column_duals``.
    poll : called for each buyer; may raise.
    """
    n, m = values.shape
    rows = np.array(data.get("row_duals", []), dtype=np.float64)
    columns = np.array(data.get("column_duals", []), dtype=np.float64)
    if rows.shape != (n,) or columns.shape != (m,):
        return "there must be one dual per agent"
    if rows.min(initial=0) < 0 or columns.min(initial=0) < 0:
        return "a dual is negative"
    if not data["multipliers"]:
        return _value_bound(np.where(candidate, values, 0), data)
    multipliers = np.zeros((n, m))
    for entry in data["multipliers"]:
        if len(entry) != 3 or not all(isinstance(index, int) for index in entry[:2]):
            return f"multiplier {entry} is not [buyer, seller, number]"
        i, j, number = entry
        if not (0 <= i < n and 0 <= j < m and known[i, j] and 0 <= number <= _GREATEST):
            return f"multiplier [{i}, {j}, {number}] is not from 0 to 1e18 on a known pair"
        multipliers[i, j] = number
    needed = edge_bounds(values.astype(np.float64), known, candidate, multipliers, poll)
    # Where a dual falls short of rounding, the shortfall is charged to the bound.
    short = np.maximum((needed - rows[:, None] - columns).max(axis=1, initial=0), 0)
    total = math.fsum(rows) + math.fsum(columns) + math.fsum(short)
    priced = math.fsum((multipliers * values)[known])
    # f_e sums a term per known pair of its two agents, each rounded at the size of what is summed:
    # with huge multipliers the difference of two huge sums proves nothing.
    terms = int(known.sum(axis=1).max(initial=0) + known.sum(axis=0).max(initial=0)) + 8
    return total - priced + terms * 2.0**-52 * (total + priced)


def _value_bound(worth: NumberArray, data: Mapping[str, Any]) -> int | float | str:
    """Return the bound without multipliers: f is the value itself; exact for whole numbers."""
    rows, columns = np.array(data["row_duals"]), np.array(data["column_duals"])
    whole = all(kind == "i" for kind in (worth.dtype.kind, rows.dtype.kind, columns.dtype.kind))
    slack = 0 if whole else _ROUNDING * worth.max(initial=0)
    if (worth - rows[:, None] - columns).max(initial=0) > slack:
        return "the duals do not cover the value of every candidate pair"
    duals = [*rows.tolist(), *columns.tolist()]
    return sum(duals) if whole else math.fsum(duals)


def edge_bounds(
    values: FloatArray,
    known: BoolArray,
    candidate: BoolArray,
    multipliers: FloatArray,
    poll: Callable[[], None],
) -> FloatArray:
    """Return f_e for every pair, 0 where there is none."""
    n, m = values.shape
    charge = candidate.astype(np.float64)
    present = known | candidate
    active = multipliers > 0
    if not active.any():
        return np.where(present, charge * values, 0.0)
    sellers = [_corners(values[active[:, j], j], multipliers[active[:, j], j]) for j in range(m)]
    best = np.zeros((n, m))
    for i in range(n):
        poll()
        knots, heights = _corners(values[i, active[i]], multipliers[i, active[i]])
        for j in np.flatnonzero(present[i]).tolist():
            value = values[i, j]
            points = np.concatenate([[0.0, value], value - knots, sellers[j][0]])
            r = points[(points >= 0) & (points <= value)]
            inner = charge[i, j] * r
            inner += np.interp(value - r, knots, heights) + np.interp(r, *sellers[j])
            best[i, j] = inner.max()
    return best


def _corners(breaks: FloatArray, slopes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return corners and heights of x -> sum of slopes * min(x, breaks), for x >= 0."""
    order = np.argsort(breaks)
    knots, slopes = breaks[order], slopes[order]
    steeper = slopes[::-1].cumsum()[::-1]
    heights = np.cumsum(np.diff(knots, prepend=0.0) * steeper)
    return np.concatenate([[0.0], knots]), np.concatenate([[0.0], heights])
