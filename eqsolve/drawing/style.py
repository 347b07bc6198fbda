"""One look for all pictures: colors that color-blind readers can tell apart, readable sizes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.instance import Instance
from eqsolve.core.result import Result
from eqsolve.core.status import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "PALETTE",
    "PINK",
    "RED",
    "SKY",
    "TEXT",
    "axes",
    "begin",
    "columns_axis",
    "drawing",
    "end_labels",
    "end_of_scale",
    "legend_below",
    "message",
    "place_names",
    "rows_axis",
    "short",
    "spread",
    "whole_numbers",
]

# Okabe and Ito's palette, with indigo for its yellow, which is pale on white.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, INDIGO, BLACK = "#56B4E9", "#CC79A7", "#332288", "#000000"
GREY, TEXT = "#9A9A9A", "#4D4D4D"
PALETTE = (BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK, INDIGO)


def begin(
    figure: Figure, instance: Instance, result: Result[Any], width: float, height: float
) -> None:
    """Set a picture's size (inches), and above it the instance's name and what is not proved."""
    figure.set_size_inches(width, height)
    caption = [short(instance.name, 70)] if instance.name else []
    if result.status is not Status.SOLVED:
        stopped = f", stopped by the {result.limit.value} limit" if result.limit else ""
        caption.append(f"{result.status.value}{stopped}: {result.status.meaning}")
    if caption:
        text = "\n".join(textwrap.fill(line, int(15 * width)) for line in caption)
        figure.suptitle(text, x=0.012, ha="left", fontsize=8.5, color=TEXT)


def axes(
    figure: Figure, title: str, x: str, y: str, *, grid: bool = True, at: Any = 111, **shared: Any
) -> Axes:
    """Return new axes with title and labels set.

    Parameters
    ----------
    figure : where; its size should be set before, as titles wrap at its width.
    title, x, y : texts.
    grid : whether to draw a grid.
    at : place in the figure, as for ``Figure.add_subplot``; default all of it.
    **shared : ``sharex`` or ``sharey``.
    """
    made: Axes = figure.add_subplot(at, **shared)
    wrapped = textwrap.fill(title, max(20, int(10.5 * figure.get_figwidth())))
    made.set_title(wrapped, loc="left", fontsize=12)
    made.set_xlabel(x)
    made.set_ylabel(y)
    made.spines[["top", "right"]].set_visible(False)
    if grid:
        made.grid(color="#E5E5E5", linewidth=0.8)
        made.set_axisbelow(True)
    return made


def drawing(figure: Figure, title: str, at: Any = 111) -> Axes:
    """Return axes without scales, for drawings whose places have no numbers."""
    made = axes(figure, title, "", "", grid=False, at=at)
    made.set_axis_off()
    return made


def message(figure: Figure, title: str, text: str) -> None:
    """Draw a sentence where there is nothing else to draw."""
    made = drawing(figure, title)
    sentence = f"{text[:1].upper()}{text[1:]}".removesuffix(".") + "."
    wrapped = textwrap.fill(sentence, max(20, int(9 * figure.get_figwidth())))
    made.text(0.5, 0.5, wrapped, ha="center", va="center", color=TEXT, transform=made.transAxes)


def legend_below(made: Axes, columns: int = 3, extra: Sequence[Any] = ()) -> None:
    """Put the legend under the axes, where it covers nothing; `extra` are further handles."""
    figure = made.get_figure()
    assert figure is not None  # axes are made by a figure
    handles, labels = made.get_legend_handles_labels()
    handles += extra
    labels += [handle.get_label() for handle in extra]
    if handles:
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=9
        )


def rows_axis(made: Axes, labels: list[str], most: int = 60, longest: int = 24) -> None:
    """Label rows 0, 1, ... downwards; with many rows only every k-th is labeled.

    Labels of more than `longest` characters are cut.
    """
    step = max(1, -(-len(labels) // most))
    ticks: list[Any] = list(range(0, len(labels), step))
    made.set_yticks(ticks, [short(labels[tick], longest) for tick in ticks], fontsize=8)
    made.set_ylim(max(len(labels), 1) - 0.4, -0.6)


def columns_axis(made: Axes, labels: list[str], most: int = 60) -> None:
    """Label columns 0, 1, ... to the right, upright where they would not fit side by side."""
    figure: Any = made.get_figure()
    step = max(1, -(-len(labels) // most))
    ticks: list[Any] = list(range(0, len(labels), step))
    texts = [short(labels[tick]) for tick in ticks]
    room = 11 * figure.get_figwidth() / max(len(texts), 1)  # characters a column
    upright = max(map(len, texts), default=0) > room
    made.set_xticks(ticks, texts, fontsize=8, rotation=90 if upright else 0)
    made.set_xlim(-0.6, max(len(labels), 1) - 0.4)


def end_of_scale(amounts: FloatArray) -> float:
    """Return the greatest of amounts >= 0; 1 where all are 0, else numbers were tiny fractions.

    Examples
    --------
    >>> end_of_scale(np.array([2.0, 5.0])), end_of_scale(np.zeros(3)), end_of_scale(np.zeros(0))
    (5.0, 1.0, 1.0)
    """
    return float(np.nanmax(amounts, initial=0.0)) or 1.0


def whole_numbers(*scales: Axis) -> None:
    """Put ticks at whole numbers only."""
    from eqsolve.drawing.numbers import WholeNumbers

    for scale in scales:
        scale.set_major_locator(WholeNumbers())


def end_labels(
    made: Axes, heights: Iterable[float], texts: Iterable[str], colors: Iterable[str]
) -> None:
    """Name lines at their right ends; names that would overlap move apart."""
    low, high = made.get_ylim()
    places = spread(list(heights), 0.045 * (high - low), low, high)
    for place, text, color in zip(places, texts, colors, strict=True):
        made.annotate(
            short(text), (1, place), xycoords=made.get_yaxis_transform(), xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=9, color=color,
        )  # fmt: skip


def place_names(
    made: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    colors: Sequence[str],
    avoid: Sequence[tuple[float, float]] = (),
    lines: Sequence[Sequence[tuple[float, float]]] = (),
    radius: float = 4.0,
) -> None:
    """Write names beside points, each where it covers no point and no other name.

    A name for which there is no room on any side is left out. `avoid` are further points to keep
    free; `lines`, each from point to point, are covered only where every free side has one;
    `radius` is that of the marks, in points of print. Call it last: places are measured in the
    finished layout.
    """
    from matplotlib.path import Path
    from matplotlib.patheffects import withStroke
    from matplotlib.transforms import Bbox

    from eqsolve.drawing.numbers import plain_numbers

    figure: Any = made.get_figure()
    plain_numbers(figure)
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    inside = made.get_window_extent(renderer)
    pixel = figure.dpi / 72
    taken = [
        Bbox([[x - radius * pixel, y - radius * pixel], [x + radius * pixel, y + radius * pixel]])
        for x, y in made.transData.transform([*points, *avoid])
    ]
    far, near = radius + 2, radius
    sides = (
        (far, 0, "left", "center"), (-far, 0, "right", "center"), (0, far, "center", "bottom"),
        (0, -far, "center", "top"), (near, near, "left", "bottom"),
        (-near, near, "right", "bottom"), (near, -near, "left", "top"),
        (-near, -near, "right", "top"),
    )  # fmt: skip
    drawn = [Path(made.transData.transform(line)) for line in lines]
    for point, text, color in zip(points, texts, colors, strict=True):
        kept: Any = None
        for dx, dy, across, along in sides:
            name = made.annotate(
                text, point, (dx, dy), textcoords="offset points", ha=across, va=along,
                fontsize=8, color=color, zorder=5,
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip
            box = name.get_window_extent(renderer).padded(pixel)
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1
            fits = fits and inside.y0 <= box.y0 and box.y1 <= inside.y1
            fits = fits and not box.count_overlaps(taken)
            clear = fits and not any(line.intersects_bbox(box, filled=False) for line in drawn)
            if kept is not None and clear:
                kept[0].remove()
            if clear or (fits and kept is None):
                kept = name, box
            else:
                name.remove()
            if clear:
                break
        if kept is not None:
            taken.append(kept[1])


def spread(heights: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Return heights moved by as little as keeps them `apart`, within [low, high] if they fit.

    Examples
    --------
    >>> spread([0.0, 0.0, 5.0], 1.0, 0.0, 10.0)
    [0.0, 1.0, 5.0]
    """
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    moved = list(heights)
    floor = low
    for k in order:
        moved[k] = max(moved[k], floor)
        floor = moved[k] + apart
    ceiling = max(high, low + apart * (len(order) - 1))
    for k in reversed(order):
        moved[k] = min(moved[k], ceiling)
        ceiling = moved[k] - apart
    return moved


def short(text: str, most: int = 24) -> str:
    """Return a label cut to a readable length; its end, which often tells it apart, is kept.

    Examples
    --------
    >>> short("a rather long name of seller 12")
    'a rather long...eller 12'
    """
    tail = most // 3
    return text if len(text) <= most else f"{text[: most - tail - 3]}...{text[-tail:]}"
