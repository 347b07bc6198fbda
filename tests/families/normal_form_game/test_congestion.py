"""Rosenthal's potential tells every gain, and routes are read from lists and from networks."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import InstanceError, OptionError, congestion_game, congestion_graph, potential
from eqsolve.families.normal_form_game.instance import strategies_of

DELAYS = st.one_of(st.integers(-3, 9), st.sampled_from([0.1, 0.25, 1.5, 2.7]))


@st.composite
def games(draw: st.DrawFn) -> tuple[Any, Any, int]:
    """Return routes, delays and the number of players, with ties and shared resources."""
    players = draw(st.integers(1, 3))
    resources = "abc"[: draw(st.integers(1, 3))]
    route = st.lists(st.sampled_from(resources), max_size=3, unique=True)
    own = draw(
        st.lists(st.lists(route, min_size=1, max_size=3), min_size=players, max_size=players)
    )
    delays = {r: draw(st.lists(DELAYS, min_size=players, max_size=players)) for r in resources}
    return {f"p{k}": routes for k, routes in enumerate(own)}, delays, players


@given(games())
@settings(deadline=None)
def test_payoffs_and_potential_are_those_of_the_definition(made: tuple[Any, Any, int]) -> None:
    routes, delays, players = made
    found = congestion_game(routes, delays)
    game = found.game
    own = list(routes.values())
    for profile in np.ndindex(*game.n_strategies):
        chosen = [own[player][s] for player, s in enumerate(profile)]
        load = {r: sum(r in route for route in chosen) for r in delays}
        for player, route in enumerate(chosen):
            cost = sum((Fraction(str(delays[r][load[r] - 1])) for r in route), Fraction(0))
            assert game.payoff(profile, player) == -cost
        total = sum((Fraction(str(d)) for r in delays for d in delays[r][: load[r]]), Fraction(0))
        assert Fraction(int(found.potential[profile]), found.denominator) == -total
    general = potential(game)
    shift = Fraction(int(found.potential[(0,) * players]), found.denominator)
    assert general.values is not None
    for profile in np.ndindex(*game.n_strategies):
        level = Fraction(int(found.potential[profile]), found.denominator) - shift
        assert level == Fraction(int(general.values[profile]), general.denominator)
    best = np.unravel_index(int(found.potential.argmax()), found.potential.shape)
    equilibria = {tuple(row) for row in eqsolve.solve(game).solution.profiles.tolist()}
    assert tuple(int(part) for part in best) in equilibria


def test_a_network_gives_its_simple_paths() -> None:
    """Braess, D. (1968): the road from v to w makes everybody slower."""
    graph = nx.DiGraph()
    for one, two, delay in (
        ("s", "v", lambda users: users),
        ("v", "t", lambda users: 5),
        ("s", "w", lambda users: 5),
        ("w", "t", lambda users: users),
        ("v", "w", lambda users: 0),
    ):
        graph.add_edge(one, two, delay=delay)
    found = congestion_game(graph, players=4, ends=("s", "t"), name="Braess")
    assert found.game.name == "Braess"
    names = found.game.labels[strategies_of(0)]
    assert set(names) == {"s-v + v-t", "s-w + w-t", "s-v + v-w + w-t"}
    shortcut = names.index("s-v + v-w + w-t")
    everybody = (shortcut,) * 4
    equilibria = {tuple(row) for row in eqsolve.solve(found.game).solution.profiles.tolist()}
    assert everybody in equilibria
    assert found.game.payoff(everybody, 0) == -8
    graph.remove_edge("v", "w")
    before = congestion_game(graph, players=4, ends=("s", "t")).game
    costs = {
        -before.payoff(tuple(row), 0) for row in eqsolve.solve(before).solution.profiles.tolist()
    }
    assert costs == {7}
    two = congestion_game(graph, players=["Ann", "Bob"], ends=[("s", "t"), ("v", "t")])
    assert two.game.n_strategies == (2, 1)
    assert two.game.labels["players"] == ("Ann", "Bob")


def test_lists_of_routes_are_for_all_or_for_each() -> None:
    delays = {"a": [1, 2], "b": 3}
    shared = congestion_game(["a", "b"], delays)
    assert shared.game == congestion_game([["a"], ["b"]], delays).game
    each = congestion_game([[["a"], ["b"]], [["a", "b"]]], delays)
    assert each.game.n_strategies == (2, 1)
    assert each.resources == ("a", "b")
    third = congestion_game(["a", "b"], {"a": [1 / 3, 1], "b": [1, 2]})
    assert third.game.payoff((0, 0), 0) == -1


@given(games())
@settings(deadline=None)
def test_the_graph_of_players_and_resources_counts_who_uses_what(
    made: tuple[Any, Any, int],
) -> None:
    routes, delays, _ = made
    found = congestion_game(routes, delays)
    own = list(routes.values())
    plain = congestion_graph(found)
    edges = {(f"p{i}", r) for i, held in enumerate(own) for route in held for r in route}
    labels = nx.get_node_attributes(plain, "label")
    assert {(labels[one], labels[two]) for one, two in plain.edges} == edges
    assert not any("load" in data for _, data in plain.nodes(data=True))
    for profile in np.ndindex(*found.game.n_strategies):
        graph = congestion_graph(found, profile)
        chosen = {f"p{player}": own[player][s] for player, s in enumerate(profile)}
        for node, data in graph.nodes(data=True):
            if node[0] == "player":
                continue
            users = tuple(name for name, route in chosen.items() if data["label"] in route)
            assert (data["load"], data["players"]) == (len(users), users)
            assert data["delays"] == tuple(map(float, delays[data["label"]]))
            assert data.get("delay") == (data["delays"][len(users) - 1] if users else None)
        used = {
            (labels[one], labels[two]) for one, two, data in graph.edges(data=True) if data["used"]
        }
        assert used == {(name, r) for name, route in chosen.items() for r in route}
        for name, route in chosen.items():
            waits = [graph.nodes["resource", found.resources.index(r)]["delay"] for r in route]
            assert graph.graph["players"][name] == pytest.approx(sum(waits))


def test_the_graph_of_a_network_keeps_its_nodes_and_names() -> None:
    network = nx.DiGraph()
    for one, two, delay in ((0, 1, [1, 4]), (1, 2, [2, 2]), (0, 2, [5, 5]), (2, 0, [1, 1])):
        network.add_edge(one, two, delay=delay)
    found = congestion_game(network, players=["Ann", "Bob"], ends=(0, 2), name="town")
    plain = congestion_graph(found)
    assert (plain.is_directed(), plain.graph) == (True, {"name": "town"})
    assert set(plain.edges) == {(0, 1), (1, 2), (0, 2)}  # no route goes back
    names = found.game.labels[strategies_of(0)]
    for profile in (["0-1 + 1-2", "0-2"], [names.index("0-1 + 1-2"), names.index("0-2")]):
        graph = congestion_graph(found, profile)
        assert graph.edges[0, 1] == {
            "label": "0-1", "delays": (1.0, 4.0), "load": 1, "players": ("Ann",), "delay": 1.0,
        }  # fmt: skip
        assert graph.edges[0, 2]["players"] == ("Bob",)
        assert graph.graph["players"] == {"Ann": 3.0, "Bob": 5.0}
    (row, *_) = eqsolve.solve(found.game).solution.profiles
    waits = congestion_graph(found, row).graph["players"]
    assert waits == {name: -found.game.payoff(tuple(row), k) for k, name in enumerate(waits)}
    assert eqsolve.to_networkx(found.game).nodes  # the improvement graph is another one


@pytest.mark.parametrize(
    ("profile", "rule"),
    [
        ((0,), "profile has 1 strategies, expected 2, one a player"),
        ((0, 2), r"profile\[1\] = 2: must be from 0 to 1"),
        ((-1, 0), r"profile\[0\] = -1: must be from 0 to 1"),
        ((0, 0.5), r"profile\[1\] = 0.5: must be from 0 to 1"),
        (("a", "bb"), r"profile\[1\] = 'bb': no such strategy; did you mean 'b'"),
    ],
)
def test_profiles_that_are_none_are_refused(profile: Any, rule: str) -> None:
    found = congestion_game(["a", "b"], {"a": [1, 2], "b": 3})
    with pytest.raises(OptionError, match=rule):
        congestion_graph(found, profile)
    with pytest.raises(OptionError, match="NormalFormGame is no congestion game"):
        congestion_graph(found.game, profile)


@pytest.mark.parametrize(
    ("routes", "options", "rule"),
    [
        (["a"], {"delays": {}}, r"delays\[a\]: a resource has no delay"),
        (["a"], {"delays": {"a": [1]}}, "has 1 delays, expected 2, one for each number of users"),
        (["a"], {"delays": {"a": [1, float("inf")]}}, r"delays\[a, 2\] = inf: must be a finite"),
        (["a"], {"delays": {"a": [1, "x"]}}, r"delays\[a, 2\] = 'x'"),
        ({"p": [], "q": ["a"]}, {"delays": {"a": [1, 2]}}, "needs at least one route"),
        ([["a", "a"]], {"delays": {"a": [1, 2]}}, "a resource stands twice"),
        (["a"], {"delays": {"a": 1}, "players": 0}, "players = 0: must be from 1 to 31"),
        (["a", "b"], {"delays": {"a": 1, "b": 2}, "players": 25}, "payoffs; at most 20000000"),
        (nx.DiGraph([("s", "t")]), {"delays": {("s", "t"): 1}}, "a network needs ends"),
        (nx.Graph([("s", "t")]), {"ends": ("s", "t")}, "must be a directed graph"),
        (nx.MultiDiGraph([("s", "t"), ("s", "t")]), {"ends": ("s", "t")}, "without parallel edges"),
        (nx.DiGraph([("s", "t")]), {"ends": ("t", "s")}, "there is no route"),
        (nx.DiGraph([("s", "t")]), {"ends": ("s", "x")}, "must be two nodes of the network"),
        (nx.DiGraph([("s", "t")]), {"ends": [("s", "t")]}, "has 1 pairs, expected 2"),
        (nx.DiGraph([("s", "t")]), {"ends": ("s", "t")}, r"delays\[s-t\]: a resource has no"),
        (["a"], {"delays": {"a": [1e-30, 1]}}, "more than 64 bits"),
    ],
)
def test_faults_are_named(routes: Any, options: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        congestion_game(routes, **options)
