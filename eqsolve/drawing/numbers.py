"""Numbers on axes as people write them: 0.001 and 1,000,000, and powers of ten beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import (
    FuncFormatter,
    LogFormatterMathtext,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["WholeNumbers", "plain_numbers", "written"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = (1e-4, 1e9)
"""Sizes between which a number is written out."""


class WholeNumbers(MaxNLocator):
    """Ticks at whole numbers only, a single one where no more fits the range."""

    def __init__(self, most: Any = "auto") -> None:
        super().__init__(most, integer=True, steps=(1, 2, 5, 10), min_n_ticks=1)


def written(value: float, digits: int = 14) -> str:
    """Return a number as people write it, rounded to so many digits.

    Examples
    --------
    >>> written(0.1 + 0.2), written(1e6), written(0)
    ('0.3', '1,000,000', '0')
    >>> written(1e-6), written(2.5e-7), written(3e12), written(10**15 + 1)
    ('10⁻⁶', '2.5·10⁻⁷', '3·10¹²', '1,000,000,000,000,001')
    >>> written(1234567.8, 4), written(1.459e-5, 3), written(2 / 3, 2)
    ('1,235,000', '1.46·10⁻⁵', '0.67')
    """
    size = abs(float(value))
    if digits < 14:
        size = float(f"{size:.{digits}g}")
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    if size == 0 or _PLAIN[0] <= size < _PLAIN[1]:
        return sign + _grouped(f"{size:.14g}")
    if 1 <= size < 1e16 and len(f"{size:.0f}".rstrip("0")) > 6:
        return sign + _grouped(f"{size:.0f}")
    mantissa, _, power = f"{size:.13e}".partition("e")
    front = mantissa.rstrip("0").rstrip(".")
    raised = f"10{str(int(power)).translate(_RAISED)}"
    return sign + (raised if front == "1" else f"{front}·{raised}")


def _grouped(digits: str) -> str:
    """Return digits with commas between thousands; those of a fraction stay."""
    whole, point, rest = digits.partition(".")
    return f"{int(whole):,}{point}{rest}"


def plain_numbers(figure: Figure) -> None:
    """Write the numbers of all axes of a figure as people do, so many as fit; names stay."""
    write = FuncFormatter(lambda value, _: written(value))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            form, placed = axis.get_major_formatter(), axis.get_major_locator()
            if type(form) is ScalarFormatter:
                axis.set_major_formatter(write)
                if isinstance(placed, MaxNLocator):
                    fewer = WholeNumbers if isinstance(placed, WholeNumbers) else MaxNLocator
                    _place_ticks(axis, [placed, *(fewer(most) for most in (4, 3, 2, 1))])
            elif isinstance(form, LogFormatterMathtext):
                axis.set_major_formatter(write)
                axis.set_minor_formatter(NullFormatter())
                if isinstance(placed, LogLocator):
                    low, high = sorted(axis.get_view_interval())
                    powers = math.log10(high / low)
                    more: list[Any] = [MaxNLocator(5)] if powers < 0.7 else []
                    more += [LogLocator(subs=(1.0, 2.0, 5.0))] if powers < 2.5 else []
                    _place_ticks(axis, [*more, placed, LogLocator(numticks=3)])


def _place_ticks(axis: Any, locators: Sequence[Any]) -> None:
    """Take the first locator whose numbers fit beside each other, and are two or more.

    One whole number is enough, where there may be no other.
    """
    low, high = sorted(axis.get_view_interval())
    box = axis.axes.get_position()
    inches = axis.axes.get_figure().get_size_inches()
    across = axis.axis_name == "x"
    room = 72 * 0.85 * (box.width * inches[0] if across else box.height * inches[1])
    for locator in locators:
        axis.set_major_locator(locator)
        texts = [written(place) for place in locator() if low <= place <= high]
        used = 6.0 * sum(len(text) + 2 for text in texts) if across else 14.0 * len(texts)
        if used <= room and len(texts) > (not isinstance(locator, WholeNumbers)):
            return
