"""The grid of bids: ``min, min + increment, ..., max``, as the decimals that were written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.bid_table import exact

__all__ = ["BidGrid"]


@dataclass(frozen=True, slots=True)
class BidGrid:
    """Bids that the rules admit.

    Parameters
    ----------
    min, max : least and greatest bid, money units; `max` is a cap and part of the game.
    increment : step between neighbors, > 0; divides ``max - min``.

    Examples
    --------
    >>> grid = BidGrid(0.0, 1.0, 0.25)
    >>> len(grid), grid.bids.tolist(), grid.nearest(0.6), grid.holds(0.6)
    (5, [0.0, 0.25, 0.5, 0.75, 1.0], 0.5, False)
    """

    min: float
    max: float
    increment: float

    @property
    def exact_bids(self) -> list[Fraction]:
        """All bids, rising, as the decimals that were written."""
        low, step = exact(self.min), exact(self.increment)
        return [low + step * j for j in range(len(self))]

    @property
    def bids(self) -> FloatArray:
        """All bids, rising, shape (m,)."""
        return read_only(np.array([float(bid) for bid in self.exact_bids]))

    def __len__(self) -> int:
        return int((exact(self.max) - exact(self.min)) / exact(self.increment)) + 1

    def bid(self, place: int) -> float:
        """Return the bid of a place, 0 for the least."""
        return float(exact(self.min) + exact(self.increment) * place)

    def nearest(self, amount: float) -> float:
        """Return the bid nearest to `amount`, the even place of two that are as near.

        For formulas, whose best rounding is any: what bidders of experiments meant to bid is
        rounded by another rule, which is part of their record.
        """
        place = round((exact(amount) - exact(self.min)) / exact(self.increment))
        return self.bid(min(max(place, 0), len(self) - 1))

    def holds(self, amount: float) -> bool:
        """Return whether `amount` is a bid of the grid."""
        steps = (exact(amount) - exact(self.min)) / exact(self.increment)
        return steps.denominator == 1 and 0 <= steps < len(self)
