"""What is believed about one student: a Gaussian over base values and reported pairs.

Weights w: one per course, then one per reported pair; a bundle is worth the sum of those it holds.
Before any answer they are independent: a course that was reported, and a pair, lie around the
report, a course that was forgotten lies around a common mean. The first of two bundles is preferred
with chance ``e + (1 - 2 e) Phi(d / s)``, d what it is worth more, s the noise of answers, e the
share of wrong ones. After each answer the belief is the Gaussian with mean and covariance of the
true posterior, which has a closed form: with x the difference of the bundles' features times the
sign of the answer, m and v mean and variance of x w, r = sqrt(v + s^2), z = m / r and
Z = e + (1 - 2 e) Phi(z),

    g = (1 - 2 e) phi(z) / Z,   mean += S x g / r,   S -= S x x' S g (g + z) / r^2.

Cost: O(d^2) an answer, O(d^3) a draw, d weights; numpy alone. Source: Opper, M. (1998). A Bayesian
approach to on-line learning; Chu, W. and Ghahramani, Z. (2005). Preference learning with Gaussian
processes; the error rate as in CRS-11.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import Bayes

__all__ = ["Belief", "features"]


class Belief:
    """A Gaussian over the weights of one student.

    Parameters
    ----------
    reported : values by course, shape (m,); 0 where forgotten.
    pairs : what pairs of courses add, as reported, shape (k,).
    learner : its numbers, in the units of values.
    error : share of wrong answers, below 1/2.

    Examples
    --------
    >>> belief = Belief(np.array([50.0, 0.0]), np.empty(0), Bayes(), 0.0)
    >>> belief.mean.tolist()
    [50.0, 20.0]
    >>> belief.learn(np.array([-1.0, 1.0]))  # the second is better after all
    >>> belief.mean.round(1).tolist()
    [24.8, 30.7]
    """

    def __init__(
        self, reported: FloatArray, pairs: FloatArray, learner: Bayes, error: float
    ) -> None:
        forgotten = reported <= 0
        values = np.where(forgotten, learner.forgotten_mean, reported)
        spread = np.where(forgotten, learner.forgotten_sd, learner.reported_sd)
        around = np.full(len(pairs), learner.pair_sd)
        self.mean: FloatArray = np.concatenate([values, pairs]).astype(np.float64)
        self.covariance: FloatArray = np.diag(np.concatenate([spread, around]) ** 2)
        self._noise, self._error = learner.response**2, error

    def learn(self, better: FloatArray) -> None:
        """Take in an answer.

        Parameters
        ----------
        better : features of the bundle that was preferred less those of the other, shape (d,).
        """
        along = self.covariance @ better
        total = float(better @ along) + self._noise
        root = math.sqrt(total)
        z = float(better @ self.mean) / root
        clear = 1.0 - 2.0 * self._error
        if self._error:
            ratio = clear * _density(z) / (self._error + clear * _below(z))
        else:
            ratio = _density_over_below(z)
        self.mean = self.mean + along * (ratio / root)
        self.covariance -= np.outer(along, along) * (ratio * (ratio + z) / total)

    def draw(self, normals: FloatArray) -> FloatArray:
        """Return weights drawn from the belief: its mean and its Cholesky factor times `normals`.

        Parameters
        ----------
        normals : standard normal numbers, shape (d,).
        """
        return self.mean + np.linalg.cholesky(self.covariance) @ normals


def features(n_courses: int, pairs: Iterable[tuple[int, int]], bundle: Iterable[int]) -> FloatArray:
    """Return which courses and reported pairs a bundle holds, as 0 and 1.

    Examples
    --------
    >>> features(3, [(0, 1), (0, 2)], (0, 2)).tolist()
    [1.0, 0.0, 1.0, 0.0, 1.0]
    """
    held = set(bundle)
    ones = [*(j in held for j in range(n_courses)), *(a in held and b in held for a, b in pairs)]
    return np.array(ones, dtype=np.float64)


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _below(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2


def _density_over_below(z: float) -> float:
    """Return phi(z) / Phi(z), also far below 0, where both vanish."""
    if z > -30:
        return _density(z) / _below(z)
    # The first terms of the asymptotic expansion of Mills' ratio, right to 1e-9 from here on.
    square = z * z
    return -z / (1 - 1 / square + 3 / square**2 - 15 / square**3)
