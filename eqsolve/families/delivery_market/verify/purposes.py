"""Which of the supporting prices of given transactions serve a purpose best (TIP-6).

For fixed transactions r = (i, j, k) the utilities ``pi`` of the buyers served and the wages ``u``
of the couriers at work support an equilibrium iff, with ``p = v - pi`` at the stores that sell and
zero for everybody outside,

- nobody underbids a carrier: ``u[k] + c[k, r] <= u[l] + c[l, r]`` for every courier l;
- no order that is not placed is wanted by a buyer and a courier together:
  ``pi[i] + p[j] + u[l] >= v[i, j] - c[l, i, j]`` for every l (without tips: ``pi[i] + p[j] >= v``).

All rows are written down, and one linear program is solved: O(K n m) rows, at most `MOST_ROWS`.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.delivery_market.instance import DeliveryMarket

__all__ = ["MOST_ROWS", "PURPOSES", "greatest_purpose"]

MOST_ROWS = 20_000
"""Most rows K n m of the linear program."""

_WIDEST = 1e9
"""Costs so many times the largest value are too far away for a linear program in doubles."""

PURPOSES = ("cash_flow", "buyers", "least_subsidy", "least_tips")


def greatest_purpose(
    market: DeliveryMarket,
    rows: IntArray,
    purpose: str,
    floor: float | None = None,
    seconds: float = math.inf,
) -> float | None:
    """Return what the best supporting prices achieve, negated where less is better; None: unknown.

    Parameters
    ----------
    market : the market.
    rows : shape (T, 3), transactions that support an equilibrium.
    purpose : a word of `PURPOSES`.
    floor : least cash flow; None: any.
    seconds : time limit of the linear program.
    """
    if market.n_couriers * market.values.size > MOST_ROWS or not _is_moderate(market):
        return None
    from scipy import sparse
    from scipy.optimize import linprog

    size = len(rows)
    # Solvers take 1e-7 for 0: money is counted in a power of two near the largest value.
    unit = math.ldexp(1.0, math.frexp(float(market.values.max(initial=0)))[1])
    values, costs = market.values / unit, market.costs.tensor() / unit
    buyers, stores, couriers = rows.T
    own_value, own_cost = values[buyers, stores], costs[couriers, buyers, stores]
    welfare = math.fsum(own_value - own_cost)
    seat = {
        side: {int(agent): r for r, agent in enumerate(agents)}
        for side, agents in (("buyers", buyers), ("stores", stores), ("couriers", couriers))
    }
    open_orders = [
        order
        for order in np.ndindex(*values.shape)
        if seat["buyers"].get(order[0], -1) != seat["stores"].get(order[1], -2)
        and values[order] > 0
    ]
    extra = {"least_subsidy": size, "least_tips": len(open_orders)}.get(purpose, 0)
    width = 2 * size + extra
    entries: list[tuple[int, int, float]] = []
    right: list[float] = []

    def add(amounts: dict[int, float], limit: float) -> None:
        """Add the row: sum of amounts times variables <= limit."""
        entries.extend((len(right), column, amount) for column, amount in amounts.items())
        right.append(limit)

    def surplus(i: int, j: int) -> tuple[dict[int, float], float]:
        """Return ``-pi[i] - p[j]`` in the variables, and its constant part."""
        amounts: dict[int, float] = {}
        constant = 0.0
        if i in seat["buyers"]:
            amounts[seat["buyers"][i]] = -1.0
        if j in seat["stores"]:
            r = seat["stores"][j]
            amounts[r] = amounts.get(r, 0.0) + 1.0
            constant = -float(own_value[r])
        return amounts, constant

    for r in range(size):
        for rival in range(market.n_couriers):
            other = float(costs[rival, buyers[r], stores[r]])
            if rival == couriers[r] or math.isinf(other):
                continue
            amounts = {size + r: 1.0}
            if rival in seat["couriers"]:
                amounts[size + seat["couriers"][rival]] = -1.0
            add(amounts, other - float(own_cost[r]))
    for place, (i, j) in enumerate(open_orders):
        amounts, constant = surplus(i, j)
        value = float(values[i, j])
        if purpose == "least_tips":
            add({**amounts, 2 * size + place: -1.0}, -value - constant)
        if not market.tips:
            add(amounts, -value - constant)
            continue
        for rival in np.flatnonzero(costs[:, i, j] < value).tolist():
            tempted = dict(amounts)
            if rival in seat["couriers"]:
                tempted[size + seat["couriers"][rival]] = -1.0
            add(tempted, float(costs[rival, i, j]) - value - constant)
    objective = np.zeros(width)
    if purpose == "cash_flow":
        objective[: 2 * size] = 1.0
    elif purpose == "buyers":
        objective[:size] = -1.0
    else:
        objective[2 * size :] = 1.0
    if purpose == "least_subsidy":
        for r in range(size):
            add({r: 1.0, size + r: 1.0, 2 * size + r: -1.0}, float(own_value[r] - own_cost[r]))
    if floor is not None:
        add(dict.fromkeys(range(2 * size), 1.0), welfare - floor / unit)
    limits = [(0.0, float(value)) for value in own_value] + [(0.0, None)] * (size + extra)
    if not width:
        return welfare * unit if purpose == "cash_flow" else 0.0
    places = np.array([entry[:2] for entry in entries], dtype=np.int64).reshape(-1, 2)
    table = sparse.csr_array(
        ([entry[2] for entry in entries], tuple(places.T)), shape=(len(right), width)
    )
    found = linprog(
        objective,
        A_ub=table if right else None,
        b_ub=np.array(right) if right else None,
        bounds=limits,
        method="highs",
        options={} if math.isinf(seconds) else {"time_limit": seconds},
    )
    if found.status != 0:
        return None
    return unit * ((welfare if purpose == "cash_flow" else 0.0) - float(found.fun))


def _is_moderate(market: DeliveryMarket) -> bool:
    """Return whether a linear program in doubles can tell the numbers apart."""
    values = market.values[market.values > 0].astype(np.float64)
    if not values.size:
        return True
    return bool(values.max() < 1e12 and market.scale <= _WIDEST * values.max())
