"""Hypothesis strategies for assignment markets: small, with all that solvers stumble over.

Few distinct values make ties everywhere; zeros, duplicated agents, forbidden pairs, empty
sides, reserves above the values and the sparse form are all drawn. With capacities these are 0,
1, a few, and more than the other side has agents.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from eqsolve.families.assignment_market.instance import AssignmentMarket

__all__ = ["assignment_markets", "capacitated_markets"]


def _short(number: float) -> float:
    """Return a decimal of eight digits: no amount that would vanish beside others."""
    return round(number, 8)


def _numbers(whole: bool | None) -> st.SearchStrategy[st.SearchStrategy[Any]]:
    """Draw what the market's numbers look like."""
    kinds: list[st.SearchStrategy[Any]] = []
    if whole is not False:
        kinds += [
            st.integers(0, 3),
            st.integers(0, 12),
            st.just(4),
            st.sampled_from([0, 1, 2**53 - 1, 2**55, 2**55 + 1]),
        ]
    if whole is not True:
        kinds += [
            st.floats(0, 10).map(_short),
            st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.7]),
            st.sampled_from([0.0, 1e-6, 3e-6, 1.0, 2e6, 3e6 + 0.125]),
        ]
    return st.sampled_from(kinds)


@st.composite
def assignment_markets(
    draw: st.DrawFn,
    *,
    max_buyers: int = 4,
    max_sellers: int = 4,
    whole: bool | None = None,
    reserves: bool | None = None,
    gaps: bool | None = None,
    sparse: bool | None = None,
) -> AssignmentMarket:
    """Draw assignment markets.

    Parameters
    ----------
    max_buyers, max_sellers : largest sides; both may be empty.
    whole : only whole numbers (True), only fractions (False), or either (None).
    reserves : whether sellers have reserve prices; None: either.
    gaps : whether edges may be missing; None: either.
    sparse : the form of the market; None: either.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(assignment_markets(), lambda market: market.n_buyers > 0).n_buyers
    1
    """
    n = draw(st.integers(0, max_buyers))
    m = draw(st.integers(0, max_sellers))
    entry = draw(_numbers(whole))
    with_gaps = draw(st.booleans()) if gaps is None else gaps
    row = st.lists(st.none() | entry if with_gaps else entry, min_size=m, max_size=m)
    table = draw(st.lists(row, min_size=n, max_size=n))
    if n > 1 and draw(st.booleans()):
        table[-1] = list(table[0])  # twins among the buyers
    if m > 1 and draw(st.booleans()):
        table = [[*cells[:-1], cells[0]] for cells in table]  # twins among the sellers
    prices = None
    if draw(st.booleans()) if reserves is None else reserves:
        prices = draw(st.lists(entry, min_size=m, max_size=m))
    if draw(st.booleans()) if sparse is None else sparse:
        edges = [(i, j, v) for i, cells in enumerate(table) for j, v in enumerate(cells)]
        kept = draw(st.permutations([edge for edge in edges if edge[2] is not None]))
        buyer, seller, value = ([edge[part] for edge in kept] for part in range(3))
        return AssignmentMarket.from_edges(n, m, buyer, seller, value, prices)
    matrix = np.empty((n, m), dtype=object)
    for i, cells in enumerate(table):
        matrix[i, :] = cells
    return AssignmentMarket(matrix if n and m else np.empty((n, m)), prices)


@st.composite
def capacitated_markets(
    draw: st.DrawFn,
    *,
    max_buyers: int = 3,
    max_sellers: int = 3,
    most: int = 4,
    whole: bool | None = None,
    reserves: bool | None = None,
    gaps: bool | None = None,
    sparse: bool | None = None,
) -> AssignmentMarket:
    """Draw assignment markets with capacities on one side or both.

    Parameters
    ----------
    max_buyers, max_sellers, whole, reserves, gaps, sparse : as for `assignment_markets`.
    most : greatest capacity; 0 is drawn, too.

    Examples
    --------
    >>> from hypothesis import find
    >>> market = find(capacitated_markets(), lambda market: sum(market.capacities[0]) > 1)
    >>> market.has_capacities
    True
    """
    sides = {"max_buyers": max_buyers, "max_sellers": max_sellers}
    market = draw(
        assignment_markets(**sides, whole=whole, reserves=reserves, gaps=gaps, sparse=sparse)
    )
    given = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    unit = st.sampled_from([0, 1, 1, 2, most])
    limits = [
        draw(st.lists(unit, min_size=size, max_size=size)) if chosen else None
        for size, chosen in zip(market.values.shape, given, strict=True)
    ]
    return AssignmentMarket(
        market.values, market.reserves, buyer_capacities=limits[0], seller_capacities=limits[1]
    )
