"""Combinatorial auctions as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction
from eqsolve.families.combinatorial_auction.solution import AuctionSolution

__all__ = ["to_networkx"]


def to_networkx(auction: CombinatorialAuction, solution: AuctionSolution | None = None) -> Any:
    """Return bidders, bids and items as a graph of networkx: bids stand between the two.

    Parameters
    ----------
    auction : n bidders, k bids, m items.
    solution : adds payments, utilities, item prices, and which bids win.

    Returns
    -------
    graph : nodes ``("bidder", i)``, ``("bid", b)`` with ``price``, ``("item", j)`` with
        ``supply`` and ``reserve``, all with a ``label``; an edge from each bid to its bidder, and
        to each of its items, with ``units``. With a solution bids have ``wins``.

    Raises
    ------
    InstanceError : not a combinatorial auction.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n + m + size of the bids). Bids and items are the two halves of a bipartite graph once
    bidders are left out.

    Examples
    --------
    >>> graph = to_networkx(CombinatorialAuction(2, [(0, [0, 1], 5), (1, [1], 2)]))
    >>> sorted(graph["bid", 0]), graph.nodes["bid", 0]["price"]
    ([('bidder', 0), ('item', 0), ('item', 1)], 5)
    """
    require_instance(auction, CombinatorialAuction, "auction")
    if solution is not None:
        require_solution(solution, AuctionSolution)
    graph = graph_of_sides(auction, "bidders", "items")
    for _, data in graph.nodes(data=True):
        del data["bipartite"]  # bids stand between
    tell_nodes(graph, "item", supply=auction.supplies, reserve=auction.reserves)
    for b, (bidder, price) in enumerate(
        zip(auction.bids.bidder.tolist(), auction.bids.price.tolist(), strict=True)
    ):
        graph.add_node(("bid", b), label=f"bid {b}", price=price)
        graph.add_edge(("bid", b), ("bidder", bidder))
        for item, units in Counter(auction.bids.bundle(b).tolist()).items():
            graph.add_edge(("bid", b), ("item", item), units=units)
        if solution is not None:
            graph.nodes["bid", b]["wins"] = b in solution.accepted
    if solution is not None:
        tell_nodes(graph, "bidder", payment=solution.payments, utility=solution.utilities)
        tell_nodes(graph, "item", price=solution.item_prices)
    return graph
