"""Components: parts of a network that no known or candidate pair connects are solved separately.

Matchings, prices and revenue of the whole are those of its components side by side, so the best
revenue is the sum of theirs, and so are bounds. Components are taken by rising size, all on the
same clock, so that the small ones are finished when time runs out.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.families.trading_network.equilibrium import View
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.bound import RevenueBound
from eqsolve.families.trading_network.methods.search import Search

__all__ = ["components", "merged", "part"]

Part = tuple[IntArray, IntArray]
"""Buyers and sellers of a component, rising."""


def components(network: TradingNetwork) -> list[Part]:
    """Return the components with at least one candidate pair, smallest first.

    Examples
    --------
    >>> network = TradingNetwork([[5, None], [None, 3]], known=[])
    >>> [(rows.tolist(), columns.tolist()) for rows, columns in components(network)]
    [([0], [0]), ([1], [1])]
    """
    candidate = network.candidate_mask()
    graph = network.known_mask() | candidate
    unseen = candidate.any(axis=1)
    found = []
    while unseen.any():
        rows, columns = np.zeros(len(graph), dtype=bool), np.zeros(graph.shape[1], dtype=bool)
        fresh = np.array([unseen.argmax()])
        while len(fresh):  # every row and column is looked at once
            rows[fresh] = True
            reached = graph[fresh].any(axis=0) & ~columns
            columns |= reached
            fresh = np.flatnonzero(graph[:, reached].any(axis=1) & ~rows)
        unseen &= ~rows
        found.append((np.flatnonzero(rows), np.flatnonzero(columns)))
    return sorted(found, key=lambda part: len(part[0]) * len(part[1]))


def part(network: TradingNetwork, rows: IntArray, columns: IntArray) -> TradingNetwork:
    """Return the network of some buyers and sellers, renumbered."""
    block = np.ix_(rows, columns)
    view = View.of(network)
    values = view.values[block].astype(object)
    values[values < 0] = None
    return TradingNetwork(
        values,
        np.argwhere(view.known[block]),
        np.argwhere(view.candidate[block]),
        network.commission,
    )


def merged(whole: Search, parts: list[Part], searches: list[Search]) -> None:
    """Put sets, bounds and counts of the components' searches together in `whole`."""
    evaluator: Evaluator = whole.evaluator
    n, m = evaluator.view.values.shape
    multipliers = np.zeros((n, m))
    kind: Any = np.result_type(*(search.bound.row_duals for search in searches))
    row_duals, column_duals = np.zeros(n, dtype=kind), np.zeros(m, dtype=kind)
    best, proved = [], 0.0
    for (rows, columns), search in zip(parts, searches, strict=True):
        multipliers[np.ix_(rows, columns)] = search.bound.multipliers
        row_duals[rows], column_duals[columns] = search.bound.row_duals, search.bound.column_duals
        best.append(np.stack([rows[search.best[:, 0]], columns[search.best[:, 1]]], axis=1))
        limit = search.bound.upper(search.evaluator) / evaluator.network.commission
        proved += max(min(search.proved, limit), search.income)
        for key, count in search.counts.items():
            whole.counts[key] = whole.counts.get(key, 0) + count
        whole.hurried |= search.hurried
    value = sum(search.bound.value for search in searches)
    pairs = np.concatenate(best)
    whole.best = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    whole.income = sum(search.income for search in searches)
    whole.bound = RevenueBound(value, multipliers, row_duals, column_duals)
    whole.proved = proved if math.isfinite(proved) else math.inf
    whole.counts["components"] = len(parts)
