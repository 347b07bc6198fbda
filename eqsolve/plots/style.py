"""One look for all pictures: colors that color-blind readers can tell apart, readable sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "PALETTE",
    "RED",
    "SKY",
    "axes",
    "legend_below",
    "rows_axis",
]

# Okabe and Ito's palette.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"
GREY = "#9A9A9A"
PALETTE = (BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK, YELLOW)


def axes(figure: Figure, title: str, x: str, y: str, *, grid: bool = True) -> Axes:
    """Return the figure's single axes with title and labels set."""
    made = figure.add_subplot()
    made.set_title(title, loc="left", fontsize=12)
    made.set_xlabel(x)
    made.set_ylabel(y)
    made.spines[["top", "right"]].set_visible(False)
    if grid:
        made.grid(color="#E5E5E5", linewidth=0.8)
        made.set_axisbelow(True)
    return made


def legend_below(made: Axes, columns: int = 3) -> None:
    """Put the legend under the axes, where it covers nothing."""
    figure = made.get_figure()
    assert figure is not None  # axes are made by a figure
    handles, labels = made.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
        )


def rows_axis(made: Axes, labels: list[str], most: int = 40) -> None:
    """Label rows 0, 1, ... downwards; with many rows only every k-th is labeled."""
    step = max(1, -(-len(labels) // most))
    ticks: list[Any] = list(range(0, len(labels), step))
    made.set_yticks(ticks, [_short(labels[tick]) for tick in ticks], fontsize=8)
    made.set_ylim(len(labels) - 0.4, -0.6)


def _short(text: str, most: int = 24) -> str:
    """Return a label cut to a readable length."""
    return text if len(text) <= most else text[: most - 3] + "..."
