"""Unit-demand market files: ``consumers items values``, then ``consumer item value`` lines.

Indices count from 0. Files of the popularity model announce fewer values than they hold, so the
announced number is not a place to stop: everything is read to the end. A file that holds fewer
than announced was cut off, and is refused. Source: Fernandes, Ferreira, Franco and Schouery,
*The envy-free pricing problem, unit-demand markets and connections with the network pricing
problem*.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eqsolve.core.arrays import IntArray, NumberArray
from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers
from eqsolve.formats.text import head_of, read_text, whole

__all__ = ["UnitDemandFile", "is_unit_demand", "read_unit_demand"]


@dataclass(frozen=True, slots=True)
class UnitDemandFile:
    """The content of a file.

    Parameters
    ----------
    n_consumers, n_items : the sides.
    announced : number of values that the first line speaks of.
    consumer, item, value : one entry per line, in the order of the file.
    """

    n_consumers: int
    n_items: int
    announced: int
    consumer: IntArray
    item: IntArray
    value: NumberArray


def is_unit_demand(path: Path) -> bool:
    """Return whether a file begins with a line of three whole numbers, then ``int int number``."""
    lines = [line.split() for line in head_of(path).split("\n")[:2]]
    if len(lines) < 2 or len(lines[0]) != 3 or len(lines[1]) != 3:
        return False
    return all(whole(word) is not None for word in lines[0] + lines[1][:2])


def read_unit_demand(path: Path) -> UnitDemandFile:
    """Return the content of a file, read to its end.

    Raises
    ------
    FormatError : a line for each malformed line of the file, or fewer values than announced.
    """
    lines = read_text(path).split("\n")
    first = [whole(word) for word in lines[0].split()]
    if len(first) != 3 or None in first:
        rule = "line 1 must hold three whole numbers: consumers, items, values"
        raise FormatError(str(path), Fault("", rule, value=lines[0][:60]))
    n, m, announced = (number or 0 for number in first)
    faults: list[Fault] = []
    rows: list[tuple[int, int, int | float]] = []
    first_line: dict[tuple[int, int], int] = {}
    for place, line in enumerate(lines[1:], start=2):
        words = line.split()
        if not words:
            continue
        try:
            row = _row(words, n, m)
        except NumberError as error:
            faults.append(Fault(f"line {place}", str(error), value=line[:60]))
            continue
        earlier = first_line.setdefault(row[:2], place)
        if earlier != place:
            rule = f"this pair is listed twice, first in line {earlier}"
            faults.append(Fault(f"line {place}", rule, value=line[:60]))
        rows.append(row)
    if not faults and len(rows) < announced:
        rule = f"the first line announces {announced} values, but the file holds {len(rows)}"
        faults.append(Fault("", rule))
    consumers, items, values = list(zip(*rows, strict=True)) or [(), (), ()]
    value = None if faults else as_numbers(values, "values", (len(rows),), faults)
    if value is None:
        raise FormatError(str(path), faults[:MAX_FAULTS])
    return UnitDemandFile(
        n, m, announced, np.array(consumers, np.int64), np.array(items, np.int64), value
    )


def _row(words: list[str], n: int, m: int) -> tuple[int, int, int | float]:
    """Return the numbers of a line, or raise `NumberError`."""
    consumer, item = (whole(word) for word in words[:2]) if len(words) == 3 else (None, None)
    if consumer is None or item is None or consumer >= n or item >= m:
        rule = f"must be `consumer item value` with consumer < {n} and item < {m}"
        raise NumberError(rule)
    try:
        value = read_number(words[2])
    except NumberError as error:
        raise NumberError(f"the value {error}") from None
    if value < 0:
        raise NumberError("the value must be >= 0")
    return consumer, item, value
