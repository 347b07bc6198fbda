"""NASH-1 to NASH-7 and entry, against brute force that shares no code with the package."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import assume, event, given, strategies as st

from eqsolve import Status
from eqsolve.core.errors import UnsupportedError
from eqsolve.families.model_market.instance import ModelMarket
from eqsolve.families.model_market.payoffs import coverage, payoffs
from eqsolve.families.model_market.questions.entrants import ConvexMixtures, RadialBumps
from eqsolve.families.model_market.questions.entry import best_entry, with_entrant
from eqsolve.families.model_market.questions.optimum import coverage_bound, social_optimum
from eqsolve.families.model_market.questions.paradox import find_paradox
from eqsolve.families.model_market.questions.training import entry_objective
from eqsolve.families.model_market.solve import market_equilibria
from eqsolve.families.model_market.structure import (
    decomposition,
    dominant_type,
    homogeneous_equilibria,
    is_differentiated_equilibrium,
    market_totals,
    pairwise_advantages,
    support_threshold,
    winners,
)
from eqsolve.families.model_market.theorems import THEOREMS
from eqsolve.testing import model_markets
from eqsolve.theorems import attack
from tests.families.model_market import oracle as oracle

exact_markets = model_markets(rule="hardmax", fractions=False)
SMALL = {"max_models": 4, "max_types": 3, "max_platforms": 4, "fractions": False}


def profiles(market):
    return combinations_with_replacement(range(market.n_models), market.n_platforms)


@given(model_markets(max_platforms=4))
def test_nash_1_payoffs_decompose_into_total_and_advantage(market):
    totals = market_totals(market)
    for profile in profiles(market):
        counts = np.bincount(profile, minlength=market.n_models)
        delta = decomposition(market, counts)
        earned = payoffs(market, counts)
        for platform, model in enumerate(profile):
            expected = float(oracle.payoff(market, profile, platform))
            assert earned[model] == pytest.approx(expected, abs=1e-12)
            assert totals[model] + delta[model] == pytest.approx(
                market.n_platforms * expected, abs=1e-9
            )


@given(model_markets(rule="hardmax", max_models=4))
def test_nash_1_for_two_platforms_is_the_pairwise_sum(market):
    duel = ModelMarket(market.scores, market.weights, 2)
    delta = pairwise_advantages(duel)
    for j, k in profiles(duel):
        if j != k:
            counts = np.bincount([j, k], minlength=duel.n_models)
            assert decomposition(duel, counts)[j] == pytest.approx(delta[j, k], abs=1e-12)


@given(exact_markets)
def test_nash_2_the_support_search_finds_exactly_the_equilibria(market):
    expected = oracle.equilibria(market)
    result = market_equilibria(market, method="support_search")
    event(f"{min(len(expected), 3)} equilibria")
    if expected:
        assert result.solution.counts.tolist() == expected
    else:
        assert result.status is Status.NO_EQUILIBRIUM


@given(model_markets(rule="hardmax", fractions=False, max_score=9, max_platforms=3))
def test_nash_2_supports_are_no_larger_than_models_platforms_and_types(market):
    columns = np.sort(market.scores, axis=0)
    assume((columns[1:] != columns[:-1]).all())
    for counts in oracle.equilibria(market):
        used = sum(count > 0 for count in counts)
        assert used <= min(market.n_models, market.n_platforms, market.n_types)


@given(exact_markets)
def test_nash_3_homogeneous_equilibria(market):
    if market.n_platforms == 1:
        with pytest.raises(UnsupportedError, match="two platforms"):
            homogeneous_equilibria(market)
        return
    found = homogeneous_equilibria(market)
    for model in range(market.n_models):
        everyone = [model] * market.n_platforms
        assert oracle.is_equilibrium(market, everyone) == (model in found)


@given(exact_markets, st.integers(50, 400))
def test_nash_4_a_dominant_type_makes_its_favorite_universal(market, mass):
    assume(market.n_platforms >= 2)
    heavy = ModelMarket(market.scores, [mass, *market.weights[1:].tolist()], market.n_platforms)
    found = dominant_type(heavy)
    event("dominant" if found else "none")
    if found is not None:
        assert oracle.is_equilibrium(heavy, [found[1]] * heavy.n_platforms)


@given(exact_markets)
def test_nash_5_differentiated_equilibria(market):
    assume(market.n_platforms >= 2)
    for profile in profiles(market):
        if len(set(profile)) == len(profile):
            says = is_differentiated_equilibrium(market, profile)
            assert says == oracle.is_equilibrium(market, profile)


@given(model_markets(rule="hardmax", fractions=False, max_score=9, max_models=4))
def test_nash_6_with_many_platforms_the_winners_are_used(market):
    platforms = support_threshold(market)
    assume(platforms is not None)
    for n in (platforms, platforms + 1, 10**6 + platforms):
        result = market_equilibria(ModelMarket(market.scores, market.weights, n))
        assert result.status is Status.SOLVED
        for entry in result.solution.equilibria:
            assert (entry.counts > 0).tolist() == winners(market).tolist()


def test_nash_7_there_need_not_be_an_equilibrium():
    market = find_paradox("none").market
    assert market.n_models * market.n_types <= 9
    assert oracle.equilibria(market) == []
    assert market_equilibria(market).status is Status.NO_EQUILIBRIUM


@pytest.mark.parametrize("kind", ["welfare", "diversity"])
def test_nash_7_a_further_model_can_do_harm(kind):
    found = find_paradox(kind)
    smaller = ModelMarket(found.market.scores[:-1], found.market.weights, found.market.n_platforms)
    values = []
    for market in (smaller, found.market):
        result = market_equilibria(market)
        assert result.solution.counts.tolist() == oracle.equilibria(market)
        entries = result.solution.equilibria
        values.append([e.welfare if kind == "welfare" else e.shannon for e in entries])
    assert (min(values[0]), max(values[1])) == (found.before, found.after)
    assert found.after < found.before


@given(model_markets(max_models=4, max_platforms=3))
def test_entry_gradients_are_derivatives(market):
    rng = np.random.default_rng(0)
    mixtures = ConvexMixtures(market.scores.astype(float))
    places = rng.random((market.n_types, 2))
    bumps = RadialBumps(places, bumps=2, width=0.4, budget=3.0)
    for family in (mixtures, bumps):
        phi = family.start(rng) + 0.01
        for beta in (0.3, 2.0):
            _, gradient = entry_objective(market, family, phi, beta=beta)
            for part in range(len(phi)):
                step = np.zeros(len(phi))
                step[part] = 1e-6
                rise = entry_objective(market, family, phi + step, beta=beta)[0]
                fall = entry_objective(market, family, phi - step, beta=beta)[0]
                assert gradient[part] == pytest.approx((rise - fall) / 2e-6, abs=1e-5)


@given(model_markets(max_models=3, max_platforms=3), st.sampled_from(["gradient", "reweighting"]))
def test_entry_never_lowers_its_objective_and_solves_the_new_market(market, training):
    family = ConvexMixtures(np.eye(market.n_types) * 5.0)
    entry = best_entry(market, family, training=training, steps=30, starts=2)
    assert list(entry.history) == sorted(entry.history)
    assert entry.phi.min() >= 0
    assert entry.phi.sum() <= 1 + 1e-9
    again = market_equilibria(with_entrant(market, entry.scores))
    assert again.status is entry.after.status
    if again.solution is not None:
        assert again.solution.to_dict() == entry.after.solution.to_dict()


@given(model_markets())
def test_the_social_optimum_is_the_best_coverage(market):
    best = social_optimum(market)
    expected = float(oracle.best_coverage(market))
    assert best.welfare == pytest.approx(expected, abs=1e-12)
    assert best.bound == pytest.approx(expected, abs=1e-9)
    assert coverage(market, best.models) == best.welfare
    assert len(best.models) <= market.n_platforms


@given(model_markets(), st.lists(st.floats(0, 5), min_size=4, max_size=4))
def test_any_multipliers_bound_the_coverage(market, prices):
    bound = coverage_bound(market, np.array(prices[: market.n_types]))
    assert bound >= float(oracle.best_coverage(market)) - 1e-9


@given(model_markets(rule="hardmax", fractions=False, max_platforms=4))
def test_softmax_between_its_limits(market):
    """Sharpness 0 makes users blind; great sharpness is hardmax where no scores tie."""
    blind = ModelMarket(market.scores, market.weights, market.n_platforms, _soft(0))
    totals = market_totals(market)
    best = {model for model in range(market.n_models) if totals[model] >= totals.max() - 1e-12}
    for entry in market_equilibria(blind).solution.equilibria:
        assert set(np.flatnonzero(entry.counts)) <= best
    sharp = ModelMarket(market.scores, market.weights, market.n_platforms, _soft(60))
    hard, soft = market_equilibria(market), market_equilibria(sharp)
    found = [] if hard.solution is None else hard.solution.counts.tolist()
    close = [] if soft.solution is None else soft.solution.counts.tolist()
    assert close == found


def _soft(beta):
    return {"rule": "softmax", "beta": beta}


@given(model_markets(max_models=4, max_platforms=4), st.randoms(use_true_random=False))
def test_relabeling_scaling_and_repeating_change_nothing_that_matters(market, random):
    order = list(range(market.n_models))
    random.shuffle(order)
    moved = ModelMarket(market.scores[order], market.weights, market.n_platforms, market.choice)
    here, there = market_equilibria(market), market_equilibria(moved)
    assert here.status is there.status
    if here.solution is None:
        return
    relabeled = sorted([[c[j] for j in order] for c in here.solution.counts.tolist()], reverse=True)
    assert relabeled == there.solution.counts.tolist()
    heavier = ModelMarket(market.scores, market.weights * 3, market.n_platforms, market.choice)
    assert market_equilibria(heavier).solution.counts.tolist() == here.solution.counts.tolist()
    if market.is_hardmax:
        richer = ModelMarket(market.scores * 7, market.weights, market.n_platforms)
        assert market_equilibria(richer).solution.counts.tolist() == here.solution.counts.tolist()


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.id)
@given(market=model_markets(**SMALL))
def test_the_claims_of_the_catalog_run(theorem, market):
    if theorem.applies(market) and not theorem.can_happen:
        assert theorem.claim(market) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_search_for_paradoxes_meets_one(seed):
    (theorem,) = [theorem for theorem in THEOREMS if theorem.id == "NASH-7"]
    assert attack(theorem, examples=100, seed=seed).verdict == "witness found"


def test_the_claim_that_paradoxes_exist_knows_a_witness():
    (claim,) = [theorem.claim for theorem in THEOREMS if theorem.id == "NASH-7"]
    for kind in ("none", "welfare"):
        assert claim(find_paradox(kind).market)
    assert claim(ModelMarket([[1]], [1], 1)) is None
