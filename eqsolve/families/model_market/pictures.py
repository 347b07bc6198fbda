"""Pictures of model markets: who adopts what, what it does to users, and what moves it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eqsolve.core.errors import UnsupportedError
from eqsolve.core.result import Result
from eqsolve.core.status import Status
from eqsolve.drawing.arrows import Arrow, draw_graph, layers, standing_handles
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALETTE,
    PINK,
    RED,
    SKY,
    TEXT,
    axes,
    begin,
    drawing,
    legend_below,
    message,
    rows_axis,
    short,
    whole_numbers,
)
from eqsolve.families.model_market.instance import MAX_PLATFORMS, ModelMarket
from eqsolve.families.model_market.questions.graph import improvement_graph, sink_components
from eqsolve.families.model_market.questions.sweep import Over, SweepRow, sweep
from eqsolve.families.model_market.solution import ModelMarketSolution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PICTURES",
    "adoption",
    "improvement",
    "models_sweep",
    "platforms_sweep",
    "sharpness_sweep",
]

_NAMED = 7
"""Models with a color of their own."""

_ROWS = 30
"""Equilibria shown."""

_POINTS = 12
"""Markets solved for a sweep at most, and the seconds for all of them."""
_SECONDS = 20.0

_PROFILES = 66
"""Profiles up to which the improvement graph is drawn, 36 where they have no natural place."""

_ARROWS = 60
"""Arrows beyond which only best replies are drawn."""


def adoption(market: ModelMarket, result: Result[ModelMarketSolution], figure: Figure) -> None:
    """Draw how many platforms adopt each model in each equilibrium, and users' welfare."""
    solution = result.solution
    title = "Platforms by model in each pure equilibrium"
    if solution is None or not solution.equilibria:
        begin(figure, market, result, 9, 4)
        message(figure, title, _no_equilibrium(result))
        return
    # All of them, or the best and the worst for users.
    entries = list(enumerate(solution.equilibria))
    entries.sort(key=lambda entry: (-entry[1].welfare, entry[0]))
    if len(entries) > _ROWS:
        title += f" (best and worst {_ROWS // 2} of {len(entries)} for users)"
        entries = entries[: _ROWS // 2] + entries[-(_ROWS // 2) :]
    begin(figure, market, result, 9.5, 2.8 + 0.28 * len(entries) + 0.2)
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 1))
    made = axes(figure, title, "platforms", "", grid=False, at=grid[0])
    side = axes(figure, "", "user welfare (units of score)", "", at=grid[1], sharey=made)
    counts = np.array([entry.counts for _, entry in entries])
    used = np.flatnonzero(counts.any(axis=0))
    most = used[np.lexsort((used, -counts.sum(axis=0)[used]))]
    named, others = most[:_NAMED], most[_NAMED:]
    bars = [(counts[:, j], PALETTE[k], market.label("models", j)) for k, j in enumerate(named)]
    if len(others):
        bars.append((counts[:, others].sum(axis=1), GREY, f"other models ({len(others)})"))
    rows, left = np.arange(len(entries)), np.zeros(len(entries))
    for amounts, color, name in bars:
        made.barh(rows, amounts, 0.72, left, color=color, edgecolor="white", label=short(name))
        for row in rows[amounts > 0.06 * market.n_platforms]:
            middle = left[row] + amounts[row] / 2
            ink = "white" if color not in (ORANGE, PINK, SKY, GREY) else "black"
            made.text(middle, row, f"{amounts[row]}", ha="center", va="center", color=ink,
                      fontsize=8)  # fmt: skip
        left += amounts
    whole_numbers(made.xaxis)
    made.set_xlim(0, market.n_platforms)
    welfare = np.array([entry.welfare for _, entry in entries])
    optimum = solution.social_optimum.welfare
    side.plot(welfare, rows, "o", color=TEXT, ms=6)
    side.axvline(optimum, color=RED, linestyle="--")
    spread = max(optimum - welfare.min(), 0.02 * max(optimum, 1e-300))
    side.set_xlim(welfare.min() - 0.35 * spread, optimum + 0.35 * spread)
    side.locator_params(axis="x", nbins=4)
    side.tick_params(labelleft=False)
    side.set_title("welfare, optimum dashed", fontsize=9, loc="right", color=TEXT)
    words = [f"#{place}" + (" strict" if entry.strict else "") for place, entry in entries]
    rows_axis(made, words)
    legend_below(made, 4)


def platforms_sweep(
    market: ModelMarket, result: Result[ModelMarketSolution], figure: Figure
) -> None:
    """Draw adoption and users' welfare as the number of platforms moves."""
    top = min(max(2 * market.n_platforms, 10), MAX_PLATFORMS)
    if top <= _POINTS:
        values = list(range(1, top + 1))
    else:
        values = sorted({round(v) for v in np.geomspace(1, top, _POINTS - 1)})
        values = sorted({*values, market.n_platforms})
    _draw_sweep(
        market, result, figure, "n_platforms", values, "number of platforms", market.n_platforms,
        log=top > 40,
    )  # fmt: skip


def models_sweep(market: ModelMarket, result: Result[ModelMarketSolution], figure: Figure) -> None:
    """Draw adoption and users' welfare as models enter one by one, in their order."""
    total = market.n_models
    values = sorted({round(v) for v in np.linspace(1, total, min(total, _POINTS))})
    _draw_sweep(
        market, result, figure, "n_models", values, "number of models (the first so many)", total
    )


def sharpness_sweep(
    market: ModelMarket, result: Result[ModelMarketSolution], figure: Figure
) -> None:
    """Draw adoption and users' welfare as users choose more and more sharply by score."""
    unit = 1 / max(market.scale, 1e-300)
    values = [float(v) for v in unit * np.geomspace(0.1, 1000, _POINTS - 1)]
    _draw_sweep(
        market, result, figure, "beta", values, "sharpness beta of choice (per unit of score)",
        market.beta, log=True,
    )  # fmt: skip


def improvement(market: ModelMarket, result: Result[ModelMarketSolution], figure: Figure) -> None:
    """Draw the improvement graph of a small market with its sink components."""
    from matplotlib.lines import Line2D

    from eqsolve.families.model_market.methods.enumeration import n_profiles

    title = "Improvement graph: an arrow for every switch of one platform that pays"
    most = _PROFILES if market.n_models <= 3 else 36
    begin(figure, market, result, 9, 7 if market.n_models > 2 else 3)
    if n_profiles(market) > most:
        text = f"The market has {written(n_profiles(market), 4)} profiles of counts; at most {most}"
        message(figure, title, f"{text} can be drawn.")
        return
    rule: Literal["better", "best"] = "better"
    graph = improvement_graph(market)
    if len(graph.edges) > _ARROWS:
        rule = "best"
        graph = improvement_graph(market, rule=rule)
        title = "Improvement graph: an arrow for every best switch of one platform"
    nodes = sorted(graph.nodes, reverse=True)
    if market.n_models <= 3:
        places = {node: _simplex(node) for node in nodes}
    else:
        places = layers(nodes, list(graph.edges))
    standings = dict.fromkeys(nodes, "other")
    for component in sink_components(market, rule=rule):
        for node in component:
            standings[node] = "strict" if len(component) == 1 else "cycle"
    for entry in () if result.solution is None else result.solution.equilibria:
        if not entry.strict:
            standings[tuple(entry.counts.tolist())] = "weak"
    drawn = [
        Arrow(source, target, PALETTE[data["target"] % 8], _bend(places, source, target))
        for source, target, data in graph.edges(data=True)
    ]
    names = ", ".join(short(market.label("models", j)) for j in range(market.n_models))
    made = drawing(figure, f"{title}; in circles: platforms with {names}")
    between = ", " if market.n_models <= 3 else ","
    texts = {node: between.join(map(str, node)) for node in nodes}
    draw_graph(made, places, standings, texts, drawn, 0.4)
    entered = sorted({data["target"] for _, _, data in graph.edges(data=True)})
    handles = [
        Line2D([], [], color=PALETTE[j % 8], label=f"to {short(market.label('models', j))}")
        for j in entered
    ]
    legend_below(made, 3, [*handles, *standing_handles(standings.values())])


def _draw_sweep(
    market: ModelMarket,
    result: Result[ModelMarketSolution],
    figure: Figure,
    over: Over,
    values: Sequence[float],
    label: str,
    now: float | None,
    *,
    log: bool = False,
) -> None:
    """Draw welfare above and the number of models in use below, against one number."""
    begin(figure, market, result, 9, 6.5)
    grid = figure.add_gridspec(2, 1, height_ratios=(3, 2))
    rows = _solved(market, over, values)
    at = np.array([row.value for row in rows])
    top = axes(
        figure,
        f"User welfare in equilibrium, by {label}",
        "",
        "welfare (units of score)",
        at=grid[0],
    )
    low = axes(figure, "", label, "models in use", at=grid[1], sharex=top)
    best, worst, optimum = (
        np.array([getattr(row, name) for row in rows])
        for name in ("welfare_best", "welfare_worst", "optimum")
    )
    top.plot(at, optimum, "--", color=RED, label="social optimum")
    top.fill_between(at, worst, best, color=BLUE, alpha=0.15, linewidth=0)
    # Where the two agree, both stay visible: a thin line on a thick one.
    top.plot(at, best, "o-", color=BLUE, ms=8, lw=3, label="best equilibrium")
    top.plot(at, worst, "v-", color=ORANGE, ms=4, lw=1.2, label="worst equilibrium found")
    used = np.array([row.models_used if row.equilibria else np.nan for row in rows])
    low.plot(at, used, "s-", color=GREEN, ms=5)
    low.set_ylim(0, 1.15 * np.nanmax([*used, 1]))
    whole_numbers(low.yaxis, *([low.xaxis] if over != "beta" else []))
    for status, words, marker in (
        (Status.NO_EQUILIBRIUM, "no pure equilibrium", "x"),
        (Status.UNKNOWN, "not settled in the time given", "|"),
    ):
        here = [row.value for row in rows if row.status is status]
        if here:
            low.plot(here, np.zeros(len(here)), marker, color=RED, ms=8, mew=2, clip_on=False,
                     label=words)  # fmt: skip
    if now is not None:
        for part in (top, low):
            part.axvline(now, color=GREY, linestyle=":", zorder=0)
        low.plot([], [], ":", color=GREY, label="this market")
    if log:
        low.set_xscale("log")
    top.tick_params(labelbottom=False)
    handles, _ = low.get_legend_handles_labels()
    legend_below(top, 3, handles)


def _solved(market: ModelMarket, over: Over, values: Sequence[float]) -> list[SweepRow]:
    """Return the sweep's rows, as many as the time allows."""
    until = time.monotonic() + _SECONDS
    rows: list[SweepRow] = []
    for value in values:
        left = until - time.monotonic()
        try:
            rows += sweep(market, over, [value], time_limit=max(0.2, min(left, 3.0)))
        except UnsupportedError:  # no method applies to this value: a gap in the line
            continue
        if time.monotonic() > until:
            break
    return rows


def _simplex(counts: tuple[int, ...]) -> tuple[float, float]:
    """Return the place of counts of at most three models: on a line or in a triangle."""
    if len(counts) < 3:
        return 1.4 * counts[-1] if len(counts) == 2 else 0.0, 0.0
    return 1.2 * (counts[1] + counts[2] / 2), 1.2 * 0.87 * counts[2]


def _bend(places: dict[Any, tuple[float, float]], source: Any, target: Any) -> float:
    """Return how much an arrow is bent: not at all between neighbors."""
    far = np.hypot(*np.subtract(places[source], places[target]))
    return 0.0 if far < 1.5 else 0.15


def _no_equilibrium(result: Result[ModelMarketSolution]) -> str:
    """Return why there is nothing to draw."""
    if result.status is Status.NO_EQUILIBRIUM:
        return "There is no pure equilibrium: from every profile some platform wants to change."
    return "No pure equilibrium was found in the time given; whether there is one is open."


PICTURES = {
    "adoption": adoption,
    "platforms_sweep": platforms_sweep,
    "models_sweep": models_sweep,
    "sharpness_sweep": sharpness_sweep,
    "improvement": improvement,
}
