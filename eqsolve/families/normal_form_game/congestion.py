"""Congestion games: whoever uses a resource waits the longer, the more others use it.

Player i chooses one of the routes open to it, each a set of resources; a resource used by k players
costs each of them its **delay** ``d_r(k)``, and a player's payoff is minus the sum of the delays on
its route. **Rosenthal's potential** of a profile with loads ``k_r`` is

    ``P = - sum over resources r of (d_r(1) + ... + d_r(k_r))``

and changes with every deviation by exactly the gain of whoever deviates, so there is a pure
equilibrium where it is largest. Source: Rosenthal, R. W. (1973). A class of games possessing
pure-strategy Nash equilibria. International Journal of Game Theory 2(1), 65-67.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import NumberArray, read_only
from eqsolve.core.bid_table import exact
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.graphs import is_graph
from eqsolve.families.normal_form_game.instance import MAX_PLAYERS, NormalFormGame, strategies_of

__all__ = ["CongestionGame", "congestion_game"]

MOST_ENTRIES = 20_000_000
"""Payoffs beyond which the table of the game is not made."""
MOST_ROUTES = 1_000
"""Routes between two places beyond which a network is refused."""


@dataclass(frozen=True, slots=True, eq=False)
class CongestionGame:
    """A congestion game as a table, with its potential.

    Parameters
    ----------
    game : payoffs are minus delays; strategies bear the names of their routes.
    potential : shape (a_1, ..., a_N), Rosenthal's potential times `denominator`.
    denominator : divides `potential` and `delays`.
    resources : names of the resources.
    routes : for each player, for each strategy the places of its resources.
    delays : shape (resources, N), with 1, 2, ... users, times `denominator`.
    edges : of a network the two nodes of each resource; else none.
    """

    game: NormalFormGame
    potential: NumberArray
    denominator: int
    resources: tuple[str, ...]
    routes: tuple[tuple[tuple[int, ...], ...], ...]
    delays: NumberArray
    edges: tuple[tuple[Any, Any], ...] = ()


def congestion_game(
    routes: Any,
    delays: Mapping[Any, Any] | None = None,
    players: int | Sequence[str] = 2,
    *,
    ends: Any = None,
    name: str = "",
) -> CongestionGame:
    """Return the congestion game of routes, or of a network, with its potential.

    Parameters
    ----------
    routes : a list of routes open to everybody, or one such list for each player (a dictionary
        player -> routes names them); a route is a list of resources, or one. Or a directed graph of
        networkx whose edges are the resources: then every simple path between the `ends` is one.
    delays : resource -> its delay with 1, 2, ... users: a list as long as there are players, or a
        function of the number. None: the edges' attribute ``delay``.
    players : how many, or their names.
    ends : with a graph, ``(from, to)`` for all, or a list of such pairs, one a player.
    name : of the game.

    Raises
    ------
    InstanceError : with every fault: a resource without a delay, a table that is too short, a
        player without a route, more than 1,000 routes or 20 million payoffs.

    Notes
    -----
    Delays may be any numbers; decimals are taken as they are written, so that payoffs are exact.
    Cost O(N P) for P profiles. Source: Rosenthal (1973).

    Examples
    --------
    >>> from eqsolve import pure_equilibria
    >>> two_roads = congestion_game([["motorway"], ["lane"]], {"motorway": [1, 3], "lane": [2, 9]})
    >>> two_roads.game.payoffs[0, 0].tolist(), two_roads.potential.tolist()
    ([-3, -3], [[-4, -3], [-3, -11]])
    >>> list(pure_equilibria(two_roads.game).solution)
    [(0, 1), (1, 0)]
    """
    faults: list[Fault] = []
    names, count = _players(players, routes, faults)
    if is_graph(routes):
        given = delays if delays is not None else _delays_of_edges(routes)
        own = _paths(routes, ends, count, faults)
    else:
        given = {} if delays is None else delays
        own = _routes(routes, count, faults)
    if faults:
        raise InstanceError(faults)
    resources = list(dict.fromkeys(r for player in own for route in player for r in route))
    table = _table(resources, given, count, faults)
    size = math.prod(len(player) for player in own) * count
    if size > MOST_ENTRIES:
        rule = f"{size} payoffs; at most {MOST_ENTRIES} are made"
        faults.append(Fault("routes", rule))
    if faults:
        raise InstanceError(faults)
    spot = {resource: place for place, resource in enumerate(resources)}
    placed = tuple(tuple(tuple(spot[r] for r in route) for route in player) for player in own)
    whole, unit = _whole(table, count)
    payoffs, potential = _payoffs(placed, whole)
    labels = {
        strategies_of(player): _unique([" + ".join(map(_word, it)) or "nothing" for it in open_to])
        for player, open_to in enumerate(own)
    }
    if names:
        labels["players"] = names
    game = NormalFormGame(payoffs, unit, name=name, labels=labels)
    words = tuple(map(_word, resources))
    edges = tuple(resources) if is_graph(routes) else ()
    return CongestionGame(game, read_only(potential), unit, words, placed, read_only(whole), edges)


def _players(players: Any, routes: Any, faults: list[Fault]) -> tuple[list[str], int]:
    """Return the names of the players, if any, and how many there are."""
    if isinstance(routes, Mapping):
        names = [str(player) for player in routes]
    elif isinstance(players, int) and not isinstance(players, bool):
        names = []
    else:
        names = [str(player) for player in players]
    count = len(names) or (players if isinstance(players, int) else 0)
    if not 1 <= count <= MAX_PLAYERS:
        faults.append(Fault("players", f"must be from 1 to {MAX_PLAYERS}", value=count))
    return names, count


def _routes(routes: Any, count: int, faults: list[Fault]) -> list[list[tuple[Any, ...]]]:
    """Return the routes of each player, each a tuple of resources."""
    given = list(routes.values()) if isinstance(routes, Mapping) else list(routes)
    nested = isinstance(routes, Mapping) or (
        len(given) == count
        and all(isinstance(player, list) for player in given)
        and all(isinstance(route, list | tuple | set) for player in given for route in player)
        and any(given)
    )
    lists = given if nested else [given] * count
    found = []
    for player, own in enumerate(lists):
        held = [
            tuple(route) if isinstance(route, list | tuple | set | frozenset) else (route,)
            for route in own
        ]
        if not held:
            faults.append(Fault("routes", "a player needs at least one route", (player,)))
        for place, route in enumerate(held):
            if len(set(route)) < len(route):
                rule = "a resource stands twice in a route"
                faults.append(Fault("routes", rule, (player, place)))
        found.append(held)
    return found


def _paths(graph: Any, ends: Any, count: int, faults: list[Fault]) -> list[list[tuple[Any, ...]]]:
    """Return the simple paths of each player, as edges."""
    if not isinstance(ends, list | tuple) or not ends:
        faults.append(Fault("ends", "a network needs ends: (from, to), or a pair a player"))
        return []
    pairs = list(ends) if isinstance(ends[0], list | tuple) else [tuple(ends)] * count
    if len(pairs) != count:
        faults.append(Fault("ends", f"has {len(pairs)} pairs, expected {count}, one a player"))
        return []
    if not graph.is_directed() or graph.is_multigraph():
        faults.append(Fault("routes", "must be a directed graph without parallel edges: a DiGraph"))
        return []
    found = []
    for player, pair in enumerate(pairs):
        missing = [node for node in pair if node not in graph]
        if len(pair) != 2 or missing:
            faults.append(Fault("ends", "must be two nodes of the network", (player,), str(pair)))
            continue
        paths = _simple_paths(graph, *pair)
        if not paths or len(paths) > MOST_ROUTES:
            rule = "there is no route" if not paths else f"there are more than {MOST_ROUTES} routes"
            faults.append(Fault("ends", rule, (player,), str(pair)))
        found.append(paths)
    return found


def _simple_paths(graph: Any, source: Any, target: Any) -> list[tuple[Any, ...]]:
    """Return the paths without a repeated node, as tuples of edges; at most one too many."""
    found: list[tuple[Any, ...]] = []
    waiting: list[tuple[Any, ...]] = [(source,)]
    while waiting and len(found) <= MOST_ROUTES:
        path = waiting.pop()
        if path[-1] == target and len(path) > 1:
            found.append(tuple(pairwise(path)))
            continue
        waiting += [(*path, node) for node in reversed(list(graph[path[-1]])) if node not in path]
    return found


def _delays_of_edges(graph: Any) -> dict[Any, Any]:
    """Return edge -> its attribute ``delay``."""
    edges = graph.edges(data="delay")
    return {(one, two): delay for one, two, delay in edges if delay is not None}


def _table(
    resources: Iterable[Any], delays: Mapping[Any, Any], count: int, faults: list[Fault]
) -> list[list[Fraction]]:
    """Return the delay of each resource with 1, 2, ... users."""
    table = []
    for resource in resources:
        given = delays.get(resource)
        if given is None:
            faults.append(Fault("delays", "a resource has no delay", (_word(resource),)))
            continue
        numbers = _numbers(given, count)
        if len(numbers) < count:
            rule = f"has {len(numbers)} delays, expected {count}, one for each number of users"
            faults.append(Fault("delays", rule, (_word(resource),)))
            continue
        row = []
        for users, number in enumerate(numbers[:count], 1):
            good = isinstance(number, int | float) and not isinstance(number, bool)
            if not good or not math.isfinite(number):
                rule = "must be a finite number"
                faults.append(Fault("delays", rule, (_word(resource), users), number))
            else:
                row.append(exact(number))
        table.append(row)
    return table


def _numbers(given: Any, count: int) -> list[Any]:
    """Return a table of delays, or the values of a function."""
    if callable(given):
        function: Callable[[int], Any] = given
        return [plain_numbers([function(users)])[0] for users in range(1, count + 1)]
    listed = plain_numbers(given)
    listed = listed.tolist() if isinstance(listed, np.ndarray) else listed
    return listed if isinstance(listed, list) else [listed] * count


def _whole(table: list[list[Fraction]], count: int) -> tuple[NumberArray, int]:
    """Return delays as whole numbers, shape (resources, count), over a unit."""
    unit = math.lcm(1, *(delay.denominator for row in table for delay in row))
    whole = [[int(delay * unit) for delay in row] for row in table]
    largest = max((abs(delay) for row in whole for delay in row), default=0)
    if unit >= 2**62 or largest * max(1, len(table)) * count >= 2**62:
        rule = "delays need more than 64 bits over a common denominator"
        raise InstanceError(Fault("delays", rule))
    return np.array(whole, dtype=np.int64).reshape(len(table), count), unit


def _payoffs(
    routes: tuple[tuple[tuple[int, ...], ...], ...], delays: NumberArray
) -> tuple[NumberArray, NumberArray]:
    """Return payoffs and potential, of whole delays of shape (resources, N)."""
    n_resources = len(delays)
    shape = tuple(len(own) for own in routes)
    payoffs = np.zeros((*shape, len(routes)), dtype=np.int64)
    potential = np.zeros(shape, dtype=np.int64)
    uses = [
        [np.array([resource in route for route in own]) for own in routes]
        for resource in range(n_resources)
    ]
    for resource in range(n_resources):
        load = np.zeros(shape, dtype=np.int64)
        for player, taken in enumerate(uses[resource]):
            load += _along(taken.astype(np.int64), player, len(shape))
        delay = np.concatenate([[0], delays[resource]])
        potential -= np.cumsum(delay)[load]
        for player, taken in enumerate(uses[resource]):
            payoffs[..., player] -= delay[load] * _along(taken.astype(np.int64), player, len(shape))
    return payoffs, potential


def _along(values: NumberArray, axis: int, ndim: int) -> NumberArray:
    """Return a vector along one axis of an array."""
    shape = [1] * ndim
    shape[axis] = len(values)
    return values.reshape(shape)


def _word(resource: Any) -> str:
    """Return the name of a resource; of an edge, both ends."""
    return "-".join(map(str, resource)) if isinstance(resource, tuple) else str(resource)


def _unique(words: list[str]) -> list[str]:
    """Return names that differ: a number behind what stands there already."""
    seen: dict[str, int] = {}
    found = []
    for word in words:
        seen[word] = seen.get(word, 0) + 1
        found.append(word if seen[word] == 1 else f"{word} ({seen[word]})")
    return found
