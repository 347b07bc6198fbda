"""The platform's bound: stability priced by multipliers, lowered by subgradient steps.

For the pair e = (i, j) of value v the bound needs the best split of v into a price r and a utility
v - r, ::

    f = max over low <= r <= high of
        c r + sum_k L[i,k] min(v - r, w[i,k]) + sum_l L[l,j] min(r, w[l,j])

where k and l run over the known partners of i and j that carry a multiplier, c is 1 on candidates
and 0 on known pairs, and the range of r keeps both agents inside their `Ranges`. The function is
concave and piecewise linear: walk its corners from `low` while it rises. The bound is then an
assignment problem in f, less the sum of ``L w``. An agent whose range does not contain zero must
trade: a reward makes sure of it, and is taken off the bound again.

Cost per step: O(partners) per pair and a warm-started assignment problem.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eqsolve.algorithms.compile import kernel
from eqsolve.families.trading_network.kernels.shortest_paths import adopt_tight, cover, mend

__all__ = ["Network", "Ranges", "Relaxed", "best_splits", "descend", "relax"]

_ROUNDING = 2.0**-40
"""Share of the sums that is charged to their difference: huge multipliers prove nothing."""

_NOTHING = 1e-200
"""Squared length of a direction that is none: dividing by it would overflow."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Network(NamedTuple):
    """What never changes: values (n, m), candidates, and the known pairs with their values.

    `by_row` lists the known pairs row by row with rising values, those of row i from
    ``row_start[i]`` on; `by_column` likewise. `most` limits the candidates that may trade.
    """

    values: FloatArray
    candidate: BoolArray
    row: IntArray
    column: IntArray
    worth: FloatArray
    by_row: IntArray
    row_start: IntArray
    by_column: IntArray
    column_start: IntArray
    most: float


class Ranges(NamedTuple):
    """Pairs that may trade (n, m), and between what utilities (n,) and prices (m,) may lie."""

    allowed: BoolArray
    least_u: FloatArray
    most_u: FloatArray
    least_p: FloatArray
    most_p: FloatArray


class Relaxed(NamedTuple):
    """A relaxed optimum: f and the best r of every pair, duals, the matching (seller or -1).

    `f` is -1 where a pair may not trade. Duals of agents that must trade may be negative.
    """

    f: FloatArray
    split: FloatArray
    u: FloatArray
    p: FloatArray
    matching: IntArray


@kernel
def _compressed(
    order: IntArray, start: IntArray, worth: FloatArray, multipliers: FloatArray
) -> Any:
    """Return starts, values and multipliers of the pairs in `order` that carry a multiplier."""
    starts = np.zeros(start.size, np.int64)
    breaks, slopes = np.empty(order.size), np.empty(order.size)
    count = 0
    for k in range(start.size - 1):
        for t in range(start[k], start[k + 1]):
            if multipliers[order[t]] > 0.0:
                breaks[count], slopes[count] = worth[order[t]], multipliers[order[t]]
                count += 1
        starts[k + 1] = count
    return starts, breaks, slopes


@kernel
def best_splits(
    network: Network, ranges: Ranges, multipliers: FloatArray, f: FloatArray, split: FloatArray
) -> None:
    """Write f and the maximizing r of every pair that may trade into `f` and `split` (n, m).

    `multipliers` has an entry per known pair, and a last one: a fee on candidates for `most`.
    """
    values = network.values
    n, m = values.shape
    fee = multipliers[-1]
    row_start, row_breaks, row_slopes = _compressed(
        network.by_row, network.row_start, network.worth, multipliers
    )
    column_start, column_breaks, column_slopes = _compressed(
        network.by_column, network.column_start, network.worth, multipliers
    )
    for i in range(n):
        first, last = row_start[i], row_start[i + 1]
        for j in range(m):
            if not ranges.allowed[i, j]:
                f[i, j], split[i, j] = -1.0, 0.0
                continue
            v = values[i, j]
            r = max(ranges.least_p[j], v - ranges.most_u[i])
            high = min(ranges.most_p[j], v - ranges.least_u[i])
            slope = 1.0 if network.candidate[i, j] else 0.0
            height = slope * (r - fee)
            k = last - 1  # next partner of the buyer whose term begins to fall
            while k >= first and row_breaks[k] >= v - r:
                slope -= row_slopes[k]
                height += row_slopes[k] * (v - r)
                k -= 1
            for t in range(first, k + 1):
                height += row_slopes[t] * row_breaks[t]
            low, end = column_start[j], column_start[j + 1]
            while low < end and column_breaks[low] <= r:
                height += column_slopes[low] * column_breaks[low]
                low += 1  # next partner of the seller whose term stops rising
            for t in range(low, end):
                slope += column_slopes[t]
                height += column_slopes[t] * r
            while slope > 1e-13 and r < high:
                step = high
                if low < end:
                    step = min(step, column_breaks[low])
                if k >= first:
                    step = min(step, v - row_breaks[k])
                if step > r:
                    height += slope * (step - r)
                    r = step
                while low < end and column_breaks[low] <= r:
                    slope -= column_slopes[low]
                    low += 1
                while k >= first and v - row_breaks[k] <= r:
                    slope -= row_slopes[k]
                    k -= 1
            f[i, j], split[i, j] = height, r


@kernel
def relax(
    network: Network,
    ranges: Ranges,
    multipliers: FloatArray,
    proposal: IntArray,
    out: Relaxed,
    violation: FloatArray,
    stop: Any,
) -> float:
    """Solve the relaxation for some multipliers and return its bound, or infinity if stopped.

    Parameters
    ----------
    multipliers : shape (known pairs + 1,), >= 0; the last is the fee for `most`.
    proposal : a matching to start from, where its pairs are tight; prices start from `out.p`.
    out : overwritten.
    violation : shape of `multipliers`; ``min(u, w) + min(p, w) - w`` at the relaxed optimum, and
        what is left of `most`.
    """
    f, split, u, p = out.f, out.split, out.u, out.p
    n, m = f.shape
    best_splits(network, ranges, multipliers, f, split)
    top = max(0.0, f.max()) if f.size else 0.0
    duals = multipliers[-1] * network.most if multipliers[-1] > 0.0 else 0.0
    priced = 0.0
    for t in range(network.worth.size):
        priced += multipliers[t] * network.worth[t]
    reward = 0.0
    for i in range(n):
        if ranges.least_u[i] > 0.0:
            reward = 4.0 * top + 1.0
    for j in range(m):
        if ranges.least_p[j] > 0.0:
            reward = 4.0 * top + 1.0
    weights = f
    if reward > 0.0:
        weights = f.copy()
        for i in range(n):
            for j in range(m):
                if ranges.allowed[i, j]:
                    if ranges.least_u[i] > 0.0:
                        weights[i, j] += reward
                    if ranges.least_p[j] > 0.0:
                        weights[i, j] += reward
        for j in range(m):  # prices come from relaxations without the reward
            if ranges.least_p[j] > 0.0:
                p[j] += reward
    weights_t = np.ascontiguousarray(weights.T)
    most = top + 2.0 * reward
    for j in range(m):
        p[j] = min(max(p[j], 0.0), most)
    matching, owner = np.full(n, -1, np.int64), np.full(m, -1, np.int64)
    cover(weights, u, p)
    adopt_tight(weights, u, p, matching, owner, proposal, 1e-12 * most)
    if mend(weights, weights_t, u, p, matching, owner, 4.0 * most + 4.0, stop) < 0:
        return np.inf
    cover(weights, u, p)  # rounding may have left a dual short
    rewards = 0.0
    for i in range(n):
        duals += u[i]
        if ranges.least_u[i] > 0.0:
            u[i] -= reward
            rewards += reward
    for j in range(m):
        duals += p[j]
        if ranges.least_p[j] > 0.0:
            p[j] -= reward
            rewards += reward
    bound = duals - rewards - priced + _ROUNDING * (duals + priced)
    utility, price = np.zeros(n), np.zeros(m)
    left = network.most
    for i in range(n):
        out.matching[i] = j = matching[i]
        if j >= 0:
            price[j] = split[i, j]
            utility[i] = network.values[i, j] - price[j]
            if network.candidate[i, j]:
                left -= 1.0
    for t in range(network.worth.size):
        w = network.worth[t]
        violation[t] = min(utility[network.row[t]], w) + min(price[network.column[t]], w) - w
    violation[-1] = left
    return bound


@kernel
def descend(
    network: Network,
    ranges: Ranges,
    multipliers: FloatArray,
    best: Relaxed,
    used: FloatArray,
    seen: FloatArray,
    target: float,
    steps: int,
    patience: int,
    stop: Any,
) -> Any:
    """Return the least bound in some subgradient steps, and how many; ends below `target`.

    Parameters
    ----------
    multipliers : where to start; overwritten by those of the least bound.
    best : where to start, and the relaxed optimum of the least bound.
    used : (n, m), how often each pair traded in the relaxed optima.
    seen : (steps + 1, n + m), prices and utilities in each of them.

    Notes
    -----
    Steps have Polyak's length ``theta (bound - target) / |g|^2`` along an averaged direction;
    theta is halved after `patience` steps without progress.
    """
    n, m = used.shape
    now = Relaxed(
        np.empty((n, m)), np.empty((n, m)), np.empty(n), best.p.copy(), best.matching.copy()
    )
    point = multipliers.copy()
    violation, direction = np.zeros(point.size), np.zeros(point.size)
    least, theta, idle, taken = np.inf, 1.0, 0, 0
    used[:] = 0.0
    for step in range(steps + 1):
        bound = relax(network, ranges, point, now.matching, now, violation, stop)
        if bound == np.inf:
            break
        taken = step + 1
        seen[step] = 0.0
        for i in range(n):
            j = now.matching[i]
            if j >= 0:
                used[i, j] += 1.0
                seen[step, j] = now.split[i, j]
                seen[step, m + i] = network.values[i, j] - now.split[i, j]
        idle = 0 if bound < least - 1e-4 * max(least - target, 0.0) else idle + 1
        if bound < least:
            least = bound
            multipliers[:] = point
            best.f[:], best.split[:], best.u[:], best.p[:] = now.f, now.split, now.u, now.p
            best.matching[:] = now.matching
        if least < target or stop[0] != 0:
            break
        size = 0.0
        for t in range(point.size):
            step_here = 0.0 if violation[t] > 0.0 and point[t] == 0.0 else violation[t]
            direction[t] = step_here + 0.6 * direction[t]
            size += direction[t] * direction[t]
        if size <= _NOTHING:  # a step along it would have no finite length
            break
        if idle >= patience:
            theta, idle = theta / 2.0, 0
            point[:] = multipliers
        length = theta * (least - target) / size
        for t in range(point.size):
            point[t] = max(0.0, point[t] - length * direction[t])
    return least, taken
