"""Best equilibria of tiny delivery markets by enumeration: the definition and a plain LP.

Shares no code with the package: every set of transactions is tried, and a general linear program
asks for prices, compensations, tips and utilities of the definition itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import linprog

Triple = tuple[int, int, int]


def transactions(n: int, m: int, couriers: int) -> Iterator[tuple[Triple, ...]]:
    """Yield every set of triples in which nobody occurs twice."""
    for size in range(min(n, m, couriers) + 1):
        for buyers in itertools.combinations(range(n), size):
            for stores in itertools.permutations(range(m), size):
                for who in itertools.permutations(range(couriers), size):
                    yield tuple(zip(buyers, stores, who, strict=True))


def welfare(values: Any, costs: Any, chosen: tuple[Triple, ...]) -> float:
    """Return the sum of value minus cost; minus infinity for a forbidden delivery."""
    return sum(float(values[i, j] - costs[k, i, j]) for i, j, k in chosen)


def supported(values: Any, costs: Any, chosen: tuple[Triple, ...], tips: bool) -> bool:
    """Return whether prices, compensations and tips make the transactions an equilibrium."""
    n, m = values.shape
    couriers = len(costs)
    # columns: p, d, t, pi, w
    p, d, t = 0, m, m + n * m
    pi, w = m + 2 * n * m, m + 2 * n * m + n
    width = w + couriers
    if not width:
        return True
    rows, right, equal, equal_right = [], [], [], []
    served, sold, busy = {}, {}, {}
    for i, j, k in chosen:
        served[i], sold[j], busy[k] = j, i, (i, j)
    for i in range(n):
        for j in range(m):  # v - p - t <= pi
            row = np.zeros(width)
            row[p + j] = row[t + i * m + j] = row[pi + i] = -1
            if served.get(i) == j:
                equal.append(-row)
                equal_right.append(values[i, j])
            else:
                rows.append(row)
                right.append(-values[i, j])
            for k in range(couriers):  # d + t - c <= w
                if np.isinf(costs[k, i, j]):
                    continue
                row = np.zeros(width)
                row[d + i * m + j] = row[t + i * m + j] = 1
                row[w + k] = -1
                if busy.get(k) == (i, j):
                    equal.append(row)
                    equal_right.append(costs[k, i, j])
                else:
                    rows.append(row)
                    right.append(costs[k, i, j])
    upper = np.full(width, np.inf)
    for j in range(m):
        if j not in sold:
            upper[p + j] = 0
    for i in range(n):
        if i not in served:
            upper[pi + i] = 0
    for k in range(couriers):
        if k not in busy:
            upper[w + k] = 0
    if not tips:
        upper[t : t + n * m] = 0
    answer = linprog(
        np.zeros(width),
        A_ub=np.array(rows) if rows else None,
        b_ub=right or None,
        A_eq=np.array(equal) if equal else None,
        b_eq=equal_right or None,
        bounds=np.column_stack([np.zeros(width), upper]),
        method="highs",
    )
    return bool(answer.status == 0)


def best_equilibrium(values: Any, costs: Any, tips: bool = True) -> float | None:
    """Return the greatest welfare of an equilibrium, or None where there is none."""
    found = None
    everything = [
        (welfare(values, costs, chosen), chosen)
        for chosen in transactions(*values.shape, len(costs))
    ]
    everything.sort(key=lambda pair: -pair[0])
    for amount, chosen in everything:
        if np.isfinite(amount) and supported(values, costs, chosen, tips):
            found = amount
            break
    return found


def efficient_welfare(values: Any, costs: Any) -> float:
    """Return the greatest welfare of any transactions."""
    every = transactions(*values.shape, len(costs))
    return max(welfare(values, costs, chosen) for chosen in every)
