"""Trading networks as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.solution import TradingSolution

__all__ = ["to_networkx"]


def to_networkx(network: TradingNetwork, solution: TradingSolution | None = None) -> Any:
    """Return the network as a graph of networkx.

    Parameters
    ----------
    network : n buyers, m sellers.
    solution : adds prices, which edges trade and which were introduced.

    Returns
    -------
    graph : nodes ``("buyer", i)`` with ``bipartite=0`` and ``("seller", j)`` with ``bipartite=1``,
        all with a ``label``; edges with ``weight`` and ``known``.

    Raises
    ------
    InstanceError : not a trading network.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n + m + edges).

    Examples
    --------
    >>> graph = to_networkx(TradingNetwork([[5, 3]], known=[(0, 1)]))
    >>> graph["buyer", 0]["seller", 1]
    {'weight': 3, 'known': True}
    """
    require_instance(network, TradingNetwork, "network")
    if solution is not None:
        require_solution(solution, TradingSolution)
    graph = graph_of_sides(network, "buyers", "sellers")
    known = {(i, j) for i, j in network.known.tolist()}
    indptr, indices, data = network.values.csr()
    buyer = np.repeat(np.arange(network.n_buyers), np.diff(indptr)).tolist()
    for i, j, worth in zip(buyer, indices.tolist(), data.tolist(), strict=True):
        graph.add_edge(("buyer", i), ("seller", j), weight=worth, known=(i, j) in known)
    if solution is not None:
        tell_nodes(graph, "seller", price=solution.prices)
        for i, j in solution.introduced.tolist():
            graph.edges[("buyer", i), ("seller", j)]["introduced"] = True
        for i, j in enumerate(solution.matching.tolist()):
            if j >= 0:
                graph.edges[("buyer", i), ("seller", j)]["trade"] = True
    return graph
