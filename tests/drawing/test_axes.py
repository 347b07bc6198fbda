"""Axes: numbers as people write them, never without one; names keep off points and lines."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")

import numpy as np
from hypothesis import given, strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Annotation

from eqsolve.drawing.heat_map import Bars, heat_map
from eqsolve.drawing.numbers import plain_numbers, written
from eqsolve.drawing.style import axes, message, place_names

MINUS = "\N{MINUS SIGN}"
RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """Return the number that a text stands for."""
    found = re.fullmatch(r"(-?)([0-9,.]*?)·?(?:10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?", text.replace(MINUS, "-"))
    assert found is not None, text
    sign, digits, power = found.groups()
    number = float(digits.replace(",", "") or 1) * 10.0 ** int((power or "⁰").translate(RAISED))
    return -number if sign else number


@given(st.floats(-1e300, 1e300, allow_subnormal=False))
def test_what_is_written_is_the_number(value: float) -> None:
    if abs(value) > 1e-300 or value == 0:
        text = written(value)
        assert "e" not in text
        assert read(text) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("low", "high"), [(1e-6, 1), (0.3, 0.9), (90, 165), (1, 30), (2.1, 2.2), (1e-9, 1e12)]
)
def test_logarithmic_axes_always_have_numbers(low: float, high: float) -> None:
    figure = Figure()
    FigureCanvasAgg(figure)
    made = axes(figure, "t", "x", "y")
    made.plot([low, high], [low, high])
    made.set_yscale("log")
    plain_numbers(figure)
    figure.draw_without_rendering()
    bottom, top = made.get_ylim()
    shown = [
        tick.label1.get_text() for tick in made.yaxis.get_major_ticks()
        if bottom <= tick.get_loc() <= top
    ]  # fmt: skip
    assert len(set(shown)) >= 2
    assert all(bottom * 0.999 <= read(text) <= top * 1.001 for text in shown)


def test_bars_of_nothing_have_no_scale_of_tiny_fractions() -> None:
    figure = Figure(figsize=(8, 6))
    FigureCanvasAgg(figure)
    nothing = Bars("price", [(np.zeros(2), "C0", "")])
    heat_map(figure, "t", np.eye(2), "u", (["a", "b"], ["c", "d"]), above=nothing, beside=nothing)
    ranges = [made.get_ylim() for made in figure.axes if made.get_ylabel() == "price"]
    assert ranges == [(0.0, 1.0)]
    assert sum("all" in text.get_text() for made in figure.axes for text in made.texts) == 2


def test_names_keep_off_lines_where_they_can() -> None:
    figure = Figure(figsize=(6, 6))
    FigureCanvasAgg(figure)
    made = axes(figure, "t", "", "")
    made.set_xlim(0, 1)
    made.set_ylim(0, 1)
    line = [(0.5, 0.5), (1.0, 0.5)]
    place_names(made, [line[0]], ["somebody"], ["black"], lines=[line])
    (name,) = (text for text in made.texts if isinstance(text, Annotation))
    box = name.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]  # Agg
    assert not Path(made.transData.transform(line)).intersects_bbox(box, filled=False)
    spokes = [[(0.2, 0.2), (0.2 + x, 0.2 + y)] for x in (-1, 0, 1) for y in (-1, 0, 1)]
    place_names(made, [(0.2, 0.2)], ["surrounded"], ["black"], lines=spokes)
    assert [text.get_text() for text in made.texts] == ["somebody", "surrounded"]


def test_names_keep_off_large_marks() -> None:
    figure = Figure(figsize=(6, 6))
    FigureCanvasAgg(figure)
    made = axes(figure, "t", "", "")
    place_names(made, [(0.5, 0.5)], ["somebody"], ["black"], radius=20.0)
    (name,) = (text for text in made.texts if isinstance(text, Annotation))
    box = name.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]  # Agg
    center, _ = made.transData.transform((0.5, 0.5))
    assert box.x0 >= center + 20 * figure.dpi / 72


@pytest.mark.parametrize("text", ["nobody wins", "Nobody wins."])
def test_what_stands_in_place_of_a_picture_is_a_sentence(text: str) -> None:
    figure = Figure(figsize=(6, 6))
    message(figure, "t", text)
    assert [shown.get_text() for shown in figure.axes[0].texts] == ["Nobody wins."]
