"""Wrong arguments of public functions are named before any work, and nothing is guessed."""

from __future__ import annotations

import numpy as np
import pytest

import eqsolve

MARKET = eqsolve.AssignmentMarket([[5, 8], [7, 9]])
GOODS = eqsolve.FisherMarket([[2, 1], [1, 2]], [3, 1])
NETWORK = eqsolve.TradingNetwork([[5, 3], [4, 1]], [(0, 0), (1, 0)])
GAME = eqsolve.NormalFormGame.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])


@pytest.mark.parametrize(
    ("verb", "instance"),
    [
        (eqsolve.competitive_equilibrium, GOODS),
        (eqsolve.fisher_equilibrium, MARKET),
        (eqsolve.tipped_equilibrium, MARKET),
        (eqsolve.maximize_revenue, MARKET),
        (eqsolve.market_equilibria, GAME),
        (eqsolve.pure_equilibria, MARKET),
    ],
)
def test_an_instance_of_another_kind(verb, instance):
    with pytest.raises(eqsolve.InstanceError, match=f"{type(instance).__name__} is no "):
        verb(instance)


def test_a_solution_of_another_kind():
    with pytest.raises(eqsolve.OptionError, match="FisherSolution is no AssignmentSolution"):
        eqsolve.verify(MARKET, eqsolve.solve(GOODS))
    with pytest.raises(eqsolve.OptionError, match="NoneType is no AssignmentSolution"):
        eqsolve.verify(MARKET, None)


@pytest.mark.parametrize("tolerance", [-1, float("nan"), 1])
def test_a_tolerance_that_is_none(tolerance):
    with pytest.raises(eqsolve.OptionError, match=r"must be in \[0, 1\)"):
        eqsolve.verify(MARKET, eqsolve.solve(MARKET), tolerance=tolerance)


def test_methods_and_limits_of_a_wrong_type():
    with pytest.raises(eqsolve.OptionError, match="must be a name or a method object"):
        eqsolve.solve(MARKET, method=3)
    for limit in ("3", True, [1]):
        with pytest.raises(eqsolve.OptionError, match="must be a finite number of seconds"):
            eqsolve.solve(MARKET, time_limit=limit)


def test_a_price_rule_that_is_none():
    """It was taken for the least prices."""
    with pytest.raises(eqsolve.OptionError, match="must be greatest or least"):
        eqsolve.evaluate_introductions(NETWORK, [(0, 1)], prices="lest")


def test_one_row_does_not_stand_for_all():
    with pytest.raises(eqsolve.InstanceError, match="allocation: has shape"):
        eqsolve.bundle_utilities(GOODS, np.array([[1.0, 2.0]]))
    with pytest.raises(eqsolve.InstanceError, match="prices: has shape"):
        eqsolve.unit_costs(GOODS, np.array([1.0]))


def test_saving_what_is_none(tmp_path):
    path = tmp_path / "file.json"
    for call in (
        lambda: eqsolve.save(None, path),
        lambda: eqsolve.save(MARKET, path, arrays="np"),
        lambda: eqsolve.save_solution(MARKET, None, path),
        lambda: eqsolve.save_solution(GOODS, eqsolve.solve(MARKET), path),
    ):
        with pytest.raises(eqsolve.OptionError):
            call()
    assert not path.exists()
    with pytest.raises(FileNotFoundError, match="no such folder") as caught:
        eqsolve.save(MARKET, tmp_path / "none" / "file.json")
    assert caught.value.filename == str(tmp_path / "none")


@pytest.mark.parametrize("index", [0.5, 1e15 + 0.5, 2.0**54, 1e308])
def test_indices_that_are_no_whole_numbers(index):
    """Those beyond 2**53 are whole floats and were taken for good, or refused without a word."""
    with pytest.raises(eqsolve.InstanceError, match=r"edges.buyer\[0\] = .*: must be whole"):
        eqsolve.AssignmentMarket.from_edges(1, 1, [index], [0], [1])
    with pytest.raises(eqsolve.InstanceError, match=r"known\[0, 0\] = .*: must be whole"):
        eqsolve.TradingNetwork([[1, 2]], known=[[index, 0]])
    with pytest.raises(eqsolve.InstanceError, match=r"introduced\[0, 1\] = .*: must be whole"):
        eqsolve.evaluate_introductions(NETWORK, [[0, index]])


@pytest.mark.parametrize("size", [-1, True, 1.5, 10**9 + 1, 10**30])
def test_sides_that_cannot_be(size):
    for build in (
        lambda: eqsolve.AssignmentMarket.from_edges(size, 1, [], [], []),
        lambda: eqsolve.TradingNetwork.from_edges(size, 1, [], [], [], []),
    ):
        with pytest.raises(eqsolve.InstanceError, match=r"n_buyers = .*: must be a whole number"):
            build()


def test_too_little_memory_is_no_traceback(monkeypatch, tmp_path):
    from click.testing import CliRunner

    from eqsolve.cli.__main__ import main

    def fail(*_, **__):
        raise MemoryError("Unable to allocate 8 TiB")

    monkeypatch.setattr("eqsolve.io.sources.open_source", fail)
    path = tmp_path / "market.json"
    eqsolve.save(MARKET, path)
    shown = CliRunner().invoke(main, ["solve", str(path)])
    assert shown.exit_code == 2
    assert "not enough memory" in shown.stderr
