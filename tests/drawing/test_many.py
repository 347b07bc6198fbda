"""Pictures of many agents: who is shown is said, and scales fit what there is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import eqsolve

pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from eqsolve.draw import pictures
from eqsolve.drawing.numbers import plain_numbers


def drawn(instance: Any, picture: str, result: Any = None) -> Figure:
    """Return a picture, solved if need be, as it is written to a file."""
    figure = Figure(figsize=(8.0, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    answer = eqsolve.solve(instance) if result is None else result
    pictures(instance.kind)[picture](instance, answer, figure)
    plain_numbers(figure)
    figure.draw_without_rendering()
    return figure


def rows_of(figure: Figure) -> list[str]:
    """Return what the rows of a picture's first axes are called."""
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


@pytest.fixture(scope="module")
def chorus() -> Any:
    """Return ten agents, of whom those with later numbers bid, and so pay, more."""
    rng = np.random.default_rng(1)
    rows = rng.dirichlet(np.full(4, 0.2), (10, 5))
    return eqsolve.TokenAuction(
        [1, 1, *[9] * 8],
        models=[{"markov": {"start": row[0], "next": row[1:]}} for row in rows],
        vocabulary=list("abcd"),
        length=30,
    )


@pytest.mark.parametrize("picture", ["text", "payments"])
def test_agents_who_pay_most_are_drawn_and_said_to_be(chorus: Any, picture: str) -> None:
    result = eqsolve.solve(chorus)
    total = result.require().payments.sum(axis=0)
    most = {f"agent {i}" for i in np.argsort(-total, kind="stable")[:8]}
    figure = drawn(chorus, picture, result)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {name for name in named if name.startswith("agent")} == most
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert any("8 of 10 agents: who pays most" in title for title in titles)


def test_a_panel_without_brands_says_so(chorus: Any) -> None:
    words = [text.get_text() for text in drawn(chorus, "brands").axes[0].texts]
    assert words == ["no agent has words of its own"]


def test_entries_are_called_by_their_items_however_many_there_are() -> None:
    items = [f"plot by the river {k}" for k in range(8)]
    bids = {"bidder": range(8), "items": [[k] for k in range(8)], "price": range(10, 18)}
    design = eqsolve.AuctionDesign(8, [{"samples": bids}], labels={"items": items})
    figure = drawn(design, "demand")
    assert sorted(rows_of(figure)) == [f"{items[k]} for {10 + k}" for k in range(8)]
    low, high = drawn(design, "prices").axes[0].get_xlim()
    assert high - low > 1  # all bundles are of one item: no axis of hundredths of an item
    assert not any("_" in name for name in rows_of(drawn(design, "revenue")))


def test_bidders_and_items_are_counted_in_whole_numbers() -> None:
    two = {"types": [{"probability": 0.5, "additive": [k, k]} for k in (1, 2)], "count": 2}
    design = eqsolve.AuctionDesign(2, [two])
    result = eqsolve.solve(design, mechanism="sequential")
    axes = drawn(design, "states", result).axes[0]
    one = {"types": [{"probability": 0.5, "additive": [k]} for k in (1, 2)], "count": 2}
    alone = eqsolve.AuctionDesign(1, [one])
    narrow = drawn(alone, "states", eqsolve.solve(alone, mechanism="sequential")).axes[0]
    for scale in (axes.xaxis, axes.yaxis, narrow.xaxis):
        assert all(float(place).is_integer() for place in scale.get_majorticklocs())
    assert [label.get_text() for label in narrow.get_xticklabels()].count("1") == 1


def test_shares_of_nothing_have_no_negative_axis() -> None:
    game = eqsolve.ContractGame([[[3]], [[2]]], horizon=2)
    assert drawn(game, "horizon").axes[1].get_ylim() == (0, 1)


def test_small_probabilities_use_all_shades() -> None:
    n = 60
    model = eqsolve.DecPOMDP(
        [1, 1],
        [1, 1],
        np.full((1, n, n), 1 / n),
        np.ones((1, n, 1)),
        np.full(n, 1 / n),
        histories=[[[[0, 0], [0, 0]]]],
    )
    shown = drawn(model, "posteriors").axes[0].images[0]
    assert shown.norm.vmax == pytest.approx(1 / n)


def test_a_small_bid_beside_a_large_one_is_seen() -> None:
    auction = eqsolve.CombinatorialAuction(2, [(0, [0], 1000), (1, [1], 1)])
    result = eqsolve.solve(auction, payments="core")
    axes = drawn(auction, "core", result).axes[0]
    assert axes.get_xlim()[1] < 1100
    assert axes.get_ylim()[1] < 2


def test_what_principal_and_agent_get_ends_at_the_first_best_also_below_nothing() -> None:
    rng = np.random.default_rng(1)
    mdp = eqsolve.ContractMDP(
        rng.dirichlet(np.ones(5), (5, 4)),
        rng.random((5, 5)),
        costs=rng.random((5, 4)),
        transitions=rng.integers(0, 5, (5, 5)),
        horizon=5,
    )
    result = eqsolve.solve(mdp)
    solution = result.require()
    assert solution.agent_value < 0 < solution.principal_value
    bars = [bar.get_bbox() for bar in drawn(mdp, "agency", result).axes[0].patches]
    for _, paid, lost in (bars[:3], bars[3:]):
        assert lost.x1 == pytest.approx(solution.first_best)
        assert paid.x1 == pytest.approx(lost.x0)


def test_colors_of_nothing_run_to_one_and_not_to_a_tiny_fraction() -> None:
    mdp = eqsolve.ContractMDP.one_shot([[1]], [3], [0])
    game = eqsolve.ContractGame([[[3]], [[2]]], horizon=2)
    still = eqsolve.NormalFormGame([[[0, 0], [0, 0]]])
    for instance, picture in ((mdp, "contracts"), (game, "bonuses"), (still, "regret")):
        (shown,) = drawn(instance, picture).axes[0].images
        assert shown.get_clim() == (0, 1)


def test_few_profiles_are_counted_evenly_and_in_whole_numbers() -> None:
    game = eqsolve.NormalFormGame(np.random.default_rng(1).integers(0, 9, (2, 2, 2, 3)))
    axes = drawn(game, "regret").axes[0]
    assert axes.get_yscale() == "linear"
    assert all(float(place).is_integer() for place in axes.get_yticks())
    assert sum(bar.get_height() for bar in axes.patches) == 8


@pytest.mark.parametrize("picture", ["formats", "revenues"])
def test_formats_that_time_did_not_suffice_for_are_missed(
    picture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eqsolve.families.single_item_auction import pictures as single_item

    prior = {"model": "private", "prior": {"uniform": [0, 99]}}
    auction = eqsolve.SingleItemAuction("first_price", 3, prior)
    result = eqsolve.solve(auction)
    (axes,) = drawn(auction, picture, result).axes
    assert "of 7" not in axes.get_title(loc="left")
    monkeypatch.setattr(single_item, "_SECONDS", 1e-9)
    (axes,) = drawn(auction, picture, result).axes
    assert axes.get_title(loc="left").endswith("(0 of 7, within 0 s)")
