"""The best denoiser of a posterior: where a noisy point came from, on average (DEN-1).

States s lie at points e_s. Of ``x = e_s + sigma noise`` with s drawn from p, the mean of e_s given
x is ``D(x) = sum_s w_s(x) e_s`` with ``w_s ~ p_s exp(-|x - e_s|^2 / (2 sigma^2))``: the minimizer
of the denoising loss. Its Jacobian is ``Cov_w(e) / sigma^2``, and D is the gradient of the convex
``psi(x) = sigma^2 log sum_s p_s exp((x.e_s - |e_s|^2 / 2) / sigma^2)``.

Cost: O(m d) for each point, O(m d^2) for a Jacobian, m possible states in d dimensions.
Source: Robbins, H. (1956). An empirical Bayes approach to statistics. Proceedings of the Third
Berkeley Symposium (D by the score, Tweedie's formula); the form for finitely many states is direct.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import OptionError

__all__ = ["Denoiser", "denoiser_of", "require_sigma"]

_LEAST = 1e-6
"""Smallest sigma, as a share of the largest coordinate: below it squares lose their digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Denoiser:
    """The exact denoiser of a posterior with m possible states.

    Parameters
    ----------
    states : which states are possible, shape (m,).
    points : where they lie, shape (m, d).
    chances : their probabilities, shape (m,), positive.
    sigma : standard deviation of the noise in each dimension.

    Examples
    --------
    >>> even = denoiser_of(np.array([0.5, 0.5]), np.eye(2), 0.5)
    >>> even(np.array([1.0, 0.0])).round(4).tolist()  # 1 / (1 + exp(-4))
    [0.982, 0.018]
    """

    states: IntArray
    points: FloatArray
    chances: FloatArray
    sigma: float

    def _exponents(self, x: FloatArray) -> FloatArray:
        """Return ``log p + (x.e - |e|^2 / 2) / sigma^2``, shape (..., m)."""
        halves = (self.points**2).sum(axis=1) / 2
        scores: FloatArray = np.log(self.chances) + (x @ self.points.T - halves) / self.sigma**2
        return scores

    def weights(self, x: FloatArray) -> FloatArray:
        """Return the chances of the possible states given noisy points x, shape (..., m)."""
        scores = self._exponents(x)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        found: FloatArray = shares / shares.sum(axis=-1, keepdims=True)
        return found

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return D(x), shape (..., d)."""
        found: FloatArray = self.weights(x) @ self.points
        return found

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return the Jacobian at x, shape (..., d, d): symmetric, positive semidefinite."""
        shares = self.weights(x)
        apart = self.points - (shares @ self.points)[..., None, :]
        spread = np.swapaxes(apart, -1, -2) @ (shares[..., None] * apart)
        found: FloatArray = spread / self.sigma**2
        return found

    def potential(self, x: FloatArray) -> FloatArray:
        """Return psi(x), whose gradient D is, shape (...,)."""
        scores = self._exponents(x)
        top = scores.max(axis=-1)
        total = np.exp(scores - top[..., None]).sum(axis=-1)
        found: FloatArray = self.sigma**2 * (top + np.log(total))
        return found


def denoiser_of(posterior: FloatArray, embedding: FloatArray, sigma: float) -> Denoiser:
    """Return the denoiser of a posterior over states.

    Parameters
    ----------
    posterior : shape (S,), with at least one possible state.
    embedding : points of the states, shape (S, d).
    sigma : see `require_sigma`.

    Raises
    ------
    OptionError : sigma is no positive number, or too small for the points.
    """
    require_sigma(sigma, embedding)
    states = np.flatnonzero(posterior > 0)
    return Denoiser(
        read_only(states), read_only(np.asarray(embedding, dtype=np.float64)[states]),
        read_only(np.asarray(posterior, dtype=np.float64)[states]), float(sigma),
    )  # fmt: skip


def require_sigma(sigma: float, embedding: FloatArray) -> None:
    """Raise `OptionError` unless sigma is positive, finite and not tiny beside the points."""
    number = isinstance(sigma, int | float | np.number) and not isinstance(sigma, bool)
    if not number or not np.isfinite(sigma) or sigma <= 0:
        raise OptionError(f"sigma = {sigma!r}: must be a positive number")
    least = _LEAST * float(np.abs(embedding).max(initial=0.0))
    if sigma < least:
        raise OptionError(f"sigma = {sigma!r}: must be >= {least:g}, a millionth of the points")
