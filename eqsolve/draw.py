"""Draw the picture of an instance's kind into a file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eqsolve.core.errors import OptionError, UnsupportedError, nearest_name
from eqsolve.core.result import Result
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
        reason = "matplotlib is not installed; pip install 'eqsolve[plot]'"
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
    picture : a name from `pictures`; None takes the kind's first.

    Raises
    ------
    OptionError : unknown picture or file type.
    """
    available = pictures(instance.kind)
    name = next(iter(available)) if picture is None else picture
    if name not in available:
        raise OptionError(f"unknown picture {name!r}; {nearest_name(name, available)}")
    form = ".svg" if str(path) == STANDARD else Path(path).suffix
    if form not in (".png", ".svg", ".pdf"):
        raise OptionError(f"{path}: a picture must be a .png, .svg or .pdf file")
    require_output(str(path))
    write_output(str(path), render(available[name], instance, result, form[1:]))
    return name


def render(
    function: Any, instance: Any, result: Any, form: str, size: tuple[float, float] = (8.0, 5.5)
) -> bytes:
    """Return a picture's bytes; drawn without any display and without global state."""
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    function(instance, result, figure)
    buffer = io.BytesIO()
    # No dates and fixed ids: the same input gives the same bytes.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "eqsolve", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=form, dpi=150, metadata=metadata)
    return buffer.getvalue()
