"""The learner ``bayes``: after each answer the Gaussian with the moments of the true posterior.

The first of two bundles is preferred with chance ``e + (1 - 2 e) Phi(d / s)``, d what it is worth
more, s the noise of answers, e the share of wrong ones. Mean and covariance of the posterior have a
closed form: with x the difference of the bundles' features, better less other, m and v mean and
variance of x w, r = sqrt(v + s^2), z = m / r and Z = e + (1 - 2 e) Phi(z),

    g = (1 - 2 e) phi(z) / Z,   mean += S x g / r,   S -= S x x' S g (g + z) / r^2.

Cost: O(d^2) an answer, d weights; numpy alone. Source: Opper, M. (1998). A Bayesian approach to
on-line learning; Chu, W. and Ghahramani, Z. (2005). Preference learning with Gaussian processes;
the error rate as in CRS-11.
"""

from __future__ import annotations

import math

import numpy as np

from eqsolve.families.course_elicitation.learning.gaussian import Gaussian
from eqsolve.families.course_elicitation.learning.prior import Bundle

__all__ = ["BayesBelief"]


class BayesBelief(Gaussian):
    """What ``bayes`` believes about one student.

    Examples
    --------
    >>> from eqsolve.families.course_elicitation.asking.menu import Menu
    >>> from eqsolve.families.course_elicitation.instance import Bayes
    >>> from eqsolve.families.course_elicitation.learning.prior import Prior
    >>> menu = Menu(np.array([[-1], [0], [1]]), 2)
    >>> belief = BayesBelief(Prior.around(menu, np.array([50.0, 0.0]), [], Bayes(), 0.0))
    >>> belief.weights.tolist()
    [50.0, 20.0]
    >>> belief.learn((1,), (0,))  # the second is better after all
    >>> belief.weights.round(1).tolist()
    [24.8, 30.7]
    """

    def learn(self, better: Bundle, other: Bundle) -> None:
        """Take in an answer."""
        x = self.prior.features(better) - self.prior.features(other)
        error = self.prior.error
        along = self.covariance @ x
        total = float(x @ along) + self.prior.learner.response**2
        root = math.sqrt(total)
        z = float(x @ self.weights) / root
        clear = 1.0 - 2.0 * error
        if error:
            ratio = clear * _density(z) / (error + clear * _below(z))
        else:
            ratio = _density_over_below(z)
        self.weights = self.weights + along * (ratio / root)
        self.covariance -= np.outer(along, along) * (ratio * (ratio + z) / total)


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
