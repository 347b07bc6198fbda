"""What stability and a bound say about who can trade, and at what prices and utilities.

Both only narrow: `by_stability` from ``u_i + p_j >= w`` on known pairs and ``u_i + p_j = v`` on
trades, `by_cost` from what a bound loses if a pair trades at a price. Nothing is lost but outcomes
that are no equilibrium, or that earn less than is asked for. Shapes: see `Network` and `Ranges`;
`fixed` is (n, m), `multipliers` (known pairs + 1,).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.families.trading_network.kernels.truncated_bound import Network, Ranges, Relaxed

__all__ = ["by_cost", "by_stability"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@kernel
def _up(number: float, grain: float) -> float:
    """Return the least multiple of `grain` from `number` on, up to rounding; 0: any number."""
    return grain * math.ceil(number / grain - 1e-6) if grain > 0.0 else number


@kernel
def _down(number: float, grain: float) -> float:
    """Return the greatest multiple of `grain` up to `number`; see `_up`."""
    return grain * math.floor(number / grain + 1e-6) if grain > 0.0 else number


@kernel
def by_stability(
    network: Network, ranges: Ranges, fixed: BoolArray, grain: float, slack: float
) -> bool:
    """Narrow `ranges` in place until nothing moves; return False if nothing is left.

    Parameters
    ----------
    fixed : (n, m), pairs that must trade.
    grain : prices are multiples of it; 0: any.
    slack : changes up to this do not count.
    """
    values, allowed = network.values, ranges.allowed
    least_u, most_u, least_p, most_p = ranges.least_u, ranges.most_u, ranges.least_p, ranges.most_p
    n, m = values.shape
    changed, turns = True, 0
    while changed and turns < 10:
        changed, turns = False, turns + 1
        top_p = np.zeros(m)
        for i in range(n):
            top_u = 0.0
            for j in range(m):
                if not allowed[i, j]:
                    continue
                v = values[i, j]
                low = max(least_p[j], v - most_u[i])
                high = min(most_p[j], v - least_u[i])
                if low > high + slack:
                    if fixed[i, j]:
                        return False
                    allowed[i, j] = False
                    changed = True
                    continue
                top_u, top_p[j] = max(top_u, v - low), max(top_p[j], high)
                if fixed[i, j]:
                    if low > least_p[j] + slack:
                        least_p[j] = low
                        changed = True
                    if v - high > least_u[i] + slack:
                        least_u[i] = v - high
                        changed = True
            if top_u < most_u[i] - slack:
                most_u[i] = _down(top_u, grain)
                changed = True
            if least_u[i] > most_u[i] + slack:
                return False
        for j in range(m):
            if top_p[j] < most_p[j] - slack:
                most_p[j] = _down(top_p[j], grain)
                changed = True
            if least_p[j] > most_p[j] + slack:
                return False
        for t in range(network.worth.size):
            i, j, w = network.row[t], network.column[t], network.worth[t]
            if w - most_u[i] > least_p[j] + slack:
                least_p[j] = _up(w - most_u[i], grain)
                changed = True
            if w - most_p[j] > least_u[i] + slack:
                least_u[i] = _up(w - most_p[j], grain)
                changed = True
    return True


@kernel
def _height(network: Network, multipliers: FloatArray, i: int, j: int, r: float) -> float:
    """Return what pair (i, j) contributes to the bound at price r."""
    height = r - multipliers[-1] if network.candidate[i, j] else 0.0
    for t in range(network.row_start[i], network.row_start[i + 1]):
        known = network.by_row[t]
        height += multipliers[known] * min(network.values[i, j] - r, network.worth[known])
    for t in range(network.column_start[j], network.column_start[j + 1]):
        known = network.by_column[t]
        height += multipliers[known] * min(r, network.worth[known])
    return height


@kernel
def _edge(
    network: Network,
    multipliers: FloatArray,
    i: int,
    j: int,
    inside: float,
    outside: float,
    side: float,
    level: float,
    fine: float,
) -> float:
    """Return where, from `outside` towards `inside`, the height reaches `level`, up to `fine`.

    `side` is 1 if `outside` is above `inside`, -1 if it is below.
    """
    if _height(network, multipliers, i, j, outside) < level:
        while side * (outside - inside) > fine:
            middle = (inside + outside) / 2.0
            if _height(network, multipliers, i, j, middle) < level:
                outside = middle
            else:
                inside = middle
    return outside


@kernel
def by_cost(
    network: Network,
    ranges: Ranges,
    fixed: BoolArray,
    multipliers: FloatArray,
    relaxed: Relaxed,
    room: float,
    grain: float,
    fine: float,
) -> None:
    """Narrow `ranges` in place to trades that cost the bound at most `room`.

    Parameters
    ----------
    fixed : (n, m), pairs that must trade; what turns out so is added.
    multipliers, relaxed : what gave the bound.
    room : the bound less what a set must earn to be of interest.
    grain, fine : prices are multiples of `grain` (0: any), and are found up to `fine`.

    Notes
    -----
    A trade of e at price r costs ``u_i + p_j - f_e(r)``, concave in r: its range is found by
    halving. Agents whose dual exceeds `room` must trade.
    """
    values, allowed = network.values, ranges.allowed
    n, m = values.shape
    most_p, most_u = np.zeros(m), np.zeros(n)
    least_p, least_u = np.full(m, np.inf), np.full(n, np.inf)
    for i in range(n):
        for j in range(m):
            if not allowed[i, j]:
                continue
            level = relaxed.u[i] + relaxed.p[j] - room
            if relaxed.f[i, j] < level:
                allowed[i, j] = False
                continue
            v, best = values[i, j], relaxed.split[i, j]
            low = max(ranges.least_p[j], v - ranges.most_u[i])
            high = min(ranges.most_p[j], v - ranges.least_u[i])
            high = _edge(network, multipliers, i, j, best, high, 1.0, level, fine)
            low = _edge(network, multipliers, i, j, best, low, -1.0, level, fine)
            most_p[j], least_p[j] = max(most_p[j], high), min(least_p[j], low)
            most_u[i], least_u[i] = max(most_u[i], v - low), min(least_u[i], v - high)
    for j in range(m):
        ranges.most_p[j] = min(ranges.most_p[j], _down(most_p[j], grain))
        if relaxed.p[j] > room and least_p[j] < np.inf:
            ranges.least_p[j] = max(ranges.least_p[j], _up(least_p[j], grain))
    for i in range(n):
        ranges.most_u[i] = min(ranges.most_u[i], _down(most_u[i], grain))
        if relaxed.u[i] > room and least_u[i] < np.inf:
            ranges.least_u[i] = max(ranges.least_u[i], _up(least_u[i], grain))
    _fix(ranges, fixed, relaxed, room)


@kernel
def _fix(ranges: Ranges, fixed: BoolArray, relaxed: Relaxed, room: float) -> None:
    """Fix the only pair of each agent that must trade; its other agent trades with nobody else."""
    allowed = ranges.allowed
    n, m = allowed.shape
    for i in range(n):
        if (relaxed.u[i] > room or ranges.least_u[i] > 0.0) and allowed[i].sum() == 1:
            for j in range(m):
                if allowed[i, j]:
                    fixed[i, j] = True
                    allowed[:, j] = False
                    allowed[i, j] = True
                    break
    for j in range(m):
        if (relaxed.p[j] > room or ranges.least_p[j] > 0.0) and allowed[:, j].sum() == 1:
            for i in range(n):
                if allowed[i, j]:
                    fixed[i, j] = True
                    allowed[i] = False
                    allowed[i, j] = True
                    break
