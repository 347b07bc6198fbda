"""The pictures of a report: treatments side by side.

Each function draws into a figure, or returns False where there is nothing to draw; `FIGURES` names
them. Numbers are those of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.drawing.style import (
    BLUE,
    GREEN,
    GREY,
    PALETTE,
    RED,
    axes,
    legend_below,
    short,
    whole_numbers,
)
from eqsolve.families.auction_experiment.pictures.panels import (
    bids_panel,
    deviations_panel,
    drift_panel,
    exits_panel,
    timing_line,
)
from eqsolve.families.auction_experiment.report.sessions import Mean
from eqsolve.families.auction_experiment.report.treatment import Treatment
from eqsolve.families.single_item_auction.instance import CLOCKS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "figures_of"]

Treatments = Sequence[Treatment]

_ACROSS = 3


def bids(treatments: Treatments, figure: Figure) -> bool:
    """Draw bids against types, a panel for each treatment."""
    return _panels(
        [entry for entry in treatments if len(entry.bids)], figure, bids_panel, "type", "bid"
    )


def deviations(treatments: Treatments, figure: Figure) -> bool:
    """Draw how far bids lie from types, a panel for each treatment."""
    shown = [entry for entry in treatments if len(entry.bids)]
    reach = max((float(np.abs(entry.bids.excess).max()) for entry in shown), default=1.0)

    def panel(made: Any, entry: Treatment) -> None:
        deviations_panel(made, entry, reach)

    return _panels(shown, figure, panel, "bid - type", "bids")


def exits(treatments: Treatments, figure: Figure) -> bool:
    """Draw where bidders left clocks, a panel for each."""
    shown = [
        entry
        for entry in treatments
        if entry.record.experiment.auction.format in CLOCKS[1:] and len(entry.losers)
    ]
    return _panels(shown, figure, exits_panel, "price - value on leaving", "share of exits")


def final_bids(treatments: Treatments, figure: Figure) -> bool:
    """Draw when winners of proxy auctions made their final bids."""
    shown = [entry for entry in treatments if entry.timing is not None]
    if not shown:
        return False
    figure.set_size_inches(7.5, 5)
    made = axes(figure, "Final winning bids", "period of the winner's last rise", "share")
    for k, entry in enumerate(shown):
        timing_line(made, entry, PALETTE[k % len(PALETTE)])
    made.set_ylim(0, 1.02)
    whole_numbers(made.xaxis)
    legend_below(made, 2)
    return True


def revenue(treatments: Treatments, figure: Figure) -> bool:
    """Draw mean revenue with 95 % intervals by session."""
    means = [entry.statistics["mean_revenue"] for entry in treatments]
    figure.set_size_inches(7.5, 1.6 + 0.42 * len(treatments))
    made = axes(figure, "Revenue by treatment", "mean revenue, 95 % by session", "")
    places = np.arange(len(treatments))
    values = np.array([_known(mean.value) for mean in means])
    reach = np.array([mean.reach for mean in means])
    made.errorbar(values, places, xerr=reach, fmt="o", color=BLUE, ecolor=BLUE, capsize=3)
    made.set_yticks(places, [short(entry.name) for entry in treatments])
    made.set_ylim(len(treatments) - 0.5, -0.5)
    return True


def winners_curse(treatments: Treatments, figure: Figure) -> bool:
    """Draw the winner's profit against the number of bidders, with both benchmarks."""
    curses = [entry.curse for entry in treatments if entry.curse is not None]
    if not curses:
        return False
    curses.sort(key=lambda curse: curse.n_bidders)
    figure.set_size_inches(7.5, 5)
    made = axes(figure, "The winner's profit", "number of bidders", "mean profit, 95 % by session")
    numbers = [curse.n_bidders for curse in curses]

    def line(of: Callable[[Any], Mean | None], color: str, label: str, marker: str) -> None:
        means = [of(curse) for curse in curses]
        values = [np.nan if mean is None else _known(mean.value) for mean in means]
        if not np.isnan(values).all():
            made.plot(numbers, values, color=color, marker=marker, ms=4, lw=1.4, label=label)

    errors = [curse.profit.reach for curse in curses]
    made.errorbar(
        numbers, [_known(curse.profit.value) for curse in curses], yerr=errors, fmt="o",
        color=BLUE, capsize=3, label="played",
    )  # fmt: skip
    line(lambda curse: curse.equilibrium, GREEN, "equilibrium, same draws", "s")
    line(lambda curse: curse.naive, RED, "naive, same draws", "^")
    made.axhline(0, color=GREY, lw=0.8)
    whole_numbers(made.xaxis)
    legend_below(made, 3)
    return True


def drift(treatments: Treatments, figure: Figure) -> bool:
    """Draw the mean |b - v| of every round."""
    shown = [
        entry for entry in treatments if len(entry.bids) and entry.record.experiment.rounds > 1
    ]
    if not shown:
        return False
    figure.set_size_inches(7.5, 5)
    made = axes(figure, "Drift over rounds", "round", "mean |b - v|, one standard error")
    for k, entry in enumerate(shown):
        drift_panel(made, entry, PALETTE[k % len(PALETTE)])
    whole_numbers(made.xaxis)
    made.set_ylim(bottom=0)
    legend_below(made, 2)
    return True


FIGURES: Mapping[str, Callable[[Treatments, Any], bool]] = {
    "bids": bids,
    "deviations": deviations,
    "exits": exits,
    "final_bids": final_bids,
    "revenue": revenue,
    "winners_curse": winners_curse,
    "drift": drift,
}
"""Name -> picture of several treatments."""


def figures_of(treatments: Treatments) -> dict[str, Any]:
    """Return name -> matplotlib figure of all pictures that there is something for.

    Raises
    ------
    UnsupportedError : matplotlib is not installed.
    """
    from eqsolve.core.errors import UnsupportedError
    from eqsolve.core.extras import install_command

    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        reason = f"matplotlib is not installed; {install_command('matplotlib')}"
        raise UnsupportedError("figures", reason, what="picture") from None
    found = {}
    for name, picture in FIGURES.items():
        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        if picture(treatments, figure):
            found[name] = figure
    return found


def _panels(
    shown: Treatments,
    figure: Figure,
    panel: Callable[[Any, Treatment], None],
    x: str,
    y: str,
) -> bool:
    """Draw a panel for each treatment; return whether there are any."""
    if not shown:
        return False
    across = min(_ACROSS, len(shown))
    down = -(-len(shown) // across)
    figure.set_size_inches(3.4 * across + 0.6, 3.2 * down + 0.7)
    grid = figure.add_gridspec(down, across)
    made = None
    for k, entry in enumerate(shown):
        own = axes(figure, "", x, y, at=grid[k // across, k % across])
        own.set_title(short(entry.name, 34), loc="left", fontsize=10)
        panel(own, entry)
        made = own if made is None or len(_labels(own)) > len(_labels(made)) else made
    assert made is not None  # there is a panel
    legend_below(made, 5)
    return True


def _labels(made: Any) -> list[str]:
    labels: list[str] = made.get_legend_handles_labels()[1]
    return labels


def _known(value: float | None) -> float:
    return np.nan if value is None else value
