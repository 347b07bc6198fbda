"""Tolerances: when is a floating-point inequality violated.

Whole-number data is compared exactly. Otherwise a comparison may miss by `relative` times the
largest number that enters *it*, so that small agents are not drowned by large ones, and by no
less than what double rounding at the scale of the whole instance makes unavoidable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, NumberArray
from eqsolve.core.errors import OptionError

__all__ = ["EXACT", "Tolerances"]

_ROUNDING = 2.0**-40
"""Share of the instance's scale that accumulated double rounding may cost."""


@dataclass(frozen=True, slots=True)
class Tolerances:
    """How far a comparison may miss.

    Parameters
    ----------
    relative : share of the largest number in the comparison; 0 compares exactly.

    Examples
    --------
    >>> import numpy as np
    >>> Tolerances(1e-6).excess(np.array([0.5]), np.array([2.0]), scale=2.0)
    array([0.25])
    >>> Tolerances(1e-6).excess(np.array([1e-6]), np.array([2.0]), scale=2.0)
    array([5.e-07])
    """

    relative: float = 1e-6

    def __post_init__(self) -> None:
        if not 0 <= self.relative < 1:
            raise OptionError(f"tolerance = {self.relative!r}: must be in [0, 1)")

    @property
    def is_exact(self) -> bool:
        """Whether comparisons are exact."""
        return self.relative == 0

    def excess(
        self, violation: NumberArray, magnitude: NumberArray | float, scale: float
    ) -> FloatArray:
        """Return violations relative to the numbers compared; compare them with `relative`.

        Parameters
        ----------
        violation : by how much each inequality is broken, in its own units; <= 0 when it holds.
        magnitude : the largest absolute number that enters each inequality, same shape or scalar.
        scale : the largest number of the whole instance.
        """
        broken = np.maximum(np.asarray(violation, dtype=np.float64), 0.0)
        if self.is_exact:
            return broken
        unit = np.maximum(np.abs(np.asarray(magnitude, dtype=np.float64)), self.unit(scale))
        with np.errstate(invalid="ignore"):  # what is infinite beside infinite is no number
            return broken / np.where(unit > 0, unit, 1.0)

    def unit(self, scale: float) -> float:
        """Return the least number that violations are measured by: rounding breaks nothing."""
        return 0.0 if self.is_exact else scale * _ROUNDING / self.relative


EXACT = Tolerances(0.0)
