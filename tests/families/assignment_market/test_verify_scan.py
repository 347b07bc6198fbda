"""The verifier's pass over a market: against the definition, in every number type it may take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve import AssignmentMarket, solve
from eqsolve.core.tolerances import EXACT, Tolerances
from eqsolve.families.assignment_market.verify import price_ends, scan as verify_scan
from eqsolve.families.assignment_market.verify.price_ends import can_fall, can_rise, reach
from eqsolve.families.assignment_market.verify.scan import Slack, scan_all

SCALES = (1, 2**14, 2**15, 2**30, 2**31, 2**50)
"""Up to where halves of the differences still are doubles."""


@st.composite
def questions(draw: st.DrawFn) -> tuple[AssignmentMarket, list[Any]]:
    """A market with ties and gaps, whole or not, and price vectors, some wrong, some shifted."""
    n, m = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    scale = draw(st.sampled_from(SCALES))
    entries = st.none() | st.integers(0, 3).map(lambda v: v * scale)
    values = draw(st.lists(st.lists(entries, min_size=m, max_size=m), min_size=n, max_size=n))
    matrix = np.array(values, dtype=float).reshape(n, m)
    if draw(st.booleans()):
        matrix = matrix / 4
    prices = st.lists(st.integers(-1, 4), min_size=m, max_size=m)
    first = np.array(draw(prices), dtype=np.int64) * scale
    second = np.array(draw(prices), dtype=np.int64)
    vectors = [first, second, first + draw(st.integers(0, 3)), second / 2, second]
    return AssignmentMarket(matrix), vectors


def definition(market: AssignmentMarket, prices: Any) -> tuple[list[float], set[tuple[int, int]]]:
    """Best utilities and ties, edge by edge in Python numbers."""
    best, ties = [], set()
    for i in range(market.n_buyers):
        edges = [
            (j, value.item() - prices[j].item())
            for j, value in zip(*market.values.row(i), strict=True)
        ]
        best.append(max([0, *(surplus for _, surplus in edges)]))
        ties |= {(i, int(j)) for j, surplus in edges if surplus == best[-1]}
    return best, ties


@given(questions(), st.booleans())
def test_scans_agree_with_the_definition(
    question: tuple[AssignmentMarket, list[Any]], sparse: bool
) -> None:
    market, vectors = question
    if sparse:
        row = [(i, j) for i in range(market.n_buyers) for j in market.values.row(i)[0]]
        buyer, seller = ([edge[k] for edge in row] for k in range(2))
        value = [market.values[i, int(j)] for i, j in row]
        market = AssignmentMarket.from_edges(
            market.n_buyers, market.n_sellers, buyer, seller, value
        )
    for prices, seen in zip(
        vectors, scan_all(market, vectors, Slack.of(EXACT, market.scale)), strict=True
    ):
        best, ties = definition(market, prices)
        assert seen.prices is prices
        assert seen.best.tolist() == best
        found = seen.ties()
        assert found is not None
        assert set(zip(*(side.tolist() for side in found), strict=True)) == ties


@given(questions())
def test_searches_agree_with_and_without_a_list_of_ties(
    question: tuple[AssignmentMarket, list[Any]],
) -> None:
    market, vectors = question
    matching = solve(market).require().matching
    own = np.array([0 if j < 0 else market.values[i, j] for i, j in enumerate(matching.tolist())])
    slack = Slack.of(EXACT if market.is_integral else Tolerances(), market.scale)
    answers = []
    with pytest.MonkeyPatch.context() as patch:
        for most in (1 << 12, -(10**9)):
            patch.setattr(verify_scan, "_MOST_TIES", most)
            for seen in scan_all(market, vectors, slack):
                assert (seen.ties() is None) == (most < 0 and market.n_buyers > 0)
                answers.append(can_fall(market, matching, own, seen).tolist())
                answers.append(can_rise(market, matching, own, seen).tolist())
    half = len(answers) // 2
    assert answers[:half] == answers[half:]


def test_ties_that_rounding_broke_count() -> None:
    market = AssignmentMarket([[0.3, 0.1 + 0.2], [0.5, 0.0]])
    seen = scan_all(market, [np.array([0.0, 0.0])], Slack.of(Tolerances(), 0.5))[0]
    found = seen.ties()
    assert found is not None
    assert list(zip(*(side.tolist() for side in found), strict=True)) == [(0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize("few", [0, 10_000])
@pytest.mark.parametrize("short", [0, 10_000])
@given(st.data())
def test_chains_of_ties_are_followed_to_their_ends(few, short, data):
    nodes = data.draw(st.integers(1, 60))
    node = st.integers(0, nodes - 1)
    arcs = data.draw(st.lists(st.tuples(node, node), max_size=90))
    starts = np.array(data.draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes)))
    found = set(np.flatnonzero(starts).tolist())
    while more := {head for tail, head in arcs if tail in found} - found:
        found |= more
    tails, heads = np.array(arcs, dtype=np.int64).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(price_ends, "_FEW", few)
        patch.setattr(price_ends, "_SHORT", short)
        assert set(np.flatnonzero(reach(starts, tails, heads)).tolist()) == found
