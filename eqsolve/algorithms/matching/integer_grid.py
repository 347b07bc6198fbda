"""Amounts of money on an integer grid, so that kernels compute and compare exactly.

Integers are taken as they are (at most 2**60, so that sums of a few of them fit into int64). Floats
are put on the finest grid of a power of two on which the greatest amount stays below 2**53: an
amount of at least half the greatest is represented exactly, a smaller one is off by at most 2**-53
times the greatest. Every grid number of that size is a float64, so results go back to floats
without rounding, equal amounts stay equal and nothing drifts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
INTEGER_LIMIT = 2**60
FLOAT_BITS = 53
GREATEST_EXPONENT = 1023  # 2.0**exponent is a float: below 1e-292, amounts lose digits


class Grid(NamedTuple):
    """The grid of multiples of 2**-exponent; `is_float` tells the type of results."""

    exponent: int
    is_float: bool

    def to_grid(self, amounts: NDArray[Any]) -> IntArray:
        """Return amounts in money units as the nearest grid numbers."""
        if not self.is_float and amounts.dtype.kind in "iub":
            return amounts.astype(np.int64)
        with np.errstate(under="ignore"):
            amounts = amounts * 2.0**self.exponent
        grid: IntArray = np.rint(amounts).astype(np.int64)
        return grid

    def from_grid(self, amounts: IntArray) -> NDArray[Any]:
        """Return grid numbers in money units: int64 for integer input, float64 otherwise."""
        return amounts * 2.0**-self.exponent if self.is_float else amounts


def put_on_grid(amounts: NDArray[Any]) -> tuple[IntArray, Grid]:
    """Return the grid numbers of nonnegative amounts, and the grid; all negative ones become -1.

    Parameters
    ----------
    amounts : integers or floats of any shape; -inf is allowed.

    Raises
    ------
    ValueError : an amount is NaN or +inf, or an integer above 2**60.

    >>> numbers, grid = put_on_grid(np.array([0.75, -2.0, 0.5]))
    >>> numbers.tolist(), grid.from_grid(numbers).tolist()
    ([6755399441055744, -1, 4503599627370496], [0.75, -1.1102230246251565e-16, 0.5])
    """
    if amounts.dtype.kind in "iub":
        greatest = int(amounts.max(initial=0))
        if greatest > INTEGER_LIMIT:
            raise ValueError(f"integer amounts must not exceed 2**60, got {greatest}")
        return np.maximum(amounts.astype(np.int64), -1), Grid(0, False)
    amounts = amounts.astype(np.float64, copy=False)
    top = float(amounts.max(initial=0.0))
    if not np.isfinite(top):
        raise ValueError("amounts must be finite (or -inf where there is no edge)")
    exponent = FLOAT_BITS - int(np.frexp(top)[1]) if top > 0 else 0
    grid = Grid(min(exponent, GREATEST_EXPONENT), True)
    if amounts.min(initial=0.0) < 0:
        return np.where(amounts < 0, -1, grid.to_grid(np.maximum(amounts, 0.0))), grid
    return grid.to_grid(amounts), grid
