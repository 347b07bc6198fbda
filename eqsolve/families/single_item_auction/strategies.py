"""Hypothesis strategies for single-item auctions: few values, ties, reserves, every format."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.single_item_auction.instance import FORMATS, SingleItemAuction

__all__ = ["continuous_single_item_auctions", "finite_single_item_auctions", "single_item_auctions"]

_FORMATS = st.sampled_from(FORMATS)


def _more(draw: st.DrawFn, format: str, n: int) -> dict[str, Any]:
    """Draw k, tick and risk where the format has them."""
    found: dict[str, Any] = {}
    if format == "kth_price":
        found["k"] = draw(st.integers(3, n))
    if format in ("english", "english_blind", "dutch"):
        found["tick"] = draw(st.sampled_from(["in_turn", "at_once"]))
    return found


@st.composite
def finite_single_item_auctions(
    draw: st.DrawFn,
    *,
    max_bidders: int = 3,
    max_values: int = 3,
    max_top: int = 4,
    models: tuple[str, ...] = ("private", "private", "private", "affiliated", "common"),
    alike: bool = True,
) -> SingleItemAuction:
    """Draw auctions with few whole values and bids: ties, reserves, zeros, one bidder.

    Parameters
    ----------
    max_bidders, max_values, max_top : most bidders, values, and the greatest value and bid.
    models : models of values to draw from.
    alike : whether bidders with private values have one prior; else each its own.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(finite_single_item_auctions(), lambda auction: auction.n_bidders == 2).n_bidders
    2
    """
    word = draw(_FORMATS)
    n = draw(st.integers(3 if word == "kth_price" else 1, max(3, max_bidders)))
    top = draw(st.integers(1, max_top))
    model = draw(st.sampled_from(models))

    def prior() -> dict[str, Any]:
        values = st.lists(st.integers(0, top), min_size=1, max_size=max_values, unique=True)
        points = draw(values)
        weights = st.lists(st.integers(1, 3), min_size=len(points), max_size=len(points))
        return {"points": points, "weights": draw(weights)}

    values: dict[str, Any] = {"model": model}
    if model == "private" and alike:
        values["prior"] = prior()
    elif model == "private":
        values["priors"] = [prior() for _ in range(n)]
    elif model == "affiliated":
        values |= {"common": {"points": [0, 1]}, "private": prior()}
    else:
        values |= {"value": {"integers": [1, draw(st.integers(1, 3))]}, "noise": 1}
    return SingleItemAuction(
        word,
        n,
        values,
        bids={"min": draw(st.integers(0, 1)), "max": top + 1, "increment": 1},
        reserve=draw(st.sampled_from([0, 0, 1, 1.5, top + 2])),
        **_more(draw, word, n),
    )


@st.composite
def _continuous_prior(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a continuous prior on an interval inside [0, 3]."""
    low = draw(st.sampled_from([0, 0, 1]))
    high = low + draw(st.sampled_from([1, 2]))
    return draw(
        st.sampled_from(
            [
                {"uniform": [low, high]},
                {"power": [low, high, 2]},
                {"power": [low, high, 0.5]},
                {"exponential": [1.5, low, high]},
                {"normal": [low + 0.5, 0.4, low, high]},
                {"beta": [2, 1, low, high]},
                {"histogram": {"edges": [low, low + 0.5, high], "weights": [1, 2]}},
            ]
        )
    )


@st.composite
def continuous_single_item_auctions(
    draw: st.DrawFn,
    *,
    max_bidders: int = 4,
    formats: tuple[str, ...] = ("first_price", "dutch", "all_pay", "second_price", "english"),
) -> SingleItemAuction:
    """Draw auctions with a continuous prior for all, any reserve, and risk where it is taken.

    Parameters
    ----------
    max_bidders : most bidders.
    formats : formats to draw from.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(continuous_single_item_auctions(), lambda auction: auction.reserve > 0).reserve
    0.5
    """
    word = draw(st.sampled_from(formats))
    n = draw(st.integers(3 if word == "kth_price" else 1, max(3, max_bidders)))
    risk = 0 if word in ("all_pay", "kth_price") else draw(st.sampled_from([0, 0, 0.5, 0.9]))
    return SingleItemAuction(
        word,
        n,
        {"model": "private", "prior": draw(_continuous_prior())},
        reserve=draw(st.sampled_from([0, 0, 0.5, 1.25, 5])),
        risk=risk,
        **_more(draw, word, n),
    )


def single_item_auctions() -> st.SearchStrategy[SingleItemAuction]:
    """Draw auctions of both sorts.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(single_item_auctions(), lambda auction: not auction.is_finite).is_finite
    False
    """
    return st.one_of(finite_single_item_auctions(), continuous_single_item_auctions())
