"""Markets from and to networkx graphs and pandas frames; both packages are imported when needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_instance, require_solution
from eqsolve.core.array_likes import is_frame, plain_numbers
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.graph_nodes import graph_of_sides, tell_nodes
from eqsolve.core.graphs import given_twice, graph_edges, node_numbers
from eqsolve.families.assignment_market.instance import AssignmentMarket
from eqsolve.families.assignment_market.solution import AssignmentSolution

__all__ = ["from_networkx", "from_pandas", "to_networkx", "to_pandas"]


def from_networkx(
    graph: Any,
    buyers: Iterable[Any] | None = None,
    *,
    value: str = "weight",
    reserve: str = "reserve",
    capacity: str = "capacity",
    name: str = "",
) -> AssignmentMarket:
    """Return the sparse market of a bipartite graph.

    Parameters
    ----------
    graph : networkx graph, each edge joining a buyer and a seller; directed or not.
    buyers : its buyers, in order; None: the nodes with attribute ``bipartite=0``, or, without any
        such attribute, those that the edges of a directed graph leave.
    value : edge attribute that holds the values.
    reserve : node attribute that holds the reserves of sellers, 0 where absent.
    capacity : node attribute that holds capacities, 1 where absent; without any there are none.
    name : of the market.

    Returns
    -------
    market : labels are the nodes as text, in the order of the graph.

    Raises
    ------
    InstanceError : not a networkx graph, an edge inside one side, an edge without a value, or a
        buyer not in the graph.

    Notes
    -----
    Cost O(nodes) and sorting the edges.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.Graph()
    >>> graph.add_edge("ann", "house", weight=5)
    >>> graph.add_edge("ann", "flat", weight=3)
    >>> graph.add_edge("bob", "house", weight=4)
    >>> market = from_networkx(graph, ["ann", "bob"])
    >>> market.labels["sellers"], market.values[1, 0]
    (('house', 'flat'), 4)
    """
    import networkx as nx

    require_instance(graph, nx.Graph, "graph")
    faults: list[Fault] = []
    found = graph_edges(graph, ("buyers", "sellers"), buyers, faults)
    for i, j, data in zip(found.row, found.column, found.data, strict=True) if found else ():
        if data.get(value) is None:
            place = (str(found.rows[i]), str(found.columns[j])) if found else ()
            faults.append(Fault("edges", f"has no attribute {value!r}", place))
    if faults or found is None:
        raise InstanceError(faults)
    return AssignmentMarket.from_edges(
        len(found.rows),
        len(found.columns),
        found.row,
        found.column,
        [data[value] for data in found.data],
        node_numbers(graph, found.columns, reserve, 0),
        buyer_capacities=node_numbers(graph, found.rows, capacity, 1),
        seller_capacities=node_numbers(graph, found.columns, capacity, 1),
        name=name,
        labels={
            "buyers": [str(node) for node in found.rows],
            "sellers": [str(node) for node in found.columns],
        },
    )


def to_networkx(market: AssignmentMarket, solution: AssignmentSolution | None = None) -> Any:
    """Return the market as a networkx graph.

    Parameters
    ----------
    market : n buyers, m sellers.
    solution : adds prices, utilities and which edges trade.

    Returns
    -------
    graph : nodes ``("buyer", i)`` with ``bipartite=0`` and ``("seller", j)`` with ``bipartite=1``
        and ``reserve``; edges with ``weight``. All nodes have a ``label``, and a ``capacity``
        where the market has them.

    Raises
    ------
    InstanceError : not an assignment market.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n m), for sparse markets O(n + m + edges).

    Examples
    --------
    >>> graph = to_networkx(AssignmentMarket([[5, 3], [4, None]]))
    >>> graph.number_of_edges(), graph["buyer", 0]["seller", 1]
    (3, {'weight': 3})
    """
    require_instance(market, AssignmentMarket, "market")
    if solution is not None:
        require_solution(solution, AssignmentSolution)
    graph = graph_of_sides(market, "buyers", "sellers")
    tell_nodes(graph, "buyer", capacity=market.buyer_capacities)
    tell_nodes(graph, "seller", reserve=market.reserves, capacity=market.seller_capacities)
    indptr, indices, data = market.values.csr()
    buyer = np.repeat(np.arange(market.n_buyers), np.diff(indptr)).tolist()
    for i, j, worth in zip(buyer, indices.tolist(), data.tolist(), strict=True):
        graph.add_edge(("buyer", i), ("seller", j), weight=worth)
    if solution is not None:
        tell_nodes(graph, "buyer", utility=solution.utilities)
        tell_nodes(graph, "seller", price=solution.prices)
        for i, j in zip(*(side.tolist() for side in solution.trades), strict=True):
            graph.edges[("buyer", i), ("seller", j)]["trade"] = True
    return graph


def from_pandas(
    frame: Any,
    reserves: Any = None,
    *,
    buyer_capacities: Any = None,
    seller_capacities: Any = None,
    name: str = "",
) -> AssignmentMarket:
    """Return the market of a frame: a row per buyer, a column per seller, values in the cells.

    Parameters
    ----------
    frame : pandas DataFrame of numbers; a missing cell means no edge. Index and columns become
        the labels.
    reserves : mapping or Series column -> reserve; sellers not named have reserve 0.
    buyer_capacities, seller_capacities : mapping or Series row -> most sellers, column -> units; 1
        for those not named.
    name : of the market.

    Raises
    ------
    InstanceError : not a DataFrame, cells that are no numbers >= 0, labels given twice, reserves
        of sellers that do not exist.

    Notes
    -----
    Cost O(n m).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"house": [5, 4], "flat": [3, None]}, index=["ann", "bob"])
    >>> market = from_pandas(frame, {"flat": 1})
    >>> market.labels["buyers"], market.values[1, 1], market.reserves.tolist()
    (('ann', 'bob'), None, [0, 1])
    """
    import pandas as pd

    if is_frame(frame) and not isinstance(frame, pd.DataFrame):
        owner = type(frame).__module__.partition(".")[0]
        rule = f"is a frame of {owner}, not of pandas: call its to_pandas() first"
        raise InstanceError(Fault("frame", rule))
    require_instance(frame, pd.DataFrame, "frame")
    faults: list[Fault] = []
    for side, names in (("buyers", frame.index), ("sellers", frame.columns)):
        faults += given_twice(side, names)
    listed: dict[str, Any] = {
        "reserves": _by_name(reserves, "reserves", frame.columns, 0, faults),
        "buyer_capacities": _by_name(buyer_capacities, "buyer_capacities", frame.index, 1, faults),
        "seller_capacities": _by_name(
            seller_capacities, "seller_capacities", frame.columns, 1, faults
        ),
    }
    if faults:
        raise InstanceError(faults)
    return AssignmentMarket(
        plain_numbers(frame) if frame.size else np.zeros(frame.shape),
        **listed,
        name=name,
        labels={
            "buyers": [str(label) for label in frame.index],
            "sellers": [str(label) for label in frame.columns],
        },
    )


def _by_name(
    given: Any, field: str, names: Any, default: int, faults: list[Fault]
) -> list[Any] | None:
    """Return numbers in the order of the names, None where none is given; add faults."""
    try:
        numbers: Mapping[Any, Any] = {} if given is None else dict(given)
    except (TypeError, ValueError):
        faults.append(Fault(field, "must be a mapping or a Series"))
        return None
    word, known = ("buyer" if field.startswith("buyer") else "seller"), set(names)
    faults += [
        Fault(field, f"no such {word}", (str(label),)) for label in numbers if label not in known
    ]
    return [numbers.get(label, default) for label in names] if numbers else None


def to_pandas(market: AssignmentMarket, solution: AssignmentSolution) -> Any:
    """Return a solution as a frame with one row per buyer, or per trade with capacities.

    Parameters
    ----------
    market : n buyers, m sellers.
    solution : of the market.

    Returns
    -------
    frame : index: labels of the buyers; columns ``seller`` (label or None), ``value``, ``price``,
        ``utility`` and ``vcg_payment``. With capacities a row per trade, ``utility`` is that of
        the trade, and payments, which belong to buyers, are left out.

    Raises
    ------
    InstanceError : not an assignment market.
    OptionError : not a solution of one.

    Notes
    -----
    Cost O(n log m).

    Examples
    --------
    >>> from eqsolve import solve
    >>> market = AssignmentMarket([[5, 3], [4, 1]], labels={"buyers": ["ann", "bob"]})
    >>> to_pandas(market, solve(market).solution).loc["bob", "seller"]
    'seller 0'
    """
    import pandas as pd

    require_instance(market, AssignmentMarket, "market")
    require_solution(solution, AssignmentSolution)
    if market.has_capacities:
        buyers, sellers = solution.trades
        values, prices = market.values.at(buyers, sellers), solution.prices[sellers]
        return pd.DataFrame(
            {
                "seller": [market.label("sellers", j) for j in sellers.tolist()],
                "value": values,
                "price": prices,
                "utility": values - prices,
            },
            index=[market.label("buyers", i) for i in buyers.tolist()],
        )
    rows = []
    for i, j in enumerate(solution.matching.tolist()):
        held = j >= 0
        rows.append(
            {
                "seller": market.label("sellers", j) if held else None,
                "value": market.values[i, j] if held else 0,
                "price": solution.prices[j].item() if held else 0,
                "utility": solution.utilities[i].item(),
                "vcg_payment": solution.vcg_payments[i].item(),
            }
        )
    names = [market.label("buyers", i) for i in range(market.n_buyers)]
    return pd.DataFrame(
        rows, index=names, columns=["seller", "value", "price", "utility", "vcg_payment"]
    )
