"""Break each condition of a right answer: the report names that one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import Bounds, Limit, Result, Stats, Status
from eqsolve.core.arrays import read_only
from eqsolve.core.certificate import ExhaustionCertificate
from eqsolve.core.report import Verdict
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import describe_profile
from eqsolve.families.model_market.solve import market_equilibria
from eqsolve.families.model_market.verify.conditions import verify
from eqsolve.families.model_market.verify.proofs import _undominated
from eqsolve.testing import model_markets
from tests.families.model_market import oracle as oracle

MARKET = ModelMarket(
    [[6, 0, 1], [0, 5, 1], [1, 1, 2], [3, 3, 0]], [1, 1, 1], 5, labels={"models": list("ABCD")}
)
THIRDS = ModelMarket(MARKET.scores / 3, [1 / 3] * 3, 5)
SOFT = ModelMarket(MARKET.scores, [1, 1, 1], 5, {"rule": "softmax", "beta": 1})
LARGE = ModelMarket(np.random.default_rng(1).integers(1, 999, (30, 8)), [1] * 8, 40)


def failed(market, result):
    return {check.id.removeprefix("model_market.") for check in verify(market, result).failures}


def changed(result, **fields):
    """Return the result with fields of its first equilibrium changed."""
    first, *rest = result.solution.equilibria
    solution = replace(result.solution, equilibria=(replace(first, **fields), *rest))
    return replace(result, solution=solution)


@pytest.fixture(params=[MARKET, THIRDS, SOFT], ids=["exact", "thirds", "softmax"])
def market(request):
    return request.param


def test_right_answers_pass(market):
    result = market_equilibria(market)
    assert verify(market, result).valid
    assert verify(market, result.solution).valid
    assert not verify(market, result).unchecked


@pytest.mark.parametrize("key", ["welfare", "hhi", "shannon"])
def test_wrong_numbers(market, key):
    result = market_equilibria(market)
    right = getattr(result.solution.equilibria[0], key)
    assert key in failed(market, changed(result, **{key: right + 0.01}))
    assert key in failed(market, changed(result, **{key: float("nan")}))


def test_wrong_payoff(market):
    result = market_equilibria(market)
    payoffs = result.solution.equilibria[0].payoffs.copy()
    used = int(np.flatnonzero(~np.isnan(payoffs))[0])
    payoffs[used] += 0.01
    report = verify(market, changed(result, payoffs=payoffs))
    (check,) = report.failures
    assert check.id == "model_market.payoffs"
    assert market.label("models", used) in check.worst


def test_payoff_of_an_unused_model(market):
    result = market_equilibria(market)
    payoffs = result.solution.equilibria[0].payoffs.copy()
    unused = int(np.flatnonzero(np.isnan(payoffs))[0])
    payoffs[unused] = 1.0
    assert failed(market, changed(result, payoffs=payoffs)) == {"payoffs-present"}


def test_a_profitable_deviation_is_named():
    result = market_equilibria(MARKET)
    wrong = describe_profile(MARKET, read_only(np.array([5, 0, 0, 0])))
    solution = replace(result.solution, equilibria=(wrong,), exhaustive=False)
    report = verify(MARKET, solution)
    (check,) = [check for check in report.failures if check.id.endswith("no-deviation")]
    assert check.worst == "equilibrium 0: a platform with A gains 1.26667 by switching to B"


@given(model_markets(max_models=4, max_platforms=4), st.data())
def test_every_profile_that_is_no_equilibrium_is_refused(market, data):
    expected = oracle.equilibria(market, 1e-12)
    models = st.integers(0, market.n_models - 1)
    profile = data.draw(st.lists(models, min_size=market.n_platforms, max_size=market.n_platforms))
    counts = np.bincount(profile, minlength=market.n_models)
    claimed = replace(
        _claim(market), equilibria=(describe_profile(market, counts),), exhaustive=False
    )
    refused = "no-deviation" in failed(market, claimed)
    if counts.tolist() in expected:
        assert not refused
    elif market.is_exact or not oracle.is_equilibrium(market, profile, 2e-10):
        assert refused  # a gain below 1e-10 may be rounding where nothing is exact


def test_solver_and_verifier_draw_the_same_line_among_a_million_platforms():
    """One platform changes payoffs by so little there that a switch gains 5e-12 of them."""
    million = [[6, 0, 1], [0, 5, 2], [1, 2, 3], [3, 3, 0]]
    choice = {"rule": "softmax", "beta": 26.41488654101857}
    market = ModelMarket(million, [1, 1, 1], 10**6, choice)
    result = market_equilibria(market)
    assert [entry.marginal for entry in result.solution.equilibria] == [True, True]
    assert verify(market, result).valid
    for entry in result.solution.equilibria:
        moved = entry.counts.copy()
        moved[[0, 2]] += [100, -100]
        claimed = replace(
            result.solution, equilibria=(describe_profile(market, moved),), exhaustive=False
        )
        assert "no-deviation" in failed(market, claimed)


def _claim(market):
    flat = ModelMarket([[0]] * market.n_models, [1], market.n_platforms)
    solution = market_equilibria(flat, find="first").solution
    return replace(solution, price_of_anarchy=None, price_of_stability=None)


def test_counts_that_are_no_profile(market):
    result = market_equilibria(market)
    counts = result.solution.equilibria[0].counts
    more = counts.copy()
    more[0] += 1
    assert failed(market, changed(result, counts=more)) == {"profiles"}
    negative = counts.copy()
    negative[:2] += [-9, 9]
    assert failed(market, changed(result, counts=negative)) == {"profiles"}
    entries = result.solution.equilibria
    twice = replace(result.solution, equilibria=(*entries, entries[0]))
    assert failed(market, replace(result, solution=twice)) == {"profiles"}


def test_a_list_with_one_equilibrium_removed_is_not_exhaustive():
    market = ModelMarket([[2, 0], [0, 2]], [1, 1], 3)
    result = market_equilibria(market)
    assert len(result.solution.equilibria) == 2
    shorter = replace(result.solution, equilibria=result.solution.equilibria[:1])
    report = verify(market, replace(result, solution=shorter))
    (check,) = report.failures
    assert check.id == "model_market.complete"
    assert "model 1" in check.worst
    honest = replace(shorter, exhaustive=False)
    assert failed(market, replace(result, solution=honest)) == {"claim"}  # all were asked for
    partial = replace(result, solution=honest, status=Status.FEASIBLE, limit=Limit.SOLUTIONS)
    assert verify(market, partial).valid


@given(model_markets(max_models=4, max_platforms=4), st.data())
def test_removing_any_equilibrium_is_caught(market, data):
    result = market_equilibria(market)
    if result.solution is None:
        return
    entries = list(result.solution.equilibria)
    gone = entries.pop(data.draw(st.integers(0, len(entries) - 1)))
    if gone.marginal:
        return
    if entries:
        shorter = replace(result.solution, equilibria=tuple(entries))
        assert "complete" in failed(market, replace(result, solution=shorter))
    else:
        none = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method=""))
        assert failed(market, none) == {"complete"}


def test_no_equilibrium_claimed_where_there_is_one(market):
    claim = Result(
        status=Status.NO_EQUILIBRIUM,
        stats=Stats(method="x"),
        certificate=ExhaustionCertificate("profiles", "looked at all of them", {"profiles": 56}),
    )
    assert failed(market, claim) == {"complete"}


def test_a_million_platforms_are_rechecked_by_supports():
    market = ModelMarket(MARKET.scores, MARKET.weights, 10**6)
    distinct = ModelMarket([[6, 0, 1], [0, 5, 2], [1, 2, 3], [3, 3, 0]], [1, 1, 1], 10**6)
    for each in (market, distinct):
        result = market_equilibria(each)
        assert result.check.valid
        moved = result.solution.equilibria[0].counts.copy()
        moved[np.flatnonzero(moved)[:2]] += [-1, 1]
        assert "no-deviation" in failed(each, changed(result, counts=moved))
    result = market_equilibria(distinct)
    assert not result.check.unchecked
    none = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method=""))
    assert failed(distinct, none) == {"complete"}


def test_what_is_too_large_to_recheck_is_said():
    result = market_equilibria(LARGE)
    report = verify(LARGE, result)
    assert report.valid
    assert any("no other equilibria" in sentence for sentence in report.unchecked)
    bare = verify(LARGE, replace(result, certificate=None))
    assert bare.verdict is Verdict.NOT_PROVED
    assert any("nothing shows it" in sentence for sentence in bare.unchecked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("models", "choice"),
    [(30, "hardmax"), (12, {"rule": "softmax", "beta": 0.003})],
    ids=["hardmax", "softmax"],
)
def test_false_claims_on_large_markets_meet_a_path_that_comes_to_rest(models, choice):
    market = ModelMarket(LARGE.scores[:models], LARGE.weights, 40, choice)
    result = market_equilibria(market)
    assert result.status is Status.SOLVED
    assert result.check.unchecked
    claim = Result(
        status=Status.NO_EQUILIBRIUM,
        stats=Stats(method="x"),
        certificate=ExhaustionCertificate("supports", "all were looked at", {"supports": 1}),
    )
    assert failed(market, claim) == {"complete"}


def test_flags(market):
    result = market_equilibria(market)
    first = result.solution.equilibria[0]
    assert first.strict
    assert failed(market, changed(result, marginal=True)) == {"flags"}
    if market.is_exact:
        assert failed(market, changed(result, strict=False)) == {"flags"}
    tied = ModelMarket([[2, 0], [0, 2]], [1, 1], 3)
    assert failed(tied, changed(market_equilibria(tied), strict=True)) == {"flags"}


def test_social_optimum(market):
    result = market_equilibria(market)
    right = result.solution.social_optimum

    def claimed(**fields):
        optimum = replace(right, **fields)
        return replace(result, solution=replace(result.solution, social_optimum=optimum))

    assert "optimum-set" in failed(market, claimed(models=(0, 0)))
    assert "optimum-set" in failed(market, claimed(models=(0, 9)))
    assert "optimum-welfare" in failed(market, claimed(welfare=right.welfare + 0.1))
    poor = claimed(models=(0,), welfare=market.scale / 3, bound=market.scale / 3)
    assert "optimum-bound" in failed(market, poor)
    few = ModelMarket(market.scores, market.weights, 1, market.choice)
    result, right = market_equilibria(few), market_equilibria(few).solution.social_optimum
    assert "optimum-bound" in failed(few, claimed(models=(2,), welfare=0.0, bound=0.0))


def test_prices_of_anarchy_and_stability(market):
    result = market_equilibria(market)
    for key in ("price_of_anarchy", "price_of_stability"):
        wrong = replace(result.solution, **{key: getattr(result.solution, key) + 0.01})
        assert failed(market, replace(result, solution=wrong)) == {"price-of-anarchy"}
    missing = replace(result.solution, price_of_anarchy=None)
    assert failed(market, replace(result, solution=missing)) == {"price-of-anarchy"}


def test_status_objective_and_bound(market):
    result = market_equilibria(market)
    assert failed(market, replace(result, objective=result.objective + 1)) == {"claim"}
    low = Bounds(lower=0.0, upper=result.objective - 1, source="exhaustive")
    assert failed(market, replace(result, bounds=low)) == {"claim"}
    assert failed(market, replace(result, limit=Limit.TIME)) == {"claim"}
    empty = replace(result.solution, equilibria=(), price_of_anarchy=None, price_of_stability=None)
    assert "claim" in failed(market, replace(result, solution=empty, objective=None))


def test_a_better_equilibrium_than_the_best_is_found():
    market = ModelMarket([[3, 0, 0], [2, 2, 0], [0, 2, 2], [0, 0, 3]], [1, 1, 1], 2)
    every = market_equilibria(market).solution.equilibria
    welfares = [entry.welfare for entry in every]
    if max(welfares) == min(welfares):
        pytest.fail("the case has equilibria of one welfare only")
    worst = market_equilibria(market, find="worst")
    bound = Bounds(lower=worst.objective, upper=worst.objective, source="exhaustive")
    assert failed(market, replace(worst, bounds=bound)) == {"complete"}


def test_a_social_optimum_below_an_equilibrium():
    market = ModelMarket([[966, 201, 240], [539, 157, 70]], [3, 2, 1], 4)
    result = market_equilibria(market)
    assert verify(market, result).verdict is Verdict.VALID
    poor = replace(result.solution.social_optimum, models=(1,), welfare=333.5)
    ratio = 333.5 / 590
    solution = replace(
        result.solution, social_optimum=poor, price_of_anarchy=ratio, price_of_stability=ratio
    )
    found = failed(market, replace(result, solution=solution))
    assert {"optimum-best", "price-of-anarchy"} <= found


def test_no_ratio_of_an_optimum_that_is_not_proved():
    # with more sets of models than are looked at, and too few platforms for all winners
    scores = np.random.default_rng(3).integers(1, 999, (60, 8))
    market = ModelMarket(scores, [1] * 8, 4, {"rule": "softmax", "beta": 0.0001})
    result = market_equilibria(market, method="dynamics")
    optimum = result.solution.social_optimum
    open_gap = replace(optimum, bound=optimum.bound * 1.001, prices=None)
    solution = replace(result.solution, social_optimum=open_gap, price_of_anarchy=1.5)
    report = verify(market, replace(result, solution=solution))
    assert any("prices of anarchy" in words for words in report.unchecked)


def test_models_that_are_beaten_everywhere_need_not_be_looked_at():
    solved = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        strong = rng.integers(50, 99, (6, 5))
        market = ModelMarket(np.concatenate([strong, rng.integers(0, 50, (60, 5))]), [1] * 5, 6)
        result = market_equilibria(market)
        assert verify(market, result).verdict is Verdict.VALID
        assert verify(market, replace(result, certificate=None)).verdict is Verdict.VALID
        if result.status is Status.SOLVED:
            solved += 1
            nothing = Result(status=Status.NO_EQUILIBRIUM, stats=Stats(method=""))
            assert "complete" in failed(market, nothing)
    assert solved


@given(model_markets())
def test_a_model_that_is_beaten_everywhere_is_in_no_equilibrium(market):
    alive = set(_undominated(market).tolist())
    for counts in oracle.equilibria(market):
        assert {model for model, count in enumerate(counts) if count} <= alive
