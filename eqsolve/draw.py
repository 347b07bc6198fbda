"""Draw the picture of an instance's kind: `plot` for people, `draw` into a file."""

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
from eqsolve.registry import family_of, get_family
from eqsolve.solve import solve

__all__ = ["draw", "pictures", "plot"]


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
    form = _form(path)
    name, figure = _drawn(instance, result, picture)
    write_output(str(path), _saved(figure, form))
    return name


def plot(
    instance: Any,
    result: Result[Any] | None = None,
    output: str | Path | None = None,
    *,
    picture: str | None = None,
    time_limit: float | None = None,
) -> Any:
    """Return a picture of an instance and its solution as a figure of matplotlib.

    Parameters
    ----------
    instance : an instance of any kind.
    result : its solution; None computes one, as ``eqsolve plot`` does.
    output : a ``.png``, ``.svg`` or ``.pdf`` file to write as well; ``-`` is standard output.
    picture : a name that ``eqsolve plot INSTANCE --list`` shows; None takes the first that can be
        drawn.
    time_limit : seconds for the solution, where none is given; None takes the family's.

    Returns
    -------
    figure : `matplotlib.figure.Figure`; notebooks show it.

    Raises
    ------
    OptionError : no instance, unknown picture or file type.
    UnsupportedError : matplotlib is not installed, or the picture cannot be drawn.

    Notes
    -----
    Cost: drawing, O(size of the instance), beside solving it. Source: none, it is a display.

    Examples
    --------
    >>> from eqsolve import AssignmentMarket
    >>> len(plot(AssignmentMarket([[5, 3], [4, 1]])).axes) > 0
    True
    """
    family = family_of(instance)
    form = None if output is None else _form(output)
    pictures(family.kind)  # refuses early what cannot be drawn
    if result is None:
        result = solve(instance, time_limit=time_limit)
    family.require_result(result)
    _, figure = _drawn(instance, result, picture)
    if form is not None:
        write_output(str(output), _saved(figure, form))
    return figure


def _form(path: str | Path) -> str:
    """Return the form of a picture's file: png, svg or pdf.

    Raises
    ------
    OptionError : another one.
    OSError : the file could not be written.
    """
    form = ".svg" if str(path) == STANDARD else Path(path).suffix
    if form not in (".png", ".svg", ".pdf"):
        raise OptionError(f"{path}: a picture must be a .png, .svg or .pdf file")
    require_output(str(path))
    return form[1:]


def _drawn(instance: Any, result: Any, picture: str | None) -> tuple[str, Any]:
    """Return the picture asked for, or the first that can be drawn, with its name.

    Raises
    ------
    OptionError : no such picture.
    UnsupportedError : it cannot be drawn.
    """
    available = pictures(instance.kind)
    if picture is not None and picture not in available:
        raise OptionError(f"unknown picture {picture!r}; {nearest_name(picture, available)}")
    wanted = list(available) if picture is None else [picture]
    for name in wanted:
        try:
            return name, _figure(available[name], instance, result)
        except UnsupportedError:
            if name == wanted[-1]:
                raise
    raise AssertionError("a kind with pictures has a last one")


def render(
    function: Any, instance: Any, result: Any, form: str, size: tuple[float, float] = (8.0, 5.5)
) -> bytes:
    """Return a picture's bytes; drawn without any display and without global state.

    Text is drawn as it is: dollar signs are no formulas, and what is no character is an escape.
    """
    return _saved(_figure(function, instance, result, size), form)


def _figure(
    function: Any, instance: Any, result: Any, size: tuple[float, float] = (8.0, 5.5)
) -> Any:
    """Return a picture as a figure that belongs to no window."""
    from eqsolve.drawing.figure import Picture, quiet
    from eqsolve.drawing.numbers import plain_numbers

    with quiet():
        figure = Picture(size)
        function(_readable(instance), result, figure)
        plain_numbers(figure)
    return figure


def _saved(figure: Any, form: str) -> bytes:
    """Return a figure's bytes."""
    from eqsolve.drawing.figure import saved

    return saved(figure, form)


def _readable(instance: Any) -> Any:
    """Return an instance whose name and labels hold nothing but text; others as they are."""
    if not isinstance(instance, Instance):
        return instance
    shown = copy(instance)
    labels = {side: tuple(map(visible, names)) for side, names in instance.labels.items()}
    object.__setattr__(shown, "labels", MappingProxyType(labels))
    object.__setattr__(shown, "name", visible(instance.name))
    return shown
