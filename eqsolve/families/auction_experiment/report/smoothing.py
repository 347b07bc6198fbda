"""A smooth curve through points: local lines weighted by the tricube (LOESS, degree 1).

At each place the nearest share of the points counts, at distance d with weight ``(1 - (d/D)^3)^3``
where D is that of the furthest of them; the curve is the value there of the line with the least
weighted squares. Where the weighted points lie at one place, it is their mean. No rounds of
reweighting. Cost: O(places * points).

Source: Cleveland (1979); Cleveland and Devlin (1988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError

__all__ = ["loess"]

_FLAT = 1e-12
"""Spread of places, against the square of the reach, below which they count as one place."""


def loess(
    x: Sequence[float] | FloatArray,
    y: Sequence[float] | FloatArray,
    places: Sequence[float] | FloatArray,
    share: float = 0.75,
) -> FloatArray:
    """Return the smooth curve through points at some places.

    Parameters
    ----------
    x, y : the points, at least one.
    places : where the curve is wanted.
    share : of the points that counts at a place, in (0, 1].

    Raises
    ------
    OptionError : a share that is none, or no points.

    Examples
    --------
    >>> loess([0, 1, 2, 3], [1, 3, 5, 7], [0.5, 2.5]).tolist()
    [2.0, 6.0]
    """
    if not 0 < share <= 1:
        raise OptionError(f"share = {share!r}: must be in (0, 1]")
    at, value = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not len(at):
        raise OptionError("a curve needs points")
    nearest = min(len(at), max(2, math.ceil(share * len(at))))
    found = []
    for place in np.asarray(places, dtype=np.float64).tolist():
        offset = at - place
        distance = np.abs(offset)
        reach = float(np.partition(distance, nearest - 1)[nearest - 1])
        # The furthest would weigh nothing: two points would be one.
        reach *= 1 + 1e-9
        ratio = np.minimum(distance / reach, 1.0) if reach else (distance > 0).astype(float)
        found.append(_line(offset, value, (1 - ratio**3) ** 3, reach))
    return np.array(found)


def _line(offset: FloatArray, value: FloatArray, weight: FloatArray, reach: float) -> float:
    """Return the value at offset 0 of the line with the least weighted squares."""
    weight = weight / weight.sum()
    centre, mean = float(weight @ offset), float(weight @ value)
    spread = float(weight @ (offset - centre) ** 2)
    if spread <= _FLAT * reach**2:
        return mean
    slope = float(weight @ ((offset - centre) * (value - mean))) / spread
    return mean - slope * centre
