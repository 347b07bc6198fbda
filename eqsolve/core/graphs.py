"""Bipartite graphs of networkx as edges between two named sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from eqsolve.core.errors import Fault
from eqsolve.core.labeled_entries import singular

__all__ = ["GraphEdges", "given_twice", "graph_edges", "is_graph", "node_numbers"]


@dataclass(frozen=True, slots=True)
class GraphEdges:
    """The edges of a bipartite graph.

    Parameters
    ----------
    rows, columns : the nodes of the two sides, in the order of the graph.
    row, column : place of the two ends of each edge.
    data : attributes of each edge.
    """

    rows: list[Any]
    columns: list[Any]
    row: list[int]
    column: list[int]
    data: list[dict[str, Any]]


def is_graph(value: Any) -> bool:
    """Return whether a value is a graph of networkx; does not import it."""
    return hasattr(value, "nodes") and hasattr(value, "edges") and hasattr(value, "is_directed")


def graph_edges(
    graph: Any, sides: Sequence[str], rows: Iterable[Any] | None, faults: list[Fault]
) -> GraphEdges | None:
    """Return the edges between two sides, or None after adding faults.

    Parameters
    ----------
    graph : each edge joins a node of one side and one of the other.
    sides : what the two sides are called.
    rows : the nodes of the first side, in order; None: those with ``bipartite=0``, or, where no
        node has that attribute and the graph is directed, those that edges leave.

    Notes
    -----
    Cost O(nodes + edges).
    """
    before = len(faults)
    first, second = map(singular, sides)
    if rows is None:
        marks = [node for node, side in graph.nodes(data="bipartite") if side is not None]
        if marks or not graph.number_of_nodes():
            rows = [node for node, side in graph.nodes(data="bipartite") if side == 0]
        elif graph.is_directed():
            rows = [node for node in graph if graph.out_degree(node)]
        else:
            rule = (
                f"does not say which nodes are {sides[0]}: give them the attribute bipartite=0 and "
                "the others bipartite=1, or let edges of a DiGraph go from one side to the other"
            )
            faults.append(Fault("graph", rule))
            return None
    row = {node: place for place, node in enumerate(rows)}
    faults += [
        Fault(sides[0], "is not a node of the graph", (str(node),))
        for node in row
        if node not in graph
    ]
    column = {node: place for place, node in enumerate(node for node in graph if node not in row)}
    faults += [*given_twice(sides[0], row), *given_twice(sides[1], column)]
    ends: dict[tuple[int, int], dict[str, Any]] = {}
    for one, two, data in graph.edges(data=True):
        left, right = (one, two) if one in row else (two, one)
        place = (str(one), str(two))
        if left not in row or right not in column:
            faults.append(Fault("edges", f"must join a {first} and a {second}", place))
        elif (row[left], column[right]) in ends:
            faults.append(Fault("edges", "joins a pair that is joined already", place))
        else:
            ends[row[left], column[right]] = data
    if len(faults) > before:
        return None
    pairs = list(ends)
    return GraphEdges(
        list(row), list(column), [i for i, _ in pairs], [j for _, j in pairs], list(ends.values())
    )


def node_numbers(
    graph: Any, nodes: Iterable[Any], attribute: str, default: int
) -> list[Any] | None:
    """Return an attribute of the nodes, None where no node has it."""
    given = [graph.nodes[node].get(attribute) for node in nodes]
    if all(entry is None for entry in given):
        return None
    return [default if entry is None else entry for entry in given]


def given_twice(side: str, names: Iterable[Any]) -> list[Fault]:
    """Return a fault for each name that several members of a side have, as text."""
    counts = Counter(str(name) for name in names)
    return [
        Fault(side, "label is given twice", value=label)
        for label, count in counts.items()
        if count > 1
    ]
