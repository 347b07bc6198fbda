"""Large neighborhoods: some buyers are free, the others keep what they were introduced to.

A single change of a good set nearly always loses, because prices hang together: introductions pay
when several come at once. So a random part of the buyers, a sixth to a half, may be introduced to
anybody, all others to their present partner only, and a short branch and bound (`branch`) looks for
a better set there. It starts from the multipliers of the whole network. Greatest prices only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.limits import Deadline
from eqsolve.families.trading_network.equilibrium import Clock
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.methods.bound import RevenueBound
from eqsolve.families.trading_network.methods.branch import Tree

__all__ = ["search_neighborhoods"]

_NODES = 1000
"""Nodes of a neighborhood, times the number of buyers."""


def search_neighborhoods(
    evaluator: Evaluator,
    best: Callable[[], tuple[IntArray, float]],
    bound: RevenueBound,
    propose: Callable[[IntArray], float],
    deadline: Deadline,
    clock: Clock,
    rng: np.random.Generator,
    *,
    rounds: int,
    most: int | None = None,
) -> dict[str, int]:
    """Search neighborhoods until `rounds` in a row find nothing; return counts.

    Parameters
    ----------
    evaluator : the network's arrays, for greatest prices.
    best : returns the best set, a matching, and its total price.
    bound : multipliers to start from.
    propose : evaluates introductions; returns the total price now known to be attainable.
    deadline, clock : the run's, whose flag stops kernels, and what is asked between nodes.
    rng : draws the buyers that are free.
    rounds : neighborhoods without success after which it ends.
    most : limit on the number of introductions.
    """
    view = evaluator.view
    n = len(view.values)
    nodes = max(4, _NODES // max(1, n))
    counts = {"neighborhoods": 0, "neighborhood_nodes": 0}
    idle = 0
    while idle < rounds and not clock.expired():
        introduced, income = best()
        free = rng.permutation(n)[: int(rng.integers(max(1, n // 6), max(2, n // 2)))]
        candidate = np.zeros_like(view.candidate)
        candidate[free] = view.candidate[free]
        candidate[introduced[:, 0], introduced[:, 1]] = True
        values = np.where(view.known | candidate, view.values, view.values.dtype.type(-1))
        part = replace(view, values=values, values_t=values.T, candidate=candidate)
        tree = Tree(part, income, most, propose, deadline, clock)
        tree.search(bound, nodes=nodes)
        counts["neighborhoods"] += 1
        counts["neighborhood_nodes"] += tree.nodes
        idle = 0 if tree.income > income else idle + 1
    return counts
