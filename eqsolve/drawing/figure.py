"""Figures that belong to no window: drawn with our settings, saved the same each time.

matplotlib teaches notebooks to show its figures when ``pyplot`` is imported, which we do not: it
opens windows. So ours show themselves.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["Picture", "quiet", "saved"]


class Picture(Figure):
    """A figure that a notebook shows, whatever else is imported there."""

    def __init__(self, size: tuple[float, float] = (8.0, 5.5)) -> None:
        super().__init__(figsize=size, layout="constrained")
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        """Return the picture for notebooks."""
        return saved(self, "png", dpi=100)


def saved(figure: Figure, form: str, dpi: int = 150) -> bytes:
    """Return a figure's bytes: no dates and fixed ids, so that the same input gives the same.

    Parameters
    ----------
    form : ``png``, ``svg`` or ``pdf``.
    dpi : of a ``png``.
    """
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    buffer = io.BytesIO()
    with quiet():
        figure.savefig(buffer, format=form, dpi=dpi, metadata=metadata)
    return buffer.getvalue()


@contextmanager
def quiet() -> Iterator[None]:
    """Draw with our settings, without warnings about characters that a font lacks."""
    settings: Any = {"svg.hashsalt": "eqsolve", "svg.fonttype": "none", "text.parse_math": False}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # In an .svg the viewer has its own fonts; elsewhere a box stands for the character.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield
