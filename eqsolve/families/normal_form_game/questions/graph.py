"""The improvement graph: profiles, and an arc for each deviation by which one player gains.

A **sink component** is a strongly connected component that no arc leaves: where improvement
paths end up. A profile alone is a sink component exactly if it is a pure equilibrium (NFG-2);
every game has a sink component, also when it has no pure equilibrium.

There are up to ``sum_i P (a_i - 1)`` arcs for P profiles; games with more than 20 million
deviations are refused. Source: Goemans, Mirrokni and Vetta (2005) on sink equilibria.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from eqsolve.core.arrays import IntArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.families.normal_form_game.instance import NormalFormGame

if TYPE_CHECKING:
    import networkx

__all__ = ["Arcs", "arcs", "components", "improvement_graph", "sink_components"]

MAX_DEVIATIONS = 20_000_000

Rule = Literal["better", "best", "equal"]


class Arcs(NamedTuple):
    """Arcs between profiles.

    Attributes
    ----------
    source, target : int64, flat indices of profiles.
    player : int64, who moves.
    """

    source: IntArray
    target: IntArray
    player: IntArray


def arcs(game: NormalFormGame, rule: Rule = "better") -> Arcs:
    """Return the deviations of a kind, as arcs between flat profile indices.

    Parameters
    ----------
    game : the game.
    rule : ``"better"``: the player gains; ``"best"``: it gains, and nothing else pays more;
        ``"equal"``: it neither gains nor loses.

    Raises
    ------
    UnsupportedError : the game has more than `MAX_DEVIATIONS` deviations.
    OptionError : no such rule.

    Examples
    --------
    >>> arcs(NormalFormGame([[3], [1], [2]]))
    Arcs(source=array([1, 1, 2]), target=array([0, 2, 0]), player=array([0, 0, 0]))
    """
    if rule not in ("better", "best", "equal"):
        raise OptionError(f"rule = {rule!r}: must be 'better', 'best' or 'equal'")
    deviations = game.n_profiles * sum(size - 1 for size in game.n_strategies)
    if deviations > MAX_DEVIATIONS:
        reason = f"{deviations} deviations, at most {MAX_DEVIATIONS} fit"
        raise UnsupportedError("improvement graph", reason)
    indices = np.arange(game.n_profiles).reshape(game.n_strategies)
    found: list[tuple[IntArray, IntArray, IntArray]] = []
    for player, size in enumerate(game.n_strategies):
        lines = np.moveaxis(game.payoffs[..., player], player, -1).reshape(-1, size)
        places = np.moveaxis(indices, player, -1).reshape(-1, size)
        largest = lines.max(axis=1)
        for s in range(size):
            for t in range(size):
                if s == t:
                    continue
                if rule == "equal":
                    chosen = lines[:, t] == lines[:, s]
                else:
                    chosen = lines[:, t] > lines[:, s]
                    if rule == "best":
                        chosen &= lines[:, t] == largest
                sources = places[chosen, s]
                found.append((sources, places[chosen, t], np.full(len(sources), player)))
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return Arcs(nothing, nothing, nothing)
    source, target, mover = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((target, source))
    return Arcs(source[order], target[order], mover[order])


def components(n_nodes: int, source: IntArray, target: IntArray) -> IntArray:
    """Return the label of each node's strongly connected component. O(nodes + arcs)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(source), dtype=np.int8)
    graph = csr_array((ones, (source, target)), shape=(n_nodes, n_nodes))
    _, labels = connected_components(graph, directed=True, connection="strong")
    return np.asarray(labels, dtype=np.int64)


def improvement_graph(
    game: NormalFormGame, *, rule: Literal["better", "best"] = "better"
) -> networkx.DiGraph[Any]:
    """Return the improvement graph; see ``eqsolve.improvement_graph``.

    Examples
    --------
    >>> pennies = NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    >>> sorted(improvement_graph(pennies).edges)
    [((0, 0), (0, 1)), ((0, 1), (1, 1)), ((1, 0), (0, 0)), ((1, 1), (1, 0))]
    """
    import networkx as nx

    found = arcs(game, rule)
    profiles = list(np.ndindex(*game.n_strategies))
    graph: networkx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(profiles)
    for s, t, player in zip(*(part.tolist() for part in found), strict=True):
        here, there = profiles[s], profiles[t]
        gain = game.payoff(there, player) - game.payoff(here, player)
        graph.add_edge(here, there, player=player, gain=gain)
    return graph


def sink_components(
    game: NormalFormGame, *, rule: Literal["better", "best"] = "better"
) -> list[list[tuple[int, ...]]]:
    """Return the sink components; see ``eqsolve.sink_components``.

    Examples
    --------
    >>> sink_components(NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]]))
    [[(0, 0)], [(1, 1)]]
    """
    found = arcs(game, rule)
    labels = components(game.n_profiles, found.source, found.target)
    leaving = labels[found.source] != labels[found.target]
    inner = np.ones(int(labels.max()) + 1, dtype=bool)
    inner[labels[found.source[leaving]]] = False
    sinks: dict[int, list[tuple[int, ...]]] = {}
    for node in np.flatnonzero(inner[labels]).tolist():
        profile = tuple(int(part) for part in np.unravel_index(node, game.n_strategies))
        sinks.setdefault(int(labels[node]), []).append(profile)
    return sorted(sinks.values())
