"""From bids and distributions to the distribution that the next token is drawn from.

Linear aggregation is the mixture with the weights of the bids, the unique maximizer of
``-sum b_i KL(p_i || q)`` (TOK-1); log-linear aggregation is the normalized product
``prod p_i ** (b_i / sum b)``, the unique maximizer of ``-sum b_i KL(q || p_i)`` (TOK-2), computed
in logarithms; agents with bid 0 have no veto. Sums without an agent are added up from both sides
and never subtracted, so that bids of any size stand side by side. Cost O(n T) for each step.

Arrays may have leading axes for steps or texts: weights ``[..., n]``, distributions
``[..., n, T]``.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["linear", "log_linear", "logarithms", "mixture", "normalized_logs", "without_each"]


def without_each(terms: FloatArray, axis: int = -2) -> FloatArray:
    """Return, for each entry along an axis, the sum of all the others.

    Examples
    --------
    >>> without_each(np.array([1e9, 1.0, 2.0]), axis=-1).tolist()
    [3.0, 1000000002.0, 1000000001.0]
    """
    moved = np.moveaxis(terms, axis, 0)
    found = np.zeros_like(moved)
    for order in (range(len(moved)), range(len(moved) - 1, -1, -1)):
        running = np.zeros_like(moved[0])
        for k in order:
            found[k] += running
            running += moved[k]
    return np.moveaxis(found, 0, axis)


def mixture(weights: FloatArray, distributions: FloatArray) -> FloatArray:
    """Return the mixtures ``sum w_i p_i / sum w``, shape ``[..., T]``."""
    total = weights.sum(axis=-1, keepdims=True)
    mixed: FloatArray = np.matmul((weights / total)[..., None, :], distributions)[..., 0, :]
    return mixed


def logarithms(weights: FloatArray, distributions: FloatArray) -> FloatArray:
    """Return ``w_i log p_i``, shape ``[..., n, T]``; 0 where the weight is 0: no veto."""
    with np.errstate(divide="ignore"):
        logs = np.log(distributions)
    spread = np.broadcast_to(weights[..., None], logs.shape)
    return np.multiply(logs, spread, out=np.zeros_like(logs), where=spread > 0)


def normalized_logs(logs: FloatArray) -> FloatArray:
    """Return logarithms of distributions, shifted to the sum 1; NaN where all are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shifted = logs - logs.max(axis=-1, keepdims=True)
        found: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def log_linear(weights: FloatArray, distributions: FloatArray) -> FloatArray:
    """Return the normalized products, shape ``[..., T]``; NaN where no token is common."""
    terms = logarithms(weights, distributions).sum(axis=-2)
    return np.exp(normalized_logs(terms / weights.sum(axis=-1)[..., None]))


def linear(weights: FloatArray, distributions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mixture, and those without each agent, shape ``[..., n, T]``.

    NaN without an agent that nobody stands against.
    """
    terms = weights[..., None] * distributions
    with np.errstate(invalid="ignore", divide="ignore"):
        others = without_each(terms) / without_each(weights, axis=-1)[..., None]
    return mixture(weights, distributions), others
