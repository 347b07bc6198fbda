"""Fisher markets as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
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
    import networkx as nx

    require_instance(market, FisherMarket, "market")
    if solution is not None:
        require_solution(solution, FisherSolution)
    graph: Any = nx.Graph(name=market.name)
    for i, budget in enumerate(market.budgets.tolist()):
        graph.add_node(("buyer", i), bipartite=0, label=market.label("buyers", i), budget=budget)
    for j, supply in enumerate(market.supplies.tolist()):
        graph.add_node(("good", j), bipartite=1, label=market.label("goods", j), supply=supply)
    for i, row in enumerate(market.utilities.tolist()):
        for j, worth in enumerate(row):
            if worth > 0:
                graph.add_edge(("buyer", i), ("good", j), weight=worth)
    if solution is not None:
        for i, utility in enumerate(solution.utilities.tolist()):
            graph.nodes["buyer", i]["utility"] = utility
        prices = solution.prices.tolist()
        for j, price in enumerate(prices):
            graph.nodes["good", j]["price"] = price
        for (_, i), (_, j), data in graph.edges(data=True):
            amount = solution.allocation[i, j].item()
            data |= {"amount": amount, "spent": amount * prices[j]}
    return graph
