"""Names go in with a frame and come out with the solution, for every kind."""

from __future__ import annotations

import csv
import io
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import OptionError, UnsupportedError
from eqsolve.frames import tables_of
from eqsolve.registry import BUILT_IN

PEOPLE, THINGS = ["ann", "bob", "eve"], ["tea", "rice"]
VALUES = pd.DataFrame([[5, 8], [7, 9], [3, 4]], PEOPLE, THINGS)


def shuffled(table: Any, order: np.random.Generator) -> Any:
    """Return a Series or frame in another order."""
    if isinstance(table, pd.DataFrame):
        table = table.iloc[:, order.permutation(table.shape[1])]
    return table.iloc[order.permutation(len(table))]


def _assignment(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    market = eqsolve.AssignmentMarket(VALUES, mix(pd.Series({"tea": 1, "rice": 2})))
    return market, {"bob", *THINGS}


def _fisher(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    budgets = mix(pd.Series({"ann": 1, "bob": 2, "eve": 3}))
    supplies = mix(pd.Series({"tea": 1, "rice": 2}))
    return eqsolve.FisherMarket(VALUES, budgets, supplies), {*PEOPLE, *THINGS}


def _delivery(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    costs = {"kim": mix(VALUES - 3), "lee": mix(VALUES - 2)}
    market = eqsolve.DeliveryMarket(VALUES, costs)
    return market, {"kim", "lee", *THINGS}


def _trading(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    return eqsolve.TradingNetwork(
        VALUES, mix(pd.DataFrame({"buyer": ["ann"], "seller": ["tea"]}))
    ), {"bob"}


def _models(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    scores = pd.DataFrame([[4, 1], [1, 4], [0, 0]], ["gpt", "llama", "bert"], ["code", "prose"])
    weights = mix(pd.Series({"code": 1, "prose": 2}))
    return eqsolve.ModelMarket(scores, weights, 2), {"llama", "code", "prose"}


def _game(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    names: Any = (["quiet", "talk"], ["still", "speak"])
    row = pd.DataFrame([[-1, -3], [0, -2]], *names)
    column = mix(pd.DataFrame([[-1, 0], [-3, -2]], *names))
    return eqsolve.NormalFormGame.from_payoffs({"Ann": row, "Bob": column}), {"talk", "speak"}


def _contract(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    chances = pd.DataFrame([[0.5, 0.5], [0.1, 0.9]], ["shirk", "work"], ["bad", "good"])
    rewards = mix(pd.Series({"good": 10, "bad": 0}))
    costs = mix(pd.Series({"work": 1, "shirk": 0}))
    return eqsolve.ContractMDP(chances, rewards, costs=costs), {"work", "good"}


def _steering(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    names: Any = (["stay", "go"], ["left", "right"])
    row = pd.DataFrame([[3, 0], [5, 1]], *names)
    column = mix(pd.DataFrame([[3, 5], [0, 1]], *names))
    return eqsolve.ContractGame({"Ann": row, "Bob": column}), {"Ann", "Bob", "stay", "left"}


def _bundles(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    bids = [("ann", "tea+rice", 5), ("bob", "rice", 4), ("eve", "tea", 3)]
    frame = pd.DataFrame(bids, columns=["bidder", "items", "price"])
    supplies = pd.Series({"rice": 1, "tea": 1})
    auction = eqsolve.CombinatorialAuction(
        None, frame, supplies=supplies, reserves=mix(supplies - 1)
    )
    return auction, {"bob", "eve", *THINGS}


def _tokens(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    shares = pd.DataFrame([[0.8, 0.2], [1, 0]], ["a", "b"], ["yes", "no"])
    return eqsolve.TokenAuction(mix(pd.Series({"b": 2, "a": 1})), shares), {"a", "b"}


def _design(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    types = [
        {"probability": 1, "additive": mix(pd.Series({"tea": 2}))},
        {"probability": 1, "additive": {"tea": 3}},
    ]
    return eqsolve.AuctionDesign(1, {"ann": {"types": types}, "bob": {"types": types}}), {"ann"}


def _prize(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    priors = {name: {"integers": [0, 2]} for name in ("ann", "bob")}
    values = {"model": "private", "priors": priors}
    bids = {"min": 0, "max": 2, "increment": 1}
    risk = mix(pd.Series({"bob": 0, "ann": 0}))
    return eqsolve.SingleItemAuction("second_price", None, values, bids=bids, risk=risk), {
        "ann", "bob",
    }  # fmt: skip


def _experiment(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    house = {"format": "second_price", "n_bidders": 2,
             "values": {"model": "private", "prior": {"integers": [0, 9]}}}  # fmt: skip
    seats = {"ann": {"rule": "truthful"}, "bob": {"rule": "truthful"}}
    told = pd.DataFrame({"ann": [1, 2], "bob": [3, 4]}).iloc[:, ::-1]
    return eqsolve.AuctionExperiment(house, seats, rounds=2, values=told), {"ann", "bob"}


def _collusion(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    starts = pd.Series([0.25, 0.5])
    return eqsolve.CollusionDynamics(0.85, {"ratio": 1.5}, starts), set()


def _courses(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    market = eqsolve.CourseAllocation(
        VALUES,
        mix(pd.Series({"tea": 2, "rice": 1})),
        max_courses=mix(pd.Series({"ann": 1, "bob": 2, "eve": 1})),
        credits=mix(pd.Series({"tea": 1.5, "rice": 1})),
        max_credits=mix(pd.Series({"ann": 2, "bob": 3, "eve": 2})),
        budgets=mix(pd.Series({"ann": 1, "bob": 1.02, "eve": 1.01})),
    )
    return market, {*PEOPLE, *THINGS}


def _elicited(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    market = eqsolve.CourseAllocation(VALUES, mix(pd.Series({"tea": 2, "rice": 1})), max_courses=1)
    reports = {"values": mix(VALUES % 5), "adjustments": {"ann": [("tea", "rice", 1)]}}
    texts = mix(pd.Series({"ann": "tea!", "bob": "rice!", "eve": "both"}))
    plan = eqsolve.CourseElicitation(market, reports=reports, texts=texts, queries=1)
    return plan, {*PEOPLE, *THINGS}


def _hidden(mix: Callable[[Any], Any]) -> tuple[Any, set[str]]:
    states = ["sun", "rain", "snow"]
    moves = pd.DataFrame([[0.5, 0.5, 0], [0.25, 0.5, 0.25], [0, 0, 1]], states, states)
    seen = pd.DataFrame([[1, 0], [0.5, 0.5], [0, 1]], states)
    start = pd.Series([0.5, 0.25, 0.25], states)
    model = eqsolve.DecPOMDP(
        [1], [2], [mix(moves)], [mix(seen.T).T], start,
        rewards=[mix(pd.Series([1, 2, 3], states))],
        embedding=mix(pd.DataFrame([[0], [1], [2]], states).T).T,
        histories=[[[[0], [1]]]],
    )  # fmt: skip
    return model, set()


MADE: dict[str, Callable[[Callable[[Any], Any]], tuple[Any, set[str]]]] = {
    "assignment_market": _assignment,
    "fisher_market": _fisher,
    "delivery_market": _delivery,
    "trading_network": _trading,
    "model_market": _models,
    "normal_form_game": _game,
    "contract_mdp": _contract,
    "contract_game": _steering,
    "combinatorial_auction": _bundles,
    "token_auction": _tokens,
    "auction_design": _design,
    "single_item_auction": _prize,
    "auction_experiment": _experiment,
    "collusion_dynamics": _collusion,
    "course_allocation": _courses,
    "course_elicitation": _elicited,
    "dec_pomdp": _hidden,
}


@pytest.mark.parametrize("kind", [family.kind for family in BUILT_IN])
def test_names_go_in_and_come_out(kind: str) -> None:
    plain, names = MADE[kind](lambda table: table)
    result = eqsolve.solve(plain)
    first = eqsolve.to_pandas(plain, result)
    shown = {
        str(cell)
        for name in tables_of(plain, result)
        for cell in eqsolve.to_pandas(plain, result, name).to_numpy().ravel()
    }
    assert names <= shown | set(map(str, first.columns)), names - shown
    named = eqsolve.by_name(plain, result)
    assert names <= set(named)
    assert names & shown <= {name for name in names if named[name]}
    assert {name: result[name] for name in named} == dict(named)
    for label in {name for side in plain.labels.values() for name in side}:
        assert label in result
        with pytest.raises(KeyError, match="no column 'nothing'"):
            result[label]["nothing"]
        with pytest.raises(KeyError, match=f"nobody is called '{label}!'; did you mean '"):
            result[f"{label}!"]
    order = np.random.default_rng(5)
    for _ in range(4):
        mixed, _ = MADE[kind](lambda table: shuffled(table, order))
        assert (mixed, mixed.labels) == (plain, plain.labels)
    assert eqsolve.to_pandas(mixed, eqsolve.solve(mixed)).equals(first)
    text = eqsolve.to_csv(plain, result, separator=";", decimal=",")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    table = next(iter(tables_of(plain, result).values()))
    assert rows[0] == list(table.columns)
    assert len(rows) == len(table.cells) + 1


UNNAMED = ("auction_experiment", "collusion_dynamics")
"""Kinds whose samples above hold nothing that is put in order by name."""


def renamed(table: Any) -> Any:
    """Return a Series or frame in which somebody has another name."""
    other = table.copy()
    if isinstance(table.index, pd.RangeIndex):  # names stand in columns
        other.iloc[-1, 0] = "nobody"
    else:
        other.index = [*table.index[:-1], "nobody"]
    return other


def shortened(table: Any) -> Any:
    """Return a Series or frame that lacks somebody."""
    return table.iloc[:-1]


MISMATCHES = [
    (kind, change)
    for kind in MADE
    for change in (renamed, shortened)
    if kind not in UNNAMED
    # Who is not listed is not known; the turned frames of the last have numbers for rows.
    and (kind, change) not in (("trading_network", shortened), ("dec_pomdp", renamed))
]


@pytest.mark.parametrize(("kind", "change"), MISMATCHES)
def test_names_that_do_not_match_are_refused(kind: str, change: Callable[[Any], Any]) -> None:
    with pytest.raises(eqsolve.InstanceError) as refused:
        MADE[kind](change)
    if change is renamed and kind != "auction_design":  # there the new name is an item as well
        assert "'nobody'" in str(refused.value)
    assert re.search(r"is none of|lacks '|no such|other names|has length", str(refused.value))


def test_rounds_of_an_experiment_name_their_bidders() -> None:
    house = {"format": "second_price", "n_bidders": 2,
             "values": {"model": "private", "prior": {"integers": [0, 9]}}}  # fmt: skip
    seats = {"ann": {"rule": "truthful"}, "bob": {"rule": "truthful"}}
    told = pd.DataFrame({"ann": [1, 2], "nobody": [3, 4]})
    with pytest.raises(eqsolve.InstanceError, match="'nobody' is none of the bidders"):
        eqsolve.AuctionExperiment(house, seats, rounds=2, values=told)


@pytest.mark.parametrize("kind", [family.kind for family in BUILT_IN if family.kind not in UNNAMED])
def test_polars_goes_in_and_comes_out(kind: str) -> None:
    polars = pytest.importorskip("polars")

    def in_polars(table: Any) -> Any:
        """Return a Series or frame of pandas as a frame of polars, its index as a column."""
        if isinstance(table, pd.Series):
            side = "student" if table.dtype.kind not in "iuf" else "who"
            return polars.DataFrame({side: list(table.index), "number": table.tolist()})
        own = {} if isinstance(table.index, pd.RangeIndex) else {"who": list(table.index)}
        return polars.DataFrame(own | {str(name): table[name].tolist() for name in table})

    plain, names = MADE[kind](lambda table: table)
    order = np.random.default_rng(3)
    if kind != "dec_pomdp":  # its samples are turned, which frames of polars do not do so
        made, _ = MADE[kind](lambda table: in_polars(shuffled(table, order)))
        assert (made, made.labels) == (plain, plain.labels)
    result = eqsolve.solve(plain)
    expected = eqsolve.to_pandas(plain, result)
    told = polars.read_csv(eqsolve.to_csv(plain, result).encode(), infer_schema_length=None)
    table = next(iter(tables_of(plain, result).values()))
    assert told.columns == list(table.columns)
    assert told.height == len(table.cells)
    held = {str(cell) for row in told.rows() for cell in row}
    kept = {str(cell) for cell in expected.reset_index().to_numpy().ravel()} & names
    assert kept <= held


@pytest.mark.parametrize("kind", [family.kind for family in BUILT_IN])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ",")])
def test_every_table_of_every_kind_is_csv(
    kind: str, separator: str, decimal: str, tmp_path: Path
) -> None:
    instance, _ = MADE[kind](lambda table: table)
    result = eqsolve.solve(instance)
    marks = {"separator": separator, "decimal": decimal}
    for name in tables_of(instance, result):
        frame = eqsolve.to_pandas(instance, result, name)
        text = io.StringIO(eqsolve.to_csv(instance, result, name, **marks))
        read = pd.read_csv(text, sep=separator, dtype=str, keep_default_na=False)
        assert all(frame.columns)
        assert list(read.columns) == list(frame.columns)
        assert len(read) == len(frame)
        for column in range(frame.shape[1]):
            for cell, written in zip(frame.iloc[:, column], read.iloc[:, column], strict=True):
                if cell is None or cell != cell:
                    assert written == ""
                elif isinstance(cell, str):
                    assert written == cell
                else:
                    assert float(written.replace(decimal, ".")) == cell
    eqsolve.save_solution(instance, result, tmp_path / "answer.csv")
    assert (tmp_path / "answer.csv").read_text(encoding="utf-8") == eqsolve.to_csv(instance, result)


def test_courses_by_name_and_what_does_not_match() -> None:
    seats = pd.Series({"rice": 1, "tea": 2})
    plain = eqsolve.CourseAllocation(
        VALUES.to_numpy(), [2, 1], timetable=[[[0, 1]]], budgets={"order": "index"},
        adjustments=[[], [[0, 1, 2]], []], groups=[[], [], [{"courses": [0], "bonus": [0.5]}]],
    )  # fmt: skip
    named: dict[str, Any] = {
        "timetable": [[["tea", "rice"]]], "budgets": {"order": "index"},
        "adjustments": {"bob": [("rice", "tea", 2)]},
        "groups": {"eve": [{"courses": ["tea"], "bonus": [0.5]}]},
    }  # fmt: skip
    assert eqsolve.CourseAllocation(VALUES, seats, **named) == plain
    pairs = VALUES.stack()
    pairs = pairs.drop(("ann", "rice"))
    assert eqsolve.CourseAllocation(pairs, seats).allowed.tolist()[0] == [True, False]
    for fields, rule in (
        ({"capacities": pd.Series({"tea": 1, "ice": 1})}, "'ice' is none of the courses of values"),
        ({"max_courses": {"ann": 1, "bob": 2}}, "max_courses: lacks 'eve', of the students"),
        ({"conflicts": [("tea", "ricf")]}, "no such course; did you mean 'rice'"),
        ({"adjustments": {"bop": []}}, "no such student; did you mean 'bob'"),
        ({"groups": {"bob": [{"courses": ["te"], "bonus": [1]}]}}, "no such course; did you mean"),
    ):
        with pytest.raises(eqsolve.InstanceError, match=rule):
            eqsolve.CourseAllocation(VALUES, **{"capacities": seats, **fields})


@given(st.permutations(PEOPLE), st.permutations(THINGS), st.data())
@settings(deadline=None)
def test_whoever_stands_where_gets_the_same(
    people: list[str], things: list[str], data: Any
) -> None:
    worth = data.draw(st.permutations(range(1, 7)))
    values = pd.DataFrame(np.array(worth).reshape(3, 2) ** 3, PEOPLE, THINGS)
    market = eqsolve.AssignmentMarket(values, {"tea": 1, "rice": 0})
    other = eqsolve.AssignmentMarket(values.loc[people, things], {"rice": 0, "tea": 1})
    one, two = (eqsolve.to_pandas(m, eqsolve.solve(m, prices="min")) for m in (market, other))
    assert one["price"].sum() == two["price"].sum()
    assert one["utility"].sum() == two.loc[PEOPLE]["utility"].sum()


def test_a_row_of_a_name() -> None:
    market = eqsolve.AssignmentMarket(VALUES)
    named = eqsolve.by_name(market, eqsolve.solve(market, prices="min"))
    assert named["ann"]["seller"] == "rice"
    assert named["tea"]["buyer"] == "bob"
    assert named["eve"][0]["price"] is None
    with pytest.raises(KeyError, match="did you mean 'ann'"):
        named["anna"]
    with pytest.raises(KeyError, match="no column 'prise'; did you mean 'price'"):
        named["ann"]["prise"]
    with pytest.raises(KeyError, match="several values"):
        eqsolve.by_name(
            eqsolve.AssignmentMarket(VALUES, buyer_capacities={"ann": 2, "bob": 0, "eve": 0}),
            eqsolve.solve(
                eqsolve.AssignmentMarket(VALUES, buyer_capacities={"ann": 2, "bob": 0, "eve": 0})
            ),
        )["ann"]["value"]


def test_a_name_of_two_sides_is_asked_for_with_its_column() -> None:
    names = {"buyers": ["Kim", "Ann"], "stores": ["mill", "inn"], "couriers": ["Lee", "Kim"]}
    market = eqsolve.DeliveryMarket(
        [[9, 1], [1, 9]], [[[1, 1], [5, 5]], [[5, 5], [1, 1]]], labels=names
    )
    result = eqsolve.solve(market)
    with pytest.raises(KeyError) as refused:
        result["Kim"]
    rule = "'Kim' is one of the buyers and of the couriers; say ['buyer', 'Kim'] or ['courier', "
    assert rule in str(refused.value)
    assert result["buyer", "Kim"][0]["store"] == "mill"
    assert result["courier", "Kim"]["store"] == "inn"
    with pytest.raises(KeyError, match="no column 'couriers' holds 'Kim'; did you mean 'courier'"):
        result["couriers", "Kim"]
    assert "Kim" not in result
    assert "Ann" in result
    assert {"Ann", "Lee", "mill", "inn"} <= dict(result.named).keys()


def test_results_know_whose_numbers_they_hold(tmp_path: Path) -> None:
    market = eqsolve.AssignmentMarket(VALUES)
    result = eqsolve.competitive_equilibrium(market, prices="min")
    assert result["ann"]["seller"] == "rice"
    assert result.named is result.named
    with pytest.raises(TypeError, match="not iterable"):
        list(result)  # type: ignore[call-overload]
    eqsolve.save_solution(market, result, tmp_path / "s.json")
    claimed = eqsolve.load_solution(tmp_path / "s.json", market)
    assert claimed["ann"] == result["ann"]
    assert pickle.loads(pickle.dumps(result))["tea"]["buyer"] == "bob"
    other = replace(result, solution=eqsolve.solve(market, prices="max").require())
    assert other["ann"]["price"] > result["ann"]["price"]
    assert result == replace(result, instance=None)
    with pytest.raises(OptionError, match=r"does not know its instance: use eqsolve\.by_name"):
        replace(result, instance=None)["ann"]
    pennies = eqsolve.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    with pytest.raises(OptionError, match="no_equilibrium: there is no solution"):
        eqsolve.solve(pennies)["player 0"]
    many = [f"b{number}" for number in range(2000)]
    market = eqsolve.AssignmentMarket(np.ones((2000, 1), dtype=int), labels={"buyers": many})
    named = eqsolve.solve(market)
    with pytest.raises(KeyError, match="'c1999'; did you mean 'b1999'"):
        named["c1999"]
    with pytest.raises(KeyError) as far:
        named["Zoe"]
    assert len(str(far.value)) < 500


def test_long_tables_are_whole_and_answers_are_frames() -> None:
    market = eqsolve.AssignmentMarket(np.eye(50, dtype=int))
    prices = eqsolve.to_pandas(market, eqsolve.solve(market), "prices")
    assert len(prices) == 50
    answer = eqsolve.ask(market, "lattice")
    frame = eqsolve.to_pandas(answer)
    assert frame["greatest"].tolist() == prices["greatest"].tolist()
    assert len(str(answer.tables[0]).splitlines()) < 40
    assert eqsolve.to_csv(answer).count("\n") == 51


def test_graphs_keep_names() -> None:
    network = eqsolve.TradingNetwork(VALUES, [("ann", "tea")])
    result = eqsolve.solve(network)
    graph = eqsolve.to_networkx(network, result)
    names = nx.get_node_attributes(graph, "label")
    assert sorted(names.values()) == sorted([*PEOPLE, *THINGS])
    trades = {
        (names[one], names[two]) for one, two, data in graph.edges(data=True) if data.get("trade")
    }
    frame = eqsolve.to_pandas(network, result)
    assert trades == set(zip(frame["buyer"], frame["seller"], strict=True))
    renamed = nx.relabel_nodes(graph, names)
    assert eqsolve.AssignmentMarket(renamed).labels == {
        "buyers": tuple(PEOPLE), "sellers": tuple(THINGS),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["fisher_market", "delivery_market"])
def test_graphs_of_markets_with_their_solution(kind: str) -> None:
    market, _ = MADE[kind](lambda table: table)
    solution = eqsolve.solve(market).require()
    graph = eqsolve.to_networkx(market, solution)
    names = nx.get_node_attributes(graph, "label")
    assert set(PEOPLE) | set(THINGS) == set(names.values())
    places = {name: node for node, name in names.items()}
    bob, rice = places["bob"], places["rice"]
    assert graph.edges[bob, rice]["weight"] == 9
    assert graph.nodes[rice]["price"] == pytest.approx(solution.prices[1])
    edges = [(*sorted(pair), data) for *pair, data in graph.edges(data=True)]
    if kind == "fisher_market":
        spent = sum(data["spent"] for _, _, data in edges)
        assert spent == pytest.approx(market.budgets.sum())
        return
    placed = {(one[1], two[1], data["courier"]) for one, two, data in edges if data.get("trade")}
    expected = solution.transactions.tolist()
    assert placed == {(i, j, market.label("couriers", k)) for i, j, k in expected}
    assert sum("tip" in data for _, _, data in edges) == len(edges) - len(expected)


def test_graph_of_courses_and_their_seats() -> None:
    market, _ = MADE["course_allocation"](lambda table: table)
    result = eqsolve.solve(market)
    graph = eqsolve.to_networkx(market, result)
    names = nx.get_node_attributes(graph, "label")
    seats = {
        (names[one], names[two]) for one, two, data in graph.edges(data=True) if data.get("seat")
    }
    frame = eqsolve.to_pandas(market, result)
    assert seats == set(zip(frame["student"], frame["course"], strict=True))
    places = {name: node for node, name in names.items()}
    assert graph.edges[places["bob"], places["rice"]]["weight"] == 9
    assert graph.nodes[places["tea"]] == {
        "bipartite": 1, "label": "tea", "seats": 2, "credits": 1.5,
        "price": result.require().prices[0],
    }  # fmt: skip
    assert graph.nodes[places["eve"]]["budget"] == result.require().budgets[2]
    assert "price" not in eqsolve.to_networkx(market).nodes[places["tea"]]
    assert nx.is_bipartite(graph)
    pairs = eqsolve.AssignmentMarket(nx.relabel_nodes(graph, names))
    assert pairs.labels == {"buyers": market.labels["students"], "sellers": tuple(THINGS)}
    assert pairs.values.dense().tolist() == VALUES.to_numpy().tolist()


def test_graph_of_bids_and_their_winners() -> None:
    auction, _ = MADE["combinatorial_auction"](lambda table: table)
    result = eqsolve.solve(auction)
    graph = eqsolve.to_networkx(auction, result)
    names = nx.get_node_attributes(graph, "label")
    won = {
        (names[one], names[two])
        for bid, data in graph.nodes(data=True)
        if data.get("wins")
        for one in graph[bid]
        for two in graph[bid]
        if one[0] == "bidder" and two[0] == "item"
    }
    frame = eqsolve.to_pandas(auction, result)
    assert won == set(zip(frame["bidder"], frame["item"], strict=True))
    back = [
        (names["bidder", data["bidder"]], [names[item] for item in data["items"]], data["price"])
        for data in (
            {
                "bidder": next(node[1] for node in graph[bid] if node[0] == "bidder"),
                "items": sorted(node for node in graph[bid] if node[0] == "item"),
                "price": graph.nodes[bid]["price"],
            }
            for bid in graph
            if bid[0] == "bid"
        )
    ]
    again = eqsolve.CombinatorialAuction(
        None, back, supplies=auction.supplies, reserves=auction.reserves, labels=auction.labels
    )
    assert again == auction
    assert {
        data.get("payment") for node, data in graph.nodes(data=True) if node[0] == "bidder"
    } == {*result.require().payments.tolist()}
    assert "wins" not in eqsolve.to_networkx(auction).nodes["bid", 0]


def test_graph_of_a_game_is_its_improvement_graph_with_names() -> None:
    game, _ = MADE["normal_form_game"](lambda table: table)
    graph = eqsolve.to_networkx(game, eqsolve.solve(game))
    stable = [data for _, data in graph.nodes(data=True) if data["equilibrium"]]
    assert stable == [{"label": "talk, speak", "payoffs": (-2.0, -2.0), "equilibrium": True}]
    assert graph.edges[(0, 0), (1, 0)]["label"] == "Ann"
    assert {node for node, out in graph.out_degree() if not out} == {(1, 1)}
    assert "equilibrium" not in eqsolve.to_networkx(game).nodes[0, 0]


def test_refusals_say_what_there_is() -> None:
    market = eqsolve.AssignmentMarket(VALUES)
    result = eqsolve.solve(market)
    with pytest.raises(OptionError, match="no table 'price'; did you mean 'prices'"):
        eqsolve.to_pandas(market, result, "price")
    with pytest.raises(OptionError, match="is no result"):
        eqsolve.to_pandas(market, eqsolve.solve(eqsolve.FisherMarket([[1]], [1])), "prices")
    pennies = eqsolve.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    with pytest.raises(OptionError, match="no_equilibrium: there is no solution"):
        eqsolve.to_pandas(pennies, eqsolve.solve(pennies))
    design, _ = MADE["auction_design"](lambda table: table)
    with pytest.raises(
        UnsupportedError,
        match="auction_design is no graph; those that are: assignment_market, fisher_market",
    ):
        eqsolve.to_networkx(design)
    for marks in ({"separator": ","}, {"decimal": ";"}, {"separator": ";;"}):
        with pytest.raises(OptionError, match="must be one character"):
            eqsolve.to_csv(market, result, decimal=marks.pop("decimal", ","), **marks)


def test_a_result_alone_is_enough_and_an_instance_alone_is_not() -> None:
    market = eqsolve.AssignmentMarket(VALUES)
    result = eqsolve.solve(market)
    assert eqsolve.to_csv(result) == eqsolve.to_csv(market, result)
    assert eqsolve.to_pandas(result).equals(eqsolve.to_pandas(market, result))
    for function in (eqsolve.to_pandas, eqsolve.to_csv, eqsolve.by_name):
        with pytest.raises(eqsolve.OptionError, match=r"a result is missing: give what"):
            function(market)
    with pytest.raises(eqsolve.OptionError, match=r"save_solution writes files; the tables are"):
        eqsolve.to_csv(market, result, "trades.csv")


def test_bids_of_a_dictionary_and_of_a_frame_with_other_columns() -> None:
    wishes = {"ann": {("tea", "rice"): 5, "tea": 2}, "bob": {"tea": 3}}
    auction = eqsolve.CombinatorialAuction(None, wishes)
    assert auction == eqsolve.CombinatorialAuction(2, [(0, [0, 1], 5), (0, [0], 2), (1, [0], 3)])
    assert auction.labels == {"bidders": ("ann", "bob"), "items": ("tea", "rice")}
    frame = pd.DataFrame({"who": ["ann"], "bundle": ["tea+rice"], "bid": [5]})
    rule = "^bids: a frame of bids has columns bidder, items, price, found who, bundle, bid$"
    with pytest.raises(eqsolve.InstanceError, match=rule):
        eqsolve.CombinatorialAuction(None, frame)
    with pytest.raises(
        eqsolve.InstanceError, match=r"n_items = .*: must be a whole number >= 0, or"
    ):
        eqsolve.CombinatorialAuction(["tea", "rice"], wishes)


def test_plain_answers_and_lists_of_names_are_no_names() -> None:
    game = eqsolve.NormalFormGame.from_payoffs(
        {"Row": [[3, 0], [5, 1]], "Column": [[3, 5], [0, 1]]}
    )
    named = eqsolve.solve(game).named
    assert "yes" not in named
    assert named["Row"]["payoff"] == 1
    wishes = {"Ann": {"law": 5, "art": 3}, "Bob": {"law": 1, "art": 1}}
    courses = eqsolve.CourseAllocation(wishes, {"law": 2, "art": 2}, max_courses=2)
    assert set(eqsolve.solve(courses).named) >= {"Ann", "Bob", "law", "art"}
    assert not any(", " in name for name in eqsolve.solve(courses).named)
    comma = eqsolve.AssignmentMarket([[5]], labels={"buyers": ["Smith, Ann"]})
    assert eqsolve.solve(comma)["Smith, Ann"]["price"] == 5
