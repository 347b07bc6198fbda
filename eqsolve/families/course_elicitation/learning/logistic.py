"""The learner ``logistic``: logistic regression held to the report, by scikit-learn.

The first of two bundles is preferred with chance ``e + (1 - 2 e) L(d / t)``, d what it is worth
more, L the logistic function, e the share of wrong answers, t = response / 1.702, so that L(d / t)
is within 0.01 of Phi(d / response). After each answer the weights w are the mode of

    - sum_k ((w_k - mean_k) / spread_k)^2 / 2 + sum_t r_t log L(x_t w / t),

x_t the difference of the bundles' features, better less other, and r_t the chance that answer t was
meant, not drawn: L / (e / (1 - 2 e) + L) at the weights before. That is one step of expectation
maximisation (Dempster, Laird and Rubin, 1977) an answer; without errors r_t = 1. Draws are those of
Laplace's Gaussian: the inverse of the second derivatives at the mode.

Cost: O(answers d^2 + d^3) an answer, d weights. scikit-learn is imported with the first answer.
Source: the model of choice is that of Bradley, R. A. and Terry, M. E. (1952); Pedregosa et al.
(2011). Scikit-learn: Machine Learning in Python.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.learning.gaussian import Gaussian
from eqsolve.families.course_elicitation.learning.prior import Bundle, Prior

__all__ = ["LogisticBelief"]

_SLOPE = 1.702
"""L(1.702 z) is nearest to Phi(z)."""
_LEAST = 1e-12
"""Of the chance that an answer was meant: all together they must weigh something."""
_STEPS = 2
"""Of Newton's method from where the solver stops."""


class LogisticBelief(Gaussian):
    """What ``logistic`` believes about one student.

    Parameters
    ----------
    prior : where it begins.
    """

    def __init__(self, prior: Prior) -> None:
        super().__init__(prior)
        self._rows: FloatArray = np.empty((0, len(prior.mean)))

    def learn(self, better: Bundle, other: Bundle) -> None:
        """Take in an answer; fits all answers again."""
        prior = self.prior
        scale = prior.spread / (prior.learner.response / _SLOPE)
        x = (prior.features(better) - prior.features(other)) * scale
        self._rows = np.vstack([self._rows, x])
        before = _chances(self._rows, self.weights / prior.spread)
        meant = np.ones(len(before))
        if prior.error:
            meant = before / (prior.error / (1 - 2 * prior.error) + before)
        start = prior.mean / prior.spread
        z = _mode(self._rows, np.maximum(meant, _LEAST), start)
        # The solver stops near the mode. Steps of Newton's method make what is left of the way too
        # short to matter, for the mode and for the curvature there.
        for _ in range(_STEPS):
            chances = _chances(self._rows, z)
            curves = meant * chances * (1 - chances)
            spread = np.linalg.inv(np.eye(len(z)) + self._rows.T @ (curves[:, None] * self._rows))
            z = z + spread @ (start - z + self._rows.T @ (meant * (1 - chances)))
        self.weights = z * prior.spread
        self.covariance = spread * np.outer(prior.spread, prior.spread)


def _mode(rows: FloatArray, weights: FloatArray, start: FloatArray) -> FloatArray:
    """Return the z that minimises |z - start|^2 / 2 + sum of weights * log(1 + exp(-rows z)).

    scikit-learn's penalty is |z|^2 / 2. What lacks, -start z, is the loss of a row `start` that is
    called 1, less that of the same row called 0: log(1 + exp(-s)) - log(1 + exp(s)) = -s.
    """
    from sklearn.linear_model import LogisticRegression

    # By L-BFGS: the line search of its Newton's method failed at times where start is large.
    model = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-5, max_iter=1000)
    model.fit(
        np.vstack([rows, start, start]),
        [*np.ones(len(rows)), 1.0, 0.0],
        sample_weight=[*weights, 1.0, -1.0],
    )
    found: FloatArray = np.asarray(model.coef_[0], dtype=np.float64)
    return found


def _chances(rows: FloatArray, z: FloatArray) -> FloatArray:
    """Return the logistic function of rows z, without overflow."""
    chances: FloatArray = np.exp(-np.logaddexp(0.0, -rows @ z))
    return chances
