"""What each agent pays for one step: closed forms of the second price and of VCG.

With B the others' bids, ``q0`` the aggregate without the agent and ``s = b / B``:

- second price (TOK-6): ``TV(p, q0) B g(s)`` with ``g(s) = log(1 + s) - s / (1 + s)``, and given
  that the token t was drawn ``B (p(t) - q0(t))^+ g(s) / q(t)``;
- VCG (TOK-10): ``B KL(q0 || q)`` under linear and ``B KL(q || q0)`` under log-linear aggregation.

``p - q0`` is taken as ``(sum b / B) (p - q)``, which costs one pass over the tokens, except for an
agent with more than half of all bids, where that would cancel. Divergences are sums of terms that
are all >= 0, so that those of nearby distributions keep their digits. Who is not opposed pays 0.

Arrays may have leading axes, as in `aggregation`. Cost O(n T) for each step.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.aggregation import without_each

__all__ = [
    "critical_bids", "distances", "divided", "excess", "forward_divergence", "growth",
    "reverse_divergence", "second_prices",
]  # fmt: skip

_SMALL = 1e-3
"""Below it functions that vanish with a square are summed as series."""


def growth(ratio: FloatArray) -> FloatArray:
    """Return ``g(s) = log(1 + s) - s / (1 + s)``, to full relative accuracy.

    Examples
    --------
    >>> growth(np.array([1e-8, 1.0])).round(20).tolist()
    [5e-17, 0.1931471805599453]
    """
    small = ratio < _SMALL
    s = np.where(small, ratio, 0.0)
    series = s * s * (1 / 2 - s * (2 / 3 - s * (3 / 4 - s * (4 / 5 - s * (5 / 6 - s * 6 / 7)))))
    large = np.where(small, 1.0, ratio)
    return np.where(small, series, np.log1p(large) - 1 / (1 + 1 / large))


def divided(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Return the quotient, 0 where the denominator is 0."""
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    with np.errstate(over="ignore"):
        return np.divide(numerator, denominator, out=np.zeros(shape), where=denominator > 0)


def distances(weights: FloatArray, distributions: FloatArray, q: FloatArray) -> FloatArray:
    """Return ``TV(p_i, q0)`` under linear aggregation, shape ``[..., n]``.

    Parameters
    ----------
    weights, distributions : shapes ``[..., n]`` and ``[..., n, T]``.
    q : their mixture, ``[..., T]``.
    """
    rest = without_each(weights, axis=-1)
    found = np.empty(distributions.shape[:-1])
    buffer = np.empty(distributions.shape[:-2] + distributions.shape[-1:])
    for i in range(distributions.shape[-2]):
        np.subtract(distributions[..., i, :], q, out=buffer)
        np.abs(buffer, out=buffer)
        found[..., i] = buffer.sum(axis=-1)
    strong = weights > rest
    found *= divided(weights + rest, np.where(strong, 0.0, 2 * rest))
    for i in range(distributions.shape[-2]):
        over = strong[..., i] & (rest[..., i] > 0)
        if over.any():
            apart = distributions[over][:, i] - _without(weights[over], distributions[over], i)
            found[over, i] = np.abs(apart).sum(axis=-1) / 2
    return found


def _without(weights: FloatArray, distributions: FloatArray, agent: int) -> FloatArray:
    """Return the mixtures without one agent, ``[..., T]``."""
    rest = weights.copy()
    rest[..., agent] = 0.0
    rest /= rest.sum(axis=-1, keepdims=True)
    found: FloatArray = np.matmul(rest[..., None, :], distributions)[..., 0, :]
    return found


def excess(
    weights: FloatArray, distributions: FloatArray, q: FloatArray, tokens: IntArray
) -> FloatArray:
    """Return ``(p_i(t) - q0(t))^+`` at the token of each step, ``[..., n]``."""
    at = tokens[..., None, None]
    p = np.take_along_axis(distributions, at, axis=-1)[..., 0]
    rest = without_each(weights, axis=-1)
    strong = weights > rest
    found = p - np.take_along_axis(q, tokens[..., None], axis=-1)
    found *= divided(weights + rest, np.where(strong, 0.0, rest))
    others = divided(without_each(weights * p, axis=-1), rest)
    return np.maximum(np.where(strong, p - others, found), 0.0)


def second_prices(bids: FloatArray, rest: FloatArray, distance: FloatArray) -> FloatArray:
    """Return the expected second prices.

    Parameters
    ----------
    bids : of each agent.
    rest : the others' bids, in units of the agent's own.
    distance : ``TV(p_i, q0)``.
    """
    return distance * _slope(bids, rest)


def critical_bids(
    bids: FloatArray, rest: FloatArray, over: FloatArray, chance: FloatArray
) -> FloatArray:
    """Return the expected critical bids given the token, `over` as from `excess`.

    `chance` is the aggregate's probability of the token, broadcast against the agents.
    """
    return divided(over, chance) * _slope(bids, rest)


def _slope(bids: FloatArray, rest: FloatArray) -> FloatArray:
    """Return ``B g(b / B)``, 0 where there are no others."""
    ratio = np.minimum(divided(bids, rest), np.finfo(np.float64).max)
    return rest * growth(ratio)


def forward_divergence(q0: FloatArray, q: FloatArray) -> FloatArray:
    """Return ``KL(q0 || q)`` of mixtures q that hold q0: ``q = 0`` only where ``q0 = 0``."""
    inside = q0 > 0
    r = np.divide(q - q0, q0, out=np.zeros(q0.shape), where=inside)
    small = np.abs(r) < _SMALL
    s = np.where(small, r, 0.0)
    series = s * s * (1 / 2 - s * (1 / 3 - s * (1 / 4 - s * (1 / 5 - s * (1 / 6 - s / 7)))))
    low = r < -0.5  # where 1 + r has lost digits
    tiny = np.finfo(np.float64).tiny
    logs = np.log(np.maximum(q, tiny)) - np.log(np.maximum(q0, tiny))
    logs = np.where(low, logs, np.log1p(np.where(small | low, 0.0, r)))
    terms = np.where(inside, q0 * np.where(small, series, r - logs), q)
    found: FloatArray = np.add.reduce(terms, axis=-1)
    return found


def reverse_divergence(log_q: FloatArray, log_q0: FloatArray) -> FloatArray:
    """Return ``KL(q || q0)`` from logarithms; q is 0 wherever q0 is."""
    inside = log_q0 > -np.inf
    d = np.subtract(log_q, log_q0, out=np.zeros(log_q0.shape), where=inside)
    gone = d == -np.inf
    small = np.abs(d) < _SMALL
    s = np.where(small, d, 0.0)
    series = s * s * (1 / 2 + s * (1 / 3 + s * (1 / 8 + s * (1 / 30 + s * (1 / 144 + s / 840)))))
    large = np.where(small | gone, 1.0, d)
    terms = np.where(gone, 1.0, np.where(small, series, np.exp(large) * (large - 1) + 1))
    found: FloatArray = np.add.reduce(np.exp(log_q0) * np.where(inside, terms, 0.0), axis=-1)
    return found
