"""Draw the picture of an instance's kind into a file."""

from __future__ import annotations

from copy import copy
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from eqsolve.core.errors import OptionError, UnsupportedError, nearest_name
from eqsolve.core.extras import install_command
from eqsolve.core.instance import Instance
from eqsolve.core.result import Result
from eqsolve.core.text import visible
from eqsolve.io.opening import STANDARD, require_output, write_output
from eqsolve.registry import get_family

__all__ = ["draw", "pictures"]


def pictures(kind: str) -> dict[str, Any]:
    """Return name -> drawing function for a kind, the default first.

    Raises
    ------
    UnsupportedError : the kind has no pictures, or matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        reason = f"matplotlib is not installed; {install_command('matplotlib')}"
        raise UnsupportedError("plot", reason, what="verb")
    found: dict[str, Any] = get_family(kind).take("pictures", "PICTURES", {})
    if not found:
        raise UnsupportedError("plot", f"there is no picture of {kind}", what="verb")
    return found


def draw(
    instance: Any,
    result: Result[Any],
    path: str | Path,
    *,
    picture: str | None = None,
) -> str:
    """Write a picture and return its name.

    Parameters
    ----------
    instance, result : what to draw.
    path : ``.png``, ``.svg`` or ``.pdf``; ``-`` writes SVG to standard output.
    picture : a name from `pictures`; None takes the kind's first that can be drawn.

    Raises
    ------
    OptionError : unknown picture or file type.
    UnsupportedError : the picture cannot be drawn of this instance.
    """
    available = pictures(instance.kind)
    if picture is not None and picture not in available:
        raise OptionError(f"unknown picture {picture!r}; {nearest_name(picture, available)}")
    form = ".svg" if str(path) == STANDARD else Path(path).suffix
    if form not in (".png", ".svg", ".pdf"):
        raise OptionError(f"{path}: a picture must be a .png, .svg or .pdf file")
    require_output(str(path))
    wanted = list(available) if picture is None else [picture]
    for name in wanted:
        try:
            drawn = render(available[name], instance, result, form[1:])
        except UnsupportedError:
            if name == wanted[-1]:
                raise
        else:
            write_output(str(path), drawn)
            return name
    raise AssertionError("a kind with pictures has a last one")


def render(
    function: Any, instance: Any, result: Any, form: str, size: tuple[float, float] = (8.0, 5.5)
) -> bytes:
    """Return a picture's bytes; drawn without any display and without global state.

    Text is drawn as it is: dollar signs are no formulas, and what is no character is an escape.
    """
    import io
    import warnings

    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # No dates and fixed ids: the same input gives the same bytes.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    settings: Any = {"svg.hashsalt": "eqsolve", "svg.fonttype": "none", "text.parse_math": False}
    buffer = io.BytesIO()
    with mpl.rc_context(settings), warnings.catch_warnings():
        # In an .svg the viewer has its own fonts; elsewhere a box stands for the character.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        function(_readable(instance), result, figure)
        _plain_powers(figure)
        figure.savefig(buffer, format=form, dpi=150, metadata=metadata)
    return buffer.getvalue()


def _readable(instance: Any) -> Any:
    """Return an instance whose name and labels hold nothing but text; others as they are."""
    if not isinstance(instance, Instance):
        return instance
    shown = copy(instance)
    labels = {side: tuple(map(visible, names)) for side, names in instance.labels.items()}
    object.__setattr__(shown, "labels", MappingProxyType(labels))
    object.__setattr__(shown, "name", visible(instance.name))
    return shown


def _plain_powers(figure: Any) -> None:
    """Write the ticks of logarithmic scales as numbers, which are formulas otherwise."""
    from matplotlib.ticker import LogFormatter, LogFormatterMathtext

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
                axis.set_major_formatter(LogFormatter())
            if isinstance(axis.get_minor_formatter(), LogFormatterMathtext):
                axis.set_minor_formatter(LogFormatter(labelOnlyBase=True))
