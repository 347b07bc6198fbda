"""Hypothesis strategies for auction experiments: ties, zeros, one bidder, caps and reserves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.auction_experiment.instance import AuctionExperiment

__all__ = [
    "auction_experiments", "clock_experiments", "proxy_experiments", "truthful_clocks",
]  # fmt: skip

_SEALED = ("first_price", "second_price", "all_pay", "kth_price")
_CLOCKS = ("english", "english_blind", "dutch")


@st.composite
def _grids(draw: st.DrawFn) -> dict[str, Any]:
    """Draw small grids, some of which do not hold the values."""
    step = draw(st.sampled_from([1, 2, 0.5]))
    low = draw(st.sampled_from([0, 1]))
    return {"min": low, "max": low + step * draw(st.integers(0, 6)), "increment": step}


@st.composite
def _values(draw: st.DrawFn) -> dict[str, Any]:
    """Draw models of values with few points, so that ties are common."""
    model = draw(st.sampled_from(["private", "affiliated", "common"]))
    high = draw(st.integers(0, 4))
    if model == "private":
        prior = draw(st.sampled_from([{"integers": [0, high]}, {"uniform": [0, high + 1]}]))
        return {"model": model, "prior": prior}
    part = {"integers": [0, high]}
    if model == "affiliated":
        return {"model": model, "common": part, "private": part}
    return {"model": model, "value": {"integers": [2, 2 + high]}, "noise": 2}


def _bids(rounds: int) -> st.SearchStrategy[list[int | None]]:
    """Draw lists of bids."""
    one = st.one_of(st.none(), st.integers(0, 6))
    return st.lists(one, min_size=rounds, max_size=rounds)


@st.composite
def _bidders(draw: st.DrawFn, rounds: int, *, grid: bool) -> dict[str, Any]:
    """Draw a bidder by rule that needs no strategy."""
    plain = [
        st.just({"rule": "truthful"}),
        st.builds(lambda factor: {"rule": "shade", "factor": factor}, st.sampled_from([0, 0.5, 1])),
        st.builds(lambda bids: {"rule": "fixed", "bids": bids}, _bids(rounds)),
        *([st.just({"rule": "random"})] if grid else []),
    ]
    bidder = draw(st.one_of(plain))
    layers = draw(st.integers(0, 2))
    for _ in range(layers):
        name, spread = draw(st.sampled_from([("sd", 0), ("sd", 1.5), ("log_sd", 0.3)]))
        bidder = {"rule": "noisy", "of": bidder, name: spread}
    return bidder


@st.composite
def _plans(
    draw: st.DrawFn, formats: tuple[str, ...], max_bidders: int, proxy: bool
) -> AuctionExperiment:
    """Draw a plan of one of some formats."""
    chosen = draw(st.sampled_from(formats))
    n = draw(st.integers(3 if chosen == "kth_price" else 1, max_bidders))
    rounds = draw(st.integers(1, 3))
    clock = chosen in _CLOCKS
    grid = draw(_grids()) if clock or proxy or draw(st.booleans()) else None
    auction = {
        "format": chosen,
        "n_bidders": n,
        "values": draw(_values()),
        "reserve": draw(st.sampled_from([0, 0, 1, 2.5, 9])),
        **({"bids": grid} if grid else {}),
        **({"k": draw(st.integers(3, n))} if chosen == "kth_price" else {}),
        **({"tick": draw(st.sampled_from(["in_turn", "at_once"]))} if clock else {}),
    }
    seats = [draw(_bidders(rounds, grid=grid is not None)) for _ in range(n)]
    more: dict[str, Any] = {}
    if proxy:
        soft = draw(st.booleans())
        more["proxy"] = {
            "periods": draw(st.integers(1, 3)),
            "closing": "soft" if soft else "hard",
            "hidden_reserve": draw(st.sampled_from([0, 2])),
            "order": draw(st.sampled_from(["random", "seats"])),
            **({"max_extensions": draw(st.integers(0, 2))} if soft else {}),
        }
    return AuctionExperiment(
        auction, seats, rounds, draw(st.integers(1, 2)), draw(st.integers(0, 9)), **more
    )


def auction_experiments(*, max_bidders: int = 4) -> st.SearchStrategy[AuctionExperiment]:
    """Draw experiments with sealed bids and bidders by rule.

    Parameters
    ----------
    max_bidders : most seats, at least 3.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(auction_experiments(), lambda plan: plan.n_bidders == 2).n_bidders
    2
    """
    return _plans(_SEALED, max_bidders, False)


def clock_experiments(*, max_bidders: int = 4) -> st.SearchStrategy[AuctionExperiment]:
    """Draw experiments on clocks with bidders by rule."""
    return _plans(_CLOCKS, max_bidders, False)


def proxy_experiments(*, max_bidders: int = 4) -> st.SearchStrategy[AuctionExperiment]:
    """Draw experiments with proxy bidding and bidders by rule."""
    return _plans(("second_price",), max_bidders, True)


@st.composite
def truthful_clocks(draw: st.DrawFn, *, max_bidders: int = 4) -> AuctionExperiment:
    """Draw rising clocks with truthful bidders, whose grid holds all values."""
    n, high = draw(st.integers(1, max_bidders)), draw(st.integers(0, 4))
    auction = {
        "format": draw(st.sampled_from(["english", "english_blind"])),
        "n_bidders": n,
        "values": {"model": "private", "prior": {"integers": [0, high]}},
        "bids": {"min": 0, "max": high + draw(st.integers(0, 2)), "increment": 1},
        "tick": draw(st.sampled_from(["in_turn", "at_once"])),
        "reserve": draw(st.sampled_from([0, 0, 1, 1.5])),
    }
    seed = draw(st.integers(0, 99))
    return AuctionExperiment(auction, [{"rule": "truthful"}] * n, 3, seed=seed)
