"""The improvement graph of a small market: profiles, and the switches that pay.

Its sinks are the pure equilibria; a sink component with more than one profile is a set that
better responses never leave and never settle in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.errors import UnsupportedError
from eqsolve.games.model_market.enumeration import n_profiles
from eqsolve.games.model_market.instance import ModelMarket
from eqsolve.games.model_market.payoffs import TOLERANCE, deviation_payoffs, exact_gain

__all__ = ["market_improvement_graph", "market_sink_components"]

_MOST = 20_000


def market_improvement_graph(market: ModelMarket, *, best_only: bool = False) -> Any:
    """Return the digraph of improving switches between profiles of counts.

    Parameters
    ----------
    market : at most 20,000 profiles.
    best_only : keep only switches to a best response.

    Returns
    -------
    graph : networkx.DiGraph; nodes are tuples of counts, edges carry ``source``, ``target`` models
        and ``gain``.

    Raises
    ------
    UnsupportedError : more than 20,000 profiles.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> sorted(market_improvement_graph(market).edges)
    [((0, 3), (1, 2)), ((1, 2), (2, 1)), ((3, 0), (2, 1))]
    """
    import networkx

    from eqsolve.kernels.model_profiles import next_profile

    if n_profiles(market) > _MOST:
        raise UnsupportedError("market_improvement_graph", f"{n_profiles(market)} profiles")
    graph: Any = networkx.DiGraph()
    counts = np.zeros(market.n_models, dtype=np.int64)
    counts[0] = market.n_platforms
    more = True
    while more:
        here = tuple(counts.tolist())
        graph.add_node(here)
        earned = deviation_payoffs(market, counts)
        for source in np.flatnonzero(counts):
            row, now = earned[source], earned[source, source]
            margin = TOLERANCE * np.maximum(row, now)
            better = row - now > margin
            if market.is_exact:
                for target in np.flatnonzero(np.abs(row - now) <= margin):
                    better[target] = exact_gain(market, counts, int(source), int(target)) > 0
            if best_only and better.any():
                better &= row >= row.max() * (1 - TOLERANCE)
            for target in np.flatnonzero(better):
                after = counts.copy()
                after[source] -= 1
                after[target] += 1
                graph.add_edge(
                    here,
                    tuple(after.tolist()),
                    source=int(source),
                    target=int(target),
                    gain=float(row[target] - now),
                )
        more = bool(next_profile(counts))
    return graph


def market_sink_components(graph: Any) -> list[list[tuple[int, ...]]]:
    """Return the strongly connected components that no improvement leaves, sorted.

    Components of one profile are the pure equilibria.

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> market_sink_components(market_improvement_graph(market))
    [[(2, 1)]]
    """
    import networkx

    condensed = networkx.condensation(graph)
    return sorted(
        sorted(condensed.nodes[node]["members"])
        for node in condensed
        if condensed.out_degree(node) == 0
    )
