"""A learned denoiser as plain arrays: running it and its Jacobian need no torch.

Two hidden layers with SiLU between, from a noisy point and a context (an agent's own history,
one-hot) to the point that is meant. For one history the context is a constant, so that a network
is a map from points to points with a Jacobian in closed form.

Cost: O(width^2 + width (d + contexts)) a point; d times that a Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["LearnedMap", "Network"]


@dataclass(frozen=True, slots=True, eq=False)
class LearnedMap:
    """A network for one history: a map from points to points.

    Parameters
    ----------
    weights : of the three layers, each (inputs, outputs).
    biases : likewise; the first holds the context.
    """

    weights: tuple[FloatArray, FloatArray, FloatArray]
    biases: tuple[FloatArray, FloatArray, FloatArray]

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return where points x (..., d) are moved to."""
        for weight, bias in zip(self.weights[:2], self.biases[:2], strict=True):
            x = _silu(x @ weight + bias)[0]
        found: FloatArray = x @ self.weights[2] + self.biases[2]
        return found

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Return the Jacobian at points x, shape (..., d, d): entry (i, j) is d out_i / d x_j."""
        slope: FloatArray = np.broadcast_to(
            np.eye(x.shape[-1]), (*x.shape[:-1], x.shape[-1], x.shape[-1])
        )
        for weight, bias in zip(self.weights[:2], self.biases[:2], strict=True):
            x, bend = _silu(x @ weight + bias)
            slope = bend[..., None, :] * (slope @ weight)
        found: FloatArray = np.swapaxes(slope @ self.weights[2], -1, -2)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A learned denoiser for all histories.

    Parameters
    ----------
    weights, biases : of the three layers; the first takes the point, then the context.
    """

    weights: tuple[FloatArray, FloatArray, FloatArray]
    biases: tuple[FloatArray, FloatArray, FloatArray]

    def given(self, context: FloatArray) -> LearnedMap:
        """Return the map for a context, shape (C,).

        Examples
        --------
        >>> layers = tuple(np.ones(shape) for shape in ((3, 2), (2, 2), (2, 1)))
        >>> net = Network(layers, tuple(np.zeros(k) for k in (2, 2, 1)))
        >>> net.given(np.array([1.0, 0.0]))(np.array([-1.0])).tolist()  # silu(0) = 0
        [0.0]
        """
        first, second, last = self.weights
        split = len(first) - len(context)
        told = self.biases[0] + context @ first[split:]
        return LearnedMap((first[:split], second, last), (told, *self.biases[1:]))


def _silu(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ``x / (1 + exp(-x))`` and its derivative."""
    gate = 0.5 * (1 + np.tanh(x / 2))
    return x * gate, gate * (1 + x * (1 - gate))
