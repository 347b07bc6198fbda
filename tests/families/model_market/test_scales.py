"""Scales do not change answers: uneven numbers against brute force in fractions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import ModelMarket, UnsupportedError
from eqsolve.families.model_market.solve import METHODS, verify
from tests.families.model_market import oracle
from tests.scales import uneven_numbers

HUGE = [[2**60, 2**53 + 2], [2**60 + 2, 0]]


@st.composite
def uneven_markets(draw: st.DrawFn) -> ModelMarket:
    """Draw hardmax markets of at most 3 models, types and platforms."""
    models, types = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    entry = draw(uneven_numbers())
    row = st.lists(entry, min_size=types, max_size=types)
    scores = draw(st.lists(row, min_size=models, max_size=models))
    mass = st.sampled_from([1, 2, 3, 2**60]) | st.sampled_from([0.5, 1e-300, 1e16, 1.7e308])
    weights = draw(st.lists(mass, min_size=types, max_size=types))
    return ModelMarket(scores, weights, draw(st.integers(1, 3)))


def share(gain: Any, payoff: Any) -> Any:
    """Return a gain as a share of the payoff after it."""
    return gain / payoff if gain > 0 else 0


@settings(max_examples=40)
@given(uneven_markets())
def test_every_method_agrees_with_fractions(market: ModelMarket) -> None:
    expected = oracle.equilibria(market)
    for method in METHODS:
        if method().supports(market) is not None:
            continue
        solution = eqsolve.solve(market, method=method.name).solution
        found = [] if solution is None else solution.counts.tolist()
        if market.is_exact:
            assert found == expected, method.name
            continue
        assert all(counts in found for counts in expected), method.name
        for counts, entry in zip(found, solution.equilibria if solution else (), strict=True):
            if counts in expected:
                continue
            profile = [model for model, count in enumerate(counts) for _ in range(count)]
            gains = oracle.gains(market, profile)
            assert entry.marginal, method.name
            assert max(share(then - now, then) for *_, now, then in gains) <= 2e-10


@settings(max_examples=20)
@given(uneven_markets().filter(lambda market: market.is_exact))
def test_a_false_equilibrium_is_refuted(market: ModelMarket) -> None:
    result = eqsolve.solve(market)
    if result.solution is None:
        return
    stable = oracle.equilibria(market)
    first = result.solution.equilibria[0]
    for place in range(market.n_models):
        counts = [market.n_platforms * (model == place) for model in range(market.n_models)]
        if counts not in stable:
            wrong = replace(first, counts=market.counts_of([place] * market.n_platforms))
            assert not verify(market, replace(result.solution, equilibria=(wrong,))).valid


@pytest.mark.parametrize("name", ["replies", "support_search", "enumeration"])
def test_whole_scores_beyond_2_53_are_told_apart(name: str) -> None:
    solution = eqsolve.solve(ModelMarket(HUGE, [1, 1], 3), method=name).require()
    assert solution.counts.tolist() == [[0, 3]]


def test_under_softmax_they_are_refused_by_name() -> None:
    market = ModelMarket(HUGE, [1, 1], 3, choice={"rule": "softmax", "beta": 1.0})
    with pytest.raises(UnsupportedError, match=r"2\*\*53"):
        eqsolve.solve(market)


@pytest.mark.parametrize("name", ["replies", "support_search", "enumeration"])
def test_weights_near_the_largest_double(name: str) -> None:
    market = ModelMarket([[3, 1], [1, 3]], [1.7e308, 1.7e308], 3)
    assert market.shares.tolist() == [0.5, 0.5]
    solution = eqsolve.solve(market, method=name).require()
    assert solution.counts.tolist() == [[2, 1], [1, 2]]
