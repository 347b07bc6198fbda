"""A Gaussian over the weights of one student: base values and reported pairs.

O(bundles * k) a guess, k courses in a bundle; O(d^3) more a draw, d weights. numpy alone.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import Pair
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.learning.prior import Prior

__all__ = ["Gaussian"]


class Gaussian(Belief):
    """Base of learners whose belief is a Gaussian over weights.

    Parameters
    ----------
    prior : where it begins.

    Attributes
    ----------
    weights, covariance : of the Gaussian, shapes (d,) and (d, d).
    """

    def __init__(self, prior: Prior) -> None:
        self.prior = prior
        self.weights: FloatArray = prior.mean
        self.covariance: FloatArray = np.diag(prior.spread**2)

    def mean(self) -> FloatArray:
        """Return what bundles are worth under the mean."""
        return self._worth(self.weights)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return what they are worth under the mean and the Cholesky factor times normals."""
        normals = rng.standard_normal(len(self.weights))
        return self._worth(self.weights + np.linalg.cholesky(self.covariance) @ normals)

    def utilities(self) -> tuple[FloatArray, list[Pair]]:
        """Return the mean itself."""
        m = self.prior.menu.n_courses
        deltas = self.weights[m:].tolist()
        pairs = [(a, b, delta) for (a, b), delta in zip(self.prior.pairs, deltas, strict=True)]
        return self.weights[:m], pairs

    def _worth(self, weights: FloatArray) -> FloatArray:
        m = self.prior.menu.n_courses
        return self.prior.menu.worth(weights[:m], self.prior.pairs, weights[m:])
