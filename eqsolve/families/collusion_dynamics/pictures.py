"""Pictures of collusion dynamics: where learning leads, and how surely with finite batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.bid_table import exact
from eqsolve.core.errors import InstanceError, OptionError
from eqsolve.core.result import Result
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALETTE,
    RED,
    TEXT,
    axes,
    begin,
    legend_below,
    message,
)
from eqsolve.families.collusion_dynamics.batches import (
    BatchLaw,
    batches_move,
    log_odds,
    n_outcomes,
    propensity,
)
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.grid import first_cells
from eqsolve.families.collusion_dynamics.questions.chances import (
    chance_curve,
    changed,
    escape_time,
    trajectories,
    undecided_band,
)
from eqsolve.families.collusion_dynamics.questions.line import advantage, phase_diagram
from eqsolve.families.collusion_dynamics.regime import attractor_at, regime_of
from eqsolve.families.collusion_dynamics.solution import CollusionSolution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "PICTURES",
    "band",
    "bifurcation",
    "chances",
    "escape",
    "paths",
    "phases",
    "shares",
    "vector_field",
]

Answer = Result[CollusionSolution]

_STYLES = {"stable": "o", "unstable": "o", "semi_stable": "D"}
_FACTORS = (1, 2, 4, 8, 16)
"""Batch sizes that are compared, times that of the instance."""
_MOST_OUTCOMES = 10_000
_PATHS = 12


def vector_field(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw how fast the propensity moves, and its log-odds, with rest points and basins."""
    begin(figure, dynamics, result, 8, 6.5)
    grid = figure.add_gridspec(2, 1)
    theta = np.linspace(0, 1, 401)
    speed = theta * (1 - theta) * advantage(dynamics, theta)
    top = axes(figure, "Motion of the propensity", "propensity", "speed", at=grid[0])
    top.plot(theta, speed, color=BLUE)
    _basins(top, dynamics)
    _rests(top, dynamics)
    odds = np.linspace(-6, 6, 401)
    below = axes(figure, "Motion of the log-odds", "log-odds", "advantage", at=grid[1])
    below.plot(odds, advantage(dynamics, propensity(odds)), color=BLUE)
    below.axhline(0, color=GREY, lw=0.8)
    for place in (-5, -2.5, 0, 2.5, 5):
        pull = float(advantage(dynamics, float(propensity(place))))
        if abs(pull) > 1e-12:
            arrow = {"arrowstyle": "->", "color": TEXT, "lw": 1.4}
            step = 0.9 if pull > 0 else -0.9
            below.annotate("", (place + step, 0), (place, 0), arrowprops=arrow)
    legend_below(top, 4)


def _basins(made: Axes, dynamics: CollusionDynamics) -> None:
    """Shade where the propensity rises, and point the way."""
    regime = dynamics.regime
    ends = [0.0, *(zero.value for zero in regime.zeros), 1.0]
    seen: set[int] = set()
    made.axhline(0, color=GREY, lw=0.8)
    for low, high, sign in zip(ends[:-1], ends[1:], regime.signs, strict=True):
        if not sign:
            continue
        color, word = (GREEN, "rises") if sign > 0 else (ORANGE, "falls")
        label = None if sign in seen else word
        made.axvspan(low, high, color=color, alpha=0.12, lw=0, label=label)
        seen.add(sign)
        middle, half = (low + high) / 2, min(0.05, (high - low) / 4)
        arrow = {"arrowstyle": "->", "color": color, "lw": 1.6}
        made.annotate("", (middle + sign * half, 0), (middle - sign * half, 0), arrowprops=arrow)


def _rests(made: Axes, dynamics: CollusionDynamics) -> None:
    """Mark rest points: full where they are stable, empty where not."""
    regime = dynamics.regime
    points = list(zip((zero.value for zero in regime.zeros), regime.stabilities, strict=True))
    if regime.signs != (0,):
        points += [(0.0, "stable" if regime.signs[0] < 0 else "unstable")]
        points += [(1.0, "stable" if regime.signs[-1] > 0 else "unstable")]
    for word in _STYLES:
        places = [theta for theta, found in points if found == word]
        if places:
            made.scatter(
                places, np.zeros(len(places)), s=42, zorder=4, marker=_STYLES[word],
                color="white" if word == "unstable" else RED, edgecolors=RED,
                label=word.replace("_", "-"), clip_on=False,
            )  # fmt: skip


def phases(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw where starts lead at every fidelity, with the boundary and the critical fidelity."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    begin(figure, dynamics, result, 7.5, 6)
    fidelities, starts = np.linspace(0.5, 1, 401), np.linspace(0, 1, 402)[1:-1]
    found = phase_diagram(dynamics, fidelities, starts)
    kinds = np.where(found.limits == 0, 0, np.where(found.limits == 1, 2, 1))
    made = axes(figure, "Where starts lead", "fidelity", "start", grid=False)
    colors = ["#F6D8A8", "#A9CFE8", "#A6DBC9"]
    made.imshow(
        kinds.T, origin="lower", extent=(0.5, 1, 0, 1), aspect="auto", vmin=0, vmax=2,
        cmap=ListedColormap(colors), interpolation="nearest",
    )  # fmt: skip
    made.plot(fidelities, found.lower, color=RED, label="boundary of the basins")
    made.plot(fidelities, found.upper, color=BLUE, label="where prices settle")
    if found.critical is not None:
        label = f"critical fidelity {written(found.critical, 4)}"
        made.axvline(found.critical, color=TEXT, ls="--", lw=1, label=label)
    own = np.full(len(dynamics.start), dynamics.fidelity)
    made.scatter(own, dynamics.start, s=18, color="black", zorder=3, label="this model")
    made.set_xlim(0.495, 1.005)
    made.set_ylim(-0.02, 1.02)
    words = ("competition", "high prices, some low", "all high")
    there = [Patch(color=colors[k], label=words[k]) for k in sorted(set(kinds.ravel().tolist()))]
    legend_below(made, 3, there)


def bifurcation(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw the rest points against the fidelity: stable ones solid, others dashed."""
    begin(figure, dynamics, result, 7.5, 5.5)
    fidelities = np.linspace(0.5, 1, 801)
    lines = np.full((2, 4, len(fidelities)), np.nan)  # stable or not; 0, 1, lower, upper
    tables = dynamics.exact_payoffs
    for k, rho in enumerate(fidelities.tolist()):
        regime = regime_of(*tables, exact(rho))
        if regime.signs == (0,):
            continue
        lines[int(regime.signs[0] > 0), 0, k] = 0.0
        lines[int(regime.signs[-1] < 0), 1, k] = 1.0
        for zero, word in zip(regime.zeros, regime.stabilities, strict=True):
            row = 2 if word == "unstable" or len(regime.zeros) == 1 else 3
            lines[int(word != "stable"), row, k] = zero.value
    made = axes(figure, "Rest points by fidelity", "fidelity", "propensity")
    for style, color, word, group in (
        ("-", BLUE, "stable", lines[0]), ("--", RED, "unstable", lines[1]),
    ):  # fmt: skip
        for place, line in enumerate(group):
            made.plot(fidelities, line, style, color=color, label=None if place else word)
    made.axvline(dynamics.fidelity, color=GREY, lw=1, ls=":", label="this model")
    made.set_ylim(-0.03, 1.03)
    legend_below(made)


def shares(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw what rounds look like at every propensity: all high, mixed, all low."""
    begin(figure, dynamics, result, 7.5, 5)
    nodes = np.linspace(0, 1, 101)
    tables, rho = dynamics.exact_payoffs, dynamics.exact_fidelity
    found = [attractor_at(*tables, rho, theta) for theta in nodes.tolist()]
    made = axes(figure, "Rounds by propensity", "propensity", "share of rounds")
    parts = [[getattr(it, key) for it in found] for key in ("all_low", "mixed", "all_high")]
    labels = ("all low", "mixed", "all high")
    made.stackplot(nodes, parts, labels=labels, colors=["#F6D8A8", "#CFCFCF", "#A9CFE8"])
    for place, theta in enumerate(dynamics.regime.attracting):
        label = None if place else "attractors"
        made.axvline(theta, color=RED, lw=1.2, label=label, clip_on=False)
    made.set_xlim(0, 1)
    made.set_ylim(0, 1)
    legend_below(made, 4)


def paths(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw sample paths of learning from a few starts, with the boundary of the basins."""
    title = "Sample paths of learning"
    begin(figure, dynamics, result, 8, 5.2)
    if dynamics.rate is None:
        message(figure, title, "The instance has no rate.")
        return
    few = changed(dynamics, start=dynamics.start[:4])
    found = trajectories(few, paths=_PATHS, updates=dynamics.horizon or 200).theta
    made = axes(figure, title, "updates", "propensity")
    for k, start in enumerate(few.start.tolist()):
        for path in found[k]:
            made.plot(path, color=PALETTE[k], lw=0.8, alpha=0.7)
        made.plot([], color=PALETTE[k], label=f"from {written(start, 4)}")
    if dynamics.regime.unstable is not None:
        made.axhline(
            dynamics.regime.unstable, color=TEXT, ls="--", lw=1, label="boundary of the basins"
        )
    made.set_ylim(-0.03, 1.03)
    legend_below(made)


def chances(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw the probability of collusion by start for several batch sizes, with the band."""
    title = "Probability of collusion by start"
    begin(figure, dynamics, result, 8, 5.2)
    models = _sizes(dynamics)
    if not models:
        message(figure, title, _WHY)
        return
    made = axes(figure, title, "start", "probability")
    for k, model in enumerate(models):
        assert model.batch is not None
        law = BatchLaw.of(model)
        nodes, values = chance_curve(model, law, first_cells(model, law, np.zeros(1)))
        made.plot(nodes, values, color=PALETTE[k], label=f"batches of {model.batch.size}")
    edge = undecided_band(models[0], error=1e-3)
    word = f"5 % to 95 % at {models[0].batch.size if models[0].batch else 0}"
    made.axvspan(edge.low, edge.high, color=PALETTE[0], alpha=0.1, lw=0, label=word)
    made.set_ylim(-0.03, 1.03)
    legend_below(made)


def band(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw the width of the undecided band against the batch size, both in logarithms."""
    title = "Width of the undecided band"
    begin(figure, dynamics, result, 7, 5)
    models = _sizes(dynamics)
    found = [(_size(model), undecided_band(model, error=1e-3).width) for model in models]
    found = [(size, width) for size, width in found if width > 0]
    if len(found) < 2:
        message(figure, title, _WHY)
        return
    sizes, widths = map(np.array, zip(*found, strict=True))
    made = axes(figure, title, "rounds a batch", "width, from 5 % to 95 %")
    made.loglog(sizes, widths, "o-", color=BLUE, label="band")
    made.loglog(
        sizes, widths[-1] * np.sqrt(sizes[-1] / sizes), "--", color=GREY, label="slope -1/2"
    )
    made.set_xticks(sizes, [written(size) for size in sizes.tolist()])
    made.set_yticks(widths, [written(width, 3) for width in widths.tolist()])
    made.minorticks_off()
    legend_below(made)


def escape(dynamics: CollusionDynamics, result: Answer, figure: Figure) -> None:
    """Draw how long collusion lasts against the batch size."""
    title = "Updates until collusion ends"
    begin(figure, dynamics, result, 7, 5)
    found = []
    for model in _sizes(dynamics, (0.5, 1, 1.5, 2)):
        try:
            found.append((_size(model), escape_time(model, error=1e-2).updates))
        except OptionError:  # nothing need come back, or it takes too long for a linear system
            break
    if not found:
        message(figure, title, _WHY)
        return
    sizes, updates = map(np.array, zip(*found, strict=True))
    made = axes(figure, title, "rounds a batch", "mean number of updates")
    made.semilogy(sizes, updates, "o-", color=BLUE)
    made.set_xticks(sizes, [written(size) for size in sizes.tolist()])


_WHY = "This needs a batch that moves something, a constant rate, and thresholds of first passage."


def _size(model: CollusionDynamics) -> int:
    """Return the number of rounds a batch."""
    assert model.batch is not None
    return model.batch.size


def _sizes(dynamics: CollusionDynamics, factors: Any = _FACTORS) -> list[CollusionDynamics]:
    """Return the instance with batches of several sizes and no horizon; empty where it has none."""
    if dynamics.batch is None or dynamics.rate is None or not dynamics.rate.is_constant:
        return []
    batch = dynamics.batch
    found: dict[int, CollusionDynamics] = {}
    for factor in factors:
        size = int(batch.size * factor)
        fields = {"size": size, "feedback": batch.feedback, "estimator": batch.estimator}
        try:
            model = changed(dynamics, batch=fields, horizon=None)
        except InstanceError:  # thresholds that do not fit a first passage
            return []
        if batches_move(model) and n_outcomes(model) <= _MOST_OUTCOMES:
            found.setdefault(size, model)
    return [model for model in found.values() if _apart(model)]


def _apart(model: CollusionDynamics) -> bool:
    """Return whether there is something between the thresholds."""
    assert model.thresholds is not None
    low, high = log_odds(np.array(model.thresholds))
    return bool(high - low > 1e-9)


PICTURES = {
    "vector_field": vector_field,
    "phases": phases,
    "bifurcation": bifurcation,
    "paths": paths,
    "chances": chances,
    "band": band,
    "escape": escape,
    "shares": shares,
}
"""Name -> drawing function, the default first."""
