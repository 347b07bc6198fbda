"""One picture of one treatment in given axes; each function returns what a legend may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.drawing.style import BLUE, GREEN, GREY, ORANGE, PALETTE, RED, TEXT, short
from eqsolve.families.auction_experiment.report.sessions import mean_by_session
from eqsolve.families.auction_experiment.report.smoothing import loess
from eqsolve.families.auction_experiment.report.treatment import Treatment
from eqsolve.families.auction_experiment.solution import Round
from eqsolve.families.auction_experiment.statistics import benchmark_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "bids_panel", "deviations_panel", "drift_panel", "exits_panel", "proxy_panel", "timing_line",
]  # fmt: skip

_PLACES = 101
_MOST_BINS = 31


def bids_panel(made: Axes, entry: Treatment) -> None:
    """Draw bids against types: winners full, the line of truth, the equilibrium, LOESS."""
    held = entry.bids
    made.scatter(
        held.types[~held.won], held.bids[~held.won], s=14, facecolors="none", edgecolors=BLUE,
        linewidths=0.7, label="lost",
    )  # fmt: skip
    if held.won.any():
        made.scatter(held.types[held.won], held.bids[held.won], s=14, color=ORANGE, label="won")
    low, high = float(held.types.min()), float(held.types.max())
    made.plot([low, high], [low, high], color=GREY, lw=1, ls="--", label="bid = type")
    places = np.linspace(low, high, _PLACES)
    wanted = benchmark_by("bne", entry.record.benchmark)
    if wanted is not None:
        found = [wanted(0, place) for place in places.tolist()]
        ideal = np.array([np.nan if bid is None else bid for bid in found])
        if np.nanmax(np.abs(ideal - places), initial=0.0) > 1:
            made.plot(places, ideal, color=GREEN, lw=1.6, label="equilibrium")
    if high > low and len(held) > 3:
        curve = loess(held.types, held.bids, places)
        made.plot(places, curve, color=RED, lw=1.8, label="LOESS")


def deviations_panel(made: Axes, entry: Treatment, reach: float | None = None) -> None:
    """Draw how many bids lie how far from their types."""
    excess = entry.bids.excess
    most = max(float(np.abs(excess).max()), 1.0) if reach is None else reach
    step = max(1.0, np.ceil(2 * most / _MOST_BINS))
    ends = (np.arange(np.ceil(most / step) + 1) + 0.5) * step
    edges = np.concatenate([-ends[::-1], ends])
    made.hist(
        np.clip(excess, edges[0], edges[-1]), edges.tolist(), color=BLUE, edgecolor="white", lw=0.4
    )
    made.axvline(0, color=GREY, lw=1, ls="--")
    made.axvline(float(excess.mean()), color=RED, lw=1.4, label="mean")


def exits_panel(made: Axes, entry: Treatment) -> None:
    """Draw by how much bidders left a clock above or below their values, as a distribution."""
    _cumulative(made, entry.losers.excess, BLUE, "left at price - value")
    made.axvline(0, color=GREY, lw=1, ls="--")


def proxy_panel(made: Axes, entry: Round, names: list[str]) -> None:
    """Draw the price of a proxy auction over its moves, and maxima as steps."""
    moves = entry.periods or ()
    times = np.arange(len(moves) + 1)
    held = np.zeros((len(moves) + 1, len(names)))
    prices = np.zeros(len(moves) + 1)
    for k, move in enumerate(moves):
        held[k + 1] = held[k]
        if move.bid is not None:
            held[k + 1, move.bidder] = max(move.bid, held[k, move.bidder])
        prices[k + 1] = move.price
    for seat, name in enumerate(names):
        color = PALETTE[seat % len(PALETTE)]
        made.step(times, held[:, seat], where="post", lw=1.4, color=color, label=name)
        value = entry.values[seat]
        if value is not None:
            made.axhline(value, color=color, lw=0.8, ls=":")
    made.step(times, prices, where="post", lw=2.2, color=TEXT, label="price")
    changes = [k for k in range(1, len(moves)) if moves[k].period != moves[k - 1].period]
    for place in changes:
        made.axvline(place, color="#E5E5E5", lw=0.8, zorder=0)
    made.set_xticks(
        [0, *changes], [str(moves[place].period) for place in [0, *changes]] if moves else []
    )
    made.grid(visible=False, axis="x")


def timing_line(made: Axes, entry: Treatment, color: str) -> None:
    """Draw the share of auctions whose winner had made its final bid by each period."""
    if entry.timing is not None:
        name = f"{short(entry.name, 34)} ({len(entry.timing.times)})"
        times = np.asarray(entry.timing.times, dtype=np.float64)
        _cumulative(made, times, color, name, start=0.0, end=float(entry.timing.lengths.max() - 1))


def drift_panel(made: Axes, entry: Treatment, color: str = BLUE) -> None:
    """Draw the mean |b - v| of every round, with its error by session."""
    held = entry.bids
    numbers = np.unique(held.rounds)
    means = [
        mean_by_session(np.abs(held.excess[held.rounds == number]),
                        held.sessions[held.rounds == number])
        for number in numbers
    ]  # fmt: skip
    heights = np.array([np.nan if mean.value is None else mean.value for mean in means])
    errors = np.array([0.0 if mean.error is None else mean.error for mean in means])
    made.plot(
        numbers + 1, heights, color=color, marker="o", ms=4, lw=1.4, label=short(entry.name, 34)
    )
    made.fill_between(
        numbers + 1, heights - errors, heights + errors, color=color, alpha=0.15, lw=0
    )


def _cumulative(
    made: Axes,
    values: FloatArray,
    color: str,
    label: str,
    start: float | None = None,
    end: float | None = None,
) -> None:
    """Draw the distribution function of some numbers."""
    points = np.sort(values)
    shares = np.arange(1, len(points) + 1) / len(points)
    first = points[0] - 1 if start is None else start
    last = points[-1] + 1 if end is None else max(end, float(points[-1]))
    made.step(
        [first, *points, last], [0.0, *shares, 1.0], where="post", color=color, lw=1.8, label=label
    )
