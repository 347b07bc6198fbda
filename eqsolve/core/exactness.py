"""How large and how uneven numbers may be: the limits of exactness, stated once.

Whole numbers are computed exactly or refused; decimals are refused where their sums would
overflow, or where some of them would vanish beside others in 64 bits. Solvers ask before any work
(`Reach.refusal`), verifiers compare exactly within the same limits. `in_units` is the way out for
small instances: every finite float is a whole multiple of a power of two, so Python's integers hold
any market exactly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray, is_integral

__all__ = ["REACH", "Reach", "doubt", "in_units", "largest_number"]


_FULL = 49
"""Binary digits from which a float looks like the rounding of something else."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The numbers that a kind of instance takes.

    Parameters
    ----------
    whole : greatest whole number, times the number of terms that are added up.
    decimal : greatest decimal number.
    share : least positive amount, as a share of the greatest, that 64-bit floats still tell apart
        in sums; below it only methods that compute in Python's integers apply.

    Examples
    --------
    >>> Reach(whole=1024).refusal(1025)
    'whole numbers must be at most 2**10 to stay exact, not 1025'
    >>> Reach(whole=1024).refusal(1024) is None
    True
    """

    whole: int = 2**60
    decimal: float = 1e300
    share: float = 2.0**-50

    def refusal(self, largest: int | float, terms: int = 1) -> str | None:
        """Return why a largest number is out of reach, or None.

        Parameters
        ----------
        largest : the greatest number, an `int` where all numbers are whole.
        terms : how many of them are added up at worst.
        """
        if not isinstance(largest, int):
            if largest <= self.decimal:
                return None
            return f"numbers must be at most {self.decimal:g}, so that sums stay finite"
        if largest * terms <= self.whole:
            return None
        power = math.frexp(self.whole)[1] - 1
        most = f"2**{power} / {terms}" if terms > 1 else f"2**{power}"
        return f"whole numbers must be at most {most} to stay exact, not {largest}"

    def vanishing(self, share: float) -> str | None:
        """Return why amounts so small beside others are out of reach, or None.

        Parameters
        ----------
        share : the least positive amount divided by the greatest.
        """
        if share >= self.share:
            return None
        return (
            f"the least amount is {share:.2g} of the greatest and would vanish in 64-bit sums "
            f"(limit {self.share:.2g}); set it to zero, or take a method for small instances"
        )


REACH: Mapping[str, Reach] = {
    "assignment_market": Reach(whole=2**60),
    "delivery_market": Reach(whole=2**50),
    "trading_network": Reach(whole=2**60, share=1e-10),
    "model_market": Reach(whole=2**62),
    "fisher_market": Reach(share=1e-120),
}
"""The limits of each kind.

assignment_market : matchings and prices in 64-bit integers, with room for sums of a few.
delivery_market : costs are added in floats, four of them per agent; `enumeration` takes any.
trading_network : as assignment markets, times twice the shorter side (rewards for the platform);
    decimals closer than 1e-12 of the greatest count as tied. Search in floats ends at 2**44.
model_market : whole scores are only compared, and payoffs are fractions where doubles do not
    decide; under softmax differences count, up to 2**53.
fisher_market : decimals only; the share is that of supplies. For CES utilities with an exponent
    below -4 it shrinks, since prices spread the more.

Payoffs of games are only compared, which is exact for all numbers.
"""


def largest_number(*arrays: NumberArray) -> int | float:
    """Return the greatest number, 0 at least; an exact `int` where all arrays are whole.

    Examples
    --------
    >>> largest_number(np.array([2**60 + 1]), np.array([3]))
    1152921504606846977
    """
    found = [array.max().item() for array in arrays if array.size]
    top = max([0, *found])
    return top if all(is_integral(array) for array in arrays) else float(top)


def doubt(number: int | float) -> float:
    """Return by how much a number may differ from the decimal that it was written as.

    A float of few binary digits, such as 6.5 or 1e15, stands for itself; one that uses them all,
    such as 0.1, for any decimal nearer to it than to its neighbors.

    Examples
    --------
    >>> doubt(6.5), doubt(1e15), doubt(2**60 + 1), doubt(0.75 + 2.0**-50) == 2.0**-53
    (0.0, 0.0, 0.0, True)
    """
    if isinstance(number, int):
        return 0.0
    above, _ = number.as_integer_ratio()
    shortest = above // (above & -above) if above else 0
    return math.ulp(number) if shortest.bit_length() >= _FULL else 0.0


def in_units(*arrays: NumberArray) -> tuple[list[Any], int]:
    """Return finite numbers as whole multiples of one unit, and how many units make one.

    Parameters
    ----------
    arrays : integers or floats of any shape.

    Returns
    -------
    units : for every array the same numbers times the second value, nested lists of Python's
        integers, which never overflow.
    one : a power of two.

    Notes
    -----
    O(size), with integers as long as the range of the numbers demands: at most 2100 bits.

    Examples
    --------
    >>> in_units(np.array([[0.75, 2.0]]), np.array([3]))
    ([[[3, 8]], [12]], 4)
    >>> 3 / 4  # back again, rounded once
    0.75
    """
    ratios = [[number.as_integer_ratio() for number in array.ravel().tolist()] for array in arrays]
    one = max([1, *(below for row in ratios for _, below in row)])
    found = []
    for array, row in zip(arrays, ratios, strict=True):
        units = np.empty(array.size, dtype=object)
        units[:] = [above * (one // below) for above, below in row]
        found.append(units.reshape(array.shape).tolist())
    return found, one
