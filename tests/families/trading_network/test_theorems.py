"""REV-1..7 against brute force, and facts about every network."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given, settings, strategies as st

from eqsolve import (
    Status,
    TradingNetwork,
    evaluate_introductions,
    fee_curve,
    maximize_revenue,
    verify,
    welfare_effects,
)
from eqsolve.testing import trading_networks
from tests.families.trading_network import oracle as oracle

TIES = TradingNetwork([[1, 2], [1, 1], [0, 2]], [(0, 0), (0, 1), (1, 0), (1, 1)])
"""The best set earns 2 only because ties go to the platform."""


def plain(network):
    """Return values, known pairs and candidates as plain lists for the oracle."""
    rows, columns = range(network.n_buyers), range(network.n_sellers)
    values = [[network.values[i, j] for j in columns] for i in rows]
    candidates = [tuple(pair) for pair in np.argwhere(network.candidate_mask()).tolist()]
    return values, [tuple(pair) for pair in network.known.tolist()], candidates


def near(network, expected):
    """Return what numbers must equal: exactly for whole numbers, within rounding otherwise."""
    if network.is_integral and network.commission == 1:
        return expected
    return pytest.approx(expected, rel=1e-9, abs=1e-9 * max(network.scale, 1.0))


def above(network, number, floor):
    """Assert number >= floor up to rounding."""
    assert number >= floor - 1e-9 * max(1.0, network.scale), (number, floor)


@given(trading_networks(), st.data())
def test_evaluation_is_the_definition(network, data):
    values, known, candidates = plain(network)
    chosen = data.draw(st.sets(st.sampled_from(candidates)) if candidates else st.just(set()))
    for rule in ("greatest", "least"):
        found = evaluate_introductions(network, sorted(chosen), prices=rule)
        expected = oracle.evaluate(values, known, chosen, rule, 1e-11 * network.scale)
        assert found.revenue == near(network, network.commission * expected["revenue"])
        assert found.welfare == near(network, expected["welfare"])
        if network.n_buyers:
            assert found.prices.tolist() == near(network, expected["prices"])
        assert found.welfare_without_platform == near(network, oracle.welfare(values, known))
        assert found.welfare_full == near(network, oracle.welfare(values, known + candidates))
        assert verify(network, found).valid


@given(trading_networks(max_buyers=3, max_sellers=3, whole=True))
@settings(max_examples=30)
@example(TIES)
def test_rev_1_a_matching_whose_pairs_all_trade_suffices(network):
    values, known, candidates = plain(network)
    assume(len(candidates) <= 7)
    best, chosen = oracle.best_revenue(values, known, candidates)
    assert best == oracle.best_revenue_of_any_set(values, known, candidates)
    found = maximize_revenue(network, method="exact").solution
    assert all(found.matching[i] == j for i, j in found.introduced.tolist())
    assert len(chosen) == len({i for i, _ in chosen})


@given(trading_networks(commission=True))
@settings(max_examples=30)
@example(TIES)
def test_rev_2_both_programs_reach_the_best_revenue(network):
    values, known, candidates = plain(network)
    best, _ = oracle.best_revenue(values, known, candidates)
    for method in ("exact", "plain", "auto"):
        if method == "plain" and 0 < network.scale < 0.01:
            continue  # below the tolerances of solvers, and refused
        result = maximize_revenue(network, method=method)
        assert result.status is Status.SOLVED
        slack = 1e-6 * network.scale if method == "plain" else 0
        assert result.objective == pytest.approx(
            network.commission * best, rel=1e-9, abs=slack + 1e-9 * max(network.scale, 1)
        )


@given(trading_networks())
def test_rev_3_a_corner_earns_at_least_its_fees(network):
    for point in fee_curve(network).points:
        above(network, point.revenue, float(point.fee) * point.introductions)
        assert len(point.introduced) == point.introductions
        again = evaluate_introductions(network, point.introduced)
        assert point.revenue == near(network, again.revenue)
        assert point.welfare == near(network, again.welfare)


@given(trading_networks())
def test_the_fee_curve_is_the_upper_envelope_of_all_matchings(network):
    values, known, candidates = plain(network)
    lines = {}
    for weight, chosen in oracle.matchings(values, known + candidates):
        count = len(chosen & set(candidates))
        lines[count] = max(weight, lines.get(count, -math.inf))
    curve = fee_curve(network)
    assert curve.complete
    points = curve.points
    fees = [float(point.fee) for point in points]
    assert all(high > low for high, low in pairwise(fees[1:]))
    for fee in [*fees, 0.0, network.scale / 3, network.scale * 2]:
        expected = max(weight - fee * count for count, weight in lines.items())
        found = max(point.welfare - fee * point.introductions for point in points)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(1, network.scale))


@given(trading_networks())
def test_rev_4_the_integral_of_k_is_the_gain_and_the_best_corner_has_its_share(network):
    curve = fee_curve(network)
    gain = curve.welfare_full - curve.welfare_without_platform
    fees = [float(point.fee) for point in curve.points] + [0.0]
    counts = [point.introductions for point in curve.points]
    area = sum(k * (fees[t] - fees[t + 1]) for t, k in enumerate(counts) if t)
    assert area == pytest.approx(gain, rel=1e-9, abs=1e-9 * max(1, network.scale))
    sides = max(1, min(network.n_buyers, network.n_sellers))
    above(network, curve.best.revenue, gain / (1 + math.log(sides)))
    result = maximize_revenue(network, method="log_approximation")
    assert result.solution.gain_guarantee == pytest.approx(1 / (1 + math.log(sides)))


@given(trading_networks(whole=True))
@settings(max_examples=30)
def test_bounds_and_guarantees_hold(network):
    values, known, candidates = plain(network)
    best, _ = oracle.best_revenue(values, known, candidates)
    for method in ("log_approximation", "local_search", "multipliers"):
        result = maximize_revenue(network, method=method)
        assert result.objective <= best <= result.bounds.upper
        assert result.solution.guarantee * best <= result.objective + 1e-9


@given(trading_networks(max_buyers=3, max_sellers=3, whole=True))
@settings(max_examples=30)
def test_rev_5_welfare_of_every_revenue_optimal_outcome(network):
    values, known, candidates = plain(network)
    best, _ = oracle.best_revenue(values, known, candidates)
    full = oracle.welfare(values, known + candidates)
    without = oracle.welfare(values, known)
    share = 1 / (1 + math.log(max(1, min(network.n_buyers, network.n_sellers))))
    for _, chosen in oracle.matchings(values, candidates):
        outcome = oracle.evaluate(values, known, chosen)
        if outcome["revenue"] == best:
            above(network, outcome["welfare"], max(without, (full - without) * share))
            above(network, outcome["welfare"], full / (1 + 1 / share))


@given(trading_networks(max_buyers=4, max_sellers=3, homogeneous=True, whole=True))
@settings(max_examples=30)
def test_rev_6_homogeneous_goods(network):
    assume(network.candidates is None)
    values, known, candidates = plain(network)
    best, _ = oracle.best_revenue(values, known, candidates)
    full = oracle.welfare(values, known + candidates)
    efficient = [
        oracle.evaluate(values, known, chosen) for _, chosen in oracle.matchings(values, candidates)
    ]
    assert best == max(o["revenue"] for o in efficient if o["welfare"] == full)
    assert best >= full - oracle.welfare(values, known)
    result = maximize_revenue(network, method="homogeneous")
    assert (result.status, result.objective) == (Status.SOLVED, best)


@given(trading_networks(known=False))
def test_rev_7_without_known_pairs_everything_is_earned(network):
    values, _, candidates = plain(network)
    result = maximize_revenue(network, method="no_known")
    assert result.status is Status.SOLVED
    assert result.objective == near(network, oracle.welfare(values, candidates))


@given(trading_networks(max_buyers=3, max_sellers=3, whole=True), st.integers(0, 2))
@settings(max_examples=30)
def test_a_limit_on_introductions(network, most):
    values, known, candidates = plain(network)
    best, _ = oracle.best_revenue(values, known, candidates, most=most)
    for method in ("exact", "plain", "enumeration"):
        result = maximize_revenue(network, method=method, max_introductions=most)
        assert (result.status, result.objective) == (Status.SOLVED, best)
    for method in ("log_approximation", "local_search", "multipliers"):
        result = maximize_revenue(network, method=method, max_introductions=most)
        assert len(result.solution.introduced) <= most
        assert result.objective <= best <= result.bounds.upper


@given(trading_networks(max_buyers=3, max_sellers=3, whole=True))
@settings(max_examples=20)
def test_least_prices(network):
    values, known, candidates = plain(network)
    assume(len(candidates) <= 6)
    best, _ = oracle.best_revenue(values, known, candidates, "least")
    for method in ("auto", "log_approximation", "local_search"):
        result = maximize_revenue(network, method=method, prices="least")
        assert result.objective <= best <= result.bounds.upper
    result = maximize_revenue(network, prices="least")
    assert (result.status, result.objective) == (Status.SOLVED, best)
    assert verify(network, result).valid


@given(trading_networks(whole=True), st.data())
def test_following_a_set_is_solving_it_anew(network, data):
    from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs

    evaluator = Evaluator(network)
    _, _, candidates = plain(network)
    state = evaluator.follow(as_pairs([]))
    present = set()
    for pair in data.draw(
        st.lists(st.sampled_from(candidates), max_size=8) if candidates else st.just([])
    ):
        (state.drop if pair in present else state.add)(*pair)
        present ^= {pair}
        state.settle()
        fresh = evaluator.solution(as_pairs(present))
        assert state.found.prices.tolist() == fresh.prices.tolist()
        state.favor()
        assert state.revenue == fresh.revenue


@given(trading_networks(whole=True))
def test_welfare_effects_add_up(network):
    solution = maximize_revenue(network, method="log_approximation").solution
    effects = welfare_effects(network, solution)
    gained = effects.buyer_gains.sum() + effects.seller_gains.sum()
    assert gained == effects.with_platform - effects.without
    assert effects.without <= effects.with_platform <= effects.full
    assert effects.price_of_revenue >= 1


@given(trading_networks(whole=True), st.integers(2, 5))
@settings(max_examples=20)
def test_scaling_all_values_scales_the_revenue(network, factor):
    dense = network.values.dense()
    scaled = TradingNetwork(
        np.where(dense < 0, np.nan, dense * float(factor)), network.known, network.candidates
    )
    one, two = (maximize_revenue(each, method="exact") for each in (network, scaled))
    assert two.objective == factor * one.objective
