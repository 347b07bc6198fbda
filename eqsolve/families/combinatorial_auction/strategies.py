"""Hypothesis strategies for combinatorial auctions: small, with all that solvers stumble over.

Ties, prices of 0, bids that repeat, bidders without bids, items that nobody wants or that are not
there, several units, reserves above prices.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.combinatorial_auction.instance import CombinatorialAuction

__all__ = ["combinatorial_auctions", "local_global_auctions"]


@st.composite
def combinatorial_auctions(
    draw: st.DrawFn,
    *,
    max_bidders: int = 4,
    max_items: int = 4,
    max_bids: int = 8,
    language: str | None = None,
    plain: bool = False,
    whole: bool | None = None,
    one_bid: bool = False,
) -> CombinatorialAuction:
    """Draw auctions.

    Parameters
    ----------
    max_bidders, max_items, max_bids : largest sizes; all may be 0.
    language : ``"xor"``, ``"or"``, or either (None).
    plain : single units and no reserves.
    whole : only whole prices (True), only decimals (False), or either (None).
    one_bid : every bidder has at most one bid.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(combinatorial_auctions(), lambda auction: auction.n_bids > 0).n_bids
    1
    """
    m = draw(st.integers(0, max_items))
    n = draw(st.integers(0, max_bidders))
    prices: list[st.SearchStrategy[Any]] = []
    if whole is not False:
        prices += [st.integers(0, 4), st.integers(0, 20), st.just(3)]
    if whole is not True:
        prices += [
            st.sampled_from([0.1, 0.2, 0.3, 0.7]),
            st.integers(0, 1000).map(lambda k: k / 100),
        ]
    price = draw(st.sampled_from(prices))
    bids = []
    if m and n:
        count = draw(st.integers(0, n if one_bid else max_bids))
        for place in range(count):
            bidder = place if one_bid else draw(st.integers(0, n - 1))
            size = draw(st.integers(1, min(3, m) if plain else 3))
            bundle = st.lists(st.integers(0, m - 1), min_size=size, max_size=size, unique=plain)
            bids.append((bidder, draw(bundle), draw(price)))
    supplies, reserves = None, None
    if not plain:
        supplies = draw(st.none() | st.lists(st.integers(0, 3), min_size=m, max_size=m))
        reserves = draw(st.none() | st.lists(st.integers(0, 3), min_size=m, max_size=m))
    chosen = language or draw(st.sampled_from(["xor", "xor", "or"]))
    return CombinatorialAuction(m, bids, n, chosen, supplies, reserves)


@st.composite
def local_global_auctions(draw: st.DrawFn, *, high: int = 12) -> CombinatorialAuction:
    """Draw auctions of bidders for one of two items and for both, where groups object to VCG.

    Parameters
    ----------
    high : prices of single items are 1 .. high, of both up to twice as high.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(local_global_auctions(), lambda auction: True).n_items
    2
    """
    prices = st.integers(1, high)
    bids: list[tuple[int, list[int], int]] = [(0, [0], draw(prices)), (1, [1], draw(prices))]
    bids.append((2, [0, 1], draw(st.integers(1, 2 * high))))
    if draw(st.booleans()):
        bids.append((3, draw(st.sampled_from([[0], [1], [0, 1]])), draw(prices)))
    return CombinatorialAuction(2, bids)
