"""Fisher markets as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.families.fisher_market.instance import FisherMarket
from eqsolve.families.fisher_market.solution import FisherSolution

__all__ = ["to_networkx"]


def to_networkx(market: FisherMarket, solution: FisherSolution | None = None) -> Any:
    """Return buyers and the goods that they want as a graph of networkx.

    Parameters
    ----------
    market : n buyers, m goods.
    solution : adds prices, utilities, and what is bought and spent.

    Returns
    -------
    graph : nodes ``("buyer", i)`` with ``bipartite=0`` and ``budget``, ``("good", j)`` with
        ``bipartite=1`` and ``supply``, all with a ``label``; edges with ``weight`` where it is
        positive, the entry of the utilities; with a solution ``amount`` and ``spent``.

    Raises
    ------
    InstanceError : not a Fisher market.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n m).

    Examples
    --------
    >>> graph = to_networkx(FisherMarket([[5, 0], [3, 1]], [1, 2]))
    >>> graph.number_of_edges(), graph.nodes["buyer", 1]["budget"]
    (3, 2)
    """
    require_instance(market, FisherMarket, "market")
    if solution is not None:
        require_solution(solution, FisherSolution)
    graph = graph_of_sides(market, "buyers", "goods")
    tell_nodes(graph, "buyer", budget=market.budgets)
    tell_nodes(graph, "good", supply=market.supplies)
    for i, row in enumerate(market.utilities.tolist()):
        for j, worth in enumerate(row):
            if worth > 0:
                graph.add_edge(("buyer", i), ("good", j), weight=worth)
    if solution is not None:
        tell_nodes(graph, "buyer", utility=solution.utilities)
        tell_nodes(graph, "good", price=solution.prices)
        prices = solution.prices.tolist()
        for (_, i), (_, j), data in graph.edges(data=True):
            amount = solution.allocation[i, j].item()
            data |= {"amount": amount, "spent": amount * prices[j]}
    return graph
