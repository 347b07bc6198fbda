"""Every container that has names says who each number belongs to, in whatever order."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, strategies as st

import eqsolve
from eqsolve import AssignmentMarket, InstanceError

PEOPLE, THINGS = ("ann", "bob", "eve"), ("tea", "rice")
TABLE = pd.DataFrame([[2, 1], [1, 4], [0, 3]], list(PEOPLE), list(THINGS))
RESERVES = {"tea": 1, "rice": 0}


def tables(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the same numbers in every form that has names."""
    rows, columns = list(frame.index), list(frame.columns)
    pairs = [(i, j) for i in rows for j in columns]
    at = {(i, j): int(frame.loc[i, j]) for i, j in pairs}
    long = pd.DataFrame(
        {
            "buyer": [i for i, _ in pairs],
            "seller": [j for _, j in pairs],
            "value": [at[pair] for pair in pairs],
        }
    )
    graph = nx.DiGraph()
    graph.add_nodes_from([*rows, *columns])
    graph.add_weighted_edges_from((i, j, at[i, j]) for i, j in pairs)
    sided = nx.Graph()
    sided.add_nodes_from(rows, bipartite=0)
    sided.add_nodes_from(columns, bipartite=1)
    sided.add_weighted_edges_from((j, i, at[i, j]) for i, j in pairs)
    return {
        "frame": frame,
        "frame with a column of names": frame.rename_axis("who").reset_index(),
        "frame of pairs": long,
        "frame of pairs, shuffled": long.iloc[::-1],
        "series of pairs": frame.stack(),
        "dictionary of rows": {i: {j: at[i, j] for j in columns} for i in rows},
        "dictionary of pairs": at,
        "dictionary of series, shuffled": {i: frame.loc[i].iloc[::-1] for i in rows},
        "directed graph": graph,
        "graph with sides": sided,
    }


@given(st.permutations(PEOPLE), st.permutations(THINGS), st.permutations(THINGS))
def test_every_form_makes_the_market_of_the_frame(
    people: list[str], things: list[str], others: list[str]
) -> None:
    frame = TABLE.loc[people, things]
    expected = AssignmentMarket(
        frame.to_numpy(),
        [RESERVES[thing] for thing in things],
        labels={"buyers": people, "sellers": things},
    )
    reserves = {thing: RESERVES[thing] for thing in others}
    for word, form in tables(frame).items():
        for given_reserves in (reserves, pd.Series(reserves)):
            market = AssignmentMarket(form, given_reserves)
            by_name = {
                (i, j): market.values[row, column]
                for row, i in enumerate(market.labels["buyers"])
                for column, j in enumerate(market.labels["sellers"])
            }
            assert by_name == {(i, j): TABLE.loc[i, j] for i in PEOPLE for j in THINGS}, word
            told = dict(zip(market.labels["sellers"], market.reserves.tolist(), strict=True))
            assert told == RESERVES, word
            if "shuffled" not in word:
                assert (market, market.labels) == (expected, expected.labels), word


def test_what_is_not_listed_is_no_edge() -> None:
    for form in (
        {("ann", "tea"): 2, ("bob", "rice"): 0},
        {"ann": {"tea": 2}, "bob": {"rice": 0}},
        pd.DataFrame({"buyer": ["ann", "bob"], "item": ["tea", "rice"], "worth": [2, 0]}),
    ):
        market = AssignmentMarket(form)
        held = [[market.values[i, j] for j in range(2)] for i in range(2)]
        assert held == [[2, None], [None, 0]]
    sparse = sp.coo_array(([2, 3, 0], ([0, 0, 1], [0, 0, 1])), shape=(2, 3))
    market = AssignmentMarket(sparse)
    assert market.values.is_sparse
    assert (market.n_sellers, market.values.n_edges) == (3, 2)
    assert (market.values[0, 0], market.values[1, 1], market.values[1, 2]) == (5, 0, None)
    utilities = eqsolve.FisherMarket(sparse, [1, 1]).utilities
    assert utilities.tolist() == [[5, 0, 0], [0, 0, 0]]


def test_graphs_bring_reserves_and_capacities() -> None:
    graph = nx.DiGraph()
    graph.add_weighted_edges_from([("ann", "mill", 5), ("bob", "mill", 4)])
    graph.add_node("mill", reserve=2, capacity=2)
    market = AssignmentMarket(graph)
    assert market.labels == {"buyers": ("ann", "bob"), "sellers": ("mill",)}
    assert market.reserves.tolist() == [2]
    assert market.buyer_capacities is None
    assert market.seller_capacities is not None
    assert market.seller_capacities.tolist() == [2]
    assert AssignmentMarket(graph, [1]).reserves.tolist() == [1]
    back = eqsolve.to_networkx(market)
    assert {data["label"] for _, data in back.nodes(data=True)} == {"ann", "bob", "mill"}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        (nx.Graph([("a", "b")]), "does not say which nodes are buyers"),
        (nx.DiGraph([("a", "b")]), r"values\[a, b\]: the edge has no attribute 'weight'"),
        (nx.DiGraph([("a", "b"), ("b", "c")]), r"edges\[a, b\]: must join a buyer and a seller"),
        ({("ann", "tea"): 1, ("ann",): 2}, "is no \\(buyer, seller\\)"),
        (
            pd.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"], "d": [1]}),
            r"has columns of text \('a', 'b', 'c'\)",
        ),
        (
            pd.DataFrame({"a": ["x"], "b": ["y"], "c": [1], "d": [1]}),
            "needs one column of numbers beside a, b, found 'c', 'd'",
        ),
        (
            pd.DataFrame({"a": ["x", "x"], "b": ["y", "y"], "c": [1, 1]}),
            "the entry x, y stands twice",
        ),
        (pd.DataFrame({"a": ["x", None], "b": ["y", "y"], "c": [1, 1]}), "name of the buyers is"),
        ({"ann": pd.Series({"tea": 1}), "bob": pd.Series({"rice": 1})}, "have other names"),
    ],
)
def test_what_does_not_say_who_is_refused(values: Any, rule: str) -> None:
    with pytest.raises(InstanceError, match=rule):
        AssignmentMarket(values)


def test_a_matrix_for_each_courier() -> None:
    values = pd.DataFrame([[9, 9], [9, 9]], ["ann", "bob"], ["inn", "bar"])
    kim = pd.DataFrame([[1, 2], [3, 4]], ["ann", "bob"], ["inn", "bar"])
    lee = pd.DataFrame([[8, 7], [6, 5]], ["bob", "ann"], ["bar", "inn"])
    expected = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    named = eqsolve.DeliveryMarket(values, {"kim": kim, "lee": lee})
    assert named.labels["couriers"] == ("kim", "lee")
    plain = [np.array(cost) for cost in expected]
    for costs in ([kim, lee], plain, expected):
        assert eqsolve.DeliveryMarket(values, costs) == named
    listed = {
        (courier, buyer, store): int(table.loc[buyer, store])
        for courier, table in (("kim", kim), ("lee", lee))
        for buyer in ("bob", "ann")
        for store in ("bar", "inn")
    }
    assert eqsolve.DeliveryMarket(values, listed) == named
    del listed["kim", "ann", "inn"]
    gap = eqsolve.DeliveryMarket(values, listed).costs.full
    assert gap is not None
    assert gap.tolist() == [[[-1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert eqsolve.DeliveryMarket(values, named.costs.full) == named
    with pytest.raises(InstanceError, match=r"^costs: 'eve' is none of the buyers of values$"):
        eqsolve.DeliveryMarket(values, {"kim": kim.rename(index={"bob": "eve"})})


def test_numbers_that_cannot_be_are_told_with_their_names() -> None:
    wrong = TABLE.astype(float)
    wrong.loc["bob", "rice"] = -1
    with pytest.raises(InstanceError, match=r"^values\[1, 1\] \(bob, rice\) = -1.0: must be >= 0"):
        eqsolve.AssignmentMarket(wrong)
    with pytest.raises(InstanceError, match=r"^reserves\[0\] \(tea\) = -1: must be >= 0"):
        eqsolve.AssignmentMarket(TABLE, reserves={"tea": -1, "rice": 0})


def test_what_follows_from_one_fault_is_not_told() -> None:
    twice = pd.DataFrame(
        {"buyer": ["ann", "ann"], "seller": ["tea", "tea"], "value": [1, 2]}, index=[0, 1]
    )
    with pytest.raises(InstanceError, match=r"^values: the entry ann, tea stands twice$"):
        eqsolve.AssignmentMarket(twice)
    with pytest.raises(
        InstanceError, match=r"^capacities: lacks 'rice', of the courses of values$"
    ):
        eqsolve.CourseAllocation(TABLE, {"tea": 1}, max_courses=1)


def test_pairs_by_name() -> None:
    network = eqsolve.TradingNetwork(TABLE, [("bob", "rice")], [("ann", "tea"), ("eve", "rice")])
    same = eqsolve.TradingNetwork(TABLE, [(1, 1)], [(0, 0), (2, 1)])
    assert network == same
    frame = pd.DataFrame({"buyer": ["bob"], "seller": ["rice"]})
    assert eqsolve.TradingNetwork(TABLE, frame) == eqsolve.TradingNetwork(TABLE, {(1, 1)})
    with pytest.raises(InstanceError, match=r"known\[0\] = 'bop': no such buyer; did you mean 'bo"):
        eqsolve.TradingNetwork(TABLE, [("bop", "rice")])
    with pytest.raises(InstanceError, match="the side has no names"):
        eqsolve.TradingNetwork(TABLE.to_numpy(), [("bob", "rice")])


def test_bids_by_name() -> None:
    bids = [("ann", "tea+rice", 5), ("bob", ["rice"], 3), ("ann", "tea", 2)]
    auction = eqsolve.CombinatorialAuction(None, bids)
    plain = eqsolve.CombinatorialAuction(2, [(0, [0, 1], 5), (1, [1], 3), (0, [0], 2)])
    assert auction == plain
    assert auction.labels == {"bidders": ("ann", "bob"), "items": THINGS}
    frame = pd.DataFrame(bids, columns=["bidder", "items", "price"])
    assert eqsolve.CombinatorialAuction(2, frame) == plain
    stock = eqsolve.CombinatorialAuction(None, bids, supplies={"rice": 2, "tea": 1})
    assert stock.labels["items"] == ("rice", "tea")
    assert stock.supplies.tolist() == [2, 1]
    assert [items for _, items, _ in stock.bids] == [[0, 1], [0], [1]]
    with pytest.raises(InstanceError, match=r"bids.items\[1\] = 'rye': no such item"):
        eqsolve.CombinatorialAuction(None, [("ann", "tea+rye", 5)], supplies={"tea": 1})


def test_contracts_by_name() -> None:
    chances = pd.DataFrame([[0.5, 0.5], [0.1, 0.9]], ["shirk", "work"], ["bad", "good"])
    one = eqsolve.ContractMDP(chances, {"good": 10, "bad": 0}, costs={"work": 2, "shirk": 0})
    assert one == eqsolve.ContractMDP(chances.to_numpy(), [0, 10], costs=[0, 2])
    assert one.labels == {"actions": ("shirk", "work"), "outcomes": ("bad", "good")}
    two = eqsolve.ContractMDP(
        {"low": chances, "high": chances.iloc[::-1]},
        {"low": {"bad": 0, "good": 1}, "high": {"good": 3, "bad": 2}},
        costs=[[0, 2], [0, 2]],
        transitions={"low": {"good": "high", "bad": None}, "high": {"bad": "low", "good": "high"}},
        horizon=3,
        initial="high",
    )
    tensor = np.stack([chances, chances])
    plain = eqsolve.ContractMDP(
        tensor, [[0, 1], [2, 3]], costs=[[0, 2]] * 2, transitions=[[None, 1], [0, 1]],
        horizon=3, initial=1,
    )  # fmt: skip
    assert two == plain
    assert two.labels["states"] == ("low", "high")


def test_steering_and_tokens_and_designs_by_name() -> None:
    row = pd.DataFrame([[3, 0], [5, 1]], ["stay", "go"], ["left", "right"])
    column = pd.DataFrame([[1, 0], [5, 3]], ["go", "stay"], ["right", "left"])
    game = eqsolve.ContractGame({"Ann": row, "Bob": column})
    assert game == eqsolve.ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    assert game.labels["agents"] == ("Ann", "Bob")
    assert game.labels["actions of agent 1"] == ("left", "right")
    shares = pd.DataFrame([[0.8, 0.2], [1, 0]], ["b", "a"], ["yes", "no"])
    tokens = eqsolve.TokenAuction({"a": 1, "b": 2}, shares)
    assert tokens.bids.tolist() == [2, 1]
    assert tokens.labels == {"agents": ("b", "a"), "tokens": ("yes", "no")}
    types = [
        {"probability": 1, "additive": {"x": 1, "y": 2}},
        {"probability": 1, "unit_demand": pd.Series({"y": 3, "x": 4})},
        {"probability": 2, "bids": [["x+y", 5], [["y"], 1]]},
    ]
    design = eqsolve.AuctionDesign(2, {"Ann": {"types": types}})
    plain = [
        {"probability": 1, "additive": [1, 2]},
        {"probability": 1, "unit_demand": [4, 3]},
        {"probability": 2, "bids": [[[0, 1], 5], [[1], 1]]},
    ]
    assert design == eqsolve.AuctionDesign(2, [{"types": plain}])
    assert design.labels == {"bidders": ("Ann",), "items": ("x", "y")}


def test_bidders_by_name() -> None:
    priors = {"ann": {"uniform": [0, 1]}, "bob": {"uniform": [0, 2]}}
    values = {"model": "private", "priors": priors}
    auction = eqsolve.SingleItemAuction("first_price", None, values, risk={"bob": 0.5, "ann": 0})
    assert auction.labels["bidders"] == ("ann", "bob")
    assert auction.risk.tolist() == [0, 0.5]
    seats = {"ann": {"rule": "truthful"}, "bob": {"rule": "shade", "factor": 0.5}}
    told = pd.DataFrame({"bob": [1, 2], "ann": [3, 4]}, index=["monday", "tuesday"])
    house = {"format": "second_price", "n_bidders": 2,
             "values": {"model": "private", "prior": {"integers": [0, 9]}}}  # fmt: skip
    experiment = eqsolve.AuctionExperiment(house, seats, rounds=2, values=told)
    assert experiment.labels["bidders"] == ("ann", "bob")
    assert experiment.values is not None
    assert experiment.values.tolist() == [[3, 1], [4, 2]]


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"who": PEOPLE, "tea": [2, 1, 0], "rice": [1, 4, None]})
    reserves = polars.DataFrame({"seller": ["rice", "tea"], "reserve": [0, 1]})
    market = AssignmentMarket(frame, reserves)
    assert market.labels == {"buyers": PEOPLE, "sellers": THINGS}
    assert (market.values[2, 1], market.reserves.tolist()) == (None, [1, 0])
    pairs = polars.DataFrame({"seller": ["tea", "tea"], "buyer": ["bob", "ann"], "value": [1, 2]})
    assert AssignmentMarket(pairs).labels == {"buyers": ("bob", "ann"), "sellers": ("tea",)}


def test_arrow() -> None:
    arrow = pytest.importorskip("pyarrow")
    market = AssignmentMarket(arrow.table({"who": PEOPLE, "tea": [2, 1, 0], "rice": [1, 4, None]}))
    assert market.labels == {"buyers": PEOPLE, "sellers": THINGS}
    assert market.values[2, 1] is None


def test_xarray() -> None:
    xarray = pytest.importorskip("xarray")
    array = xarray.DataArray(
        TABLE.to_numpy().T,
        dims=("seller", "buyer"),
        coords={"seller": list(THINGS), "buyer": list(PEOPLE)},
    )
    market = AssignmentMarket(array, {"rice": 0, "tea": 1})
    assert market == AssignmentMarket(TABLE, [1, 0])
    assert market.labels == {"buyers": PEOPLE, "sellers": THINGS}
