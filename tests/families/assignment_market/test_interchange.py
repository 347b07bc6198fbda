"""networkx, pandas and views."""

from __future__ import annotations

import io

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

import eqsolve
from eqsolve import AssignmentMarket
from eqsolve.testing import assignment_markets

pd = pytest.importorskip("pandas")


@given(assignment_markets())
def test_networkx_round_trip(market: AssignmentMarket) -> None:
    back = eqsolve.from_networkx(eqsolve.to_networkx(market))
    assert (back.n_buyers, back.n_sellers) == (market.n_buyers, market.n_sellers)
    np.testing.assert_array_equal(back.values.dense(), market.values.dense())
    np.testing.assert_array_equal(back.reserves, market.reserves)


def test_networkx_graph_with_a_solution() -> None:
    market = AssignmentMarket([[5, 3], [4, 1], [0, 0]])
    graph = eqsolve.to_networkx(market, eqsolve.solve(market, prices="min").solution)
    trades = [edge for edge in graph.edges if graph.edges[edge].get("trade")]
    assert sorted(trades) == [(("buyer", 0), ("seller", 1)), (("buyer", 1), ("seller", 0))]
    assert graph.nodes["seller", 0]["price"] == 2


def test_networkx_agrees_on_the_welfare() -> None:
    market = AssignmentMarket(np.random.default_rng(1).integers(0, 9, (7, 6)))
    graph = eqsolve.to_networkx(market)
    matching = nx.max_weight_matching(graph)
    weight = sum(graph.edges[edge]["weight"] for edge in matching)
    assert weight == eqsolve.solve(market).solution.welfare


def test_bad_graphs_are_refused_with_every_fault() -> None:
    graph = nx.Graph([("a", "b"), ("x", "y")])
    graph.add_edge("a", "x", weight=1)
    with pytest.raises(eqsolve.InstanceError) as caught:
        eqsolve.from_networkx(graph, ["a", "b", "z"])
    assert len(caught.value.faults) == 3
    assert "edges[a, b]: must join a buyer and a seller" in str(caught.value)
    nodes = nx.Graph()
    nodes.add_edge("a", "x")
    with pytest.raises(eqsolve.InstanceError, match="has no attribute 'weight'"):
        eqsolve.from_networkx(nodes, ["a"])
    double = nx.MultiGraph()
    double.add_edge("a", "x", weight=1)
    double.add_edge("a", "x", weight=2)
    with pytest.raises(eqsolve.InstanceError, match="joined already"):
        eqsolve.from_networkx(double, ["a"])


def test_directed_graphs_reserves_and_labels() -> None:
    graph = nx.DiGraph()
    graph.add_node("ann", bipartite=0)
    graph.add_node("hut", bipartite=1, reserve=2)
    graph.add_edge("hut", "ann", price=3)
    market = eqsolve.from_networkx(graph, value="price", name="tiny")
    assert (market.name, market.values[0, 0], market.reserves.tolist()) == ("tiny", 3, [2])


def test_pandas_frames() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, None]}, index=["x", "y"])
    market = eqsolve.from_pandas(frame, pd.Series({"b": 1}))
    assert market.values.dense().tolist() == [[1, 3], [2, -1]]
    assert market.is_integral
    assert market.reserves.tolist() == [0, 1]
    solution = eqsolve.solve(market).solution
    table = eqsolve.to_pandas(market, solution)
    assert table.loc["y", "seller"] == "a"
    assert list(table.columns) == ["seller", "value", "price", "utility", "vcg_payment"]
    empty = eqsolve.from_pandas(pd.DataFrame(index=["x"]))
    assert (empty.n_buyers, empty.n_sellers) == (1, 0)
    assert len(eqsolve.to_pandas(empty, eqsolve.solve(empty).solution)) == 1
    nullable = pd.DataFrame({"a": pd.array([1, None], dtype="Int64")})
    assert eqsolve.from_pandas(nullable).values[1, 0] is None


@pytest.mark.parametrize(
    ("frame", "reserves", "fault"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), None, "label is given twice"),
        (pd.DataFrame({"a": [1]}), {"b": 1}, r"reserves\[b\]: no such seller"),
        (pd.DataFrame({"a": [-1]}), None, "must be >= 0"),
        (pd.DataFrame({"a": ["x"]}), None, "must be a number"),
    ],
)
def test_bad_frames_are_refused(frame: object, reserves: object, fault: str) -> None:
    with pytest.raises(eqsolve.InstanceError, match=fault):
        eqsolve.from_pandas(frame, reserves)


def test_views_as_text_rich_and_html() -> None:
    market = AssignmentMarket(
        [[5, 3], [4, 1]], [0, 1], labels={"buyers": ["<ann>", "[bob]"]}, name="two"
    )
    shown = eqsolve.view(market, eqsolve.solve(market, method="ascending"))
    text = str(shown)
    for word in ("2 of 2 buyers trade", "Trades", "Prices", "Price path", "<ann>", "verified"):
        assert word in text
    html = shown._repr_html_()
    assert "&lt;ann&gt;" in html
    assert html.count("<table>") == 3
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=100).print(shown)
    assert "[bob]" in out.getvalue()
    assert "Price path" in out.getvalue()


def test_views_of_unfinished_and_long_results() -> None:
    market = AssignmentMarket(np.ones((40, 40)))
    deadline = eqsolve.Deadline()
    deadline.cancel()
    unfinished = eqsolve.solve(market, method="linear_program", deadline=deadline)
    assert "neither a solution nor a proof was found" in str(eqsolve.view(market, unfinished))
    long = eqsolve.view(market, eqsolve.solve(market))
    assert "... and 10 more rows" in str(long)
    assert "... and 10 more rows" in long._repr_html_()


def test_names_that_are_one_text_are_refused() -> None:
    """1 and "1" would be one label for two sellers."""
    with pytest.raises(eqsolve.InstanceError, match="sellers = '1': label is given twice"):
        eqsolve.from_pandas(pd.DataFrame([[1, 2]], columns=[1, "1"]))
    graph = nx.Graph([("a", 1, {"weight": 1}), ("a", "1", {"weight": 2})])
    with pytest.raises(eqsolve.InstanceError, match="sellers = '1': label is given twice"):
        eqsolve.from_networkx(graph, ["a"])
