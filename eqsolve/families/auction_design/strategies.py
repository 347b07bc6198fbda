"""Hypothesis strategies for auction designs: small, with all that solvers stumble over.

Ties, values of 0, types without bids, equal types, probability 0, values that are not monotone,
several languages in one bidder.
"""

from __future__ import annotations

from itertools import permutations, product
from math import prod
from typing import Any

from hypothesis import strategies as st

from eqsolve.families.auction_design.instance import AuctionDesign

__all__ = [
    "auction_designs",
    "bid_designs",
    "exchangeable_designs",
    "independent_designs",
    "known_designs",
    "menu_designs",
    "one_item_designs",
    "one_price_designs",
    "square_designs",
]

LANGUAGES = ("values", "additive", "unit_demand", "bids")


@st.composite
def auction_designs(
    draw: st.DrawFn,
    *,
    min_bidders: int = 1,
    max_bidders: int = 2,
    max_items: int = 3,
    max_types: int = 3,
    languages: tuple[str, ...] = LANGUAGES,
) -> AuctionDesign:
    """Draw designs with finitely many types.

    Parameters
    ----------
    min_bidders, max_bidders, max_items, max_types : sizes; items may be none.
    languages : of the types.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(auction_designs(), lambda design: design.scale > 0).n_bidders
    1
    """
    m = draw(st.integers(0, max_items))
    n = draw(st.integers(min_bidders, max_bidders))
    words = draw(st.sampled_from([*((word,) for word in languages), languages]))
    bidders = [{"types": draw(_types(m, words, max_types)), "count": 1} for _ in range(n)]
    return AuctionDesign(m, bidders)


def menu_designs(
    *, max_items: int = 3, max_types: int = 4, languages: tuple[str, ...] = LANGUAGES
) -> st.SearchStrategy[AuctionDesign]:
    """Draw designs for one bidder; see `auction_designs`."""
    return auction_designs(
        max_bidders=1, max_items=max_items, max_types=max_types, languages=languages
    )


def bid_designs(*, max_items: int = 3, max_types: int = 4) -> st.SearchStrategy[AuctionDesign]:
    """Draw designs for one bidder all of whose types bid; see `auction_designs`."""
    return menu_designs(max_items=max_items, max_types=max_types, languages=("bids",))


@st.composite
def one_item_designs(draw: st.DrawFn, *, max_bidders: int = 3, max_types: int = 4) -> AuctionDesign:
    """Draw designs of one item, also with values that need ironing."""
    n = draw(st.integers(1, max_bidders))
    return AuctionDesign(
        1, [{"types": draw(_types(1, ("additive",), max_types))} for _ in range(n)]
    )


@st.composite
def independent_designs(
    draw: st.DrawFn, *, max_items: int = 3, max_values: int = 2
) -> AuctionDesign:
    """Draw designs for one additive bidder with independent item values, as types."""
    m = draw(st.integers(1, max_items))
    sides = []
    for _ in range(m):
        values = draw(st.lists(st.integers(0, 9), min_size=1, max_size=max_values, unique=True))
        sides.append([(value, draw(st.integers(1, 3))) for value in values])
    types = [
        {"probability": prod(w for _, w in row), "additive": [v for v, _ in row]}
        for row in product(*sides)
    ]
    return AuctionDesign(m, [{"types": types}])


@st.composite
def known_designs(draw: st.DrawFn) -> AuctionDesign:
    """Draw designs whose best revenue is known (MEC-10)."""
    m = draw(st.sampled_from([1, 2]))
    n = 1 if m == 2 else draw(st.integers(1, 5))
    word = draw(st.sampled_from(["additive", "unit_demand"])) if m == 2 else "additive"
    law = {"valuation": word, "items": {"uniform": [0, 1]}}
    return AuctionDesign(m, [{"distribution": law, "count": n}])


@st.composite
def exchangeable_designs(
    draw: st.DrawFn, *, max_bidders: int = 2, max_items: int = 3
) -> AuctionDesign:
    """Draw designs for identical bidders whose types are those of all permutations of the items."""
    m, n = draw(st.integers(1, max_items)), draw(st.integers(1, max_bidders))
    word = draw(st.sampled_from(["additive", "unit_demand"]))
    types = []
    for _ in range(draw(st.integers(1, 2))):
        values = draw(st.lists(st.integers(0, 6), min_size=m, max_size=m))
        weight = draw(st.integers(1, 3))
        types += [{"probability": weight, word: list(row)} for row in permutations(values)]
    return AuctionDesign(m, [{"types": types, "count": n}])


@st.composite
def one_price_designs(
    draw: st.DrawFn, *, max_bidders: int = 3, max_items: int = 4
) -> AuctionDesign:
    """Draw designs for bidders who want one item, of several whose values have one law (SEQ-7)."""
    m = draw(st.integers(1, max_items))
    marginals = st.one_of(
        st.tuples(st.integers(0, 2), st.integers(3, 5)).map(lambda ends: {"uniform": list(ends)}),
        st.sampled_from([0.5, 2.0]).map(lambda mean: {"exponential": mean}),
        st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 3)).map(list), min_size=1, max_size=3,
            unique_by=lambda pair: pair[0],
        ).map(lambda pairs: {"discrete": pairs}),
    )  # fmt: skip
    laws = draw(st.lists(marginals, min_size=1, max_size=max_bidders))
    return AuctionDesign(
        m, [{"distribution": {"valuation": "unit_demand", "items": law}} for law in laws]
    )


@st.composite
def square_designs(draw: st.DrawFn, *, max_size: int = 4) -> AuctionDesign:
    """Draw designs of as many additive bidders as items, all values U[0, top] (SEQ-9)."""
    size, top = draw(st.integers(2, max_size)), draw(st.sampled_from([0.5, 1, 8]))
    law = {"valuation": "additive", "items": {"uniform": [0, top]}}
    return AuctionDesign(size, [{"distribution": law, "count": size}])


@st.composite
def _types(draw: st.DrawFn, m: int, words: tuple[str, ...], max_types: int) -> list[dict[str, Any]]:
    """Draw types with weights, at least one of them positive."""
    value = draw(
        st.sampled_from([st.integers(0, 4), st.integers(0, 12), st.sampled_from([0.1, 0.3, 0.7])])
    )
    count = draw(st.integers(1, max_types))
    weights = draw(st.lists(st.sampled_from([1, 1, 2, 3, 0]), min_size=count, max_size=count))
    if not any(weights):
        weights[0] = 1
    types = []
    for weight in weights:
        word = draw(st.sampled_from(words))
        if word == "values":
            rest = draw(st.lists(value, min_size=(1 << m) - 1, max_size=(1 << m) - 1))
            said: list[Any] = [0, *rest]
        elif word == "bids":
            said = draw(st.lists(_bid(m, value), max_size=3)) if m else []
        else:
            said = draw(st.lists(value, min_size=m, max_size=m))
        types.append({"probability": weight, word: said})
    return types


def _bid(m: int, value: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw a bid."""
    bundle = st.lists(st.integers(0, m - 1), min_size=1, max_size=m, unique=True)
    return st.tuples(bundle, value).map(list)
