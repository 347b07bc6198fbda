"""Delivery markets as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.families.delivery_market.instance import DeliveryMarket
from eqsolve.families.delivery_market.solution import DeliverySolution

__all__ = ["to_networkx"]


def to_networkx(market: DeliveryMarket, solution: DeliverySolution | None = None) -> Any:
    """Return buyers, stores and their possible orders as a graph of networkx.

    Parameters
    ----------
    market : n buyers, m stores.
    solution : adds prices and utilities, which orders are placed, who carries them and the pay.

    Returns
    -------
    graph : nodes ``("buyer", i)`` with ``bipartite=0`` and ``("store", j)`` with ``bipartite=1``,
        all with a ``label``; edges with ``weight``, the value of the order. Placed orders have
        ``trade``, the label of their ``courier`` and its ``compensation``; the others their
        ``tip``. Amounts are in money units.

    Raises
    ------
    InstanceError : not a delivery market.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n m).

    Examples
    --------
    >>> from eqsolve import solve
    >>> market = DeliveryMarket([[5]], [[[2]]], labels={"couriers": ["Kim"]})
    >>> graph = to_networkx(market, solve(market).require())
    >>> graph["buyer", 0]["store", 0]["courier"]
    'Kim'
    """
    require_instance(market, DeliveryMarket, "market")
    if solution is not None:
        require_solution(solution, DeliverySolution)
    graph = graph_of_sides(market, "buyers", "stores")
    for i, row in enumerate(market.values.tolist()):
        for j, worth in enumerate(row):
            graph.add_edge(("buyer", i), ("store", j), weight=worth)
    if solution is not None:
        tell_nodes(graph, "buyer", utility=solution.buyer_utilities)
        tell_nodes(graph, "store", price=solution.prices)
        for i, row in enumerate(solution.tips.tolist()):
            for j, tip in enumerate(row):
                graph.edges[("buyer", i), ("store", j)]["tip"] = tip
        for i, j, k in solution.transactions.tolist():
            order = graph.edges[("buyer", i), ("store", j)]
            del order["tip"]
            order |= {
                "trade": True,
                "courier": market.label("couriers", k),
                "compensation": solution.compensations[i, j].item(),
            }
    return graph
