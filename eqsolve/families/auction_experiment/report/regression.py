"""Least squares of bids on values, with standard errors clustered by session.

The covariance of the coefficients is the sandwich ``(X'X)^-1 (sum_g X_g'u_g u_g'X_g) (X'X)^-1``
times ``G/(G-1) (N-1)/(N-2)``; tests and intervals take t with G-1 degrees of freedom. Cost: O(N).

Source: Liang and Zeger (1986); Cameron and Miller (2015).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.auction_experiment.report.sessions import t_quantile

__all__ = ["Regression", "regress"]


@dataclass(frozen=True, slots=True)
class Regression:
    """A line through bids.

    Parameters
    ----------
    intercept, slope : of the line.
    intercept_error, slope_error : clustered by session; None with fewer than two sessions.
    slope_interval : of 95 %, by t with one degree of freedom less than sessions; or None.
    r_squared : share of the variance that the line explains; None where bids do not vary.
    count, sessions : of observations, and of sessions.
    """

    intercept: float
    slope: float
    intercept_error: float | None
    slope_error: float | None
    slope_interval: tuple[float, float] | None
    r_squared: float | None
    count: int
    sessions: int

    def to_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        interval = self.slope_interval
        return {**fields, "slope_interval": None if interval is None else list(interval)}


def regress(
    bids: Sequence[float] | FloatArray,
    values: Sequence[float] | FloatArray,
    sessions: Sequence[int] | IntArray,
) -> Regression | None:
    """Return the line of bids on values; None where values do not vary.

    Parameters
    ----------
    bids, values : what is explained and by what, as many of each.
    sessions : the session of each.

    Examples
    --------
    >>> line = regress([1, 3, 5, 9], [0, 1, 2, 4], [0, 0, 1, 1])
    >>> line.intercept, line.slope, line.r_squared
    (1.0, 2.0, 1.0)
    """
    y, x = np.asarray(bids, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(x) < 2 or np.ptp(x) == 0:
        return None
    centre = x.mean()
    spread = float((x - centre) @ (x - centre))
    slope = float((x - centre) @ (y - y.mean())) / spread
    intercept = float(y.mean()) - slope * float(centre)
    residuals = y - (intercept + slope * x)
    total = float((y - y.mean()) @ (y - y.mean()))
    r_squared = 1 - float(residuals @ residuals) / total if total > 0 else None
    _, place = np.unique(np.asarray(sessions), return_inverse=True)
    n_sessions = int(place.max()) + 1
    if n_sessions < 2 or len(x) < 3:
        return Regression(intercept, slope, None, None, None, r_squared, len(x), n_sessions)
    # In the basis (1, x - centre) the inverse of X'X is diagonal.
    scores = np.stack(
        [
            np.bincount(place, weights=residuals) / len(x),
            np.bincount(place, weights=residuals * (x - centre)) / spread,
        ]
    )
    correction = n_sessions / (n_sessions - 1) * (len(x) - 1) / (len(x) - 2)
    covariance = correction * (scores @ scores.T)
    to_intercept = np.array([1.0, -centre])
    intercept_error = math.sqrt(max(0.0, float(to_intercept @ covariance @ to_intercept)))
    slope_error = math.sqrt(float(covariance[1, 1]))
    reach = t_quantile(n_sessions - 1) * slope_error
    interval = (slope - reach, slope + reach)
    return Regression(
        intercept, slope, intercept_error, slope_error, interval, r_squared, len(x), n_sessions
    )
