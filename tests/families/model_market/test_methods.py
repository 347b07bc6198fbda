"""Every method on every market it supports: status, agreement, determinism, limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from eqsolve import Limit, Status, load
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.limits import Deadline
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.methods.base import Collector
from eqsolve.families.model_market.methods.count_search import CountSearch
from eqsolve.families.model_market.solution import SocialOptimum
from eqsolve.families.model_market.solve import METHODS, market_equilibria
from eqsolve.testing import model_markets
from tests.families.model_market import oracle as oracle

COMPLETE = [method for method in METHODS if method.name != "dynamics"]
SOFT = {"rule": "softmax", "beta": 2.0}
CASES = {
    "one of each": ModelMarket([[3]], [1], 1),
    "one model": ModelMarket([[3, 0]], [1, 2], 4),
    "one type": ModelMarket([[3], [2], [3]], [1], 3),
    "one platform": ModelMarket([[3, 0], [1, 1]], [1, 2], 1),
    "all zero": ModelMarket([[0, 0], [0, 0]], [1, 1], 3),
    "zero rows": ModelMarket([[0, 0], [2, 1], [0, 3]], [1, 1], 3),
    "equal models": ModelMarket([[2, 1], [2, 1], [0, 3], [2, 1]], [1, 1], 3),
    "tied types": ModelMarket([[2, 0, 1], [2, 1, 0], [0, 2, 2]], [1, 1, 1], 4),
    "shared from above": ModelMarket(
        [
            [2, 0, 0, 2, 2, 1],
            [0, 0, 1, 2, 0, 0],
            [2, 2, 0, 1, 1, 1],
            [0, 1, 0, 1, 1, 1],
            [0, 1, 1, 2, 1, 0],
            [2, 1, 1, 0, 1, 2],
        ],
        [16, 31, 5, 40, 14, 17],
        6,
    ),
    "apportionment ties": ModelMarket([[2, 0], [0, 2]], [1, 1], 3),
    "thirds": ModelMarket([[1 / 3, 0], [0, 1 / 3]], [1 / 3, 2 / 3], 3),
    "softmax": ModelMarket([[3, 0], [1, 1], [0, 2]], [1, 2], 4, SOFT),
    "softmax equal": ModelMarket([[3, 0], [3, 0], [0, 2]], [1, 2], 3, SOFT),
    "softmax flat": ModelMarket([[3, 0], [1, 1]], [1, 2], 3, {"rule": "softmax", "beta": 0}),
}


@pytest.mark.parametrize("method", COMPLETE, ids=lambda method: method.name)
@pytest.mark.parametrize("case", CASES)
def test_methods_agree_with_brute_force(case, method):
    market = CASES[case]
    if method().supports(market) is not None:
        with pytest.raises(UnsupportedError, match=method.name):
            market_equilibria(market, method=method.name)
        return
    expected = oracle.equilibria(market, 0.0 if market.is_exact else 1e-12)
    result = market_equilibria(market, method=method.name)
    assert result.check is not None
    assert result.check.valid
    if expected:
        assert result.status is Status.SOLVED
        assert result.solution.exhaustive
        assert result.solution.counts.tolist() == expected
        assert result.objective == max(e.welfare for e in result.solution.equilibria)
    else:
        assert result.status is Status.NO_EQUILIBRIUM
    again = market_equilibria(market, method=method.name)
    assert again.certificate == result.certificate
    if expected:
        assert again.solution.to_dict() == result.solution.to_dict()


@given(model_markets())
def test_all_methods_agree(market):
    results = [
        market_equilibria(market, method=method.name)
        for method in COMPLETE
        if method().supports(market) is None
    ]
    lists = [[] if r.solution is None else r.solution.counts.tolist() for r in results]
    assert all(found == lists[0] for found in lists)
    assert len({result.status for result in results}) == 1


@given(model_markets(max_platforms=4))
def test_first_best_and_worst_are_among_all(market):
    complete = market_equilibria(market)
    for find in ("first", "best", "worst"):
        result = market_equilibria(market, find=find)
        if complete.solution is None:
            assert result.status is Status.NO_EQUILIBRIUM
            continue
        assert result.status is Status.SOLVED
        assert not result.solution.exhaustive
        (entry,) = result.solution.equilibria
        assert entry.counts.tolist() in complete.solution.counts.tolist()
        welfares = [e.welfare for e in complete.solution.equilibria]
        if find == "best":
            assert entry.welfare == pytest.approx(max(welfares))
            assert result.solution.price_of_stability == pytest.approx(
                complete.solution.price_of_stability
            )
        if find == "worst":
            assert entry.welfare == pytest.approx(min(welfares))
            assert result.solution.price_of_anarchy == pytest.approx(
                complete.solution.price_of_anarchy
            )


def test_the_cost_does_not_depend_on_the_number_of_platforms():
    rng = np.random.default_rng(3)
    scores, weights = rng.integers(1, 1000, (12, 6)), rng.integers(1, 9, 6)
    nodes = {
        n: market_equilibria(ModelMarket(scores, weights, n)).stats.counts["nodes"]
        for n in (10**5, 10**6, 10**9)
    }
    assert len(set(nodes.values())) == 1


def test_models_that_tie_all_the_time_are_pruned():
    """Whole scores from 0 to 10: without the rules on shared types this took a million nodes."""
    market = ModelMarket(np.random.default_rng(0).integers(0, 11, (30, 12)), [1] * 12, 20)
    result = market_equilibria(market)
    assert result.status is Status.SOLVED
    assert len(result.solution.equilibria) == 1
    assert result.stats.counts["nodes"] < 1_000


@given(model_markets(max_models=7, max_platforms=6))
def test_searches_agree_where_models_tie(market):
    expected = market_equilibria(market, method="replies", max_equilibria=10_000)
    method = "support_search" if market.is_hardmax else "count_search"
    if method == "count_search" and CountSearch().supports(market):
        return
    found = market_equilibria(market, method=method, max_equilibria=10_000)
    assert found.status is expected.status
    if found.solution is not None:
        assert found.solution.counts.tolist() == expected.solution.counts.tolist()


def test_many_equal_models_stop_at_the_limit_of_solutions():
    market = ModelMarket([[2, 1]] * 4 + [[1, 2]], [1, 1], 10**6)
    result = market_equilibria(market, max_equilibria=5)
    assert result.status is Status.FEASIBLE
    assert result.limit is Limit.SOLUTIONS
    assert len(result.solution.equilibria) == 5
    assert not result.solution.exhaustive
    assert market_equilibria(market, find="best").status is Status.SOLVED


@pytest.mark.parametrize("choice", ["hardmax", SOFT], ids=["hardmax", "softmax"])
@pytest.mark.parametrize("method", COMPLETE, ids=lambda method: method.name)
def test_a_deadline_that_is_over_proves_nothing(choice, method):
    market = ModelMarket([[3, 0], [1, 1], [0, 2]], [1, 2], 4, choice)
    if method().supports(market) is not None:
        return
    deadline = Deadline()
    deadline.cancel()
    result = market_equilibria(market, method=method.name, deadline=deadline)
    assert result.status is Status.UNKNOWN
    assert result.limit is Limit.INTERRUPTED


def test_unknown_options_are_named():
    market = CASES["one type"]
    with pytest.raises(OptionError, match="did you mean 'find'"):
        market_equilibria(market, fnid="best")
    with pytest.raises(OptionError, match="did you mean 'support_search'"):
        market_equilibria(market, method="support")


def test_small_markets_are_solved_without_compiled_code():
    """A command-line run of a small market must not wait for numba to load."""
    code = (
        "import sys; import eqsolve; "
        "market = eqsolve.ModelMarket([[4, 1], [2, 3]], [1, 1], 3); "
        "assert eqsolve.solve(market).stats.method == 'replies'; "
        "assert 'numba' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sharp_softmax_is_refused_by_count_search_and_enumerated_by_auto():
    scores = [[900, 0], [0, 1500]]
    market = ModelMarket(scores, [1, 1], 15_000, {"rule": "softmax", "beta": 1})
    with pytest.raises(UnsupportedError, match="above 600"):
        market_equilibria(market, method="count_search")
    result = market_equilibria(market)
    assert result.stats.method == "enumeration"
    hard = market_equilibria(ModelMarket(scores, [1, 1], 15_000))
    assert result.solution.counts.tolist() == hard.solution.counts.tolist()


CATALOG = sorted((Path(__file__).resolve().parents[3] / "instances/model_market").rglob("*.json"))


@pytest.mark.parametrize("path", CATALOG, ids=lambda path: path.stem)
def test_the_catalog_has_the_answers_it_says(path):
    market = load(path)
    expected = market.metadata["expected"]
    result = market_equilibria(market)
    assert market.metadata["source"]
    assert result.status.value == expected["status"]
    if result.solution is not None:
        assert result.solution.counts.tolist() == expected["equilibria"]
        assert result.objective == pytest.approx(expected["objective"])
        optimum = result.solution.social_optimum.welfare
        assert optimum == pytest.approx(expected["social_optimum"])


def test_equal_models_are_no_matter_of_rounding():
    market = ModelMarket([[1 / 3, 0.1], [1 / 3, 0.1], [0.1, 0.7]], [0.3, 0.7], 3)
    for entry in market_equilibria(market).solution.equilibria:
        assert not entry.marginal
        assert entry.strict == (entry.counts[:2].sum() == 0)


@pytest.mark.parametrize("most", [0, -1])
def test_a_list_of_no_equilibria_cannot_be_asked_for(most):
    with pytest.raises(OptionError, match=r"max_equilibria = .*: must be >= 1"):
        market_equilibria(CASES["thirds"], max_equilibria=most)


def test_no_ratio_of_an_optimum_that_is_not_proved():
    market = CASES["shared from above"]
    method = METHODS[0]()
    open_gap = Collector(market, method, Deadline(), known_optimum=SocialOptimum((0,), 1.0, 2.0))
    assert open_gap._ratio(0.5) is None
    closed = Collector(market, method, Deadline(), known_optimum=SocialOptimum((0,), 2.0, 2.0))
    assert closed._ratio(0.5) == 4.0


def test_a_social_optimum_cut_short_is_not_below_an_equilibrium():
    market = ModelMarket([[966, 201, 240], [539, 157, 70]], [3, 2, 1], 4)
    method = next(method for method in METHODS if method.name == "enumeration")()
    poor = Collector(market, method, Deadline(), known_optimum=SocialOptimum((1,), 333.5, 590.0))
    assert poor.offer([np.array([4, 0])])
    found = poor.outcome(finished=True, name="enumeration").solution.social_optimum
    assert (found.models, found.welfare, found.bound) == ((0,), 590.0, 590.0)
