"""Networks: faults, files, labels, equality; solutions read and written; pictures in text."""

from __future__ import annotations

import numpy as np
import pytest

import eqsolve
from eqsolve import FormatError, InstanceError, TradingNetwork, maximize_revenue
from eqsolve.families.trading_network.equilibrium import View
from eqsolve.families.trading_network.show import facts, headline, tables
from eqsolve.families.trading_network.solution import TradingSolution

VALUES = [[5, 3, None], [4, 1, 2]]


def faults(*arguments, **fields):
    with pytest.raises(InstanceError) as caught:
        TradingNetwork(*arguments, **fields)
    return caught.value.lines()


def test_every_fault_is_reported_in_one_pass():
    lines = faults([[1, -2], [3, 4]], [(0, 0.5)], [(9, 9)], 1.5, name=3)
    assert len(lines) == 3
    lines = faults(VALUES, [(0, 2), (5, 0), (0, 9)], commission=0)
    assert any("there are only 2 buyers" in line for line in lines)
    assert any("there are only 3 sellers" in line for line in lines)
    assert any("commission" in line for line in lines)


@pytest.mark.parametrize(
    ("known", "candidates", "rule"),
    [
        ([(0, 2)], None, "no value"),
        ([(0, 0), (0, 0)], None, "listed twice"),
        ([(0, 0)], [(0, 0)], "known already"),
        ([[0, 0], [1]], None, "known[1]: has 1 entries, expected 2"),
        ([(0,)], None, "has length 1 along axis 1"),
        ([0, 1], None, "is a list of numbers, must be a matrix"),
        ([(0, 0.5)], None, "must be whole"),
        ("ab", None, "number"),
    ],
)
def test_faults_in_pairs(known, candidates, rule):
    assert any(rule in line for line in faults(VALUES, known, candidates))


def test_candidates_that_are_all_others_are_the_default():
    spelled = TradingNetwork(VALUES, [(0, 0)], [(1, 2), (1, 0), (0, 1), (1, 1)])
    assert spelled.candidates is None
    assert spelled == TradingNetwork(VALUES, [(0, 0)])
    assert spelled != TradingNetwork(VALUES, [(0, 0)], [(1, 2)])
    assert spelled != TradingNetwork(VALUES, [(0, 0)], commission=0.5)
    assert TradingNetwork(VALUES, [(0, 0)], [(1, 2)]).n_candidates == 1


def test_files_round_trip(tmp_path):
    for network in (
        TradingNetwork(VALUES, [(1, 1), (0, 0)], [(1, 2)], 0.25, name="a"),
        TradingNetwork.from_edges(3, 2, [0, 2], [1, 0], [1.5, 2.5], [(2, 0)]),
        TradingNetwork(np.zeros((0, 4)), []),
    ):
        eqsolve.save(network, tmp_path / "network.json")
        assert eqsolve.load(tmp_path / "network.json") == network
        result = maximize_revenue(network)
        eqsolve.save_solution(network, result, tmp_path / "solution.json")
        read = eqsolve.load_solution(tmp_path / "solution.json", network)
        assert read.solution.to_dict() == result.solution.to_dict()
        assert eqsolve.verify(network, read).valid


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ('"values": [[1]]', "known"),
        ('"values": [[1]], "known": [], "candidate": []', "did you mean 'candidates'"),
        ('"values": [[1]], "known": [], "n_buyers": 1', "not both"),
        ('"known": []', "values"),
        ('"known": [], "n_buyers": 1, "n_sellers": 1, "edges": {"buyers": []}', "buyer"),
        ('"values": [[1]], "known": [], "commission": "high"', "commission"),
    ],
)
def test_broken_files_are_named(tmp_path, fields, rule):
    file = tmp_path / "bad.json"
    file.write_text('{"eqsolve": 1, "kind": "trading_network", ' + fields + "}")
    with pytest.raises(FormatError, match=rule):
        eqsolve.load(file)


def test_solutions_of_the_wrong_shape_are_refused():
    network = TradingNetwork(VALUES, [(0, 0)])
    good = maximize_revenue(network).solution.to_dict()
    for field, value in (
        ("matching", [0]),
        ("prices", [1, 2]),
        ("introduced", [[0, 9]]),
        ("price_rule", "middle"),
        ("matching", [0.5, 1.5]),
    ):
        with pytest.raises(InstanceError, match=field):
            TradingSolution.from_dict({**good, field: value}, network)


def test_what_is_shown():
    network = TradingNetwork(
        VALUES, [(0, 0), (1, 0)], commission=0.5, labels={"buyers": ["Ann", "Bob"]}
    )
    result = maximize_revenue(network)
    assert facts(network)["known pairs"] == "2 (33% of the pairs)"
    assert "introductions: 1 pair earns" in headline(network, result)
    trades, figures = tables(network, result)
    assert {row[0] for row in trades.rows} <= {"Ann", "Bob"}
    assert any(row[2] == "platform" for row in trades.rows)
    assert dict(figures.rows)["revenue"] == f"{result.objective:g}"
    assert facts(TradingNetwork(np.zeros((0, 0)), []))["known pairs"] == "0"


def test_the_view_hides_pairs_that_cannot_trade():
    view = View.of(TradingNetwork(VALUES, [(0, 0)], [(1, 2)]))
    assert view.values.tolist() == [[5, -1, -1], [-1, -1, 2]]
    assert view.values_t.T.tolist() == view.values.tolist()
