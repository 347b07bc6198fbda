"""Pictures of denoisers: where each agent's own leads, the flow through all, deviation and rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import UnsupportedError
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    GREEN,
    GREY,
    PALETTE,
    TEXT,
    axes,
    begin,
    drawing,
    legend_below,
    message,
    place_names,
    whole_numbers,
)
from eqsolve.families.dec_pomdp.denoising.exact import Denoiser, denoiser_of
from eqsolve.families.dec_pomdp.denoising.rest import stable
from eqsolve.families.dec_pomdp.filter import posteriors_of
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.denoiser import denoised
from eqsolve.families.dec_pomdp.solution import (
    DecPOMDPSolution,
    Denoised,
    FixedPoint,
    Flow,
    Posterior,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["fixed", "ranks"]

_SIGMA = 0.25
_GRID = 12
_HISTORIES = 40
"""Histories that are looked at, at most, where the result says nothing of denoisers."""
_RESTS = 400
"""Fixed points that are looked at: a history more where there are fewer."""
_AGENTS = 6
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 3**0.5 / 2]])


def fixed(model: DecPOMDP, result: Result[DecPOMDPSolution], figure: Figure) -> None:
    """Draw where each agent's denoiser leads, its fixed points, the flow and shared states.

    Of the first history that can happen; for points on a line or in the plane, and for one-hot
    points where at most three states are possible.
    """
    begin(figure, model, result, 8, 6)
    told, sigma = _told(model, result)
    able = (pair for pair in told if all(row is not None for row in pair[0].local))
    first = next(able, None)
    if first is None:
        message(figure, "Denoisers", "No history that can happen is asked about.")
        return
    entry, found = first
    agents = [denoiser_of(row, model.points, sigma) for row in entry.local if row is not None]
    words = model.words(entry.history)
    words = words if len(words) < 60 else "the first history"
    title = f"Denoisers after {words}, sigma {written(sigma, 4)}"
    kept = sorted({state for agent in agents for state in agent.states.tolist()})
    one_hot = model.embedding is None
    if model.points.shape[1] == 1 or (one_hot and len(kept) <= 2):
        _on_line(model, agents, found, figure, title)
    elif model.points.shape[1] == 2:
        made = axes(figure, title, "first coordinate", "second coordinate")
        _plane(model, agents, found, made, model.points, lambda x: x)
    elif one_hot and len(kept) == 3:
        made = drawing(figure, title)
        made.set_aspect("equal", adjustable="datalim")
        chosen = np.full((model.n_states, 2), np.nan)
        chosen[kept] = _CORNERS
        made.plot(*np.vstack([_CORNERS, _CORNERS[:1]]).T, color=GREY, lw=0.8)
        _plane(model, agents, found, made, chosen, lambda x: x[..., kept] @ _CORNERS)
    else:
        raise UnsupportedError(
            "fixed_points",
            "it shows points on a line or in the plane, and up to three possible states",
            what="picture",
        )  # fmt: skip


def _told(
    model: DecPOMDP, result: Result[DecPOMDPSolution]
) -> tuple[Iterator[tuple[Posterior, Denoised]], float]:
    """Return posteriors and what denoisers make of them, the result's where it has them."""
    solution = result.solution
    if solution is not None and solution.question == "denoiser" and solution.sigma is not None:
        return zip(solution.posteriors, solution.denoised, strict=True), solution.sigma
    asked = (model.histories or ((),))[:_HISTORIES]
    sigma = _SIGMA * float(np.abs(model.points - model.points[0]).max() or 1.0)
    entries = posteriors_of(model, asked) or []
    return ((entry, denoised(model, entry, sigma, model.points[0])) for entry in entries), sigma


def _points(made: Axes, rests: Sequence[FixedPoint], places: FloatArray, color: str) -> None:
    """Mark fixed points, filled where stable."""
    for rest, place in zip(rests, places, strict=True):
        made.scatter(
            place[0], place[1], s=46, zorder=4, edgecolors=color, lw=1.5,
            color=color if stable(rest) else "white", clip_on=False,
        )  # fmt: skip


def _legend(made: Axes, model: DecPOMDP, count: int, flow: Flow | None) -> None:
    """Explain colors and marks."""
    from matplotlib.lines import Line2D

    hands = [
        Line2D([], [], color=PALETTE[i % len(PALETTE)], lw=2, label=model.label("agents", i))
        for i in range(min(count, _AGENTS))
    ]
    hands.append(Line2D([], [], marker="o", ls="", color=TEXT, label="stable"))
    hands.append(Line2D([], [], marker="o", ls="", mfc="white", mec=TEXT, label="unstable"))
    hands.append(
        Line2D([], [], marker="o", ls="", mfc="none", mec=GREEN, ms=13, mew=2, label="shared")
    )
    if flow is not None:
        hands.append(Line2D([], [], color=TEXT, lw=1, ls="--", label=f"flow: {flow.ending}"))
    legend_below(made, 4, hands)


def _plane(
    model: DecPOMDP, agents: Sequence[Denoiser], found: Denoised, made: Axes, corners: FloatArray,
    place: Any,
) -> None:  # fmt: skip
    """Draw arrows of all agents, fixed points, the flow and the states in the plane."""
    shown = np.flatnonzero(np.isfinite(corners).all(axis=1))
    points = model.points[shown]
    grid = _grid(points)
    for i, (agent, rests) in enumerate(zip(agents[:_AGENTS], found.fixed_points, strict=False)):
        color = PALETTE[i % len(PALETTE)]
        begins, ends = place(grid), place(agent(grid))
        made.quiver(
            *begins.T, *(0.3 * (ends - begins)).T, color=color, alpha=0.45, width=0.003,
            angles="xy", scale_units="xy", scale=1,
        )  # fmt: skip
        if rests:
            _points(made, rests, place(np.array([rest.point for rest in rests])), color)
    if found.flow is not None:
        made.plot(*place(found.flow.path).T, color=TEXT, lw=1, ls="--", zorder=3)
    shared = [corners[state] for state in found.shared if state in shown]
    if shared:
        made.scatter(
            [x for x, _ in shared], [y for _, y in shared], s=190, facecolors="none",
            edgecolors=GREEN, lw=2, zorder=5, clip_on=False,
        )  # fmt: skip
    made.margins(0.12)
    _legend(made, model, len(agents), found.flow)
    names = [(float(x), float(y)) for x, y in corners[shown]]
    texts = [model.label("states", int(state)) for state in shown]
    place_names(made, names, texts, [TEXT] * len(names), radius=8.0 if shared else 4.0)


def _grid(points: FloatArray) -> FloatArray:
    """Return points evenly between three, or all over the rectangle that holds others."""
    if len(points) == 3:
        shares = [(i, j, _GRID - i - j) for i in range(_GRID + 1) for j in range(_GRID + 1 - i)]
        found: FloatArray = np.array(shares) / _GRID @ points
        return found
    sides = [
        np.linspace(low, high, _GRID)
        for low, high in zip(points.min(0), points.max(0), strict=True)
    ]
    return np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, points.shape[1])


def _on_line(
    model: DecPOMDP, agents: Sequence[Denoiser], found: Denoised, figure: Figure, title: str
) -> None:
    """Draw denoisers as functions on the line through the states, the flow as steps between."""
    kept = sorted({state for agent in agents for state in agent.states.tolist()})
    base, way = np.zeros(1), np.ones(1)
    names = "noisy point", "denoised point"
    if model.embedding is None:
        base = model.points[kept[0]]
        way = model.points[kept[-1]] - base if len(kept) > 1 else model.points[kept[0]]
        last = model.label("states", kept[-1])
        names = f"noisy share of {last}", f"denoised share of {last}"
    made = axes(figure, title, *names)

    def place(x: FloatArray) -> FloatArray:
        """Return coordinates on the line."""
        along: FloatArray = (x - base) @ way / (way @ way)
        return along

    ends = place(model.points[kept] if model.embedding is None else model.points)
    low, high = float(ends.min()), float(ends.max())
    room = 0.1 * (high - low) or 0.5
    x = np.linspace(low - room, high + room, 401)
    made.plot(x, x, color=GREY, lw=0.8)
    for i, (agent, rests) in enumerate(zip(agents[:_AGENTS], found.fixed_points, strict=False)):
        color = PALETTE[i % len(PALETTE)]
        curve = place(agent(base + x[:, None] * way))
        made.plot(x, curve, color=color, lw=1.8 + 1.2 * (min(len(agents), _AGENTS) - 1 - i))
        at = place(np.array([rest.point for rest in rests]).reshape(len(rests), -1))
        _points(made, rests, np.column_stack([at, at]), color)
    if found.flow is not None:
        path = place(found.flow.path[:60])
        made.plot(np.repeat(path, 2)[:-1], np.repeat(path, 2)[1:], color=TEXT, lw=1, ls="--")
    for state in found.shared:
        at_state = float(place(model.points[state]))
        made.scatter(
            at_state, at_state, s=190, facecolors="none",
            edgecolors=GREEN, lw=2, zorder=5, clip_on=False,
        )  # fmt: skip
    _legend(made, model, len(agents), found.flow)


def ranks(model: DecPOMDP, result: Result[DecPOMDPSolution], figure: Figure) -> None:
    """Draw how far stable fixed points lie from their states against the Jacobian's rank."""
    begin(figure, model, result, 8, 5)
    entries, sigma = _told(model, result)
    told: list[Denoised] = []
    for _, entry in entries:
        told.append(entry)
        if sum(len(own) for one in told for own in one.fixed_points) >= _RESTS:
            break
    title = f"Stable fixed points: deviation and rank, sigma {written(sigma, 4)}"
    made = axes(figure, title, "rank of the Jacobian", "distance from the state")
    rng = np.random.default_rng(0)
    any_rests = False
    for i in range(min(model.n_agents, _AGENTS)):
        rests = [
            rest
            for entry in told
            for rest in entry.fixed_points[i]
            if stable(rest)
        ]  # fmt: skip
        if not rests:
            continue
        any_rests = True
        color = PALETTE[i % len(PALETTE)]
        beside = np.array([rest.rank for rest in rests]) + rng.uniform(-0.15, 0.15, len(rests))
        made.scatter(
            beside, [max(rest.deviation, 1e-16) for rest in rests], s=26, color=color, alpha=0.7,
            label=model.label("agents", i),
        )  # fmt: skip
        told_bounds = [
            (place, rest.bound)
            for place, rest in zip(beside, rests, strict=True)
            if rest.bound is not None
        ]
        if told_bounds:
            places, bounds = zip(*told_bounds, strict=True)
            made.scatter(places, np.maximum(bounds, 1e-16), s=40, marker="_", color=color)
    if not any_rests:
        figure.clear()
        message(figure, title, "There is no stable fixed point of a history that can happen.")
        return
    from matplotlib.lines import Line2D

    low, high = made.get_xlim()
    made.set_xlim(min(low, np.floor(low) + 0.5), max(high, np.ceil(high) - 0.5))
    made.set_yscale("log")
    whole_numbers(made.xaxis)
    legend_below(
        made, 4, [Line2D([], [], marker="_", ls="", color=TEXT, ms=9, label="certified bound")]
    )
