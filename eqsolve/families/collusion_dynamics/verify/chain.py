"""An own chain between nodes of log-odds, on other nodes than a solver's, one row a node.

Three sizes of it show its error. A horizon of few states is followed exactly instead: their jumps
are large, and a chain may miss them.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.collusion_dynamics.verify.batches import (
    Groups,
    Market,
    Poll,
    logit,
    theta_of,
)
from eqsolve.families.collusion_dynamics.verify.law import merged

__all__ = ["own_chain"]

_FEW = 300_000
"""Moves of all states up to which these are followed exactly."""
_WORK = 60_000_000


def own_chain(
    market: Market, places: list[int], poll: Poll
) -> tuple[list[float], list[float], list[float], list[float]] | None:
    """Return values, errors, mean updates and their errors of starts; None if it takes too long."""
    if market.n_outcomes > 20_000:
        return None
    groups = market.groups()
    odds = np.array([logit(market.dynamics.start[place].item()) for place in places])
    rates = [float(rate) for rate in market.rates()]
    if not market.passage and market.means:
        exact_law = merged(market, groups, odds, poll, most=_FEW)
        known = [value for value in exact_law if value is not None]
        if known:
            nothing = [0.0] * len(known)
            return known, nothing, [float(len(rates))] * len(known), nothing
    probe = np.concatenate([odds, [0.0]])
    widest = float(np.abs(groups.estimates(theta_of(probe))).max())
    if market.passage:
        low, high = logit(market.low), logit(market.high)
    else:
        reach = sum(rates) * widest * (1 if market.means else 2)
        low, high = float(odds.min()) - reach, float(odds.max()) + reach
        low, high = max(low, -700.0), min(high, 700.0)
    width = min(0.03, rates[0] * widest / 4)
    nodes = max(331, math.ceil((high - low) / width))
    turns = 1 if market.passage else len(rates)
    if nodes * len(groups.keys) * turns > _WORK or nodes > 20_000:
        return None
    found = []
    for size in (nodes, 4 * nodes // 3, 5 * nodes // 3):
        poll()
        solve = _passage if market.passage else _backward
        found.append(solve(groups, low, high, size, rates, odds, poll))
    values, updates = (np.array(part) for part in zip(*found, strict=True))
    return (
        values[-1].tolist(),
        np.ptp(values, axis=0).tolist(),
        updates[-1].tolist(),
        np.ptp(updates, axis=0).tolist(),
    )


def _passage(
    groups: Groups, low: float, high: float, size: int, rates: list[float], odds: FloatArray,
    poll: Poll,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return chance of the upper end and mean number of updates, by one row per node."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import spsolve

    nodes = np.linspace(low, high, size)
    every = np.concatenate([nodes, odds])
    theta = theta_of(every)
    chances, moves = groups.chances(theta), rates[0] * groups.estimates(theta)
    rows, columns, weights = [], [], []
    above = np.zeros(len(every))
    index = np.arange(len(every))
    step = nodes[1] - nodes[0]
    for g in range(len(groups.keys)):
        if g % 64 == 0:
            poll()
        place = (every + moves[g] - low) / step
        up, down = (place >= size - 1) & (moves[g] > 0), (place <= 0) & (moves[g] < 0)
        above += np.where(up, chances[g], 0.0)
        stays = ~(up | down)
        left = np.clip(np.floor(place[stays]), 0, size - 2)
        near = np.clip(place[stays] - left, 0.0, 1.0)
        for column, share in ((left, 1 - near), (left + 1, near)):
            rows.append(index[stays])
            columns.append(column.astype(np.int64))
            weights.append(chances[g][stays] * share)
    shape = (len(every), size)
    pair = (np.concatenate(rows), np.concatenate(columns))
    inside = coo_array((np.concatenate(weights), pair), shape=shape).tocsr()
    identity = coo_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))
    system = (identity - inside[:size]).tocsc()
    value = spsolve(system, above[:size])
    updates = spsolve(system, np.ones(size))
    return above[size:] + inside[size:] @ value, 1 + inside[size:] @ updates


def _backward(
    groups: Groups, low: float, high: float, size: int, rates: list[float], odds: FloatArray,
    poll: Poll,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    """Return the chance of ending at the level or above, from the last update to the first."""
    level = logit(groups.market.high)
    nodes = np.linspace(low, high, size)
    theta = theta_of(nodes)
    chances, estimates = groups.chances(theta), groups.estimates(theta)
    begin = theta_of(odds)
    first, own = groups.chances(begin), groups.estimates(begin)

    def after(where: FloatArray, at: FloatArray, values: FloatArray | None) -> FloatArray:
        """Return values after an update: of the level itself at the end, else between nodes."""
        if values is None:
            found = np.where(where >= level, at, 0.0)
        else:
            found = at * np.interp(where, nodes, values)
        return np.asarray(found.sum(axis=0))

    values = None
    for rate in rates[:0:-1]:
        poll()
        values = after(nodes + rate * estimates, chances, values)
    result = after(odds + rates[0] * own, first, values)
    return result, np.full(len(odds), float(len(rates)))
