"""The searches' kernels against brute force, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import ModelMarket
from eqsolve.algorithms.compile import interpreted
from eqsolve.families.model_market.kernels import counts as boxes_of_counts, profiles, supports
from eqsolve.families.model_market.kernels.supports import FREE, INSIDE, OUTSIDE
from eqsolve.families.model_market.methods.enumeration import score_ranks
from tests.families.model_market import oracle

GO = np.zeros(1, np.uint8)
SLACK = 1e-9

next_profile = interpreted(profiles.next_profile)
scan_profiles = interpreted(profiles.scan_profiles)
search_counts = interpreted(boxes_of_counts.search_counts)
search_supports, node = interpreted(supports.search_supports), interpreted(supports._node)


@st.composite
def markets(draw: st.DrawFn, rule: str = "hardmax") -> ModelMarket:
    """Small markets of few different scores, 0 among them."""
    n_models, n_types = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    top = draw(st.sampled_from([1, 3, 40]))
    rows = st.lists(st.integers(0, top), min_size=n_types, max_size=n_types)
    scores = draw(st.lists(rows, min_size=n_models, max_size=n_models))
    weights = draw(st.lists(st.integers(1, 3), min_size=n_types, max_size=n_types))
    choice: Any = {"rule": "hardmax"}
    if rule == "softmax":
        choice = {"rule": "softmax", "beta": draw(st.sampled_from([0.1, 1.0, 4.0]))}
    return ModelMarket(scores, weights, draw(st.integers(1, 4)), choice)


def worth(market: ModelMarket) -> Any:
    return market.scores * market.shares


def test_profiles_are_run_through_in_falling_order() -> None:
    counts = np.array([4, 0, 0])
    seen = [counts.tolist()]
    while next_profile(counts):
        seen.append(counts.tolist())
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == comb(6, 2)
    assert all(sum(profile) == 4 for profile in seen)


@given(markets() | markets("softmax"), st.integers(1, 5))
def test_the_scan_finds_what_the_definition_finds(market: ModelMarket, capacity: int) -> None:
    scores = market.scores
    differences = scores[None, :, :] - scores[:, None, :]
    ratios = np.zeros((1, 1, 1)) if market.is_hardmax else np.exp(market.beta * differences)
    counts = np.zeros(len(scores), np.int64)
    counts[0] = market.n_platforms
    listed: list[list[int]] = []
    found = np.zeros((capacity, len(scores)), np.int64)
    finished = False
    seen = 0
    while not finished:  # in pieces, as the buffer fills
        n_found, n_seen, finished = scan_profiles(
            score_ranks(market), worth(market), ratios, counts, market.is_hardmax, SLACK, found, GO
        )
        listed += found[:n_found].tolist()
        seen += n_seen
    assert listed == oracle.equilibria(market, SLACK)
    assert seen == comb(market.n_platforms + len(scores) - 1, len(scores) - 1)


@given(markets("softmax"))
def test_boxes_of_counts_lose_no_equilibrium(market: ModelMarket) -> None:
    x = np.exp(market.beta * (market.scores - market.scores.max(axis=0)))
    a = worth(market) * x
    n_models = len(x)
    boxes = np.zeros((100, 2, n_models), np.int64)
    boxes[0, 1] = market.n_platforms
    found = np.zeros((50, n_models), np.int64)
    order = np.argsort(x, axis=0, kind="stable")
    depth, n_found, nodes = search_counts(
        a, x, order, market.n_platforms, SLACK, boxes, 1, found, 10**6, GO
    )
    assert depth == 0
    listed = found[:n_found].tolist()
    assert len({tuple(counts) for counts in listed}) == n_found <= nodes
    assert all(sum(counts) == market.n_platforms for counts in listed)
    for counts in oracle.equilibria(market, 0.0):
        assert counts in listed


def supports_of(market: ModelMarket) -> set[tuple[bool, ...]]:
    """The supports of all equilibria, by the definition."""
    return {tuple(count > 0 for count in counts) for counts in oracle.equilibria(market)}


def ties(market: ModelMarket) -> bool:
    """Whether two models may share a type."""
    return any(len(set(row)) < len(row) for row in (r[r > 0].tolist() for r in market.scores.T))


def listed_supports(market: ModelMarket) -> set[tuple[bool, ...]]:
    """The supports that a whole search cannot rule out."""
    n_models = len(market.scores)
    stack = np.zeros((n_models + 2, n_models), np.int8)
    found = np.zeros((2**n_models, n_models), np.int8)
    depth, n_found, _, leaves = search_supports(
        score_ranks(market), worth(market), market.n_platforms, min(n_models, market.n_platforms),
        ties(market), -np.inf, np.inf, SLACK, stack, 1, found, 10**6, GO,
    )  # fmt: skip
    assert depth == 0
    listed = {tuple(row) for row in (found[:n_found] == INSIDE).tolist()}
    assert len(listed) == n_found <= leaves
    return listed


@given(markets())
def test_no_support_of_an_equilibrium_is_lost(market: ModelMarket) -> None:
    if market.scores.any():
        assert supports_of(market) <= listed_supports(market)


@pytest.mark.parametrize("seed", range(12))
def test_without_ties_of_payoffs_nothing_else_is_left(seed: int) -> None:
    rng = np.random.default_rng(seed)
    market = ModelMarket(rng.random((4, 3)), np.ones(3), 1 + seed % 4)
    assert listed_supports(market) == supports_of(market)


@given(markets(), st.data())
def test_a_node_decides_nothing_against_an_equilibrium(
    market: ModelMarket, data: st.DataObject
) -> None:
    n_models = len(market.scores)
    if not market.scores.any():
        return
    given_state = data.draw(
        st.lists(st.sampled_from([FREE, INSIDE, OUTSIDE]), min_size=n_models, max_size=n_models)
    )
    state = np.array(given_state, np.int8)
    largest = min(n_models, market.n_platforms)
    pick = node(
        score_ranks(market), worth(market), market.n_platforms, largest, ties(market),
        -np.inf, np.inf, SLACK, state,
    )  # fmt: skip

    def fits(support: tuple[bool, ...], decided: list[int]) -> bool:
        return all(
            rule == FREE or inside == (rule == INSIDE)
            for inside, rule in zip(support, decided, strict=True)
        )

    possible = {support for support in supports_of(market) if fits(support, given_state)}
    if pick == -1:
        assert not possible
        return
    assert all(fits(support, state.tolist()) for support in possible)
    assert all(rule in (FREE, now) for rule, now in zip(given_state, state.tolist(), strict=True))
    if pick == -2:
        assert FREE not in state
    else:
        assert state[pick] == FREE


@given(markets(), st.data())
def test_a_range_of_welfare_keeps_what_lies_in_it(market: ModelMarket, data: st.DataObject) -> None:
    found = sorted(supports_of(market))
    if not found or not market.scores.any():
        return
    support = data.draw(st.sampled_from(found))
    welfare = float(worth(market)[list(support)].max(axis=0).sum())
    state = np.where(support, INSIDE, OUTSIDE).astype(np.int8)
    largest = min(len(support), market.n_platforms)
    for low, high, kept in (
        (welfare, welfare, True), (welfare * 1.1, np.inf, False), (-np.inf, welfare * 0.9, False)
    ):  # fmt: skip
        pick = node(
            score_ranks(market), worth(market), market.n_platforms, largest, ties(market),
            low, high, SLACK, state.copy(),
        )  # fmt: skip
        assert pick == (-2 if kept else -1)
