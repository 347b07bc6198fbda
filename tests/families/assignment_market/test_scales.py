"""Scales do not change answers: uneven numbers against brute force in fractions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

import eqsolve
from eqsolve import AssignmentMarket, UnsupportedError
from eqsolve.families.assignment_market.methods.hungarian import Hungarian
from eqsolve.families.assignment_market.solve import METHODS, verify
from tests.families.assignment_market import oracle
from tests.scales import exact, uneven_numbers

KERNELS = ["augmenting", "sparse", "auction", "ascending", "linear_program"]
DOUBLES = [*KERNELS, "relaxation", "flow"]
"""Methods that compute in doubles where values are no whole numbers."""

UNEVEN = AssignmentMarket([[1e-8, None], [None, 1e12]])


@st.composite
def uneven_markets(draw: st.DrawFn) -> AssignmentMarket:
    """Draw markets of at most 3 x 3 with entries of very different size, in either form."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    entry = draw(uneven_numbers())
    table = draw(
        st.lists(st.lists(st.none() | entry, min_size=m, max_size=m), min_size=n, max_size=n)
    )
    reserves = draw(st.none() | st.lists(entry, min_size=m, max_size=m))
    if draw(st.booleans()):
        return AssignmentMarket(np.array(table, dtype=object), reserves)
    edges = [(i, j, v) for i, row in enumerate(table) for j, v in enumerate(row) if v is not None]
    return AssignmentMarket.from_edges(
        n, m, *([e[part] for e in edges] for part in range(3)), reserves
    )


def fractions(market: AssignmentMarket) -> tuple[Any, Any]:
    """Return values and reserves as fractions."""
    rows = [[market.values[i, j] for j in range(market.n_sellers)] for i in range(market.n_buyers)]
    return exact(rows), exact(market.reserves.tolist())


@settings(max_examples=40)
@given(uneven_markets())
@example(AssignmentMarket([[2.0, 0.0], [2e-9, 2e-9]], [0.0, 1 + 1e-9]))
@example(AssignmentMarket([[2 + 2e-9, 3 + 1e-9], [2 + 1e-9, 2 + 2e-9]]))
def test_every_method_agrees_with_fractions(market: AssignmentMarket) -> None:
    values, reserves = fractions(market)
    welfare = oracle.welfare(values, reserves)
    ends = oracle.least_prices(values, reserves), oracle.greatest_prices(values, reserves)
    for method in METHODS:
        if method().supports(market) is not None or method.name == "linear_program":
            continue
        solution = eqsolve.solve(market, method=method.name).require()
        found = solution.price_min.tolist(), solution.price_max.tolist()
        if market.is_integral:
            assert (solution.welfare, *found) == (welfare, *ends), method.name
            continue
        # Doubles lose at most a few bits at the scale of the market, Python's integers none.
        loss = 1e-12 * market.scale if method.name in DOUBLES else 0.0
        assert solution.welfare == pytest.approx(float(welfare), rel=1e-12, abs=loss), method.name
        for prices, expected in zip(found, ends, strict=True):
            rounded = pytest.approx([float(price) for price in expected], rel=1e-12, abs=loss)
            assert prices == rounded, method.name


@settings(max_examples=40)
@given(uneven_markets())
def test_one_unit_more_is_refuted(market: AssignmentMarket) -> None:
    result = eqsolve.solve(market)
    assert result.solution is not None
    if not market.is_integral:
        return
    for field in ("prices", "price_min", "price_max", "utilities"):
        numbers = getattr(result.solution, field)
        for place in range(len(numbers)):
            wrong = numbers.copy()
            wrong[place] += 1
            assert not verify(market, replace(result.solution, **{field: wrong})).valid
    wrong = replace(result.solution, welfare=result.solution.welfare + 1)
    assert not verify(market, wrong).valid


@pytest.mark.parametrize("name", ["auto", "hungarian", *KERNELS])
def test_whole_numbers_beyond_2_60_are_refused_by_name(name: str) -> None:
    top = 2**60 + 1
    market = AssignmentMarket([[top, top - 2, 3], [top - 2, top - 1, 0]])
    with pytest.raises(UnsupportedError, match=r"2\*\*60"):
        eqsolve.solve(market, method=name)


@pytest.mark.parametrize("name", KERNELS)
def test_amounts_that_would_vanish_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedError, match="would vanish"):
        eqsolve.solve(UNEVEN, method=name)


def test_a_small_trade_beside_a_large_one_is_made() -> None:
    solution = eqsolve.solve(UNEVEN).require()
    assert solution.matching.tolist() == [0, 1]
    assert solution.price_max.tolist() == [1e-8, 1e12]


def test_uneven_markets_beyond_the_smallest_go_to_plain_python() -> None:
    values = np.full((30, 30), 1.0)
    values[0, 0] = 1e18
    result = eqsolve.solve(AssignmentMarket(values))
    assert result.stats.method == Hungarian.name
    assert result.require().price_max.tolist() == [1e18, *[1.0] * 29]
