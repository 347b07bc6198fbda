"""Kernels, bounds, curves and converters of trading networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.optimize import linear_sum_assignment

from eqsolve import (
    Deadline,
    InstanceError,
    Limits,
    OptionError,
    TradingNetwork,
    evaluate_introductions,
    fee_curve,
    hide_pairs,
    load,
    maximize_revenue,
    verify,
    welfare_effects,
)
from eqsolve.families.trading_network.convert import (
    CONVERTERS,
    SimilaritiesNetwork,
    UnitDemandNetwork,
)
from eqsolve.families.trading_network.evaluate import Evaluator
from eqsolve.families.trading_network.generate import Integers, TwoKnown
from eqsolve.families.trading_network.matchings import (
    greatest_prices,
    least_prices,
    maximum_matching,
)
from eqsolve.families.trading_network.methods.bound import tighten, value_bound
from eqsolve.families.trading_network.methods.components import components


def weight(matrix):
    matrix = np.maximum(matrix, 0)
    rows, columns = linear_sum_assignment(matrix, maximize=True)
    return matrix[rows, columns].sum()


@given(
    st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**32 - 1), st.sampled_from([3, 9, 2**55])
)
def test_matchings_and_both_ends_of_their_prices(n, m, seed, high):
    weights = np.random.default_rng(seed).integers(-1, high, (n, m))
    found = maximum_matching(weights, np.ascontiguousarray(weights.T))
    rows = np.flatnonzero(found.matching >= 0)
    assert sum(weights[rows, found.matching[rows]].tolist()) == weight(weights)
    duals = found.utilities.tolist() + found.prices.tolist()
    assert min(duals, default=0) >= 0
    assert sum(duals) == weight(weights)
    assert (found.utilities[:, None] + found.prices >= weights).all()
    greatest_prices(np.ascontiguousarray(weights.T), found)
    for j in range(m):
        assert found.prices[j] == weight(weights) - weight(np.delete(weights, j, axis=1))
    least_prices(weights, found)
    for i in range(n):
        assert found.utilities[i] == weight(weights) - weight(np.delete(weights, i, axis=0))


@pytest.mark.parametrize("whole", [True, False])
def test_large_fee_curves_agree_with_scipy(whole):
    rng = np.random.default_rng(4)
    values = rng.integers(0, 1000, (60, 50)) if whole else rng.random((60, 50))
    known = rng.random((60, 50)) < 0.3
    curve = fee_curve(TradingNetwork(values, np.argwhere(known)))
    scale = values.max()
    for fee in np.linspace(0, 1.1 * scale, 40):
        expected = weight(values - fee * ~known)
        found = max(point.welfare - fee * point.introductions for point in curve.points)
        assert found == pytest.approx(expected, rel=1e-9)
    for point in curve.points[:: len(curve.points) // 5]:
        again = evaluate_introductions(TradingNetwork(values, np.argwhere(known)), point.introduced)
        assert point.revenue == pytest.approx(again.revenue, rel=1e-9)


def test_whole_numbers_too_large_for_exact_fees():
    values = 2**55 + np.random.default_rng(0).integers(0, 2**54, (5, 5))
    network = TradingNetwork(values, [(0, 0), (1, 2), (3, 3)])
    curve = fee_curve(network)
    assert curve.complete
    result = maximize_revenue(network, method="log_approximation")
    assert verify(network, result).valid
    assert result.objective == evaluate_introductions(network, result.solution.introduced).revenue


def test_a_stopped_fee_curve_says_so():
    deadline = Deadline(Limits(time=1e-9))
    curve = fee_curve(Integers(buyers=20).instance(0), deadline=deadline)
    assert not curve.complete
    document = curve.to_dict()
    assert document["introductions"][0] == 0
    assert len(document["fee"]) == len(document["revenue"]) == len(curve.points)
    assert len(curve.table().rows) == len(curve.points)


def test_multipliers_tighten_the_bound_and_never_cut_the_best():
    tighter = 0
    for seed in range(6):
        network = Integers(buyers=7).instance(seed)
        evaluator = Evaluator(network)
        best = maximize_revenue(network, method="exact").objective
        plain, found = value_bound(evaluator), tighten(evaluator, best, Deadline())
        assert best <= found.value + 1e-6
        assert found.value <= plain.value + 1e-9
        tighter += found.value < plain.value - 1
    assert tighter >= 4


def test_the_hard_networks_of_two_known_sellers():
    beaten = 0
    for seed in range(10):
        network = TwoKnown(buyers=5).instance(seed)
        exact = maximize_revenue(network)
        assert exact.status.value == "solved"
        beaten += exact.objective > fee_curve(network).best.revenue
    assert beaten > 0


def test_introductions_must_be_candidates():
    network = TradingNetwork([[5, 3], [4, 1]], [(0, 0)], [(0, 1)])
    with pytest.raises(InstanceError, match="not a candidate"):
        evaluate_introductions(network, [(1, 1)])
    with pytest.raises(InstanceError, match="listed twice"):
        evaluate_introductions(network, [(0, 1), (0, 1)])


def test_who_wins_and_who_loses():
    network = TradingNetwork([[5, 3], [4, 1]], [(0, 0), (1, 0)])
    effects = welfare_effects(network, evaluate_introductions(network, [(0, 1)]))
    assert effects.losing_sellers.tolist() == [0]
    assert effects.losing_buyers.tolist() == []
    assert dict(effects.table().rows)["sellers who lose"] == "1"
    assert effects.price_of_revenue == 1
    least = evaluate_introductions(network, [(0, 1)], prices="least")
    assert welfare_effects(network, least).with_platform == 7


def test_hidden_pairs_are_repeatable_and_recorded(tmp_path):
    file = tmp_path / "similar.json"
    file.write_text('{"r": {"a": 0.5, "b": -0.25}, "s": {"a": 1, "b": 0.75}}')
    one, two = (next(SimilaritiesNetwork(known_share=0.5, seed=1).read(file)) for _ in range(2))
    assert one == two
    assert one.metadata["known_share"] == 0.5
    assert one.labels["buyers"] == ("r", "s")
    assert not SimilaritiesNetwork().recognizes(file)
    market = __import__("eqsolve").AssignmentMarket(np.ones((40, 40)))
    assert 0.4 < hide_pairs(market, 0.5, 0).n_known / 1600 < 0.6
    with pytest.raises(OptionError, match="must be in"):
        hide_pairs(market, 1.5, 0)


def test_real_markets_become_networks(real_data):
    file = real_data / "unit_demand_markets" / "small_popularity" / "p-n=50-e=400-q=200-d=0.25.19"
    (network,) = UnitDemandNetwork(known_share=0.5, seed=2).read(file)
    result = maximize_revenue(network, method="multipliers", time_limit=20)
    assert verify(network, result).valid
    assert result.solution.guarantee > 0.8
    assert len(CONVERTERS) == 3


def test_components_are_solved_separately():
    blocks = [Integers(buyers=4, high=9).instance(seed) for seed in range(3)]
    values = np.full((12, 12), np.nan)
    known = []
    for place, block in enumerate(blocks):
        low = 4 * place
        values[low : low + 4, low : low + 4] = np.asarray(block.values)
        known += [(low + i, low + j) for i, j in block.known.tolist()]
    whole = TradingNetwork(values, known)
    assert len(components(whole)) == 3
    result = maximize_revenue(whole, method="exact")
    assert result.status.value == "solved"
    assert result.stats.counts["components"] == 3
    apart = [maximize_revenue(block, method="exact").objective for block in blocks]
    assert result.objective == sum(apart)
    assert verify(whole, result).valid
    shuffled = np.random.default_rng(0).permutation(12)
    mixed = TradingNetwork(values[shuffled], [(int(np.argsort(shuffled)[i]), j) for i, j in known])
    assert maximize_revenue(mixed, method="exact").objective == sum(apart)


CATALOG = sorted(Path(__file__).parents[3].glob("instances/trading_network/*/*.json"))


@pytest.mark.parametrize("file", CATALOG, ids=lambda file: file.stem)
def test_catalog_instances_have_their_known_answers(file):
    network = load(file)
    expected = network.metadata["expected"]
    assert network.metadata["source"]
    result = maximize_revenue(network)
    assert (result.status.value, result.objective) == (expected["status"], expected["objective"])
    assert result.solution.welfare_without_platform == expected["welfare_without_platform"]
    assert result.solution.welfare_full == expected["welfare_full"]


def test_large_cold_starts_agree_with_mending():
    weights = np.random.default_rng(3).integers(-20, 100, (110, 100))
    found = maximum_matching(weights, np.ascontiguousarray(weights.T))
    assert found.utilities.sum() + found.prices.sum() == weight(weights)
    greatest_prices(np.ascontiguousarray(weights.T), found)
    for j in range(0, 100, 17):
        assert found.prices[j] == weight(weights) - weight(np.delete(weights, j, axis=1))
