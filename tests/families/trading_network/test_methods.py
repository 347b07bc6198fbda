"""Every method on every case it supports: status, verified, agreement, determinism, limits."""

from __future__ import annotations

import numpy as np
import pytest

import eqsolve
from eqsolve import Deadline, Limit, Limits, OptionError, Status, TradingNetwork, UnsupportedError
from eqsolve.families.trading_network.generate import RECIPES, Integers
from eqsolve.families.trading_network.solve import METHODS

NAMES = [method.name for method in METHODS]
EXACT = ("auto", "exact", "enumeration", "plain", "no_known", "homogeneous")
rng = np.random.default_rng(5)
PAIRS = [(i, j) for i in range(6) for j in range(6)]


def _known(n, m, share):
    return np.argwhere(rng.random((n, m)) < share)


CASES = {
    "nobody": TradingNetwork(np.zeros((0, 0)), []),
    "no-buyers": TradingNetwork(np.zeros((0, 3)), []),
    "no-sellers": TradingNetwork(np.zeros((3, 0)), []),
    "one-known": TradingNetwork([[5]], [(0, 0)]),
    "one-unknown": TradingNetwork([[5]], []),
    "all-zero": TradingNetwork(np.zeros((3, 4)), [(0, 0)]),
    "all-known": TradingNetwork(rng.integers(0, 9, (6, 6)), PAIRS),
    "none-known": TradingNetwork(rng.random((6, 7)), []),
    "no-candidates": TradingNetwork(rng.integers(0, 9, (4, 4)), [(0, 0), (1, 1)], []),
    "few-candidates": TradingNetwork(
        rng.integers(0, 9, (5, 5)), [(0, 0), (1, 1), (2, 0)], [(3, 1), (4, 2), (2, 2), (0, 1)]
    ),
    "ties": TradingNetwork(np.full((5, 4), 3), _known(5, 4, 0.4)),
    "homogeneous": TradingNetwork(
        np.repeat(rng.integers(0, 20, (6, 1)), 5, axis=1), _known(6, 5, 0.4)
    ),
    "integers": TradingNetwork(rng.integers(0, 100, (7, 7)), _known(7, 7, 0.3)),
    "fractions": TradingNetwork(rng.random((6, 8)), _known(6, 8, 0.4), commission=0.15),
    "components": TradingNetwork(
        np.kron(np.eye(3), np.ones((2, 2))) * rng.integers(1, 9, (6, 6)),
        [(0, 0), (2, 3), (4, 4), (5, 4)],
    ),
    "gaps": TradingNetwork(
        np.where(rng.random((6, 6)) < 0.4, np.nan, rng.integers(0, 9, (6, 6))), []
    ),
    "two-magnitudes": TradingNetwork(10.0 ** rng.uniform(-3, 3, (5, 5)), _known(5, 5, 0.4)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_every_method_solves_every_case_it_supports(name, case):
    network = CASES[case]
    method = dict(zip(NAMES, METHODS, strict=True))[name]()
    if method.supports(network) is not None:
        with pytest.raises(UnsupportedError):
            eqsolve.solve(network, method=name)
        return
    reference = eqsolve.solve(network, method="exact", time_limit=30)
    assert reference.status is Status.SOLVED
    result = eqsolve.solve(network, method=name, time_limit=30)
    assert eqsolve.verify(network, result).valid
    slack = 1e-6 * max(network.scale, 1)
    if name in EXACT:
        assert result.status is Status.SOLVED
        assert result.solution.guarantee == 1
        assert result.objective == pytest.approx(reference.objective, abs=slack)
    assert result.objective <= reference.objective + slack
    assert result.bounds.upper >= reference.objective - slack
    assert result.stats.method != "auto"


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_answer(name):
    network = CASES["integers"]
    special = {"no_known": "none-known", "enumeration": "few-candidates"}
    if name in ("no_known", "homogeneous", "enumeration"):
        network = CASES[special.get(name, name)]
    one, two = (eqsolve.solve(network, method=name, seed=3) for _ in range(2))
    assert one.solution.to_dict() == two.solution.to_dict()
    assert one.stats.counts == two.stats.counts


@pytest.mark.parametrize("name", ["auto", "exact", "local_search", "multipliers", "plain"])
def test_a_time_limit_leaves_an_incumbent_with_a_bound(name):
    network = Integers(buyers=40).instance(1)
    result = eqsolve.solve(network, method=name, time_limit=0.5)
    assert result.status is Status.FEASIBLE
    assert result.limit is Limit.TIME
    assert eqsolve.verify(network, result).valid
    assert result.objective <= result.bounds.upper
    assert result.stats.seconds < 6


def test_a_canceled_run_hands_over_its_incumbent():
    seen = []
    deadline = Deadline(Limits(time=20), seen.append)
    network = Integers(buyers=8).instance(2)
    deadline_result = eqsolve.solve(network, method="exact", deadline=deadline)
    incumbents = [progress.incumbent for progress in seen if progress.incumbent is not None]
    assert incumbents
    assert incumbents[-1].objective <= deadline_result.objective
    canceled = Deadline()
    canceled.cancel()
    stopped = eqsolve.solve(network, method="exact", deadline=canceled)
    assert stopped.limit is Limit.INTERRUPTED
    assert eqsolve.verify(network, stopped).valid


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_are_repeatable_and_solvable(recipe):
    one, two = (recipe(buyers=6).instance(7, index=1) for _ in range(2))
    assert one == two
    assert one != recipe(buyers=6).instance(7, index=2)
    result = eqsolve.solve(one, method="multipliers")
    assert eqsolve.verify(one, result).valid


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "exakt"}, "did you mean 'exact'"),
        ({"method": "exact", "max_introductions": -1}, "must be >= 0"),
        ({"method": "exact", "rounds": -1}, "must be >= 0"),
        ({"method": "local_search", "rounds": -2}, "must be >= 0"),
        ({"prices": "dearest"}, "greatest | least"),
        ({"backend": "gurobi", "method": "plain"}, "highs | scip"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(OptionError, match=message.replace("|", r"\|")):
        eqsolve.solve(CASES["integers"], **options)


def test_scip_agrees():
    network = CASES["few-candidates"]
    assert (
        eqsolve.solve(network, method="plain", backend="scip").objective
        == eqsolve.solve(network, method="plain").objective
    )


@pytest.mark.slow
def test_networks_too_large_are_refused_with_the_reason():
    network = TradingNetwork.from_edges(7000, 7000, [0], [0], [1], [])
    with pytest.raises(UnsupportedError, match="dense matrices"):
        eqsolve.solve(network)


def test_a_refusal_does_not_recommend_what_it_refuses():
    with pytest.raises(UnsupportedError, match="methods that apply: auto, ") as refusal:
        eqsolve.solve(CASES["integers"], method="exact", prices="least")
    assert "exact" not in str(refusal.value).split("methods that apply: ")[1].split(", ")


def test_an_interrupted_result_says_so_in_plain_words():
    canceled = Deadline()
    canceled.cancel()
    stopped = eqsolve.solve(CASES["integers"], method="log_approximation", deadline=canceled)
    assert "(interrupted)" in str(stopped)
    late = eqsolve.solve(Integers(buyers=40).instance(1), method="exact", time_limit=0.2)
    assert "(stopped by the time limit)" in str(late)


@pytest.mark.parametrize("unit", [1e-9, 1e12])
def test_solvers_are_not_asked_where_their_tolerances_mean_nothing(unit):
    network = eqsolve.TradingNetwork(
        np.array([[5.0, 5], [4, 4], [2, 2]]) * unit, known=[(0, 0), (1, 1)]
    )
    with pytest.raises(UnsupportedError, match="absolute tolerances"):
        eqsolve.solve(network, method="plain")
    found = eqsolve.solve(network, method="homogeneous")
    expected = eqsolve.solve(network, method="enumeration")
    assert found.status is Status.SOLVED
    assert found.objective == pytest.approx(expected.objective)


def test_homogeneous_goods_where_some_pairs_never_meet():
    draw = np.random.default_rng(11)
    for _ in range(25):
        n, m = draw.integers(1, 5, 2)
        values = np.repeat(draw.integers(0, 6, (n, 1)), m, axis=1)
        known = draw.random((n, m)) < 0.4
        candidates = np.argwhere(~known & (draw.random((n, m)) < 0.6))
        network = TradingNetwork(values, np.argwhere(known), candidates=candidates)
        found = eqsolve.solve(network, method="homogeneous")
        assert found.status is Status.SOLVED
        assert found.objective == eqsolve.solve(network, method="enumeration").objective
