"""Every picture can be read: texts lie inside it and beside each other, whatever is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.core.result import Result, Stats
from eqsolve.core.status import Limit, Status
from eqsolve.registry import BUILT_IN

pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from eqsolve.draw import pictures
from eqsolve.drawing.numbers import plain_numbers
from eqsolve.drawing.style import spread
from eqsolve.families.contract_mdp.pictures import (
    learned as contract_learned,
    shares as contract_shares,
)
from eqsolve.families.model_market import pictures as model_market

WHOLE_VALUES = {"model": "private", "prior": {"uniform": [0, 99]}}

DRAWN = [(family.kind, name) for family in BUILT_IN for name in pictures(family.kind)]


def crowded(kind: str) -> Any:
    """Return an instance with 50 agents a side and long names."""
    rng = np.random.default_rng(1)
    names = [f"somebody with the long name {k}" for k in range(50)]
    values = rng.integers(0, 100, (50, 50))
    places = {side: rng.random((50, 2)).tolist() for side in ("buyers", "stores", "couriers")}
    build = {
        "assignment_market": lambda: eqsolve.AssignmentMarket(
            values, rng.integers(0, 60, 50), labels={"buyers": names, "sellers": names}
        ),
        "fisher_market": lambda: eqsolve.FisherMarket(
            values, rng.integers(1, 90, 50), labels={"buyers": names, "goods": names}
        ),
        "delivery_market": lambda: eqsolve.DeliveryMarket(
            values,
            cost_parts={"courier": rng.integers(0, 50, 50), "order": values[::-1]},
            labels={"buyers": names, "couriers": names},
            metadata={"coordinates": places},
        ),
        "trading_network": lambda: eqsolve.TradingNetwork(
            values, np.argwhere(rng.random((50, 50)) < 0.2), labels={"sellers": names}
        ),
        "model_market": lambda: eqsolve.ModelMarket(
            values[:, :8], rng.integers(1, 9, 8), 50, labels={"models": names}
        ),
        "combinatorial_auction": lambda: eqsolve.CombinatorialAuction(
            50,
            [(i, [i, (i + 1) % 50][: 1 + i % 2], int(values[i, i])) for i in range(50)],
            labels={"bidders": names, "items": names},
        ),
        "collusion_dynamics": lambda: eqsolve.CollusionDynamics(
            0.9,
            eqsolve.payoffs_from_bertrand(50),
            rng.random(50),
            batch={"size": 2},
            rate=0.5,
            thresholds={"competition": 0.1, "collusion": 0.9},
            labels={"sellers": names},
        ),
        "course_elicitation": lambda: eqsolve.CourseElicitation(
            {
                "values": values.tolist(),
                "capacities": [3] * 50,
                "max_courses": 2,
                "labels": {"students": names, "courses": names},
            },
            queries=2,
            acquisition="top_two",
        ),
        "course_allocation": lambda: eqsolve.CourseAllocation(
            values, [3] * 50, max_courses=2, labels={"students": names, "courses": names}
        ),
        "token_auction": lambda: eqsolve.TokenAuction(
            rng.integers(1, 9, 50),
            models=[
                {"markov": {"start": row[0], "next": row[1:]}}
                for row in rng.dirichlet(np.ones(50), (50, 51))
            ],
            vocabulary=names,
            length=60,
            labels={"agents": names},
        ),
        "auction_design": lambda: eqsolve.AuctionDesign(
            50,
            [
                {
                    "samples": {
                        "bidder": range(50),
                        "items": [[k] for k in range(50)],
                        "price": rng.integers(1, 99, 50),
                    }
                }
            ],
            labels={"bidders": names[:1], "items": names},
        ),
        "normal_form_game": lambda: eqsolve.NormalFormGame(
            rng.integers(0, 1000, (50, 50, 2)), labels={"players": names[:2]}
        ),
        "contract_mdp": lambda: eqsolve.ContractMDP(
            rng.dirichlet(np.ones(20), (50, 10)),
            rng.random((50, 20)),
            costs=rng.random((50, 10)),
            transitions=rng.integers(0, 50, (50, 20)),
            horizon=2,
            labels={"states": names, "actions": names[:10], "outcomes": names[:20]},
        ),
        "contract_game": lambda: eqsolve.ContractGame(
            rng.integers(0, 9, (2, 50, 4, 4)),
            transitions=rng.integers(0, 50, (50, 4, 4)),
            horizon=2,
            labels={"agents": names[:2], "states": names},
        ),
        "single_item_auction": lambda: eqsolve.SingleItemAuction(
            "first_price", 8, WHOLE_VALUES, labels={"bidders": names[:8]}
        ),
        "auction_experiment": lambda: eqsolve.AuctionExperiment(
            {
                "format": "second_price",
                "n_bidders": 50,
                "values": WHOLE_VALUES,
                "labels": {"bidders": names},
            },
            [{"rule": "shade", "factor": 0.9}] * 50,
            3,
            2,
            1,
        ),
        "dec_pomdp": lambda: eqsolve.DecPOMDP(
            [1, 2],
            [2, 2],
            rng.dirichlet(np.ones(50), (2, 50)),
            rng.dirichlet(np.ones(4), (2, 50)),
            np.full(50, 0.02),
            histories=[[[[0, k % 2], [k // 2 % 2, 0]]] * k for k in range(20)],
            labels={"agents": names[:2], "states": names},
        ),
    }
    return build[kind]()


def sparse(kind: str) -> list[Any]:
    """Return instances with as little in them as the kind allows."""
    return {
        "assignment_market": lambda: [
            eqsolve.AssignmentMarket([[]]),
            eqsolve.AssignmentMarket.from_edges(0, 2, [], [], []),
            eqsolve.AssignmentMarket.from_edges(0, 0, [], [], []),
        ],
        "fisher_market": lambda: [
            eqsolve.FisherMarket([[]], [1]),
            eqsolve.FisherMarket([[0, 0]], [1]),
        ],
        "delivery_market": lambda: [
            eqsolve.DeliveryMarket([[]], cost_parts={"courier": [1]}),
            eqsolve.DeliveryMarket([[3]], cost_parts={"courier": []}),
            eqsolve.DeliveryMarket([], cost_parts={"courier": []}),
        ],
        "trading_network": lambda: [
            eqsolve.TradingNetwork([[]], known=[]),
            eqsolve.TradingNetwork([[3]], known=[(0, 0)]),
            eqsolve.TradingNetwork.from_edges(0, 0, [], [], [], known=[]),
        ],
        "model_market": lambda: [eqsolve.ModelMarket([[0]], [1], 1)],
        "combinatorial_auction": lambda: [
            eqsolve.CombinatorialAuction(0, []),
            eqsolve.CombinatorialAuction(1, [(0, [0], 0)], 2),
        ],
        "collusion_dynamics": lambda: [
            eqsolve.CollusionDynamics(0.5, {"high": [0, 0], "low": [0, 0]}, 0),
            eqsolve.CollusionDynamics(1, {"high": [0, 1], "low": [1, 0]}, 1, rate=1),
        ],
        "course_elicitation": lambda: [
            eqsolve.CourseElicitation({"values": [], "capacities": []}, queries=0),
            eqsolve.CourseElicitation({"values": [[None]], "capacities": [0]}, queries=0),
            eqsolve.CourseElicitation({"values": [[2], [2]], "capacities": [1]}, queries=1),
        ],
        "course_allocation": lambda: [
            eqsolve.CourseAllocation([], []),
            eqsolve.CourseAllocation([[None]], [0]),
            eqsolve.CourseAllocation([[2], [2]], [1]),
        ],
        "token_auction": lambda: [
            eqsolve.TokenAuction([1], [[1]]),
            eqsolve.TokenAuction([0, 1], [[1, 0], [0.5, 0.5]], payment="none"),
            eqsolve.TokenAuction(
                [1], models=[{"ngram": {"text": "a", "order": 1}}], payment="vcg", length=2
            ),
        ],
        "auction_design": lambda: [
            eqsolve.AuctionDesign(0, [{"types": [{"probability": 1, "additive": []}]}]),
            eqsolve.AuctionDesign(2, [{"types": [{"probability": 1, "unit_demand": [0, 0]}]}]),
            eqsolve.AuctionDesign(1, [{"types": [{"probability": 1, "bids": []}], "count": 2}]),
        ],
        "normal_form_game": lambda: [
            eqsolve.NormalFormGame([[0]]),
            eqsolve.NormalFormGame([[[[1, 1, 1]]]]),
        ],
        "contract_mdp": lambda: [
            eqsolve.ContractMDP.one_shot([[1]], [0], [0]),
            eqsolve.ContractMDP([[[1], None]], [[0]], agent_rewards=[[0, None]]),
        ],
        "contract_game": lambda: [
            eqsolve.ContractGame([[0]]),
            eqsolve.ContractGame([[[1]], [[2]]]),
        ],
        "single_item_auction": lambda: [
            eqsolve.SingleItemAuction("first_price", 1, WHOLE_VALUES, reserve=5),
            eqsolve.SingleItemAuction("second_price", 2, WHOLE_VALUES, reserve=500),
        ],
        "auction_experiment": lambda: [
            eqsolve.AuctionExperiment(
                {"format": "second_price", "n_bidders": 1, "values": WHOLE_VALUES},
                [{"rule": "truthful"}], 1, 1, 1,
            ),
        ],
        "dec_pomdp": lambda: [
            eqsolve.DecPOMDP([1], [1], [[[1]]], [[[1]]], [1]),
            eqsolve.DecPOMDP([1], [1], [[[1]]], [[[1]]], [1], histories=[[]]),
        ],
    }[kind]()  # fmt: skip


@cache
def cases(kind: str) -> list[tuple[Any, Any]]:
    """Return instances with their results: catalog, nearly empty, crowded, and unanswered."""
    loaded = (eqsolve.load(f"catalog:{name}") for name in catalog_names())
    found = [one for one in loaded if one.kind == kind] + sparse(kind)
    method = {"trading_network": "log_approximation"}.get(kind, "auto")
    solved = [(one, eqsolve.solve(one, time_limit=5)) for one in found]
    many = crowded(kind)
    solved.append((many, eqsolve.solve(many, method=method, time_limit=20)))
    nothing: Result[Any] = Result(
        status=Status.UNKNOWN, stats=Stats(method="auto"), limit=Limit.TIME
    )
    return [*solved, (found[0], nothing)]


def texts_of(figure: Figure) -> Iterator[Text]:
    """Yield the texts that are seen; ticks beyond the ends of their axis are not."""
    ticks: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                ticks |= {tick.label1, tick.label2}
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                if low - slack <= tick.get_loc() <= high + slack and axes.axison:
                    yield tick.label1
    yield from (text for text in figure.findobj(Text) if text not in ticks)


def unreadable(figure: Figure) -> list[str]:
    """Return what is wrong with the texts of a picture: cut off, or on top of each other."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]  # the Agg canvas has one
    texts = [text for text in texts_of(figure) if text.get_visible() and text.get_text().strip()]
    boxes = [Text.get_window_extent(text, renderer) for text in texts]
    words = [text.get_text().replace("\n", " ") for text in texts]
    page = figure.bbox.padded(1)
    faults = [
        f"{word!r} is cut off at {box.extents.round()} of {page.extents.round()}"
        for word, box in zip(words, boxes, strict=True)
        if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    edges = np.array([box.padded(-1).extents for box in boxes]).reshape(-1, 4)
    apart = (edges[:, None, 0] >= edges[None, :, 2]) | (edges[:, None, 1] >= edges[None, :, 3])
    clash = ~(apart | apart.T) & (np.arange(len(edges))[:, None] < np.arange(len(edges)))
    return faults + [f"{words[a]!r} covers {words[b]!r}" for a, b in np.argwhere(clash)]


UGLY = re.compile(r"\d[eE][+-]?\d|\.\d{9}|[a-z]_[a-z]|\bnan\b|\binf\b")
"""Numbers as machines write them, and names of code."""
TYPED = re.compile(r"(--method|methods that apply:).*", re.DOTALL)
"""What stands behind these words is there to be typed."""


def unspoken(figure: Figure) -> list[str]:
    """Return the texts of a picture that nobody would say; what instances are called is theirs."""
    own = figure._suptitle  # type: ignore[attr-defined]  # matplotlib has no other way to get it
    texts = [text.get_text() for text in texts_of(figure) if text is not own]
    return [
        f"{text!r} is not how people write" for text in texts if UGLY.search(TYPED.sub("", text))
    ]


def drawn(kind: str, picture: str, instance: Any, result: Any) -> Figure:
    """Return a finished figure, as `eqsolve.draw.render` makes it."""
    figure = Figure(figsize=(8.0, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    pictures(kind)[picture](instance, result, figure)
    plain_numbers(figure)
    return figure


@pytest.mark.parametrize(("kind", "picture"), DRAWN)
def test_texts_can_be_read(kind: str, picture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_market, "_POINTS", 3)  # a sweep solves a market for each point
    monkeypatch.setattr(model_market, "_SECONDS", 0.5)
    monkeypatch.setattr(contract_shares, "_POINTS", 3)
    monkeypatch.setattr(contract_shares, "_SECONDS", 0.5)
    monkeypatch.setattr(contract_learned, "_EPISODES", 20)
    monkeypatch.setattr(contract_learned, "_SECONDS", 0.5)
    faults = []
    seen = 0
    for instance, result in cases(kind):
        try:
            figure = drawn(kind, picture, instance, result)
        except eqsolve.UnsupportedError:  # what cannot be drawn is refused, not replaced
            continue
        seen += 1
        assert any(axes.get_title(loc="left") for axes in figure.axes), "it has no title"
        found = [*unreadable(figure)[:5], *unspoken(figure)[:5]]
        faults += [f"{instance!r}: {fault}" for fault in found]
    assert seen > 2
    assert not faults, "\n".join(faults)


def test_the_measure_sees_what_is_wrong() -> None:
    """The test above can fail: a text outside, and two on top of each other."""
    figure = Figure(figsize=(4, 3))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.text(0.5, 0.5, "one", transform=axes.transAxes)
    axes.text(0.51, 0.5, "two", transform=axes.transAxes)
    axes.text(2.0, 0.5, "far", transform=axes.transAxes)
    faults = unreadable(figure)
    assert len(faults) == 2
    assert "'far' is cut off" in faults[0]
    assert faults[1] == "'one' covers 'two'"


def test_the_measure_sees_what_nobody_writes() -> None:
    figure = Figure(figsize=(4, 3))
    FigureCanvasAgg(figure)
    figure.suptitle("my_market")
    axes = figure.add_subplot()
    for text in ("1e+06", "0.30000000004", "grand_bundle", "nan", "10⁻⁶", "a nanny, infinite"):
        axes.text(0.5, 0.5, text)
    assert [fault.split("'")[1] for fault in unspoken(figure)] == [
        "1e+06", "0.30000000004", "grand_bundle", "nan",
    ]  # fmt: skip


@pytest.mark.parametrize("heights", [[], [3.0], [1.0, 1.0, 1.0], [9.9, 0.1, 9.8, 9.7]])
def test_names_are_spread_within_their_range(heights: list[float]) -> None:
    moved = spread(heights, 1.0, 0.0, 10.0)
    assert all(b - a >= 1 - 1e-12 for a, b in zip(sorted(moved), sorted(moved)[1:], strict=False))
    assert all(0 <= place <= 10 for place in moved)
    assert [heights[k] for k in np.argsort(moved, kind="stable")] == sorted(heights)
