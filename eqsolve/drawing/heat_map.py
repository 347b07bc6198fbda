"""A heat map of one side against another, with bars for both sides along its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.drawing.numbers import written
from eqsolve.drawing.style import TEXT, axes, columns_axis, end_of_scale, rows_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Bars", "heat_map", "heat_map_size"]

_NUMBERED = 160
"""Cells up to which a heat map also shows its numbers, if it has at most 12 columns."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars along an edge, stacked where there are several.

    Parameters
    ----------
    label : what they measure, with the unit.
    parts : (lengths, color, name in the legend or "") of each part.
    """

    label: str
    parts: Sequence[tuple[NumberArray, str, str]]


def heat_map_size(rows: int, columns: int) -> tuple[float, float]:
    """Return width and height, in inches, at which all labels can be read."""
    return min(13, max(7.5, 4.5 + 0.22 * columns)), min(13, max(5, 3.6 + 0.2 * rows))


def heat_map(
    figure: Figure,
    title: str,
    table: FloatArray,
    unit: str,
    labels: tuple[list[str], list[str]],
    *,
    above: Bars,
    beside: Bars,
) -> tuple[Axes, Axes]:
    """Draw a table with its bars and return the axes of the map and of the bars beside it.

    Parameters
    ----------
    figure : its size set, see `heat_map_size`.
    title : of the picture.
    table : shape (rows, columns), not empty, >= 0.
    unit : of its numbers.
    labels : of rows and of columns.
    above, beside : one number for each column; one for each row.
    """
    rows, columns = table.shape
    grid = figure.add_gridspec(
        2, 2, height_ratios=(1.1, figure.get_figheight() - 2.5), width_ratios=(4, 1)
    )
    body = axes(figure, "", "", "", grid=False, at=grid[1, 0])
    top = axes(figure, title, "", above.label, at=grid[0, 0], sharex=body)
    side = axes(figure, "", beside.label, "", at=grid[1, 1], sharey=body)
    most = end_of_scale(table)
    shown = body.imshow(
        table, cmap="Blues", aspect="auto", interpolation="nearest", vmin=0, vmax=most
    )
    figure.colorbar(shown, ax=[body, side], label=unit, location="right", pad=0.02)
    if table.size <= _NUMBERED and columns <= 12:
        for (i, j), amount in np.ndenumerate(table):
            if amount > 0.0005 * most:
                ink = "white" if amount > 0.6 * most else "black"
                text = f"{written(amount, 3)}"
                body.text(j, i, text, ha="center", va="center", fontsize=8, color=ink)
    for part in (above, beside):  # a scale around nothing would be one of tiny fractions
        if not any(np.any(lengths) for lengths, _, _ in part.parts):
            (top.set_ylim if part is above else side.set_xlim)(0, 1)
            words = "all are 0" if part is above else "all\nare 0"
            where = top if part is above else side
            where.text(0.5, 0.5, words, transform=where.transAxes, ha="center", va="center",
                       fontsize=8, color=TEXT)  # fmt: skip
    reached = np.zeros(columns)
    for lengths, color, name in above.parts:
        top.bar(np.arange(columns), lengths, 0.7, reached, color=color, label=name)
        reached = reached + lengths
    reached = np.zeros(rows)
    for lengths, color, name in beside.parts:
        side.barh(np.arange(rows), lengths, 0.7, reached, color=color, label=name)
        reached = reached + lengths
    top.tick_params(labelbottom=False)
    top.locator_params(axis="y", nbins=3)
    side.tick_params(labelleft=False)
    side.locator_params(axis="x", nbins=3)
    columns_axis(body, labels[1])
    rows_axis(body, labels[0])
    return body, side
