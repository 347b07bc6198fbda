"""Congestion games as graphs of networkx, with loads and delays at a profile.

Of a network this is the network: the edges are the resources. Of lists of routes it has players on
one side and resources on the other, with an edge where some route of the player has the resource.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eqsolve.core.errors import OptionError, nearest_name
from eqsolve.families.normal_form_game.congestion import CongestionGame

__all__ = ["congestion_graph"]


def congestion_graph(congestion: CongestionGame, profile: Sequence[int | str] | None = None) -> Any:
    """Return the graph of the resources of a congestion game, with who uses what at a profile.

    Parameters
    ----------
    congestion : as `congestion_game` makes it.
    profile : a strategy for each player, by place or by name, such as a row of
        ``pure_equilibria(congestion.game).solution.profiles``; None: nobody has chosen yet.

    Returns
    -------
    graph : of a network a DiGraph with its nodes and the edges that lie on routes; of lists a Graph
        with nodes ``("player", i)`` and ``("resource", r)``. Resources (edges, or nodes) have
        ``label`` and ``delays``, those with 1, 2, ... users; at a profile also ``load``, the names
        of its users as ``players`` and, where somebody uses it, ``delay``. Edges between players
        and resources have ``used`` then. ``graph.graph["players"]`` holds the total delay of each
        player by name at the profile.

    Raises
    ------
    OptionError : no congestion game, or no profile of it.

    Notes
    -----
    Cost O(size of all routes). A total delay is minus the player's payoff.
    Source: Rosenthal (1973).

    Examples
    --------
    >>> from eqsolve import congestion_game
    >>> roads = congestion_game(["motorway", "lane"], {"motorway": [1, 3], "lane": [2, 9]})
    >>> graph = congestion_graph(roads, ["motorway", "lane"])
    >>> road = graph.nodes["resource", 0]
    >>> road["label"], road["delays"], road["load"], road["players"], road["delay"]
    ('motorway', (1.0, 3.0), 1, ('player 0',), 1.0)
    >>> graph.graph["players"]
    {'player 0': 1.0, 'player 1': 2.0}
    """
    import networkx as nx

    if not isinstance(congestion, CongestionGame):
        raise OptionError(f"{type(congestion).__name__} is no congestion game")
    game = congestion.game
    names = [game.label("players", player) for player in range(game.n_players)]
    chosen = None if profile is None else _places(congestion, profile)
    resources = _resources(congestion, names, chosen)
    graph: Any = nx.DiGraph() if congestion.edges else nx.Graph()
    graph.graph["name"] = game.name
    if chosen is not None:
        graph.graph["players"] = {
            name: -float(game.payoff(chosen, player)) for player, name in enumerate(names)
        }
    if congestion.edges:
        for (one, two), told in zip(congestion.edges, resources, strict=True):
            graph.add_edge(one, two, **told)
        return graph
    for player, name in enumerate(names):
        graph.add_node(("player", player), bipartite=0, label=name)
    for place, told in enumerate(resources):
        graph.add_node(("resource", place), bipartite=1, **told)
    for player, routes in enumerate(congestion.routes):
        for place in sorted({place for route in routes for place in route}):
            used = {} if chosen is None else {"used": place in routes[chosen[player]]}
            graph.add_edge(("player", player), ("resource", place), **used)
    return graph


def _resources(
    congestion: CongestionGame, names: Sequence[str], chosen: Sequence[int] | None
) -> list[dict[str, Any]]:
    """Return what is told of each resource."""
    found: list[dict[str, Any]] = []
    rows = zip(congestion.resources, congestion.delays.tolist(), strict=True)
    for place, (label, row) in enumerate(rows):
        delays = tuple(delay / congestion.denominator for delay in row)
        told: dict[str, Any] = {"label": label, "delays": delays}
        if chosen is not None:
            pairs = zip(names, congestion.routes, chosen, strict=True)
            users = tuple(name for name, routes, s in pairs if place in routes[s])
            told |= {"load": len(users), "players": users}
            told |= {"delay": delays[len(users) - 1]} if users else {}
        found.append(told)
    return found


def _places(congestion: CongestionGame, profile: Sequence[int | str]) -> tuple[int, ...]:
    """Return a profile as places.

    Raises
    ------
    OptionError : other than a strategy for each player.
    """
    game = congestion.game
    given = list(profile)
    if len(given) != game.n_players:
        rule = f"has {len(given)} strategies, expected {game.n_players}, one a player"
        raise OptionError(f"profile {rule}")
    found = []
    for player, strategy in enumerate(given):
        count = game.n_strategies[player]
        if isinstance(strategy, str):
            names = [game.strategy_label(player, place) for place in range(count)]
            if strategy not in names:
                hint = nearest_name(strategy, names)
                raise OptionError(f"profile[{player}] = {strategy!r}: no such strategy; {hint}")
            found.append(names.index(strategy))
            continue
        place = int(strategy)
        if place != strategy or not 0 <= place < count:
            rule = f"must be from 0 to {count - 1}"
            raise OptionError(f"profile[{player}] = {strategy!r}: {rule}")
        found.append(place)
    return tuple(found)
