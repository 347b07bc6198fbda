"""Instances with two sides as graphs of networkx, which is imported when needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.instance import Instance
from eqsolve.core.labeled_entries import singular

__all__ = ["graph_of_sides", "tell_nodes"]


def graph_of_sides(instance: Instance[Any], first: str, second: str) -> Any:
    """Return a graph with a node for each member of two sides, and no edge.

    Parameters
    ----------
    instance : whose members they are.
    first, second : its sides, such as ``"buyers"`` and ``"sellers"``.

    Returns
    -------
    graph : nodes such as ``("buyer", i)`` with ``bipartite``, 0 and 1, and ``label``.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> graph = graph_of_sides(AssignmentMarket([[5, 3]]), "buyers", "sellers")
    >>> graph.nodes["seller", 1]
    {'bipartite': 1, 'label': 'seller 1'}
    """
    import networkx as nx

    graph: Any = nx.Graph(name=instance.name)
    sizes = instance.side_sizes()
    for half, side in enumerate((first, second)):
        for k in range(sizes[side]):
            graph.add_node((singular(side), k), bipartite=half, label=instance.label(side, k))
    return graph


def tell_nodes(graph: Any, member: str, **amounts: npt.NDArray[np.generic] | None) -> None:
    """Give the nodes of one side their amounts; None: nothing to give.

    Parameters
    ----------
    graph : of `graph_of_sides`.
    member : what nodes of the side are called, such as ``"buyer"``.
    **amounts : attribute -> an entry for each member.
    """
    for attribute, entries in amounts.items():
        for k, entry in enumerate(() if entries is None else entries.tolist()):
            graph.nodes[member, k][attribute] = entry
