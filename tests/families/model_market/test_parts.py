"""The smaller parts: apportionment, reduction, payoffs, paths, graphs, sweeps, recipes, tables."""

from __future__ import annotations

from itertools import product

import networkx
import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import (
    InstanceError,
    ModelMarket,
    OptionError,
    UnsupportedError,
    as_normal_form,
    basins,
    best_response_path,
    better_response_path,
    find_paradox,
    first_mover_profile,
    improvement_graph,
    pure_equilibria,
    sink_components,
    sweep,
)
from eqsolve.families.model_market import show
from eqsolve.families.model_market.expand import payoff_tensor
from eqsolve.families.model_market.generate import RECIPES
from eqsolve.families.model_market.methods.apportionment import apportionments
from eqsolve.families.model_market.methods.reduction import reduced
from eqsolve.families.model_market.payoffs import as_counts, deviation_payoffs, exact_gain, judge
from eqsolve.families.model_market.questions.sweep import sweep_table
from eqsolve.families.model_market.solve import market_equilibria
from eqsolve.families.model_market.structure import largest_gain
from eqsolve.testing import model_markets
from tests.families.model_market import oracle as oracle

SMALL = ModelMarket([[4, 1], [2, 3]], [1, 1], 3, labels={"models": ["gen", "spec"]})


@given(st.lists(st.integers(1, 12), min_size=1, max_size=4), st.integers(1, 9))
def test_apportionments_are_all_that_satisfy_the_definition(votes, seats):
    expected = [
        c
        for c in product(range(1, seats + 1), repeat=len(votes))
        if sum(c) == seats
        and all(
            votes[j] * (c[k] + 1) >= votes[k] * c[j]
            for j in range(len(votes))
            for k in range(len(votes))
        )
    ]
    assert sorted(apportionments(votes, seats)) == expected
    assert sorted(apportionments([vote / 3 for vote in votes], seats)) == expected


@given(model_markets(rule="hardmax"))
def test_reduction_keeps_the_equilibria(market):
    reduction = reduced(market)
    if not market.scores.any():
        return
    smaller = ModelMarket(market.scores[reduction.kept], market.weights, market.n_platforms)
    slack = 0.0 if market.is_exact else 1e-12
    expanded = [
        profile.tolist()
        for counts in oracle.equilibria(smaller, slack)
        for profile in reduction.expand(np.array(counts))
    ]
    assert sorted(expanded, reverse=True) == oracle.equilibria(market, slack)


@given(model_markets(max_platforms=4), st.data())
def test_deviation_payoffs_follow_the_definition(market, data):
    models = st.integers(0, market.n_models - 1)
    profile = data.draw(st.lists(models, min_size=market.n_platforms, max_size=market.n_platforms))
    counts = np.bincount(profile, minlength=market.n_models)
    earned = deviation_payoffs(market, counts)
    best = 0.0
    for platform, other, now, after in oracle.gains(market, profile):
        own = profile[platform]
        assert earned[own, own] == pytest.approx(float(now), abs=1e-12)
        assert earned[own, other] == pytest.approx(float(after), abs=1e-12)
        best = max(best, float(after - now))
        if market.is_exact:
            assert exact_gain(market, counts, own, other) == after - now
    assert largest_gain(market, counts) == pytest.approx(best, abs=1e-12)
    slack = 0.0 if market.is_exact else 1e-12
    assert judge(market, counts).is_equilibrium == oracle.is_equilibrium(market, profile, slack)


def test_counts_are_checked():
    with pytest.raises(InstanceError, match="sum to 2, expected n_platforms = 3"):
        as_counts(SMALL, [1, 1])
    with pytest.raises(InstanceError, match="has length 1"):
        as_counts(SMALL, [3])
    with pytest.raises(InstanceError, match="whole numbers"):
        as_counts(SMALL, [1.5, 1.5])


@given(
    model_markets(max_platforms=4),
    st.sampled_from(["cyclic", "random"]),
    st.booleans(),
    st.integers(0, 3),
)
def test_paths_end_in_equilibria_or_cycles(market, order, best, seed):
    follow = best_response_path if best else better_response_path
    path = follow(market, order=order, seed=seed, max_steps=50)
    slack = 0.0 if market.is_exact else 1e-9
    states = path.profiles.tolist()
    for (mover,), before, after in zip(path.movers, states[:-1], states[1:], strict=True):
        assert [i for i in range(market.n_platforms) if before[i] != after[i]] == [mover]
        assert oracle.payoff(market, after, mover) > oracle.payoff(market, before, mover)
    if path.converged:
        assert oracle.is_equilibrium(market, path.end, slack)
    if path.cycle is not None:
        assert path.cycle.states[0] == path.end
        assert len(path.cycle.states) > 1
        around = (*path.cycle.states, path.end)
        assert [list(state) for state in around] == states[-len(around) :]
    assert [path.converged, path.cycle is not None, path.limit is not None].count(True) == 1


@given(model_markets(max_models=3, max_platforms=3, fractions=False), st.data())
def test_a_market_and_its_normal_form_take_the_same_path(market, data):
    if not market.is_exact:
        return
    models = st.integers(0, market.n_models - 1)
    start = data.draw(st.lists(models, min_size=market.n_platforms, max_size=market.n_platforms))
    game = as_normal_form(market)
    for order in ("cyclic", "random", "simultaneous"):
        here = best_response_path(market, start, order=order, max_steps=30)
        there = best_response_path(game, start, order=order, max_steps=30)
        assert here.profiles.tolist() == there.profiles.tolist()
        assert here.movers == there.movers
        assert here.converged == there.converged
        assert here.cycle == there.cycle
    large = {
        tuple(sorted({tuple(market.counts_of(profile).tolist()) for profile in part}))
        for part in sink_components(game)
    }
    assert large == {tuple(part) for part in sink_components(market)}


def test_a_market_without_equilibrium_cycles():
    market = find_paradox("none").market
    path = best_response_path(market)
    assert path.cycle is not None
    assert basins(market, starts=5, max_steps=50) == {None: 5}
    result = market_equilibria(market, method="dynamics", starts=3, max_steps=50)
    assert result.status.value == "unknown"
    assert result.limit.value == "iterations"
    assert all(len(component) > 1 for component in sink_components(market))


def test_simultaneous_moves_overshoot_and_inertia_helps():
    market = ModelMarket([[1, 0], [0, 1]], [1, 1], 2)
    path = best_response_path(market, start=[0, 0], order="simultaneous")
    assert path.cycle.states == ((0, 0), (1, 1))
    assert path.profiles.tolist() == [[0, 0], [1, 1], [0, 0]]
    slower = best_response_path(market, start=[0, 0], order="simultaneous", inertia=0.5, seed=1)
    assert slower.converged
    assert sorted(market.counts_of(slower.end).tolist()) == [1, 1]
    assert better_response_path(market, start=[0, 0]).converged


def test_first_movers():
    assert first_mover_profile(SMALL).tolist() == [2, 1]
    assert first_mover_profile(ModelMarket([[2], [2], [1]], [1], 3)).tolist() == [3, 0, 0]


def test_dynamics_refuses_what_it_cannot_do():
    with pytest.raises(OptionError, match="order = 'wild'"):
        best_response_path(SMALL, order="wild")
    with pytest.raises(OptionError, match="inertia"):
        best_response_path(SMALL, inertia=1.0)
    with pytest.raises(InstanceError, match=r"start\[1\] = 2"):
        best_response_path(SMALL, start=[0, 2, 0])
    with pytest.raises(InstanceError, match="has length 1"):
        best_response_path(SMALL, start=[0])
    with pytest.raises(OptionError, match="str is no game"):
        best_response_path("market.json")
    with pytest.raises(UnsupportedError, match="take their turn"):
        market_equilibria(ModelMarket([[1]], [1], 10**6), method="dynamics")


@given(model_markets(max_models=4, max_platforms=4))
def test_dynamics_finds_some_of_the_equilibria(market):
    complete = market_equilibria(market)
    result = market_equilibria(market, method="dynamics", starts=5, max_steps=50)
    if result.solution is not None:
        assert result.status.value == "feasible"
        assert not result.solution.exhaustive
        known = complete.solution.counts.tolist()
        assert all(counts in known for counts in result.solution.counts.tolist())


@given(model_markets(max_models=3, max_platforms=4, fractions=False))
def test_sinks_of_the_improvement_graph_are_the_equilibria(market):
    graph = improvement_graph(market)
    assert graph.number_of_nodes() == len(list(graph.nodes))
    sinks = sorted((node for node in graph if graph.out_degree(node) == 0), reverse=True)
    slack = 0.0 if market.is_exact else 1e-9
    assert [list(node) for node in sinks] == oracle.equilibria(market, slack)
    single = [part for part in sink_components(market) if len(part) == 1]
    assert sorted(part[0] for part in single) == sorted(sinks)
    best = improvement_graph(market, rule="best")
    assert set(best.edges) <= set(graph.edges)
    assert isinstance(graph, networkx.DiGraph)


def test_large_graphs_are_refused():
    with pytest.raises(UnsupportedError, match="profiles"):
        improvement_graph(ModelMarket([[1]] * 9, [1], 40))
    with pytest.raises(OptionError, match="rule = 'equal'"):
        improvement_graph(SMALL, rule="equal")


@given(model_markets(max_models=3, max_platforms=3))
def test_the_expanded_game_has_the_same_equilibria(market):
    result = pure_equilibria(as_normal_form(market))
    counts = set()
    if result.solution is not None:
        for profile in result.solution.profiles:
            counts.add(tuple(np.bincount(profile, minlength=market.n_models).tolist()))
    if market.is_exact:
        assert sorted(map(list, counts), reverse=True) == oracle.equilibria(market)
    tensor = payoff_tensor(market)
    for profile in product(range(market.n_models), repeat=market.n_platforms):
        for player in range(market.n_platforms):
            expected = float(oracle.payoff(market, profile, player))
            assert tensor[profile][player] == pytest.approx(expected, abs=1e-12)


def test_sweeps():
    rows = sweep(SMALL, "n_platforms", [1, 2, 3, 1000])
    assert [row.models_used for row in rows] == [1, 2, 2, 2]
    assert rows[0].welfare_best == 2.5
    rows = sweep(SMALL, "beta", [0, 1.0, float("inf")])
    assert [row.models_used for row in rows] == [1, 2, 2]
    assert [row.equilibria for row in rows] == [4, 1, 1]
    assert [row.models_used for row in sweep(SMALL, "n_models", [1, 2])] == [1, 2]
    assert [row.models_used for row in sweep(SMALL, "weight", [0.01, 0.99])] == [1, 1]
    table = sweep_table(sweep(find_paradox("none").market, "n_platforms", [1, 2]), "n_platforms")
    assert len(table.rows) == 2
    for over, value in (("weight", 1.0), ("n_models", 3), ("colour", 1)):
        with pytest.raises(OptionError):
            sweep(SMALL, over, [value])


@pytest.mark.slow
def test_paradoxes_are_small_and_repeatable():
    first, second = find_paradox("welfare", seed=1), find_paradox("welfare", seed=1)
    assert first.market == second.market
    assert find_paradox("none", tries=1, models=1) is None
    with pytest.raises(OptionError, match="must be none"):
        find_paradox("hunger")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_seeded_and_solvable(recipe):
    first, again = recipe().instance(3, 1), recipe().instance(3, 1)
    assert first == again
    assert first != recipe().instance(3, 2)
    assert first.metadata["generator"] == recipe.name
    assert market_equilibria(first).check.valid
    soft = recipe(choice="softmax", beta=0.5, models=4, platforms=3).instance(0)
    assert soft.choice == {"rule": "softmax", "beta": 0.5}
    with pytest.raises(OptionError):
        recipe(models=0).instance(0)


def test_recipes_refuse_impossible_options():
    options = {
        "uniform": {"high": -1},
        "specialists": {"width": 0.0},
        "dominated": {"frontier": 99},
    }
    for recipe in RECIPES:
        if recipe.name in options:
            with pytest.raises(OptionError):
                recipe(**options[recipe.name]).instance(0)


def test_dominated_models_are_found():
    recipe = next(recipe for recipe in RECIPES if recipe.name == "dominated")
    market = recipe(models=30, frontier=4).instance(0)
    assert len(reduced(market).groups) <= 4


def test_what_is_shown():
    result = market_equilibria(SMALL)
    assert show.headline(SMALL, result) == "all pure equilibria: 1 (gen x 2, spec x 1)"
    shown = show.tables(SMALL, result)
    assert shown[0].rows[0][1] == "gen x 2, spec x 1"
    assert [row[0] for row in shown[1].rows] == ["gen", "spec"]
    assert show.facts(SMALL)["choice"] == "hardmax"
    none = find_paradox("none").market
    result = market_equilibria(none)
    assert "no pure equilibrium" in show.headline(none, result)
    assert show.tables(none, result) == []
    soft = ModelMarket([[1, 0]] * 8, [1, 1], 8, {"rule": "softmax", "beta": 2})
    assert show.facts(soft)["choice"] == "softmax, beta 2"
    partial = market_equilibria(soft, max_equilibria=2)
    assert "pure equilibria: 2 (first: " in show.headline(soft, partial)
