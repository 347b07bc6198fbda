"""Means with standard errors by session: rounds of one session are not independent.

With G sessions, N observations and mean m the variance of m is estimated by
``G/(G-1) * sum_g (sum_(i in g) (x_i - m))^2 / N^2``, the clustered sandwich of a regression on a
constant; where all sessions are equally long it is the variance of the session means over G. One
session tells nothing about others: there is no standard error. Cost: O(N).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray

__all__ = ["Mean", "jackknife", "mean_by_session", "session_means", "t_quantile"]

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean and how far it may be off.

    Parameters
    ----------
    value : the mean; None where nothing was observed.
    error : its standard error by session; None where there are fewer than two sessions.
    count, sessions : of observations, and of the sessions they come from.
    """

    value: float | None
    error: float | None
    count: int
    sessions: int

    @property
    def reach(self) -> float:
        """Half of the 95 % interval, by t with a degree of freedom less than sessions; else 0."""
        if self.error is None:
            return 0.0
        return t_quantile(self.sessions - 1) * self.error

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the fields by name."""
        return {
            "value": self.value,
            "error": self.error,
            "count": self.count,
            "sessions": self.sessions,
        }

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        return f"{self.value:.4g}" + ("" if self.error is None else f" ({self.error:.2g})")


def mean_by_session(
    observations: Sequence[float] | NumberArray, sessions: Sequence[int] | IntArray
) -> Mean:
    """Return a mean with its standard error by session.

    Parameters
    ----------
    observations : any numbers.
    sessions : the session of each.

    Examples
    --------
    >>> mean_by_session([1, 3, 5, 7], [0, 0, 1, 1])
    Mean(value=4.0, error=2.0, count=4, sessions=2)
    """
    x = np.asarray(observations, dtype=np.float64)
    if not len(x):
        return Mean(None, None, 0, 0)
    mean = math.fsum(x.tolist()) / len(x)
    _, place = np.unique(np.asarray(sessions), return_inverse=True)
    n_sessions = int(place.max()) + 1
    if n_sessions < 2:
        return Mean(mean, None, len(x), n_sessions)
    sums = np.bincount(place, weights=x - mean)
    variance = n_sessions / (n_sessions - 1) * float(sums @ sums)
    return Mean(mean, math.sqrt(variance) / len(x), len(x), n_sessions)


def session_means(
    observations: Sequence[float] | NumberArray, sessions: Sequence[int] | IntArray
) -> FloatArray:
    """Return the mean of each session, in the order of their numbers."""
    x = np.asarray(observations, dtype=np.float64)
    _, place = np.unique(np.asarray(sessions), return_inverse=True)
    return np.asarray(np.bincount(place, weights=x) / np.bincount(place))


def jackknife(
    terms: FloatArray, of: Callable[[FloatArray], float | None], sessions: Sequence[int] | IntArray
) -> Mean:
    """Return a function of sums with the standard error that leaving out sessions has.

    The variance is ``(G-1)/G * sum_g (s_g - mean(s))^2``, where s_g leaves session g out; there is
    none where the function is undefined without some session. O(k N + k G).

    Parameters
    ----------
    terms : shape (k, N), what is summed over observations.
    of : of the k sums; None where it is not defined.
    sessions : the session of each observation.

    Examples
    --------
    >>> terms = np.array([[1.0, 3.0, 5.0, 7.0], [1.0, 1.0, 1.0, 1.0]])
    >>> jackknife(terms, lambda sums: float(sums[0] / sums[1]), [0, 0, 1, 1])
    Mean(value=4.0, error=2.0, count=4, sessions=2)
    """
    where = np.asarray(sessions)
    numbers, place = np.unique(where, return_inverse=True)
    sums = np.array([np.bincount(place, weights=row, minlength=len(numbers)) for row in terms])
    total = sums.sum(axis=1)
    whole = of(total)
    if whole is None or len(numbers) < 2:
        return Mean(whole, None, len(where), len(numbers))
    parts = [of(total - own) for own in sums.T]
    defined = [part for part in parts if part is not None]
    if len(defined) < len(parts):
        return Mean(whole, None, len(where), len(numbers))
    spread = np.array(defined) - math.fsum(defined) / len(defined)
    variance = (len(parts) - 1) / len(parts) * float(spread @ spread)
    return Mean(whole, math.sqrt(variance), len(where), len(numbers))


def t_quantile(freedom: int) -> float:
    """Return the quantile of Student's t for a two-sided interval of 95 %."""
    from scipy import stats

    return float(stats.t.ppf((1 + _CONFIDENCE) / 2, freedom))
