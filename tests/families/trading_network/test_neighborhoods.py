"""Local search: what it finds, and that it proposes what the bound holds already."""

from __future__ import annotations

import numpy as np
import pytest

from eqsolve import Deadline, Limit, maximize_revenue, verify
from eqsolve.families.trading_network.evaluate import Evaluator, as_pairs
from eqsolve.families.trading_network.generate import Integers, TwoKnown
from eqsolve.families.trading_network.methods.bound import value_bound
from eqsolve.families.trading_network.methods.neighborhoods import search_neighborhoods


def test_the_first_relaxed_optimum_is_proposed():
    network = TwoKnown(buyers=40).instance(1)
    curve, found = (
        maximize_revenue(network, method=name) for name in ("log_approximation", "multipliers")
    )
    assert found.objective > 1.05 * curve.objective
    assert found.bounds.upper == found.objective


def test_neighborhoods_find_the_optimum_of_small_networks():
    hits = 0
    for seed in range(5):
        network = Integers(buyers=10).instance(seed)
        best = maximize_revenue(network).objective
        found = maximize_revenue(network, method="local_search", seed=1)
        assert verify(network, found).valid
        assert found.objective <= best
        hits += found.objective == best
    assert hits >= 4


@pytest.mark.parametrize("most", [None, 2])
def test_neighborhoods_improve_a_poor_start_and_keep_to_the_limit(most):
    network = Integers(buyers=8).instance(3)
    evaluator = Evaluator(network)
    found = [as_pairs([]), 0]

    def propose(pairs):
        revenue = evaluator.solution(pairs).revenue
        if revenue > found[1] and (most is None or len(pairs) <= most):
            found[:] = pairs, revenue
        return found[1]

    counts = search_neighborhoods(
        evaluator, lambda: tuple(found), value_bound(evaluator), propose, Deadline(), Deadline(),
        np.random.default_rng(0), rounds=5, most=most,
    )  # fmt: skip
    assert counts["neighborhoods"] >= 5
    assert found[1] > 0
    assert most is None or len(found[0]) <= most


def test_local_search_obeys_the_clock():
    network = Integers(buyers=40).instance(1)
    result = maximize_revenue(network, method="local_search", time_limit=0.3)
    assert result.limit is Limit.TIME
    assert verify(network, result).valid
