"""What is of the wrong kind is named by each public function, and instances stay as they are."""

from __future__ import annotations

import dataclasses
import pickle
import re

import networkx as nx
import numpy as np
import pytest

import eqsolve
from eqsolve.core.converter import Converter
from eqsolve.core.instance import Instance
from eqsolve.families.model_market.questions.entrants import ConvexMixtures

MARKET = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
GOODS = eqsolve.FisherMarket([[2, 1], [1, 2]], [3, 1])
CITY = eqsolve.DeliveryMarket([[5, 3], [4, 4]], [[[1, 2], [3, 0]]])
NETWORK = eqsolve.TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
MODELS = eqsolve.ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
GAME = eqsolve.NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
TASK = eqsolve.ContractMDP.one_shot([[0.5, 0.5], [0.1, 0.9]], [0, 1], [0, 10])
DILEMMA = eqsolve.ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
INSTANCES = (MARKET, GOODS, CITY, NETWORK, MODELS, GAME, TASK, DILEMMA)
SOLUTION = eqsolve.solve(MARKET).solution
TRADES = eqsolve.solve(NETWORK).solution
SKILLS = ConvexMixtures(np.eye(2))

# Public function, the name and class of its first argument, and what else it is called with.
FUNCTIONS = [
    (eqsolve.demand_sets, "market", MARKET, ([1, 0],), {}),
    (eqsolve.overdemanded_set, "market", MARKET, ([1, 0],), {}),
    (eqsolve.is_price_vector, "market", MARKET, ([1, 0],), {}),
    (eqsolve.join, "market", MARKET, ([2, 0], [3, 1]), {}),
    (eqsolve.meet, "market", MARKET, ([2, 0], [3, 1]), {}),
    (eqsolve.vcg_payments, "market", MARKET, (), {}),
    (eqsolve.hide_pairs, "market", MARKET, (0.5, 0), {}),
    (eqsolve.unit_costs, "market", GOODS, ([1, 2],), {}),
    (eqsolve.bundle_utilities, "market", GOODS, ([[1, 0], [0, 1]],), {}),
    (eqsolve.support, "market", CITY, ([],), {}),
    (eqsolve.compare_tips, "market", CITY, (), {}),
    (eqsolve.fee_curve, "network", NETWORK, (), {}),
    (eqsolve.welfare_effects, "network", NETWORK, (TRADES,), {}),
    (eqsolve.evaluate_introductions, "network", NETWORK, ([(0, 1)],), {}),
    (eqsolve.social_optimum, "market", MODELS, (), {}),
    (eqsolve.basins, "market", MODELS, (), {"starts": 2}),
    (eqsolve.first_mover_profile, "market", MODELS, (), {}),
    (eqsolve.as_normal_form, "market", MODELS, (), {}),
    (eqsolve.best_entry, "market", MODELS, (SKILLS,), {"steps": 1, "starts": 1}),
    (eqsolve.sweep, "market", MODELS, ("n_platforms", [1]), {}),
    (eqsolve.dominance, "game", GAME, (), {}),
    (eqsolve.restricted, "game", GAME, ([[0], [1]],), {}),
    (eqsolve.potential, "game", GAME, (), {}),
    (eqsolve.optimal_contract, "problem", TASK, (), {}),
    (eqsolve.linear_contract, "problem", TASK, (), {}),
    (eqsolve.minimum_payment, "problem", TASK, (0, 1), {}),
    (eqsolve.action_payments, "problem", TASK, (), {}),
    (eqsolve.implementable, "problem", TASK, (), {}),
    (eqsolve.first_best, "mdp", TASK, (), {}),
    (eqsolve.no_contracts, "mdp", TASK, (), {}),
    (eqsolve.agency_report, "mdp", TASK, (), {}),
    (eqsolve.commitment, "mdp", TASK, (), {}),
    (eqsolve.cheapest_implementation, "mdp", TASK, ([1],), {}),
    (eqsolve.evaluate_contracts, "mdp", TASK, ([[0, 1]],), {}),
    (eqsolve.learn_contracts, "mdp", TASK, (), {"episodes": 1}),
    (eqsolve.bonuses, "mdp", TASK, (eqsolve.solve(TASK).solution,), {}),
    (eqsolve.sweep_costs, "mdp", TASK, ([1],), {}),
    (eqsolve.stopping_cost, "mdp", TASK, (1, 4), {}),
    (eqsolve.minimal_payments, "game", DILEMMA, (), {}),
    (eqsolve.dominance_payments, "game", DILEMMA, (), {}),
    (eqsolve.target_costs, "game", DILEMMA, (), {}),
    (eqsolve.contract_equilibrium, "instance", TASK, (), {}),
    (eqsolve.competitive_equilibrium, "instance", MARKET, (), {}),
    (eqsolve.fisher_equilibrium, "instance", GOODS, (), {}),
    (eqsolve.tipped_equilibrium, "instance", CITY, (), {}),
    (eqsolve.maximize_revenue, "instance", NETWORK, (), {}),
    (eqsolve.market_equilibria, "instance", MODELS, (), {}),
    (eqsolve.pure_equilibria, "instance", GAME, (), {}),
]


def wrong_for(right):
    """Return what is not of the kind of an instance: nothing, its data, and the other families."""
    others = [instance for instance in INSTANCES if type(instance) is not type(right)]
    return [None, [[5, 3], [4, 1]], np.ones((2, 2)), "market.json", type(right), *others]


@pytest.mark.parametrize(
    ("function", "name", "right", "rest", "options"),
    FUNCTIONS,
    ids=[entry[0].__name__ for entry in FUNCTIONS],
)
def test_an_instance_of_the_wrong_kind_is_named(function, name, right, rest, options):
    function(right, *rest, **options)  # so that it is the instance which is refused below
    for wrong in wrong_for(right):
        message = f"{name}: {type(wrong).__name__} is no {type(right).__name__}"
        with pytest.raises(eqsolve.InstanceError, match=f"^{re.escape(message)}$"):
            function(wrong, *rest, **options)


@pytest.mark.parametrize("wrong", [None, [], {}, MARKET, "graph", nx])
def test_what_is_no_graph_and_no_frame(wrong):
    name = type(wrong).__name__
    with pytest.raises(eqsolve.InstanceError, match=f"^graph: {name} is no Graph$"):
        eqsolve.from_networkx(wrong)
    pytest.importorskip("pandas")
    with pytest.raises(eqsolve.InstanceError, match=f"^frame: {name} is no DataFrame$"):
        eqsolve.from_pandas(wrong)


@pytest.mark.parametrize("wrong", [3, "ab", [1, 2]])
def test_reserves_of_a_frame_that_are_no_mapping(wrong):
    frame = pytest.importorskip("pandas").DataFrame({"house": [5]})
    with pytest.raises(eqsolve.InstanceError, match=r"^reserves: must be a mapping or a Series$"):
        eqsolve.from_pandas(frame, wrong)


@pytest.mark.parametrize("graph", [nx.Graph, nx.DiGraph, nx.MultiGraph])
def test_graphs_of_every_class_are_graphs(graph):
    drawn = graph([("ann", "house", {"weight": 5})])
    assert eqsolve.from_networkx(drawn, ["ann"]).values[0, 0] == 5
    view = drawn.subgraph(["ann", "house"])
    assert eqsolve.from_networkx(view, ["ann"]).values[0, 0] == 5


class Kindred(Converter):
    """Has the kind of a family and is no instance."""

    kind = "assignment_market"


@pytest.mark.parametrize("wrong", [None, [], 3, SOLUTION, eqsolve.AssignmentMarket, Kindred()])
def test_what_is_an_instance_of_no_kind(wrong):
    made = ": make one of it" if wrong == [] else "$"
    message = f"^{type(wrong).__name__} is not an instance of any kind{made}"
    for function in (eqsolve.view, eqsolve.solve, lambda given: eqsolve.verify(given, None)):
        with pytest.raises(eqsolve.OptionError, match=message):
            function(wrong)


@pytest.mark.parametrize("wrong", [None, [], MARKET, SOLUTION])
def test_a_solution_of_the_wrong_kind_is_named(wrong):
    name = type(wrong).__name__
    with pytest.raises(eqsolve.OptionError, match=f"^{name} is no TradingSolution$"):
        eqsolve.welfare_effects(NETWORK, wrong)
    if wrong is not SOLUTION:
        pytest.importorskip("pandas")
        rule = "a result is missing" if wrong is None else f"^{name} is no AssignmentSolution$"
        with pytest.raises(eqsolve.OptionError, match=rule):
            eqsolve.to_pandas(MARKET, wrong)
        if wrong is not None:
            with pytest.raises(eqsolve.OptionError, match=f"^{name} is no AssignmentSolution$"):
                eqsolve.to_networkx(MARKET, wrong)


@pytest.mark.parametrize("wrong", [3, SOLUTION, eqsolve.solve(GOODS)])
def test_a_view_of_what_is_no_result(wrong):
    with pytest.raises(eqsolve.OptionError, match="is no result of an instance of kind"):
        eqsolve.view(MARKET, wrong)


@pytest.mark.parametrize("wrong", [None, [[1, 0], [0, 1]], np.eye(2), MODELS])
def test_what_is_no_family_of_entrants(wrong):
    message = f"^family: {type(wrong).__name__} is no EntryFamily$"
    with pytest.raises(eqsolve.OptionError, match=message):
        eqsolve.best_entry(MODELS, wrong)


def test_a_search_for_what_cannot_be():
    for wrong in (None, [], MODELS, "welfre"):
        with pytest.raises(eqsolve.OptionError, match="must be none, welfare or diversity"):
            eqsolve.find_paradox(wrong)
    for name, least in (("models", 1), ("types", 1), ("platforms", 1), ("high", 0), ("tries", 0)):
        for wrong in (None, 2.5, "3", True, least - 1):
            with pytest.raises(eqsolve.OptionError, match=f"^{name} = .*whole number >= {least}$"):
                eqsolve.find_paradox("none", **{name: wrong})
    assert eqsolve.find_paradox("none", tries=0) is None
    assert eqsolve.find_paradox("none", high=0, tries=3) is None


@pytest.mark.parametrize(
    ("name", "least", "call"),
    [
        ("starts", 0, lambda given: eqsolve.basins(MODELS, starts=given)),
        ("seed", 0, lambda given: eqsolve.basins(MODELS, starts=0, seed=given)),
        ("max_steps", 0, lambda given: eqsolve.basins(MODELS, starts=1, max_steps=given)),
        ("max_steps", 0, lambda given: eqsolve.best_response_path(GAME, max_steps=given)),
        ("steps", 1, lambda given: eqsolve.best_entry(MODELS, SKILLS, steps=given)),
        ("starts", 1, lambda given: eqsolve.best_entry(MODELS, SKILLS, starts=given)),
        ("seed", 0, lambda given: eqsolve.best_entry(MODELS, SKILLS, seed=given)),
        ("seed", 0, lambda given: eqsolve.hide_pairs(MARKET, 0.5, given)),
        ("seed", 0, lambda given: eqsolve.find_paradox(tries=0, seed=given)),
        ("seed", 0, lambda given: eqsolve.solve(MARKET, seed=given)),
    ],
)
def test_counts_and_seeds_are_whole_numbers(name, least, call):
    for wrong in (None, 2.5, "3", True, least - 1):
        with pytest.raises(eqsolve.OptionError, match=f"^{name} = .*whole number >= {least}$"):
            call(wrong)


def test_a_sweep_over_what_cannot_be():
    with pytest.raises(eqsolve.OptionError, match="must be n_platforms, n_models, beta or weight"):
        eqsolve.sweep(MODELS, "platforms", [])
    for over in ("n_platforms", "n_models"):
        with pytest.raises(eqsolve.OptionError, match=f"{over} = 1.5: must be a whole number"):
            eqsolve.sweep(MODELS, over, [1.5])
    with pytest.raises(eqsolve.OptionError, match=r"type_index = 2: must be one of 0\.\.1"):
        eqsolve.sweep(MODELS, "weight", [0.5], type_index=2)


def test_strategies_that_are_none():
    for wrong in (None, 3, [[0]], [[0], [0], [0]]):
        with pytest.raises(eqsolve.OptionError, match="must be 2 lists"):
            eqsolve.restricted(GAME, wrong)
    for wrong in (None, 1, [], [1.5], [2], ["0"]):
        with pytest.raises(eqsolve.OptionError, match=r"^strategies\[1\] = .*some of 0\.\.1$"):
            eqsolve.restricted(GAME, [[0], wrong])
    kept = eqsolve.restricted(GAME, np.array([[1, 0], [1, 0]]))
    assert kept.payoffs[..., 0].tolist() == [[1, 0], [0, 2]]


@pytest.mark.parametrize("wrong", [None, "0.5", [0.5], float("nan"), -0.1, 1.5])
def test_a_share_that_is_none(wrong):
    with pytest.raises(eqsolve.OptionError, match=r"known_share = .*must be in \[0, 1\]"):
        eqsolve.hide_pairs(MARKET, wrong, 0)


def test_prices_that_are_no_numbers():
    for wrong in ("ab", [[1], [2, 3]], [MARKET, 1]):
        with pytest.raises(eqsolve.InstanceError, match=r"^prices: must be numbers of shape"):
            eqsolve.unit_costs(GOODS, wrong)


def test_negative_prices_and_amounts_are_refused():
    with pytest.raises(eqsolve.InstanceError, match=r"^prices\[1\] = -1\.0: must be >= 0$"):
        eqsolve.unit_costs(GOODS, [2, -1])
    with pytest.raises(eqsolve.InstanceError, match=r"^allocation\[1, 0\] = -0\.5: must be >= 0$"):
        eqsolve.bundle_utilities(GOODS, [[1, 0], [-0.5, 1]])
    assert eqsolve.unit_costs(GOODS, [0, -0.0]).tolist() == [0, 0]


@pytest.mark.parametrize("instance", INSTANCES, ids=lambda instance: instance.kind)
def test_instances_are_frozen_in_every_name(instance):
    fields = [field.name for field in dataclasses.fields(instance)]
    before = instance.digest
    for name in [*fields, "name", "labels", "metadata", "_digest", "kind", "nothing"]:
        with pytest.raises(
            dataclasses.FrozenInstanceError, match=f"cannot assign to field {name!r}"
        ):
            setattr(instance, name, None)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field {name!r}"):
            delattr(instance, name)
    copied = pickle.loads(pickle.dumps(instance))
    assert copied == instance
    assert copied.digest == before
    with pytest.raises(dataclasses.FrozenInstanceError):
        copied.name = "another"


def test_subclasses_of_instances_are_frozen():
    class Mine(eqsolve.AssignmentMarket):
        """A user's own class, with a dictionary."""

    assert issubclass(Mine, Instance)
    mine = Mine([[1]])
    with pytest.raises(dataclasses.FrozenInstanceError):
        mine.extra = 1
    assert eqsolve.solve(mine).objective == 1


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("market.json", "str is not .*: eqsolve.load opens a file or a catalog entry$"),
        (eqsolve.solve(MARKET), "Result is not .*: give the instance first, then its result$"),
        ([[1, 2]], r"list is not .*: make one of it, such as eqsolve.AssignmentMarket\(table\)$"),
    ],
)
def test_what_is_no_instance_is_told_how_to_become_one(wrong, rule):
    with pytest.raises(eqsolve.OptionError, match=rule):
        eqsolve.solve(wrong)


def test_a_batch_wants_paths(tmp_path):
    with pytest.raises(eqsolve.OptionError, match=r"is no path: write it with eqsolve.save"):
        eqsolve.batch([MARKET], tmp_path / "run.sqlite")
    with pytest.raises(eqsolve.OptionError, match=r"^3 is no path$"):
        eqsolve.batch([3], tmp_path / "run.sqlite")
