"""The verifier's walks through bundles, against lists of all bundles from the definition."""

import math

import numpy as np
from hypothesis import given, strategies as st

from eqsolve.families.course_allocation.strategies import course_allocations, course_prices
from eqsolve.families.course_allocation.verify.optimum import best_gain_of
from eqsolve.families.course_allocation.verify.search import clashes_of, find_better, student_of
from tests.families.course_allocation import oracle


def listed(market, i, prices):
    """Return utility, price and courses of every bundle that a student may take."""
    return [
        (float(oracle.utility(market, i, bundle)), sum(prices[j] for j in bundle), list(bundle))
        for bundle in oracle.bundles(market, i)
    ]


@given(st.data(), st.sampled_from([0.0, 0.5, 1.0, 2.0, math.inf]), st.sampled_from([0, 0.5, 3, 7]))
def test_the_best_bundle_is_found_or_there_is_none(data, budget, target):
    market = data.draw(course_allocations())
    prices = data.draw(course_prices(market))
    for i in range(market.n_students):
        bundle, complete = find_better(
            student_of(market, i), clashes_of(market), market.credits,
            np.arange(market.n_courses), np.array(prices), budget, target,
        )  # fmt: skip
        worth = {tuple(own): u for u, cost, own in listed(market, i, prices) if cost <= budget}
        assert complete
        if bundle:
            assert worth[tuple(bundle)] == max(worth.values()) > target
        else:
            assert max(worth.values()) <= target


@given(st.data(), st.sampled_from([0.0, 1.0, 2.5]), st.sampled_from([-math.inf, 0, 0.5, 3, 7]))
def test_the_most_that_a_bundle_brings(data, flat, floor):
    market = data.draw(course_allocations())
    prices = data.draw(course_prices(market))
    for i in range(market.n_students):
        gain, complete = best_gain_of(
            student_of(market, i), clashes_of(market), market.credits, np.array(prices), flat, floor
        )
        brings = [(flat or u) - cost for u, cost, _ in listed(market, i, prices) if u >= floor]
        assert complete
        assert gain == max(brings, default=-math.inf)
